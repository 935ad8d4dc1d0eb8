using Switch.Routing.Admission;
using Switch.Routing.Values;

namespace Switch.Tests.Routing.Admission;

/// <summary>
/// Goal: an issuer that can do less than is asked is kept busy without a line before it, and one that is merely slow,
/// or slower than before, gets all it is to get. Method: issuers that are models, in virtual time.
/// </summary>
public class AdaptiveWindowTests
{
    private const long Ms = Instant.TicksPerMs;

    [Theory]
    [InlineData(500, 1_000)]
    [InlineData(500, 2_500)]
    [InlineData(500, 5_000)]
    [InlineData(2_000, 20_000)]
    public void Size_IssuerThatCanDoLess_IsBusyWithoutALine(int capacity, int asked)
    {
        var issuer = new ModelIssuer(capacity, 20);
        issuer.Run(asked / 10, seconds: 5);

        ModelRun first = issuer.Run(asked, seconds: 1);
        ModelRun then = issuer.Run(asked, seconds: 10);

        Assert.InRange(first.SlowestMs, 20, 600);
        Assert.InRange(then.Answered, capacity * 9.7, capacity * 10.3);
        Assert.InRange(then.SlowestMs, 20, 200);
    }

    /// <summary>It need not be found anew.</summary>
    [Fact]
    public void Size_SecondOverload_HasNoLineFromItsBeginning()
    {
        var issuer = new ModelIssuer(500, 20);
        issuer.Run(5_000, seconds: 3);
        issuer.Run(100, seconds: 5);

        ModelRun second = issuer.Run(5_000, seconds: 5);

        Assert.InRange(second.SlowestMs, 20, 200);
        Assert.InRange(second.Answered, 500 * 4.8, 500 * 5.3);
    }

    [Fact]
    public void Size_SeveralAcquirers_LineIsAQuarterOfTheUsualTime()
    {
        var issuer = new ModelIssuer(500, 20) { IsShared = true };
        issuer.Run(5_000, seconds: 3);

        ModelRun then = issuer.Run(5_000, seconds: 10);

        Assert.InRange(then.SlowestMs, 20, 31);
        Assert.InRange(then.Answered, 500 * 9.7, 500 * 10.1);
    }

    [Theory]
    [InlineData(1_000, 20, 120)]
    [InlineData(200, 20, 400)]
    [InlineData(2_000, 5, 50)]
    public void Size_IssuerThatGetsSlower_GetsAllAgainSoon(int asked, int before, int after)
    {
        var issuer = new ModelIssuer(int.MaxValue, before);
        Assert.Equal(0, issuer.Run(asked, seconds: 5).Refused);

        issuer.LatencyMs = after;
        ModelRun first = issuer.Run(asked, seconds: 3);
        ModelRun then = issuer.Run(asked, seconds: 10);

        Assert.InRange(first.Refused, 0, asked);
        Assert.Equal(0, then.Refused);
    }

    [Fact]
    public void Size_HealthyIssuerOfChangingLatency_RefusesNothing()
    {
        var issuer = new ModelIssuer(int.MaxValue, 5) { JitterMs = 45, SlowEvery = 100, SlowMs = 1_000 };

        Assert.Equal(0, issuer.Run(1_000, seconds: 100).Refused);
        Assert.Equal(0, issuer.Run(50, seconds: 100).Refused);
        Assert.Equal(0, issuer.Run(1_500, seconds: 10).Refused);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(500)]
    public void Size_BurstAtAQuietIssuer_RefusesNothing(int latency)
    {
        var issuer = new ModelIssuer(int.MaxValue, latency);
        issuer.Run(1, seconds: 100);

        Assert.Equal(0, issuer.Burst(AdaptiveWindow.BurstMax - 1).Refused);
    }

    [Fact]
    public void Size_IssuerThatCanDoMoreAgain_DoesItSoon()
    {
        var issuer = new ModelIssuer(500, 20);
        issuer.Run(5_000, seconds: 5);

        issuer.Capacity = 4_000;
        issuer.Run(3_000, seconds: 2);

        Assert.Equal(0, issuer.Run(3_000, seconds: 5).Refused);
    }

    [Fact]
    public void Size_IssuerThatCanDoLessThanBefore_FollowsWithinSeconds()
    {
        var issuer = new ModelIssuer(2_000, 20);
        issuer.Run(5_000, seconds: 5);

        issuer.Capacity = 500;
        issuer.Run(5_000, seconds: 4);
        ModelRun then = issuer.Run(5_000, seconds: 5);

        Assert.InRange(then.Answered, 500 * 4.8, 500 * 5.3);
        Assert.InRange(then.SlowestMs, 20, 250);
    }

    /// <summary>What the switch itself delays says nothing about an issuer.</summary>
    [Fact]
    public void Size_SwitchIsLateItself_StaysAsItIs()
    {
        var window = new AdaptiveWindow(10_000);
        int before = window.Size;
        for (int i = 0; i < 10_000; i++)
        {
            window.Full(i * Ms);
            window.Answered((20 + (i / 10)) * Ms, ownDelay: 60 * Ms, isShared: false, i * Ms);
        }

        Assert.Equal(before, window.Size);
    }

    /// <summary>
    /// With several acquirers a line of a few milliseconds makes the window narrow, unless it may be the switch's own.
    /// </summary>
    [Theory]
    [InlineData(20, true)]
    [InlineData(0, false)]
    public void Size_RepliesAreLaterByTheOwnDelayOfTheSwitch_StaysAsItIs(int ownDelayMs, bool isKept)
    {
        var window = new AdaptiveWindow(10_000);
        for (int i = 0; i < 2_000; i++)
        {
            window.Answered(20 * Ms, ownDelay: 0, isShared: true, i * Ms);
        }

        int before = window.Size;
        for (int i = 2_000; i < 3_000; i++)
        {
            window.Full(i * Ms);
            window.Answered(35 * Ms, ownDelayMs * Ms, isShared: true, i * Ms);
        }

        Assert.Equal(isKept, window.Size >= before);
    }

    [Fact]
    public void Size_Always_IsAtMostTheConfiguredNumber()
    {
        var issuer = new ModelIssuer(500, 20, most: 6);

        ModelRun run = issuer.Run(5_000, seconds: 5);

        Assert.Equal(6, issuer.Size);
        Assert.InRange(run.SlowestMs, 20, 32);
    }
}
