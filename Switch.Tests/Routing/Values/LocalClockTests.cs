using Switch.Routing.Values;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Values;

public class LocalClockTests
{
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Fixed_IsAlwaysTheSame()
    {
        LocalClock clock = LocalClock.Fixed(TimeSpan.FromHours(9));

        Assert.Equal(9 * 3_600_000, clock.OffsetMsAt(long.MinValue));
        Assert.Equal(9 * 3_600_000, clock.OffsetMsAt(0));
        Assert.Equal(9 * 3_600_000, clock.OffsetMsAt(long.MaxValue));
    }

    /// <summary>Each half hour of three years, as the runtime says it, and the millisecond before it.</summary>
    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Europe/Berlin")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Asia/Tokyo")]
    public void Of_AZone_AgreesWithTheSystem(string name)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        LocalClock clock = LocalClock.Of(zone, From, From.AddYears(3));
        TimeSpan before = zone.GetUtcOffset(From);
        for (DateTimeOffset time = From; time < From.AddYears(3); time = time.AddMinutes(30))
        {
            TimeSpan expected = zone.GetUtcOffset(time);
            Assert.Equal(expected.TotalMilliseconds, clock.OffsetMsAt(time.ToUnixTimeMilliseconds()));
            Assert.Equal(before.TotalMilliseconds, clock.OffsetMsAt(time.ToUnixTimeMilliseconds() - 1));
            before = expected;
        }
    }

    [Fact]
    public void OffsetMsAt_AllocatesNothing()
    {
        LocalClock clock = LocalClock.Of(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), From, From.AddYears(20));
        long sum = 0;
        long ms = From.AddYears(-1).ToUnixTimeMilliseconds(); // And on beyond the end of what it knows.

        Assert.Equal(0, AllocationMeter.Of(() => sum += clock.OffsetMsAt(ms += 120_000_000)));
        Assert.NotEqual(0, sum);
    }
}
