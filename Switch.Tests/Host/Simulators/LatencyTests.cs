using Switch.Host.Simulators;

namespace Switch.Tests.Host.Simulators;

public class LatencyTests
{
    [Theory]
    [InlineData("5ms", 5, 5)]
    [InlineData("5ms..20ms", 5, 20)]
    [InlineData("250us..1.5s", 0.25, 1500)]
    [InlineData("exp:10ms", 0, 100)]
    public void Next_EachShape_StaysInItsBounds(string text, double lowMs, double highMs)
    {
        var random = new Random(1);

        bool isRead = LatencyProfile.TryParse(text, out LatencyProfile profile);

        Assert.True(isRead);
        Assert.All(
            Enumerable.Range(0, 1000),
            _ => Assert.InRange(profile.Next(random).TotalMilliseconds, lowMs, highMs));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5 ms")]
    [InlineData("-5ms")]
    [InlineData("20ms..5ms")]
    [InlineData("1ms..2ms..3ms")]
    [InlineData("exp:1ms..2ms")]
    [InlineData("soon")]
    public void TryParse_NotALatency_IsRefused(string text)
    {
        Assert.False(LatencyProfile.TryParse(text, out _));
    }

    [Fact]
    public void PercentileMs_KnownDurations_IsWithinTwoPercent()
    {
        var histogram = new LatencyHistogram();
        for (int i = 1; i <= 10_000; i++)
        {
            histogram.Record(TimeSpan.FromMicroseconds(i * 100));
        }

        Assert.InRange(histogram.PercentileMs(0.50), 490, 510);
        Assert.InRange(histogram.PercentileMs(0.99), 980, 1000);
        Assert.Equal(1000, histogram.MaxMs);
        Assert.Equal(1000, histogram.PercentileMs(1));
    }

    [Fact]
    public void PercentileMs_NothingRecorded_IsZero()
    {
        Assert.Equal(0, new LatencyHistogram().PercentileMs(0.99));
    }
}
