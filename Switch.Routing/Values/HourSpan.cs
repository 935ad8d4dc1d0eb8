namespace Switch.Routing.Values;

/// <summary>A part of the day on an issuer's clock: 0 to 1439 minutes after midnight, the end not included.</summary>
/// <param name="From">The first minute.</param>
/// <param name="Until">The minute after the last. Before or at <paramref name="From"/>: it goes past midnight.</param>
public readonly record struct HourSpan(int From, int Until)
{
    private const long MsPerMinute = 60_000;
    private const long MinutesPerDay = 24 * 60;

    /// <param name="localMs">Milliseconds since 1970 on the issuer's clock.</param>
    public bool Contains(long localMs)
    {
        long minute = localMs / MsPerMinute % MinutesPerDay;
        return From < Until ? minute >= From && minute < Until : minute >= From || minute < Until;
    }
}
