namespace Switch.Protocol.Editions;

/// <summary>
/// Finds the year of a date that has none: the one that brings it nearest to the moment the message came
/// (docs/domain.md section 1.4). On 31 December a 0101 is of the next year; 0229 is of the nearest year that has one.
/// </summary>
internal static class LocalDates
{
    // Between two leap years lie at most seven others: 1896 to 1904, 2096 to 2104.
    private const int YearsToLeapDay = 8;
    private const long MsPerDay = 86_400_000;

    /// <summary>False when no year has such a day.</summary>
    /// <param name="month">1 to 12.</param>
    /// <param name="day">1 to 31.</param>
    /// <param name="wallMs">When the message came, in milliseconds since 1970.</param>
    /// <param name="year">All four digits.</param>
    public static bool TryYear(int month, int day, long wallMs, out int year)
    {
        const int LeapYear = 2000;
        year = 0;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(LeapYear, month))
        {
            return false;
        }

        DateTime now = DateTime.UnixEpoch.AddDays(wallMs / MsPerDay);
        int reach = month == 2 && day == 29 ? YearsToLeapDay : 1;
        double nearest = double.MaxValue;
        for (int candidate = now.Year - reach; candidate <= now.Year + reach; candidate++)
        {
            if (day <= DateTime.DaysInMonth(candidate, month))
            {
                double distance = Math.Abs((new DateTime(candidate, month, day) - now).TotalDays);
                (year, nearest) = distance < nearest ? (candidate, distance) : (year, nearest);
            }
        }

        return true;
    }

    /// <summary>Fills the destination with the last digits of the year of a date that begins MMDD.</summary>
    public static bool TryWriteYear(ReadOnlySpan<byte> monthDay, long wallMs, Span<byte> destination)
    {
        if (monthDay.Length < 4 || !Digits.TryParse(monthDay[..4], out long number)
            || !TryYear((int)(number / 100), (int)(number % 100), wallMs, out int year))
        {
            return false;
        }

        Digits.Write(destination, year);
        return true;
    }
}
