using System.Globalization;
using Switch.Protocol.Editions;

namespace Switch.Tests.Protocol.Editions;

public class LocalDatesTests
{
    [Theory]
    [InlineData("2026-11-22", 11, 22, 2026)]
    [InlineData("2026-12-31", 1, 1, 2027)] // The terminal's day begins before ours.
    [InlineData("2027-01-01", 12, 31, 2026)] // A reversal of last night.
    [InlineData("2027-01-01", 1, 1, 2027)]
    [InlineData("2026-06-30", 12, 29, 2026)]
    [InlineData("2026-06-30", 12, 31, 2025)]
    [InlineData("2026-11-22", 5, 24, 2026)]
    [InlineData("2026-11-22", 5, 23, 2027)]
    [InlineData("2028-02-28", 2, 29, 2028)]
    [InlineData("2028-03-01", 2, 29, 2028)]
    [InlineData("2026-11-22", 2, 29, 2028)]
    [InlineData("2025-06-01", 2, 29, 2024)]
    [InlineData("2097-01-01", 2, 29, 2096)]
    [InlineData("2101-01-01", 2, 29, 2104)]
    [InlineData("2000-02-29", 2, 29, 2000)]
    [InlineData("1970-01-01", 12, 31, 1969)]
    public void TryYear_NearestToTheMoment_IsFound(string today, int month, int day, int year)
    {
        // Whatever the time of the day.
        foreach (int hour in (int[])[0, 12, 23])
        {
            long wall = DateTimeOffset.Parse(today, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
                .AddHours(hour).ToUnixTimeMilliseconds();
            Assert.True(LocalDates.TryYear(month, day, wall, out int found));
            Assert.Equal(year, found);
        }
    }

    [Fact]
    public void TryYear_EveryDayOfFourYears_IsWithinHalfAYear()
    {
        for (var now = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc); now.Year < 2028; now = now.AddDays(1))
        {
            long wall = new DateTimeOffset(now).ToUnixTimeMilliseconds();
            foreach (int distance in (int[])[-182, -1, 0, 1, 182])
            {
                DateTime date = now.AddDays(distance);
                Assert.True(LocalDates.TryYear(date.Month, date.Day, wall, out int year));
                Assert.Equal(date.Year, year);
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(13, 1)]
    [InlineData(1, 0)]
    [InlineData(4, 31)]
    [InlineData(2, 30)]
    public void TryYear_NoSuchDay_IsFalse(int month, int day) =>
        Assert.False(LocalDates.TryYear(month, day, Translations.Now, out _));
}
