using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Routing.Payments;

/// <summary>
/// What two copies of one request have in common: the key by which the core remembers it, for all that must know a copy
/// before the core has seen it.
/// </summary>
public static class RequestKey
{
    /// <summary>An acquirer's part of its requests' keys, from its configured name.</summary>
    public static ulong OfAcquirer(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return StableHash.Of(name);
    }

    /// <summary>
    /// False for what is no request of money, or lacks a field without which the core refuses it (30): such requests
    /// would share a key, and no copy of one is ever approved.
    /// </summary>
    /// <param name="acquirer">From <see cref="OfAcquirer"/>.</param>
    /// <param name="request">It, or a copy of it.</param>
    /// <param name="key">Its key.</param>
    public static bool TryOf(ulong acquirer, Message request, out ulong key)
    {
        ArgumentNullException.ThrowIfNull(request);
        key = 0;
        if (request.Mti is not { IsRequest: true, Class: 1 or 2 }
            || !RequestFactsReader.AbsentFrom(request).IsEmpty
            || (!request.TryGetNumber(Field.Stan, out long stan) && request.Dialect.Key.Contains(Field.Stan)))
        {
            return false;
        }

        key = TransactionKey.Of(
            acquirer, request.Mti.Class, (int)stan, TransactionKey.TimeOf(request), request,
            TransactionKey.InstitutionOf(request));
        return true;
    }
}
