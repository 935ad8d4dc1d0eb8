using System.Collections.Concurrent;

namespace Switch.Host.Connections;

/// <summary>
/// One timer for the deadlines of all connections: each keeps its own as plain numbers and compares them on the beat,
/// so a frame or a write costs no timer of its own.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>How late a deadline may be noticed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<FramedConnection, bool> _connections = new();
    private readonly ConcurrentBag<Action<long>> _others = [];
    private readonly SwitchClock _clock;
    private readonly ITimer _timer;
    private int _isBeating;

    public Heartbeat(SwitchClock clock)
    {
        _clock = clock;
        _timer = clock.Time.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Interval, Interval);
    }

    /// <summary>Watches a connection until it says that it needs no more beats.</summary>
    public void Watch(FramedConnection connection) => _connections.TryAdd(connection, true);

    /// <summary>Calls this on every beat too, with the clock's ticks.</summary>
    public void Also(Action<long> onBeat) => _others.Add(onBeat);

    /// <summary>Ends every connection after what was given to it has been written: the switch goes down.</summary>
    public void CloseAll()
    {
        foreach ((FramedConnection connection, _) in _connections)
        {
            connection.CloseGently(EndCause.Stopping);
        }
    }

    /// <summary>Ends every connection now.</summary>
    public void AbortAll()
    {
        foreach ((FramedConnection connection, _) in _connections)
        {
            connection.Abort(EndCause.Stopping);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        // A beat that takes longer than the interval is not joined by another.
        if (Interlocked.Exchange(ref _isBeating, 1) != 0)
        {
            return;
        }

        long now = _clock.Ticks;
        foreach ((FramedConnection connection, _) in _connections)
        {
            if (!connection.OnHeartbeat(now))
            {
                _connections.TryRemove(connection, out _);
            }
        }

        foreach (Action<long> onBeat in _others)
        {
            onBeat(now);
        }

        Volatile.Write(ref _isBeating, 0);
    }
}
