using System.Diagnostics;

namespace Switch.Host.Simulators;

/// <summary>Sends messages later: one heap, one loop, about a millisecond's resolution.</summary>
internal sealed class DelayLine : IAsyncDisposable
{
    private readonly PriorityQueue<(FrameConnection Connection, PlainMessage Message), long> _waiting = new();
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public DelayLine() => _running = RunAsync();

    /// <summary>Sends <paramref name="message"/> after <paramref name="delay"/>, or now when there is none.</summary>
    public void Send(FrameConnection connection, PlainMessage message, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            connection.TrySend(message);
            return;
        }

        long due = Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
        bool isFirst;
        lock (_gate)
        {
            _waiting.Enqueue((connection, message), due);
            isFirst = _waiting.TryPeek(out _, out long first) && first == due;
        }

        if (isFirst)
        {
            _wake.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _wake.WaitAsync(SendDue(), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed: what still waits belongs to connections that are closing too.
        }
    }

    /// <summary>Sends what is due and says how long until the next; infinite when nothing waits.</summary>
    private TimeSpan SendDue()
    {
        while (true)
        {
            FrameConnection connection;
            PlainMessage message;
            lock (_gate)
            {
                if (!_waiting.TryPeek(out (FrameConnection Connection, PlainMessage Message) next, out long due))
                {
                    return Timeout.InfiniteTimeSpan;
                }

                long left = due - Stopwatch.GetTimestamp();
                if (left > 0)
                {
                    return TimeSpan.FromMilliseconds(Math.Ceiling(left * 1000.0 / Stopwatch.Frequency));
                }

                _waiting.Dequeue();
                (connection, message) = next;
            }

            connection.TrySend(message);
        }
    }
}
