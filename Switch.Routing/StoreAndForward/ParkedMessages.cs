using System.Runtime.InteropServices;
using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;

namespace Switch.Routing.StoreAndForward;

/// <summary>
/// Owed messages that were refused too often: each keeps its place and its numbers, stands in no other's way, and waits
/// for a person (the dead letters of store-and-forward).
/// </summary>
internal sealed class ParkedMessages(CoreContext context)
{
    private readonly Dictionary<ulong, OwedItem> _parked = [];
    private readonly Dictionary<CardToken, int> _ofCard = [];

    /// <summary>A parked message by its id, or null.</summary>
    public OwedItem? Find(ulong id) => _parked.GetValueOrDefault(id);

    /// <summary>Whether something of a card is parked.</summary>
    public bool Knows(in CardToken card) => _ofCard.ContainsKey(card);

    /// <summary>By their ids.</summary>
    public IEnumerable<OwedItem> InOrder()
    {
        var ids = new List<ulong>(_parked.Keys);
        ids.Sort();
        foreach (ulong id in ids)
        {
            yield return _parked[id];
        }
    }

    /// <summary>Takes a message out of its issuer's queue and sets it aside.</summary>
    public void Add(IssuerState issuer, OwedItem item)
    {
        issuer.Queue.Remove(item);
        item.State = OwedState.Parked;
        item.NextOfCard = null;
        _parked[item.Id] = item;
        CollectionsMarshal.GetValueRefOrAddDefault(_ofCard, item.Card, out _)++;
        issuer.Queue.ParkedCount++;
        context.Counters.Parked++;
        context.Counters.ParkedNow++;
        context.Counters.OwedNow--;
    }

    /// <summary>A message is not parked any more.</summary>
    public void Remove(OwedItem item)
    {
        _parked.Remove(item.Id);
        if (--CollectionsMarshal.GetValueRefOrNullRef(_ofCard, item.Card) == 0)
        {
            _ofCard.Remove(item.Card);
        }

        context.Issuers[item.Issuer].Queue.ParkedCount--;
        context.Counters.ParkedNow--;
    }

    /// <summary>A card has another token from here on.</summary>
    public void Rename(in CardToken from, in CardToken to)
    {
        if (from == to || !_ofCard.Remove(from, out int count))
        {
            return;
        }

        foreach (OwedItem item in _parked.Values)
        {
            if (item.Card == from)
            {
                item.Rename(to);
            }
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_ofCard, to, out _) += count;
    }
}
