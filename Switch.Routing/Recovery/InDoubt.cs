using System.Runtime.InteropServices;
using Switch.Protocol.Fields;
using Switch.Routing.Issuers;

namespace Switch.Routing.Recovery;

/// <summary>A request that recovery found sent and, so far, not decided.</summary>
internal sealed class InDoubt(ulong key, CardToken card, long time, Memory<byte> image)
{
    public ulong Key { get; } = key;

    public CardToken Card { get; } = card;

    public long Time { get; } = time;

    /// <summary>The request as a field image. It holds a card number; the table that keeps this clears it.</summary>
    public Memory<byte> Image { get; } = image;

    public List<(int Issuer, int Stan, Mti SentAs)> Legs { get; } = [];

    public bool IsReversedByAcquirer { get; set; }
}

/// <summary>Every request in doubt, by its transaction.</summary>
internal sealed class InDoubtTable
{
    private const int RoomStep = 512;

    private readonly Dictionary<ulong, InDoubt> _requests = [];

    // Of one step each, and zero. A replay goes through millions of requests, of which few are in doubt at once.
    private readonly Stack<byte[]> _rooms = [];

    /// <summary>Keeps a request, with a copy of its image.</summary>
    public InDoubt Put(ulong id, ulong key, in CardToken card, long time, ReadOnlySpan<byte> image)
    {
        Remove(id);
        var request = new InDoubt(key, card, time, Copy(image));
        _requests.Add(id, request);
        return request;
    }

    /// <summary>The request, or null: it is decided, or was never sent.</summary>
    public InDoubt? Find(ulong id) => _requests.GetValueOrDefault(id);

    public void Remove(ulong id)
    {
        if (_requests.Remove(id, out InDoubt? request))
        {
            Forget(request);
        }
    }

    public void Clear()
    {
        foreach (InDoubt request in _requests.Values)
        {
            Forget(request);
        }

        _requests.Clear();
        _rooms.Clear(); // The replay is over.
    }

    /// <summary>The cards of all that are in doubt.</summary>
    public HashSet<CardToken> Cards()
    {
        var cards = new HashSet<CardToken>();
        foreach (InDoubt request in _requests.Values)
        {
            cards.Add(request.Card);
        }

        return cards;
    }

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

    // Pinned: the collector would leave a card number behind where it moves one.
    private Memory<byte> Copy(ReadOnlySpan<byte> image)
    {
        byte[] room = image.Length <= RoomStep && _rooms.TryPop(out byte[]? used)
            ? used
            : GC.AllocateArray<byte>(Math.Max(image.Length, RoomStep), pinned: true);
        image.CopyTo(room);
        return room.AsMemory(0, image.Length);
    }

    private void Forget(InDoubt request)
    {
        request.Image.Span.Clear();
        if (MemoryMarshal.TryGetArray(request.Image, out ArraySegment<byte> room) && room.Array!.Length == RoomStep)
        {
            _rooms.Push(room.Array);
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
