using Switch.Protocol.Messages;

namespace Switch.Host.Connections;

/// <summary>
/// The message objects of a running switch. They are made as they are first needed, up to a bound, and never given back
/// to the garbage collector: after warm-up nothing is allocated. A message is cleared when it returns: it held card
/// data.
/// </summary>
internal sealed class MessagePool
{
    // Most authorizations take 240 to 400 bytes, so the smallest class is what a black-out of an issuer is paid in.
    private const int SmallSizeMax = 512;
    private const int MediumSize = 2_048;

    private readonly OwnedGate _gate;
    private readonly Shelf[] _shelves;
    private long _lent;

    /// <param name="smallMax">Messages of the smallest class; the larger ones have a part of that each.</param>
    /// <param name="sizeMax">The largest frame.</param>
    /// <param name="reserve">Of each class, the part in percent kept for what must not be shed.</param>
    /// <param name="owner">The thread that takes and returns nearly all of them, where there is one.</param>
    public MessagePool(int smallMax, int sizeMax, int reserve = 10, GateOwner? owner = null)
    {
        _gate = new OwnedGate(owner);
        var shelves = new List<Shelf> { new(Math.Min(SmallSizeMax, sizeMax), smallMax, reserve) };
        if (sizeMax > MediumSize)
        {
            shelves.Add(new(MediumSize, Math.Max(smallMax / 8, 16), reserve));
        }

        if (sizeMax > SmallSizeMax)
        {
            shelves.Add(new(sizeMax, Math.Max(smallMax / 32, 16), reserve));
        }

        _shelves = [.. shelves];
    }

    /// <summary>Bytes that a message of the smallest class holds.</summary>
    public int SmallSize => _shelves[0].Size;

    /// <summary>Messages out of the pool now. Any thread.</summary>
    public long Lent => Volatile.Read(ref _lent);

    /// <summary>
    /// Takes up to <c>into.Length</c> messages that hold <paramref name="size"/> bytes, all of one class, and returns
    /// how many; 0 means exhausted. Any thread.
    /// </summary>
    /// <param name="size">Bytes of the frame to be held.</param>
    /// <param name="into">Where they go.</param>
    /// <param name="isSheddable">False: may take from the reserve.</param>
    public int Rent(int size, Span<Message?> into, bool isSheddable)
    {
        using (_gate.Enter())
        {
            foreach (Shelf shelf in _shelves)
            {
                int count = size <= shelf.Size ? shelf.Take(into, isSheddable) : 0;
                if (count > 0)
                {
                    _lent += count;
                    return count;
                }
            }
        }

        return 0;
    }

    /// <summary>Clears the messages, takes them back and empties the span. Any thread.</summary>
    public void Return(Span<Message?> messages)
    {
        foreach (Message? message in messages)
        {
            message?.Clear();
        }

        using (_gate.Enter())
        {
            foreach (ref Message? message in messages)
            {
                if (message is not null)
                {
                    ShelfOf(message).Put(message);
                    message = null;
                    _lent--;
                }
            }
        }
    }

    public void Return(Message message)
    {
        Message? single = message;
        Return(new Span<Message?>(ref single));
    }

    private Shelf ShelfOf(Message message)
    {
        foreach (Shelf shelf in _shelves)
        {
            if (shelf.Size == message.Capacity)
            {
                return shelf;
            }
        }

        throw new InvalidOperationException("A message was returned to a pool that did not make it.");
    }

    /// <summary>
    /// The messages of one capacity: a stack, so that the one used last, still in the cache, goes first.
    /// </summary>
    private sealed class Shelf(int size, int max, int reserve)
    {
        private readonly Message?[] _free = new Message?[max];
        private readonly int _reserved = (int)((long)max * reserve / 100);
        private int _freeCount;
        private int _made;

        public int Size => size;

        public int Take(Span<Message?> into, bool isSheddable)
        {
            int left = _freeCount + (max - _made) - (isSheddable ? _reserved : 0);
            int count = Math.Min(into.Length, left);
            for (int i = 0; i < count; i++)
            {
                into[i] = _freeCount > 0 ? Pop() : Make();
            }

            return Math.Max(count, 0);
        }

        public void Put(Message message) => _free[_freeCount++] = message;

        private Message Pop()
        {
            Message message = _free[--_freeCount]!;
            _free[_freeCount] = null;
            return message;
        }

        private Message Make()
        {
            _made++;
            return new(size, FieldTerms.Canonical, isPinned: true);
        }
    }
}
