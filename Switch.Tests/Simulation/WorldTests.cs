using Switch.Host.Simulators.World;

namespace Switch.Tests.Simulation;

public sealed class WorldTests
{
    private const int Threads = 2;

    [Fact]
    public void World_Calm_BooksAgree()
    {
        WorldOutcome outcome = SimulatedWorld.Run(WorldPlan.Draw(1, 2_000, isCalm: true));

        Assert.Empty(outcome.Violations);
        Assert.Equal(2_000, outcome.Payments);
    }

    [Fact]
    public void World_SameSeed_SameTrace()
    {
        WorldReport first = WorldRun.Run(seed: 3, transactions: 10_000, threads: 1);
        WorldReport second = WorldRun.Run(seed: 3, transactions: 10_000, threads: Threads);

        Assert.Equal(first.TraceHash, second.TraceHash);
        Assert.NotEqual(first.TraceHash, WorldRun.Run(seed: 4, transactions: 10_000, Threads).TraceHash);
    }

    /// <summary>
    /// What the product promises of money, under every fault that the simulation knows. A violation prints its seed and
    /// the time-line of its payment from all books; docs/simulation.md says how to look at it again.
    /// </summary>
    [Fact]
    public void Worlds_MillionTransactionsThousandCrashes_NoViolation()
    {
        WorldReport report = WorldRun.Run(seed: 1, transactions: 1_000_000, Threads);

        Assert.True(report.Violations == 0, report.FirstViolation);
        Assert.Equal(1_000_000, report.Transactions);
        Assert.True(report.Crashes >= 1_000, $"only {report.Crashes} crashes");
        foreach (Fault fault in Enum.GetValues<Fault>().Where(static one => one != Fault.Count))
        {
            Assert.True(report.Faults.ContainsKey(fault.ToString()), $"{fault} never happened");
        }
    }
}
