using Switch.Routing.Effects;
using Switch.Routing.Owed;
using Switch.Routing.Values;
using Switch.Tests.Routing.Core;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.StoreAndForward;

/// <summary>
/// Start and stop of advices on the issuer's word, and how fast a backlog goes (docs/domain.md section 5.4 and 5.5).
/// </summary>
public class AdviceControlTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("079", "078")]
    [InlineData("079", "060")]
    [InlineData("079", "066")]
    [InlineData("065", "066")]
    [InlineData("065", "001")]
    public void Issuer_StopsAndStartsItsAdvices(string stop, string start)
    {
        CoreRig rig = OwingOne();
        Network(rig, stop);

        rig.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(Owed(rig));
        Network(rig, start);
        rig.Advance(Moment);

        Assert.Equal("0120", Assert.Single(Owed(rig)).Mti.ToString());
        Assert.Equal(
            [(Incident.AdvicesPaused, 1L), (Incident.AdvicesResumed, 1L)],
            rig.World.Incidents.Where(IsPause).Select(raised => (raised.Incident, raised.Value)));
    }

    [Fact]
    public void SignOn_DoesNotEndAStopThatTheIssuerAskedFor()
    {
        CoreRig rig = OwingOne();
        Network(rig, "079");
        Network(rig, "001");

        rig.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(Owed(rig));
    }

    [Fact]
    public void Stop_IsForgottenByARestart()
    {
        CoreRig rig = OwingOne();
        Network(rig, "079");

        CoreRig restarted = rig.Restart();
        restarted.LinksUp();
        restarted.Advance(Moment);

        Assert.Single(Owed(restarted));
    }

    [Fact]
    public void Rate_WithoutStrain_StaysAtTheConfigured()
    {
        var rate = new DrainRate(500);

        Run(rate, intervals: 100, latencyMs: 20);

        Assert.Equal(500, rate.PerSecond);
    }

    [Fact]
    public void Rate_WhenLiveTrafficSlows_FallsToASixteenthAndComesBack()
    {
        var rate = new DrainRate(500);
        long now = Run(rate, intervals: 100, latencyMs: 20);

        now = Run(rate, intervals: 20, latencyMs: 100, now);
        Assert.Equal(500 / 16, rate.PerSecond);
        now = Run(rate, intervals: 60, latencyMs: 20, now);

        Assert.Equal(500, rate.PerSecond);
    }

    [Fact]
    public void Rate_WithoutLiveTraffic_RecoversAfterStrain()
    {
        var rate = new DrainRate(160);
        rate.Strained();
        rate.Step(DrainRate.IntervalTicks, isLiveFull: false);
        Assert.Equal(80, rate.PerSecond);

        Run(rate, intervals: 20, latencyMs: 0, now: 2 * DrainRate.IntervalTicks);

        Assert.Equal(160, rate.PerSecond);
    }

    [Fact]
    public void Rate_NeverLeavesItsBounds()
    {
        foreach (int configured in (int[])[1, 2, 15, 16, 500, 1_000_000])
        {
            var rate = new DrainRate(configured);
            for (int i = 1; i < 200; i++)
            {
                rate.Step(i * DrainRate.IntervalTicks, isLiveFull: i % 7 < 3);
                Assert.InRange(rate.PerSecond, Math.Max(1, configured / 16), configured);
            }
        }
    }

    [Fact]
    public void Rate_MovesAtMostOnceAnInterval()
    {
        var rate = new DrainRate(500);
        for (int i = 0; i < 10; i++)
        {
            rate.Strained();
            rate.Step(DrainRate.IntervalTicks + i, isLiveFull: true);
        }

        Assert.Equal(250, rate.PerSecond);
    }

    [Fact]
    public void Rate_MeasuringAndStepping_AllocatesNothing()
    {
        var rate = new DrainRate(500);
        long now = 0;

        Assert.Equal(0, AllocationMeter.Of(() =>
        {
            rate.LiveEnded(12_345);
            rate.Step(now += DrainRate.IntervalTicks, isLiveFull: false);
        }));
    }

    private static long Run(DrainRate rate, int intervals, int latencyMs, long now = 0)
    {
        for (int i = 0; i < intervals; i++)
        {
            for (int live = 0; live < 3 && latencyMs > 0; live++)
            {
                rate.LiveEnded(latencyMs * Instant.TicksPerMs);
            }

            now += DrainRate.IntervalTicks;
            rate.Step(now, isLiveFull: false);
        }

        return now;
    }

    private static bool IsPause(RaisedIncident raised) =>
        raised.Incident is Incident.AdvicesPaused or Incident.AdvicesResumed;

    private static IEnumerable<SentMessage> Owed(CoreRig rig) => rig.World.ToLinks.Where(sent => sent.Mti.Class == 1);

    private static CoreRig OwingOne()
    {
        var rig = new CoreRig();
        rig.Request(stan: 1);
        rig.LinksUp();
        return rig;
    }

    private static void Network(CoreRig rig, string code)
    {
        rig.FromIssuer("0800", new Fields { [7] = "1122100000", [11] = "000500", [70] = code });
        Assert.Equal("00", rig.World.ToLinks[^1][39]);
    }
}
