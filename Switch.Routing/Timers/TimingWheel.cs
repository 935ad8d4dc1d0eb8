using Switch.Routing.Values;

namespace Switch.Routing.Timers;

/// <summary>
/// Deadlines of a fixed set of ids, each with at most one. Buckets of <see cref="TickSize"/>; a deadline beyond one
/// turn stays in its bucket for another round. Arm, move and cancel are a few array writes; nothing allocates.
/// A deadline fires on the first tick at or after it: late by up to a tick, never early.
/// </summary>
internal sealed class TimingWheel
{
    /// <summary>Width of a bucket: the resolution of every time-out of the core.</summary>
    public const long TickSize = 10 * Instant.TicksPerMs;

    private const int Buckets = 4_096; // 41 s a turn: longer than any time-out in normal use.
    private const int None = -1;

    private readonly int[] _heads = new int[Buckets];
    private int[] _next;
    private int[] _previous;
    private int[] _bucketOf;
    private long[] _due; // 0: not armed.
    private long _tick;

    public TimingWheel(int capacity, long now)
    {
        _next = new int[capacity];
        _previous = new int[capacity];
        _bucketOf = new int[capacity];
        _due = new long[capacity];
        _heads.AsSpan().Fill(None);
        _tick = now / TickSize;
    }

    /// <summary>Receives an id whose deadline has passed.</summary>
    public interface IExpiry
    {
        void Expired(int id);
    }

    /// <summary>
    /// Sets the deadline of <paramref name="id"/>, in monotonic ticks of 100 ns, whatever it was before.
    /// </summary>
    public void Arm(int id, long due)
    {
        Cancel(id);
        long tick = Math.Max(Ceiling(due), _tick + 1);
        int bucket = (int)(tick % Buckets);
        _due[id] = Math.Max(due, 1);
        _previous[id] = None;
        _next[id] = _heads[bucket];
        if (_heads[bucket] != None)
        {
            _previous[_heads[bucket]] = id;
        }

        _heads[bucket] = id;
        _bucketOf[id] = bucket;
    }

    /// <summary>Forgets the deadline of <paramref name="id"/>, if it has one.</summary>
    public void Cancel(int id)
    {
        EnsureRoom(id);
        if (_due[id] == 0)
        {
            return;
        }

        _due[id] = 0;
        if (_previous[id] != None)
        {
            _next[_previous[id]] = _next[id];
        }
        else
        {
            _heads[_bucketOf[id]] = _next[id];
        }

        if (_next[id] != None)
        {
            _previous[_next[id]] = _previous[id];
        }
    }

    public bool IsArmed(int id) => id < _due.Length && _due[id] != 0;

    /// <summary>
    /// Fires what is due at <paramref name="now"/>. The receiver may arm and cancel any id meanwhile.
    /// </summary>
    public void Advance(long now, IExpiry receiver)
    {
        long until = now / TickSize;

        // After a pause longer than a turn every bucket is visited once, not once for each tick slept through.
        _tick = Math.Max(_tick, until - Buckets);
        while (_tick < until)
        {
            _tick++;
            FireBucket((int)(_tick % Buckets), now, receiver);
        }
    }

    private void FireBucket(int bucket, long now, IExpiry receiver)
    {
        // An expiry may relink anything, so after each one the walk starts again from the head; ids of a later round
        // are passed over. Ids armed from here go to later ticks, so the walk ends.
        int id = _heads[bucket];
        while (id != None)
        {
            if (_due[id] > now)
            {
                id = _next[id];
                continue;
            }

            Cancel(id);
            receiver.Expired(id);
            id = _heads[bucket];
        }
    }

    private static long Ceiling(long due) => (due + TickSize - 1) / TickSize;

    private void EnsureRoom(int id)
    {
        if (id >= _due.Length)
        {
            int size = Math.Max(id + 1, _due.Length * 2);
            Array.Resize(ref _next, size);
            Array.Resize(ref _previous, size);
            Array.Resize(ref _due, size);
            Array.Resize(ref _bucketOf, size);
        }
    }

}
