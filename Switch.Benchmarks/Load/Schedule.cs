namespace Switch.Benchmarks.Load;

/// <summary>
/// When each message of an open loop is due, whatever became of those before: latency counted from there includes the
/// time in which a stalled peer kept later messages from being sent.
/// </summary>
/// <param name="rate">Messages a second.</param>
/// <param name="start">When the first is due, in ticks of <paramref name="frequency"/>.</param>
/// <param name="frequency">Ticks a second.</param>
internal readonly struct Schedule(double rate, long start, long frequency)
{
    private readonly double _ticksPerMessage = frequency / rate;

    /// <summary>How many messages are due by <paramref name="now"/>.</summary>
    public long DueAt(long now) => now < start ? 0 : (long)((now - start) / _ticksPerMessage) + 1;

    /// <summary>When the message of this number is due; the first is 0.</summary>
    public long TimeOf(long number) => start + (long)Math.Ceiling(number * _ticksPerMessage);
}
