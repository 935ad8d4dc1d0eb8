namespace Switch.Routing.Values;

/// <summary>
/// A moment as the world reported it: the core reads no clock. Durations and deadlines use <paramref name="Ticks"/>
/// only, so a jump of the wall clock moves no time-out; the wall clock gives dates that are written into messages.
/// </summary>
/// <param name="Ticks">Monotonic time in units of 100 ns from any fixed start.</param>
/// <param name="WallMs">UTC, in milliseconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Instant(long Ticks, long WallMs)
{
    /// <summary>Ticks in a millisecond.</summary>
    public const long TicksPerMs = TimeSpan.TicksPerMillisecond;

    public static Instant operator +(Instant from, TimeSpan span) =>
        new(from.Ticks + span.Ticks, from.WallMs + (span.Ticks / TicksPerMs));

    public static Instant Add(Instant left, TimeSpan right) => left + right;
}
