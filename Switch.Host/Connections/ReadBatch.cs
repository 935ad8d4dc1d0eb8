using Switch.Protocol.Messages;

namespace Switch.Host.Connections;

/// <summary>
/// Scratch for the frames of one socket read: the events they become, and messages rented ahead so that the pool's lock
/// is taken a few times per read rather than once per frame. One per thread, because a read is worked on without an
/// await; so ten thousand idle connections hold none.
/// </summary>
internal sealed class ReadBatch
{
    private const int EventsMax = 256;
    private const int SpareMax = 32;

    [ThreadStatic]
    private static ReadBatch? _ofThisThread;

    private readonly InboxEvent[] _events = new InboxEvent[EventsMax];
    private readonly Message?[] _spare = new Message?[SpareMax];
    private int _count;
    private int _spareCount;
    private int _rentNext = 1;

    /// <summary>The calling thread's own. Empty between reads.</summary>
    public static ReadBatch Current => _ofThisThread ??= new();

    public bool IsFull => _count == EventsMax;

    public Span<InboxEvent> Events => _events.AsSpan(0, _count);

    /// <summary>The next event to fill in. Never called on a full batch.</summary>
    public ref InboxEvent Add() => ref _events[_count++];

    /// <summary>A message for a frame of this size; null when the pool has none but its reserve.</summary>
    public Message? Rent(MessagePool pool, int size)
    {
        if (size > pool.SmallSize)
        {
            Message? single = null;
            pool.Rent(size, new Span<Message?>(ref single), isSheddable: true);
            return single;
        }

        if (_spareCount == 0)
        {
            // Twice as many each time within one read: a read of one frame rents one, a read of many locks rarely.
            _spareCount = pool.Rent(size, _spare.AsSpan(0, _rentNext), isSheddable: true);
            _rentNext = Math.Min(_rentNext * 2, SpareMax);
        }

        if (_spareCount == 0)
        {
            return null;
        }

        Message message = _spare[--_spareCount]!;
        _spare[_spareCount] = null;
        return message;
    }

    /// <summary>Forgets the events: they were pushed, or returned one by one.</summary>
    public void Clear()
    {
        Array.Clear(_events, 0, _count);
        _count = 0;
    }

    /// <summary>Ends the read: gives back what was rented and not needed.</summary>
    public void End(MessagePool pool)
    {
        Clear();
        _rentNext = 1;
        if (_spareCount > 0)
        {
            pool.Return(_spare.AsSpan(0, _spareCount));
            _spareCount = 0;
        }
    }
}
