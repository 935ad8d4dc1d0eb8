using System.Net;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Connections;

public sealed class ArrivalRateTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly IPAddress Crowd = IPAddress.Parse("10.0.0.1");

    [Fact]
    public void TryTake_OneAddress_LeavesTheLastFifthToOthers()
    {
        var rate = new ArrivalRate(perSecond: 100);

        Assert.Equal(80, Taken(rate, Crowd, 500, Second));
        Assert.Equal(20, Enumerable.Range(0, 500).Count(other => rate.TryTake(Address(other), Second)));
        Assert.False(rate.TryTake(Crowd, Second));
    }

    /// <summary>For as long as it goes on: what comes back goes to those that have not come in this second.</summary>
    [Fact]
    public void TryTake_AFloodOfOneAddress_LetsAnotherInEachSecond()
    {
        var rate = new ArrivalRate(perSecond: 100);
        int crowd = 0;
        int others = 0;
        for (int millisecond = 0; millisecond < 10_000; millisecond++)
        {
            long now = (10 * Second) + (millisecond * TimeSpan.TicksPerMillisecond);
            crowd += Taken(rate, Crowd, 5, now);
            others += millisecond % 100 == 99 && rate.TryTake(Address(millisecond % 1_000), now) ? 1 : 0;
        }

        Assert.Equal(100, others);
        Assert.InRange(crowd, 900, 990);
    }

    [Fact]
    public void TryTake_AtTheRate_IsNeverRefused()
    {
        var rate = new ArrivalRate(perSecond: 10);

        for (int i = 0; i < 100; i++)
        {
            Assert.True(rate.TryTake(Crowd, i * Second / 10));
        }
    }

    /// <summary>A rate so low that the part that is kept is less than one.</summary>
    [Fact]
    public void TryTake_OneASecond_LetsOneIn()
    {
        var rate = new ArrivalRate(perSecond: 1);

        Assert.Equal(1, Taken(rate, Crowd, 9, 0));
        Assert.False(rate.TryTake(Address(1), Second / 2));
        Assert.True(rate.TryTake(Crowd, Second));
    }

    [Fact]
    public void TryTake_AnOlderTimeThanTheLast_TakesWhatThereIs()
    {
        var rate = new ArrivalRate(perSecond: 100);

        Assert.True(rate.TryTake(Crowd, 5 * Second));
        Assert.Equal(79, Taken(rate, Crowd, 500, (5 * Second) - 1));
    }

    [Fact]
    public void TryTake_WithoutABound_TakesAll() => Assert.Equal(5_000, Taken(ArrivalRate.Any, Crowd, 5_000, 0));

    private static int Taken(ArrivalRate rate, IPAddress address, int count, long now) =>
        Enumerable.Range(0, count).Count(_ => rate.TryTake(address, now));

    private static IPAddress Address(int number) => new(0x0300_0000L + number);
}
