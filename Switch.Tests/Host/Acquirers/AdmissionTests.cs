using System.Net;
using Switch.Host.Acquirers;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Acquirers;

/// <summary>The small judges at the door: addresses, rates, windows.</summary>
public class AdmissionTests
{
    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("10.2.0.0", false)]
    [InlineData("2001:db8::1", true)]
    [InlineData("2001:db9::1", false)]
    [InlineData("127.0.0.1", false)]
    public void AddressList_Blocks_AllowTheirOwn(string address, bool isAllowed) =>
        Assert.Equal(isAllowed, new AddressList(["10.1.0.0/16", "2001:db8::/32"]).Allows(IPAddress.Parse(address)));

    [Fact]
    public void AddressList_Empty_AllowsEveryone() =>
        Assert.True(new AddressList([]).Allows(IPAddress.Parse("8.8.8.8")));

    [Fact]
    public void TokenBucket_RateZero_NeverRefuses()
    {
        var bucket = new TokenBucket(0, 0);

        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.True(bucket.TryTake(0)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void TokenBucket_AnyRate_GivesASecondsBurstAndThenItsRate(int rate)
    {
        var bucket = new TokenBucket(rate, 0);

        // Whole ticks of 100 ns: at these rates the rounding is a thousandth at most.
        Assert.InRange(TakeAll(bucket, 0), rate, rate + (rate / 1_000) + 1);
        Assert.InRange(TakeAll(bucket, TimeSpan.TicksPerSecond), rate, rate + (rate / 1_000) + 1);
        Assert.InRange(TakeAll(bucket, TimeSpan.TicksPerHour), rate, rate + (rate / 1_000) + 1);
    }

    [Fact]
    public void TokenBucket_ClockReadEarlierByAnotherThread_GivesNothingBack()
    {
        var bucket = new TokenBucket(10, TimeSpan.TicksPerSecond);
        TakeAll(bucket, TimeSpan.TicksPerSecond);

        Assert.Equal(0, TakeAll(bucket, 0));
        Assert.Equal(0, TakeAll(bucket, TimeSpan.TicksPerSecond));
    }

    [Fact]
    public void InFlightWindow_AtItsBound_OpensWithEachAnswer()
    {
        var window = new InFlightWindow(2, beats: 4);

        Assert.True(window.TryEnter());
        Assert.True(window.TryEnter());
        Assert.False(window.TryEnter());
        window.Leave();
        Assert.True(window.TryEnter());
        window.Withdraw();
        Assert.Equal(1, window.Count);
    }

    [Fact]
    public void InFlightWindow_NeverAnswered_IsForgivenAfterItsBeats()
    {
        var window = new InFlightWindow(5, beats: 4);
        for (int i = 0; i < 5; i++)
        {
            window.Enter();
        }

        for (int beat = 0; beat < 4; beat++)
        {
            window.OnBeat();
            Assert.Equal(5, window.Count);
        }

        window.OnBeat();
        Assert.Equal(0, window.Count);
    }

    [Fact]
    public void InFlightWindow_AnswersUnasked_DoNotWidenIt()
    {
        var window = new InFlightWindow(5, beats: 4);
        for (int i = 0; i < 100; i++)
        {
            window.Leave();
        }

        window.OnBeat();
        window.Enter();

        Assert.Equal(1, window.Count);
    }

    private static int TakeAll(TokenBucket bucket, long now)
    {
        int taken = 0;
        while (bucket.TryTake(now))
        {
            taken++;
        }

        return taken;
    }
}
