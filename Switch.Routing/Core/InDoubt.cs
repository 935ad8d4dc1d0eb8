using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Issuers;

namespace Switch.Routing.Core;

/// <summary>A request that recovery found sent and, so far, not decided.</summary>
internal sealed class InDoubt(ulong key, CardToken card, long time, byte[] image)
{
    public ulong Key { get; } = key;

    public CardToken Card { get; } = card;

    public long Time { get; } = time;

    public byte[] Image { get; } = image;

    public List<(int Issuer, int Stan, Mti SentAs)> Legs { get; } = [];

    public bool IsReversedByAcquirer { get; set; }
}

/// <summary>Every request in doubt, by its transaction.</summary>
internal sealed class InDoubtTable
{
    private readonly Dictionary<ulong, InDoubt> _requests = [];

    public void Put(ulong id, InDoubt request) => _requests[id] = request;

    /// <summary>The request, or null: it is decided, or was never sent.</summary>
    public InDoubt? Find(ulong id) => _requests.GetValueOrDefault(id);

    public void Remove(ulong id) => _requests.Remove(id);

    public void Clear() => _requests.Clear();

    /// <summary>By id: the order does not depend on what is not in doubt any more.</summary>
    public IEnumerable<(ulong Id, InDoubt Request)> InOrder()
    {
        var ids = new List<ulong>(_requests.Keys);
        ids.Sort();
        foreach (ulong id in ids)
        {
            yield return (id, _requests[id]);
        }
    }

    /// <summary>The legs that reversals will name keep their trace numbers.</summary>
    public void HoldNumbers(IssuerState[] issuers)
    {
        foreach (InDoubt request in _requests.Values)
        {
            foreach ((int issuer, int stan, _) in request.Legs)
            {
                if (issuer >= 0)
                {
                    issuers[issuer].Stans.Hold(stan);
                }
            }
        }
    }
}
