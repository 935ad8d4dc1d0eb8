namespace Switch.Host.Connections;

/// <summary>
/// How much of an overload is answered. To refuse a request costs about a fifth of what it costs to serve one, so a
/// core that reads and refuses all that many times its capacity brings has no time left to serve. So while requests
/// stand in line, one may be refused for each two that are served, and a few more; a connection that goes beyond is
/// read again when its turn has come, and until then its peer is held back by TCP. Connections that are not refused
/// anything are read as ever.
/// </summary>
/// <remarks>While nothing stands in line, or nothing is admitted, all is answered: time is there for it.</remarks>
internal sealed class ReadingTurns
{
    /// <summary>Refusals that may come at once, before any connection waits.</summary>
    public const int Burst = 4_096;

    private const int ServedPerRefusal = 2;
    private const int PerSecond = 2_000;
    private const long TicksPerRefusal = TimeSpan.TicksPerSecond / PerSecond;

    // What one read of a connection may bring of messages of usual size.
    private const int PerRead = 160;

    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private long _left = Burst;
    private long _served;
    private long _countedAt;
    private volatile bool _isBusy;

    /// <summary>Connections that wait for their turn. Any thread.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>
    /// A connection was refused so many in one read. True: it must <see cref="WaitAsync"/>. Any thread.
    /// </summary>
    public bool MustWait(int refused) => Interlocked.Add(ref _left, -refused) < 0 && _isBusy;

    /// <summary>Completes when it is the caller's turn to be read.</summary>
    public Task WaitAsync()
    {
        lock (_gate)
        {
            if (!_isBusy)
            {
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    /// <summary>Consumer: a round has ended.</summary>
    /// <param name="served">Requests that were taken from the line in it.</param>
    /// <param name="isBusy">More stand in line, and are admitted.</param>
    /// <param name="now">In ticks.</param>
    public void Turned(int served, bool isBusy, long now)
    {
        if (!isBusy && !_isBusy)
        {
            return;
        }

        lock (_gate)
        {
            _isBusy = isBusy;
            Earn(served, now);
            for (long left = Volatile.Read(ref _left); (left > 0 || !isBusy) && _waiting.Count > 0; left -= PerRead)
            {
                _waiting.Dequeue().TrySetResult();
            }
        }
    }

    // Under the gate.
    private void Earn(int served, long now)
    {
        _served += served;
        long earned = (_served / ServedPerRefusal) + Math.Max((now - _countedAt) / TicksPerRefusal, 0);
        _served %= ServedPerRefusal;
        _countedAt = Math.Max(_countedAt, now - (now % TicksPerRefusal));
        long left = Interlocked.Add(ref _left, earned);
        if (left > Burst)
        {
            Interlocked.Add(ref _left, Burst - left);
        }
    }
}
