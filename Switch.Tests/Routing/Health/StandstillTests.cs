using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Settings;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Health;

/// <summary>
/// The machine of the switch stands still for a while, as one does that is moved to another host or has no memory left.
/// No issuer is to blame for that, however long it took; one that is sick is found all the same.
/// </summary>
public sealed class StandstillTests
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(30);

    /// <summary>With so many requests in flight that silence would be certain.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(1.0)]
    [InlineData(2.0)]
    [InlineData(2.9)]
    [InlineData(3.5)]
    [InlineData(60)]
    public void WellIssuer_ProcessStandsStill_IsNotDiverted(double seconds)
    {
        var rig = new SickIssuerRig();
        rig.Run(_warmUp);
        for (int i = 0; i < 3; i++)
        {
            rig.Ask("41", 40);
            rig.Ask("43", 40);
            rig.StandStill(TimeSpan.FromSeconds(seconds));
            rig.Run(TimeSpan.FromSeconds(5));
        }

        Assert.Empty(rig.Changes);
        Assert.Equal((3, (long)(seconds * 1_000)), Told(rig));
    }

    /// <summary>Where no health judges, the circuit breaker does, by time-outs in a row.</summary>
    [Fact]
    public void WellIssuer_ProcessStandsStill_OpensNoBreaker()
    {
        var rig = new SickIssuerRig(health: HealthSettings.Off);
        rig.Run(_warmUp);
        rig.Ask("41", 40);
        rig.StandStill(TimeSpan.FromSeconds(3.5));
        rig.Run(TimeSpan.FromSeconds(5));

        Assert.DoesNotContain(rig.Core.World.Incidents, static one => one.Incident == Incident.BreakerOpened);
    }

    [Fact]
    public void SilentIssuer_ProcessStandsStill_IsFoundSoonAfter()
    {
        var rig = new SickIssuerRig();
        rig.Run(_warmUp);
        rig.Treat = static (_, _, _) => new Treatment(null);
        rig.Run(TimeSpan.FromSeconds(0.2));
        rig.StandStill(TimeSpan.FromSeconds(2));
        rig.Run(TimeSpan.FromSeconds(1.5));

        Assert.Equal((HealthScope.Issuer, 0), (rig.Changes[0].Scope, rig.Changes[0].Issuer));
    }

    /// <summary>A machine that stands still all the time must not keep a sick issuer from being found.</summary>
    [Fact]
    public void SilentIssuer_ProcessStandsStillEverySecond_IsFound()
    {
        var rig = new SickIssuerRig();
        GoSilentOnABadMachine(rig);

        Assert.Contains(rig.Changes, static change => change.Issuer == 0);
        Assert.DoesNotContain(rig.Changes, static change => change.Issuer != 0);
    }

    [Fact]
    public void SilentIssuer_ProcessStandsStillEverySecond_OpensItsBreaker()
    {
        var rig = new SickIssuerRig(health: HealthSettings.Off);
        GoSilentOnABadMachine(rig);

        Assert.Equal(
            [0L],
            rig.Core.World.Incidents.Where(static one => one.Incident == Incident.BreakerOpened)
                .Select(static one => one.Subject).Distinct());
    }

    private static void GoSilentOnABadMachine(SickIssuerRig rig)
    {
        rig.Run(_warmUp);
        rig.Treat = static (_, _, _) => new Treatment(null);
        for (int i = 0; i < 10; i++)
        {
            rig.Run(TimeSpan.FromSeconds(0.5));
            rig.StandStill(TimeSpan.FromSeconds(0.5));
        }
    }

    private static (int Times, long LastMs) Told(SickIssuerRig rig)
    {
        RaisedIncident[] told =
            [.. rig.Core.World.Incidents.Where(static one => one.Incident == Incident.ProcessStoodStill)];
        return (told.Length, told[^1].Value);
    }
}
