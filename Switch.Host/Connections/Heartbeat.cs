using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Switch.Host.Connections;

/// <summary>
/// One beat for the deadlines of all connections: each keeps its own as plain numbers and compares them on the beat,
/// so a frame or a write costs no timer of its own. A timer beats, or a thread that goes round anyway, a part of the
/// connections at a time: a beat of its own would come between payments.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    /// <summary>How late a deadline may be noticed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Of 10 ms each. All connections have had theirs by the middle of the beat.
    private const int PartsPerBeat = 50;
    private const int PartMin = 16;

    private readonly ConcurrentDictionary<FramedConnection, bool> _connections = new();
    private readonly SwitchClock _clock;
    private readonly ITimer? _timer;
    private int _isBeating;
    private volatile Parting _parting;
    private ImmutableArray<Action<long>> _others = [];
    private ImmutableArray<Action<long>> _often = [];

    // The driving thread's.
    private IEnumerator<KeyValuePair<FramedConnection, bool>>? _beat;
    private int _partSize;
    private long _nextBeat;
    private long _nextPart;

    /// <param name="clock">What deadlines are measured by.</param>
    /// <param name="isDriven">A thread calls <see cref="Advance"/>; false: a timer beats.</param>
    public Heartbeat(SwitchClock clock, bool isDriven = false)
    {
        _clock = clock;
        if (!isDriven)
        {
            _timer = clock.Time.CreateTimer(static state => ((Heartbeat)state!).Beat(), this, Interval, Interval);
        }
    }

    /// <summary>How far a stop has come with the ends of connections.</summary>
    public Parting Parting => _parting;

    /// <summary>
    /// Watches a connection until it says that it needs no more beats. One that begins during a stop is ended too.
    /// </summary>
    public void Watch(FramedConnection connection)
    {
        _connections.TryAdd(connection, true);
        if (_parting is var step and not Parting.No)
        {
            connection.Part(step);
        }
    }

    /// <summary>Calls this on every beat too, with the clock's ticks.</summary>
    public void Also(Action<long> onBeat) =>
        ImmutableInterlocked.Update(ref _others, static (all, one) => all.Add(one), onBeat);

    /// <summary>
    /// Calls this on every part of a beat: what is much when it waits for a whole beat. With a timer, on every beat.
    /// </summary>
    public void AlsoOften(Action<long> onPart) =>
        ImmutableInterlocked.Update(ref _often, static (all, one) => all.Add(one), onPart);

    /// <summary>
    /// Driven: does what is due by now, a part of a beat at most. The driving thread, as often as it likes.
    /// </summary>
    public void Advance(long nowTicks)
    {
        if (nowTicks < _nextPart)
        {
            return;
        }

        _nextPart = nowTicks + (Interval.Ticks / PartsPerBeat);
        Call(_often, nowTicks);
        if (_beat is null)
        {
            if (nowTicks < _nextBeat)
            {
                return;
            }

            _nextBeat = nowTicks + Interval.Ticks;
            _partSize = Math.Max(_connections.Count / (PartsPerBeat / 2), PartMin);
            _beat = _connections.GetEnumerator();
            Call(_others, nowTicks);
        }

        for (int i = 0; i < _partSize; i++)
        {
            if (!_beat.MoveNext())
            {
                _beat.Dispose();
                _beat = null;
                return;
            }

            Touch(_beat.Current.Key, nowTicks);
        }
    }

    /// <summary>The switch stops: every connection goes this step towards its end.</summary>
    public void PartAll(Parting step)
    {
        Interlocked.Exchange(ref _parting, step); // Before the look at them: see Watch.
        foreach ((FramedConnection connection, _) in _connections)
        {
            connection.Part(step);
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

    public void Dispose() => _timer?.Dispose();

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
            Touch(connection, now);
        }

        Call(_others, now);
        Call(_often, now);
        Volatile.Write(ref _isBeating, 0);
    }

    private void Touch(FramedConnection connection, long now)
    {
        if (!connection.OnHeartbeat(now))
        {
            _connections.TryRemove(connection, out _);
        }
    }

    private static void Call(ImmutableArray<Action<long>> actions, long now)
    {
        foreach (Action<long> action in actions)
        {
            action(now);
        }
    }
}
