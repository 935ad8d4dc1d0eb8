using Switch.Host.Simulators.World;
using Switch.Routing.Core;
using Switch.Routing.Routes;

namespace Switch.Tests.Simulation;

/// <summary>
/// A core that is offered more than it can do goes on doing what it can: it does not spend its
/// time on what no one waits for any more.
/// </summary>
public sealed class OverloadTests
{
    private const int Payments = 8_000;
    private const int OfferedPerSecond = 260;
    private const int EventsPerSecond = 400;

    // Each costs an event, and one that is asked for a second, the reply: 140 of 260 can be asked for, less what
    // repeats and reversals cost.
    private const int ApprovedAtBest = Payments * (EventsPerSecond - OfferedPerSecond) / OfferedPerSecond;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Overload_Sustained_ApprovesNearlyWhatTheCoreCan(ulong seed)
    {
        var cores = new List<AuthorizationCore>();
        WorldPlan plan = Overloaded(WorldPlan.Draw(seed, Payments, isCalm: true));
        WorldOutcome outcome = SimulatedWorld.Run(plan, prepare: cores.Add);

        Assert.Empty(outcome.Violations);
        Assert.Equal(0, cores[0].Counters.Timeouts);
        Assert.InRange(outcome.Approved, ApprovedAtBest * 2 / 3, Payments);
    }

    // The inbox is so long that everything stands in it for longer than anybody waits, unless something is done.
    private static WorldPlan Overloaded(WorldPlan plan)
    {
        AcquirerPlan[] acquirers =
        [
            .. plan.Acquirers.Select(one => one with
            {
                Settings = one.Settings with { Deadline = TimeSpan.FromSeconds(8) },
                Interval = TimeSpan.TicksPerSecond * plan.Acquirers.Length / OfferedPerSecond,
                RepeatPerMille = 100,
                AdvicePerMille = 0,
                CancelPerMille = 0,
                ReducePerMille = 0,
                PreAuthorizationPerMille = 0,
            }),
        ];
        IssuerPlan[] issuers =
        [
            .. plan.Issuers.Select(static one => one with
            {
                Settings = one.Settings with { Timeout = TimeSpan.FromSeconds(2) }, DeclinePerMille = 0,
            }),
        ];
        return plan with
        {
            Acquirers = acquirers,
            Issuers = issuers,
            Core = plan.Core with
            {
                Acquirers = [.. acquirers.Select(static one => one.Settings)],
                Issuers = [.. issuers.Select(static one => one.Settings)],
                Routes = new RouteTable(
                [
                    .. Enumerable.Range(0, 4).Select(n => new Route
                    {
                        Prefix = $"4{n + 1}", Primary = n % issuers.Length, StandIn = -1,
                    }),
                ]),
                PendingMax = 65_536,
            },
            InboxMax = 100_000,
            EventCost = TimeSpan.TicksPerSecond / EventsPerSecond,
            Cutovers = 0,
            FaultsEnd = TimeSpan.TicksPerSecond * Payments / OfferedPerSecond,
        };
    }
}
