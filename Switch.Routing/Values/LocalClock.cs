namespace Switch.Routing.Values;

/// <summary>
/// What the clocks of a place show: its distance from UTC, which summer time changes. A table made once from the
/// system's, so that a decision allocates nothing and the same configuration always counts the same days.
/// </summary>
public sealed class LocalClock
{
    private readonly long[] _fromMs;
    private readonly long[] _offsetMs;

    private LocalClock(long[] fromMs, long[] offsetMs)
    {
        _fromMs = fromMs;
        _offsetMs = offsetMs;
    }

    public static LocalClock Utc { get; } = Fixed(TimeSpan.Zero);

    /// <summary>Always so far from UTC.</summary>
    public static LocalClock Fixed(TimeSpan offset) => new([long.MinValue], [(long)offset.TotalMilliseconds]);

    /// <summary>A zone, with the changes that it has from one moment to another; before and after it stays.</summary>
    public static LocalClock Of(TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(zone);
        TimeSpan offset = zone.GetUtcOffset(from);
        var fromMs = new List<long> { long.MinValue };
        var offsetMs = new List<long> { (long)offset.TotalMilliseconds };
        for (DateTimeOffset day = from; day < until; day = day.AddDays(1))
        {
            TimeSpan next = zone.GetUtcOffset(day.AddDays(1));
            if (next != offset)
            {
                fromMs.Add(ChangeBetween(zone, day, day.AddDays(1), next));
                offsetMs.Add((long)next.TotalMilliseconds);
                offset = next;
            }
        }

        return new LocalClock([.. fromMs], [.. offsetMs]);
    }

    /// <summary>The distance from UTC at a moment in Unix milliseconds, in milliseconds.</summary>
    public long OffsetMsAt(long unixMs)
    {
        int place = Array.BinarySearch(_fromMs, unixMs);
        return _offsetMs[place >= 0 ? place : ~place - 1];
    }

    /// <summary>What the clocks show at a moment, as milliseconds since 1970 began there.</summary>
    public long LocalMs(long unixMs) => unixMs + OffsetMsAt(unixMs);

    // To the millisecond, by halves.
    private static long ChangeBetween(TimeZoneInfo zone, DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        long low = before.ToUnixTimeMilliseconds();
        long high = after.ToUnixTimeMilliseconds();
        while (high - low > 1)
        {
            long middle = low + ((high - low) / 2);
            bool isChanged = zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(middle)) == offset;
            (low, high) = isChanged ? (low, middle) : (middle, high);
        }

        return high;
    }
}
