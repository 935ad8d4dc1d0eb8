using Switch.Host.Simulators.World;

namespace Switch.Tests.Simulation;

/// <summary>
/// The money comes right although the node has long forgotten what is taken back, under all faults but a clock that
/// jumps. Without its store it does not: that shows the test can fail.
/// </summary>
public sealed class ForgetfulWorldTests
{
    private const int Payments = 1_000;

    [Fact]
    public void Worlds_ForgetfulWithStore_NoViolation()
    {
        var outcomes = new WorldOutcome[8];
        Parallel.For(0, outcomes.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, index =>
            outcomes[index] = SimulatedWorld.Run(ForgetfulWorld.Of(PlanOf(index))));

        Assert.Empty(outcomes.SelectMany(static outcome => outcome.Violations.Select(
            violation => $"seed {outcome.Seed} payment {violation.Payment} {violation.Invariant}: {violation.What}")));
        Assert.True(outcomes.Sum(static outcome => outcome.LookUpsFound) > 100);
        Assert.True(outcomes.Sum(static outcome => outcome.Crashes) > 5);
    }

    [Fact]
    public void World_ForgetfulWithoutStore_DoesNotComeRight()
    {
        WorldPlan plan = ForgetfulWorld.Of(PlanOf(index: 0));

        WorldOutcome outcome = SimulatedWorld.Run(plan with { Core = plan.Core with { LookUp = TimeSpan.Zero } });

        Assert.NotEmpty(outcome.Violations);
    }

    private static WorldPlan PlanOf(int index) => WorldPlan.Draw(RandomSource.SeedOf(77, index), Payments);
}
