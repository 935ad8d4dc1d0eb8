using Switch.Protocol.Fields;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Values;

namespace Switch.Routing.StoreAndForward;

/// <summary>
/// The places of everything that is owed. Places are reused; there are at most <c>CoreConfiguration.OwedMax</c>
/// of them. Admission keeps enough of them for what requests in flight may come to owe, so that a reversal never finds
/// the table full (see <see cref="HasRoom"/>).
/// </summary>
internal sealed class OwedTable(CoreContext context)
{
    private readonly List<OwedItem> _items = [];
    private readonly Stack<OwedItem> _free = [];
    private Dictionary<ulong, OwedItem>? _byId = [];
    private bool _isFull;

    /// <summary>Messages that are owed.</summary>
    public int Count => _items.Count - _free.Count + InBacklogs;

    /// <summary>Those of them that have no place here.</summary>
    public int InBacklogs { get; private set; }

    /// <summary>Places ever used: the range to walk over all of them.</summary>
    public int Places => _items.Count;

    public OwedItem this[int index] => _items[index];

    /// <summary>Whether there is a place for one message more.</summary>
    public bool HasPlace => Count < context.Configuration.OwedMax;

    /// <summary>Whether a request may be admitted that could leave something owed.</summary>
    public bool HasRoom(int pending) =>
        Count + ((pending + 1) * (Payments.Legs.Max + 1)) < context.Configuration.OwedMax;

    /// <summary>As <see cref="HasRoom"/>; reports it when there begins to be none.</summary>
    public bool MayTake(int pending)
    {
        bool isFull = !HasRoom(pending);
        if (isFull && !_isFull)
        {
            context.Effects.Raise(Incident.AdviceQueueFull, MostOwed(), Count);
        }

        _isFull = isFull;
        return !isFull;
    }

    /// <summary>Takes a place that holds nothing yet.</summary>
    public OwedItem TakeEmpty()
    {
        if (!_free.TryPop(out OwedItem? item))
        {
            item = new OwedItem(_items.Count);
            _items.Add(item);
        }

        return item;
    }

    /// <summary>Gives back a place that holds nothing.</summary>
    public void GiveBack(OwedItem item) => _free.Push(item);

    /// <summary>Takes a place.</summary>
    public OwedItem Take(ulong id, OwedKind kind, int issuer, Mti mti, in CardToken card, Reason reason)
    {
        OwedItem item = TakeEmpty();
        item.Begin(id, kind, issuer, mti, card, reason);
        Index(item);
        return item;
    }

    /// <summary>Empties a place whose message is in a backlog from here on: it is owed as before.</summary>
    public void Rest(OwedItem item)
    {
        InBacklogs++;
        Free(item);
    }

    /// <summary>A message of a backlog has a place again.</summary>
    public void Woke(OwedItem item)
    {
        InBacklogs--;
        Index(item);
    }

    /// <summary>In recovery: the place of a message, or null.</summary>
    public OwedItem? Find(ulong id) => _byId?.GetValueOrDefault(id);

    /// <summary>Recovery is over: messages are not looked for by their ids any more.</summary>
    public void ForgetIds() => _byId = null;

    /// <summary>Zeroes every message that is kept here. Of no use afterwards.</summary>
    public void ForgetMessages()
    {
        foreach (OwedItem item in _items)
        {
            item.Reset();
        }
    }

    /// <summary>Gives the place back, and the trace numbers that it kept in use.</summary>
    public void Release(OwedItem item)
    {
        StanAllocator stans = context.Issuers[item.Issuer].Stans;
        stans.ReleaseBearer(item.Stan);
        stans.Release(item.OriginalStan);
        Free(item);
    }

    private void Index(OwedItem item)
    {
        if (_byId is { } index)
        {
            index[item.Id] = item;
        }
    }

    private void Free(OwedItem item)
    {
        _byId?.Remove(item.Id);
        context.Wheel.Cancel(context.Timers.OfOwed(item.Index));
        item.Reset();
        _free.Push(item);
    }

    private int MostOwed()
    {
        int most = 0;
        foreach (IssuerState issuer in context.Issuers)
        {
            most = issuer.Queue.Count > context.Issuers[most].Queue.Count ? issuer.Index : most;
        }

        return most;
    }
}
