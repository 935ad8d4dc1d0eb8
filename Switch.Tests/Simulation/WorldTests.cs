using System.Text.Json.Nodes;
using Switch.Host.Simulators.World;
using Switch.Tests.Support;

namespace Switch.Tests.Simulation;

public sealed class WorldTests
{
    private const int Threads = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

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
    /// Worlds that once were broken: 203/19 restored a checkpoint without the latest time that stand-in had counted at,
    /// and its clock jumps.
    /// </summary>
    [Theory]
    [InlineData(203, 200_000, 19)]
    public void World_OnceBroken_Holds(ulong seed, int transactions, int world) =>
        Assert.Empty(SimulatedWorld.Run(WorldRun.PlanOf(seed, transactions, world)).Violations);

    /// <summary>Strings hash otherwise in each process, and addresses differ: none of that may show.</summary>
    [Fact]
    public async Task World_SameSeedInTwoProcesses_SameReport()
    {
        string[] arguments = ["simulate", "world", "--seed", "5", "--transactions", "4000", "--json"];
        await using HostProcess first = HostProcess.Start(arguments);
        await using HostProcess second = HostProcess.Start(arguments);

        Assert.Equal((0, 0), (await first.EndAsync(Rig.Patience * 8), await second.EndAsync(Rig.Patience * 8)));
        string report = first.LastLine();
        Assert.Contains("\"violations\":0", report, StringComparison.Ordinal);
        Assert.Equal(report, second.LastLine());
    }

    /// <summary>
    /// What the product promises of money, under every fault that the simulation knows. A violation prints its seed and
    /// the time-line of its payment from all books; docs/internals/simulation.md says how to look at it again. In a
    /// process of its own, and the last in line for a processor: it makes thousands of cores, and each collection of
    /// what they leave behind would stop the sockets of every other test.
    /// </summary>
    [Fact]
    public async Task Worlds_MillionTransactionsThousandCrashes_NoViolation()
    {
        await using HostProcess run = HostProcess.StartUnder(
            ["nice", "-n", "10"], "simulate", "world", "--seed", "1", "--transactions", "1000000", "--json");

        int code = await run.EndAsync(Patience);

        Assert.True(code == 0, run.Printed);
        JsonNode report = JsonNode.Parse(run.LastLine())!;
        Assert.Equal((0, 1_000_000), ((int)report["violations"]!, (int)report["transactions"]!));
        Assert.True((int)report["crashes"]! >= 1_000, $"only {report["crashes"]} crashes");
        foreach (Fault fault in Enum.GetValues<Fault>().Where(static one => one != Fault.Count))
        {
            Assert.True((int?)report["faults"]![fault.ToString()] > 0, $"{fault} never happened");
        }
    }
}
