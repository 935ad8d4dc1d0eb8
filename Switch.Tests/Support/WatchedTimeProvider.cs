using Microsoft.Extensions.Time.Testing;

namespace Switch.Tests.Support;

/// <summary>
/// A clock that moves only when told to, and that says how long each armed timer has still to run: a test waits for one
/// before it moves the clock past it.
/// </summary>
internal sealed class WatchedTimeProvider() : FakeTimeProvider(Begin)
{
    /// <summary>Where clocks of tests begin.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 15, 9, 30, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<WatchedTimer> _timers = [];

    public TimeSpan[] Remaining
    {
        get
        {
            lock (_gate)
            {
                DateTimeOffset now = GetUtcNow();
                return [.. _timers.Where(timer => timer.Due is not null).Select(timer => timer.Due!.Value - now)];
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, callback, state);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        timer.Arm(base.CreateTimer(timer.Fire, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class WatchedTimer(WatchedTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private ITimer? _inner;
        private TimeSpan _period;

        /// <summary>Null: it is not armed.</summary>
        public DateTimeOffset? Due { get; private set; }

        public void Arm(ITimer inner) => _inner = inner;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner.GetUtcNow() + dueTime;
                _period = period;
            }

            // Outside the lock: what is due at once fires here.
            return _inner!.Change(dueTime, period);
        }

        public void Fire(object? unused)
        {
            lock (owner._gate)
            {
                Due = _period > TimeSpan.Zero ? Due + _period : null;
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (owner._gate)
            {
                Due = null;
                owner._timers.Remove(this);
            }

            _inner!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
