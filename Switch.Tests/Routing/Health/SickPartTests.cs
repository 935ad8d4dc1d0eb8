using Switch.Routing.Health;

namespace Switch.Tests.Routing.Health;

/// <summary>
/// A part of an issuer is sick, a range or a link, in each way that issuers are: that part is diverted, nothing else,
/// whatever requests happen to come first. Exact, in virtual time.
/// </summary>
public sealed class SickPartTests
{
    private const int Seeds = 30;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _fault = TimeSpan.FromSeconds(8);

    [Theory]
    [InlineData(Sickness.Silent, 1.0)]
    [InlineData(Sickness.Slow, 1.5)]
    [InlineData(Sickness.Technical, 1.0)]
    [InlineData(Sickness.Gray50, 3.0)]
    [InlineData(Sickness.Gray30, 5.0)]
    internal void OneRange_InEachWay_ItsRouteAloneIsDiverted(Sickness sickness, double seconds)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var rig = new SickIssuerRig(seed);
            rig.Run(_warmUp);
            TimeSpan fault = rig.Now;
            rig.Treat = (world, range, _) => range == "41" ? world.As(sickness) : world.Healthy();
            rig.Run(_fault);

            AssertChangesAreOf(rig, HealthScope.Route, 0, seed);
            Customer first = rig.OfA(fault).First(static one => one is { Links.Count: 0, Waited: not null });
            Assert.True(
                first.AskedAt - fault <= TimeSpan.FromSeconds(seconds), $"seed {seed}: {first.AskedAt - fault}");
            Assert.All(rig.OfA(fault).Where(static one => one is { Range: "42", Waited: not null }), static one =>
                Assert.NotEmpty(one.Links));
        }
    }

    [Theory]
    [InlineData(Sickness.Silent)]
    [InlineData(Sickness.Slow)]
    [InlineData(Sickness.Technical)]
    [InlineData(Sickness.Gray50)]
    internal void OneLink_InEachWay_ItAloneIsPassedOver(Sickness sickness)
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var rig = new SickIssuerRig(seed);
            rig.Run(_warmUp);
            TimeSpan fault = rig.Now;
            rig.Treat = (world, _, link) => link == 1 ? world.As(sickness) : world.Healthy();
            rig.Run(_fault);

            AssertChangesAreOf(rig, HealthScope.Link, 1, seed);
            Assert.All(rig.OfA(fault).Where(static one => one.Waited is not null), static one =>
                Assert.NotEmpty(one.Links));
        }
    }

    /// <param name="unluckyMax">Seeds in which chance loses the requests of one part only, for long enough.</param>
    [Theory]
    [InlineData(Sickness.Silent, 0)]
    [InlineData(Sickness.Slow, 0)]
    [InlineData(Sickness.Technical, 0)]
    [InlineData(Sickness.Gray50, 2)]
    [InlineData(Sickness.Gray30, 2)]
    internal void WholeIssuer_InEachWay_NoPartIsBlamed(Sickness sickness, int unluckyMax)
    {
        int unlucky = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var rig = new SickIssuerRig(seed);
            rig.Run(_warmUp);
            rig.Treat = (world, _, _) => world.As(sickness);
            rig.Run(_fault);

            Assert.Contains(rig.Changes, static change => change is { Scope: HealthScope.Issuer, Issuer: 0 });
            unlucky += rig.Changes.All(static change => change.Scope == HealthScope.Issuer) ? 0 : 1;
        }

        Assert.InRange(unlucky, 0, unluckyMax);
    }

    /// <summary>
    /// Whatever share was seen by chance, so many good replies are needed as the settings say: 21 probes at four a
    /// second, then 9 for each step; after a failure on the way a hold of some seconds comes first.
    /// </summary>
    [Theory]
    [InlineData(Sickness.Gray50)]
    [InlineData(Sickness.Gray30)]
    internal void WayBack_AfterAShareWasLost_TakesAsLongEachTime(Sickness sickness)
    {
        int held = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var rig = new SickIssuerRig(seed);
            rig.Run(_warmUp);
            rig.Treat = (world, _, _) => world.As(sickness);
            rig.Run(_fault);
            TimeSpan healed = rig.Now;
            rig.Treat = (world, _, _) => world.Healthy();
            rig.Run(TimeSpan.FromSeconds(20));

            Customer? last = rig.OfA(healed).LastOrDefault(static one => one is { Links.Count: 0, Waited: not null });
            TimeSpan back = last is null ? TimeSpan.Zero : last.AskedAt - healed;
            Assert.True(back <= TimeSpan.FromSeconds(16), $"seed {seed}: {back}");
            held += back > TimeSpan.FromSeconds(11) ? 1 : 0;
        }

        Assert.InRange(held, 0, 2);
    }

    /// <summary>
    /// The customers of B and C get the same answers after the same time, to the tick: so p50 and p99 are equal, too.
    /// </summary>
    [Theory]
    [InlineData(Sickness.Silent)]
    [InlineData(Sickness.Slow)]
    [InlineData(Sickness.Technical)]
    [InlineData(Sickness.Gray50)]
    [InlineData(Sickness.Gray10)]
    internal void Neighbours_WhileAnIssuerIsSick_FareAsWithoutIt(Sickness sickness)
    {
        (TimeSpan, TimeSpan?, string)[] well = [.. NeighboursOf(null)];

        Assert.InRange(well.Length, 400, 1_000);
        Assert.Equal(well, NeighboursOf(sickness));
    }

    private static IEnumerable<(TimeSpan AskedAt, TimeSpan? Waited, string Code)> NeighboursOf(Sickness? sickness)
    {
        var rig = new SickIssuerRig(areNeighboursApart: true);
        rig.Run(_warmUp);
        rig.Treat = (world, _, _) => sickness is { } one ? world.As(one) : world.Healthy();
        rig.Run(_fault);
        rig.Treat = (world, _, _) => world.Healthy();
        rig.Run(_fault);
        return rig.Customers.Where(static one => one.Range is "43" or "44")
            .Select(static one => (one.AskedAt, one.Waited, one.Code));
    }

    private static void AssertChangesAreOf(SickIssuerRig rig, HealthScope scope, int place, int seed)
    {
        Assert.NotEmpty(rig.Changes);
        Assert.All(rig.Changes, change => Assert.True(
            change.Scope == scope && change.Place == place && change.Issuer == 0, $"seed {seed}: {change}"));
    }
}
