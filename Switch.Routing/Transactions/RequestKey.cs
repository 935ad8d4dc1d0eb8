using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Core;

namespace Switch.Routing.Transactions;

/// <summary>
/// What two copies of one request have in common: the key by which the core remembers it, for whoever must know a copy
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

    /// <summary>The key of a request; of one without DE 11 or DE 7 something that other such requests share.</summary>
    /// <param name="acquirer">From <see cref="OfAcquirer"/>.</param>
    /// <param name="request">It, or a copy of it.</param>
    public static ulong Of(ulong acquirer, Message request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int stan = request.TryGetNumber(Field.Stan, out long number) ? (int)number : 0;
        return TransactionKey.Of(
            acquirer, request.Mti.Class, stan, TransactionKey.TimeOf(request), request,
            TransactionKey.InstitutionOf(request));
    }
}
