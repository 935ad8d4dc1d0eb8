using Switch.Routing.Values;

namespace Switch.Host.Connections;

/// <summary>The one clock of a running switch: monotonic ticks since it was made, and the wall's time.</summary>
internal sealed class SwitchClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>Where timers and delays come from.</summary>
    public TimeProvider Time => time;

    /// <summary>Monotonic, in units of 100 ns.</summary>
    public long Ticks => time.GetElapsedTime(_start).Ticks;

    public Instant Now => new(Ticks, time.GetUtcNow().ToUnixTimeMilliseconds());
}
