using System.Diagnostics;

namespace Switch.Host.Simulators.Faults;

/// <summary>
/// Frames that wait for their time on one side of a connection. Holds at most <c>sizeMax</c> bytes, or one frame: a
/// writer waits until there is room. Many writers, one reader.
/// </summary>
internal sealed class FaultQueue(long sizeMax) : IDisposable
{
    private readonly PriorityQueue<byte[], (long Due, long Order)> _waiting = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly SemaphoreSlim _room = new(0);
    private readonly Lock _gate = new();
    private long _size;
    private long _order;
    private long? _end;

    /// <summary>Bytes that wait.</summary>
    public long Size
    {
        get
        {
            lock (_gate)
            {
                return _size;
            }
        }
    }

    /// <param name="frame">Not changed afterwards.</param>
    /// <param name="due">When it may go, as <see cref="Stopwatch"/> ticks.</param>
    /// <param name="stop">Ends the wait for room.</param>
    public async Task PutAsync(byte[] frame, long due, CancellationToken stop)
    {
        while (!TryPut(frame, due))
        {
            await _room.WaitAsync(stop).ConfigureAwait(false);
        }
    }

    /// <summary>Nothing more will be put; the reader hears of it when all is taken, and not before this time.</summary>
    public void End(long due)
    {
        lock (_gate)
        {
            _end ??= due;
            Tell(_changed);
        }
    }

    /// <summary>The next frame when its time has come; null at the end.</summary>
    public async Task<byte[]?> TakeAsync(CancellationToken stop)
    {
        while (true)
        {
            (byte[]? frame, TimeSpan wait) = Look();
            if (frame is not null || wait == TimeSpan.Zero)
            {
                return frame;
            }

            await _changed.WaitAsync(wait, stop).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _changed.Dispose();
        _room.Dispose();
    }

    private bool TryPut(byte[] frame, long due)
    {
        lock (_gate)
        {
            if (_size > 0 && _size + frame.Length > sizeMax)
            {
                return false;
            }

            _size += frame.Length;
            _waiting.Enqueue(frame, (due, _order++));
            Tell(_changed);
            return true;
        }
    }

    /// <summary>A frame, or how long to wait for one; neither at the end.</summary>
    private (byte[]? Frame, TimeSpan Wait) Look()
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            if (!_waiting.TryPeek(out byte[]? frame, out (long Due, long Order) at))
            {
                return (null, _end is { } end ? Until(end, now) : Timeout.InfiniteTimeSpan);
            }

            if (at.Due > now)
            {
                return (null, Until(at.Due, now));
            }

            _waiting.Dequeue();
            _size -= frame.Length;
            Tell(_room);
            return (frame, TimeSpan.Zero);
        }
    }

    // Once is enough: what is woken looks at everything.
    private static void Tell(SemaphoreSlim semaphore)
    {
        if (semaphore.CurrentCount == 0)
        {
            semaphore.Release();
        }
    }

    // At least a millisecond while it is not over: a timer's resolution.
    private static TimeSpan Until(long due, long now) => due <= now
        ? TimeSpan.Zero
        : TimeSpan.FromMilliseconds(Math.Ceiling((due - now) * 1000.0 / Stopwatch.Frequency));
}
