using Switch.Host.Simulators.Faults;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// One issuer is sick in each way that issuers are: the others' customers must notice nothing, its own little, and all
/// must be as before when it is well again.
/// </summary>
internal static class IssuerDrills
{
    private const int FlapMs = 2_000;

    /// <summary>What fails only sometimes has to answer many probes before it counts as well again.</summary>
    private const int GrayBackMs = 20_000;

    private static readonly int[] Asked = [100, 200];
    private static readonly int[] Answered = [110, 210];

    /// <summary>No customer of another issuer notices; a quarter more in their p99 is the machine's.</summary>
    private static readonly DrillTargets Common = new()
    {
        RecoveredWithinMs = 15_000, UnansweredMax = 0, NeighboursHurtMax = 0, NeighboursP99Percent = 125,
    };

    public static IReadOnlyList<Drill> All { get; } =
    [
        Of(
            "issuer-down", "The issuer's connections are reset, and new ones too.",
            new DrillTargets { DetectedWithinMs = 700, DeclinedMax = 0 },
            static _ => new FaultPlan { Refuses = true }),
        Of(
            "issuer-silent", "Black hole: the issuer's connections stay up, and nothing arrives either way.",
            new DrillTargets { DetectedWithinMs = 700, DeclinedMax = 0 },
            static _ => new FaultPlan { Lost = FaultSides.Both }),
        Of(
            "issuer-half-open", "The issuer's host is gone without a word; its connections look open and are not read.",
            new DrillTargets { DetectedWithinMs = 700, DeclinedMax = 0 },
            static _ => new FaultPlan { IsHalfOpen = true }),
        Of(
            "issuer-gray-50", "Half of the authorizations are lost, on the way there or back; echo tests are answered.",
            new DrillTargets { DetectedWithinMs = 2_000, DeclinedMax = 0, RecoveredWithinMs = GrayBackMs },
            static _ => Gray(0.5)),
        Of(
            "issuer-gray-30", "As issuer-gray-50, with 30 % lost.",
            new DrillTargets { DetectedWithinMs = 3_000, DeclinedMax = 0, RecoveredWithinMs = GrayBackMs },
            static _ => Gray(0.3)),
        Of(
            "issuer-slow", "Every answer takes 2.5 s (at most five sixths of the time-out) where 5 to 50 ms are usual.",
            new DrillTargets { DetectedWithinMs = 3_000, DeclinedMax = 0 },
            static world => Slow(Earlier(TimeSpan.FromSeconds(2.5), world.Configuration.SickIssuer.Timeout * 5 / 6))),
        Of(
            "issuer-technical-declines", "The issuer answers 96 to every authorization.",
            new DrillTargets { DetectedWithinMs = 2_000, DeclinedMax = 0 },
            static _ => With(new MessageFault(FaultSides.Forth, MessageFaultKind.Answer)
            {
                Mtis = Asked, Code = "96",
            })),
        OfRange(),
        Flapping(),
        Of(
            "issuer-late", "Every answer comes one second after the time-out.",
            new DrillTargets { DetectedWithinMs = 3_000, DeclinedMax = 0 },
            static world => Slow(world.Configuration.SickIssuer.Timeout + TimeSpan.FromSeconds(1))),
        Of(
            "issuer-wrong-field", "Every answer is wrong in one field: STAN, amount or terminal.",
            new DrillTargets { DetectedWithinMs = 3_000, DeclinedMax = 0 },
            static _ => With(Corrupt(11, 1.0 / 3), Corrupt(4, 0.5), Corrupt(41, 1))),
    ];

    private static Drill Of(string name, string what, DrillTargets targets, Func<DrillWorld, FaultPlan> plan) => new(
        name, DrillCause.Issuer, what,
        "Books agree, the journal is whole, nothing stays owed.",
        (context, report) => PlayAsync(context, report, new DrillNeeds(), IsSick, async world =>
        {
            world.Sick.Plan = plan(world);
            await world.WaitAsync(context.Settings.Fault).ConfigureAwait(false);
        }))
    {
        Targets = targets.Over(Common),
    };

    private static Drill OfRange() => new(
        "issuer-one-range", DrillCause.Issuer,
        "Authorizations of one BIN range of the issuer are lost; its other range is well.",
        "The issuer's other range goes on with the issuer. Books agree, the journal is whole, nothing stays owed.",
        (context, report) => PlayAsync(
            context, report, new DrillNeeds { SplitsRange = true },
            static (world, one) => one.Pan.StartsWith(world.Configuration.SickRange, StringComparison.Ordinal),
            async world =>
            {
                world.Sick.Plan = With(new MessageFault(FaultSides.Forth, MessageFaultKind.Lose)
                {
                    Mtis = Asked, Prefixes = [world.Configuration.SickRange],
                });
                await world.WaitAsync(context.Settings.Fault).ConfigureAwait(false);
            }))
    {
        Targets = new DrillTargets { DetectedWithinMs = 3_000, DeclinedMax = 0 }.Over(Common),
    };

    private static Drill Flapping() => new(
        "issuer-flapping", DrillCause.Issuer, "The issuer refuses connections for 2 s, is well for 2 s, and so on.",
        "Books agree, the journal is whole, nothing stays owed.",
        (context, report) => PlayAsync(context, report, new DrillNeeds(), IsSick, async world =>
        {
            int turns = Math.Max(2, (int)(context.Settings.Fault.TotalMilliseconds / FlapMs));
            for (int turn = 0; turn < turns; turn++)
            {
                world.Sick.Plan = new FaultPlan { Refuses = turn % 2 == 0 };
                await world.WaitAsync(TimeSpan.FromMilliseconds(FlapMs)).ConfigureAwait(false);
            }
        }))
    {
        Targets = new DrillTargets { DeclinedMax = 0 }.Over(Common),
    };

    private static bool IsSick(DrillWorld world, DrillPayment payment) => payment.Issuer == world.Configuration.Sick;

    private static async Task PlayAsync(
        DrillContext context, DrillReport report, DrillNeeds needs, Func<DrillWorld, DrillPayment, bool> affected,
        Func<DrillWorld, Task> fault)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, needs).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            report.Note($"Sick is {world.Configuration.Sick}.");
            await world.BeginFaultAsync().ConfigureAwait(false);
            FaultCounters before = world.Sick.Counters;
            await fault(world).ConfigureAwait(false);
            FaultCounters after = world.Sick.Counters;
            bool wasFelt = after with { Passed = before.Passed } != before || world.Sick.Plan.IsHalfOpen;
            world.Sick.Plan = FaultPlan.None;
            world.EndFault();
            bool IsAffected(DrillPayment one) => affected(world, one);
            await world.RecoverAsync(IsAffected, isOfIssuer: true).ConfigureAwait(false);
            await world.SettleAsync(report, IsAffected, isOfIssuer: true).ConfigureAwait(false);
            report.Require(wasFelt, "the proxy played the fault");
        }
    }

    private static FaultPlan With(params MessageFault[] faults) => new() { Messages = faults };

    // Half of the losses on each way: of the half that arrived, as much as makes the whole share.
    private static FaultPlan Gray(double share) => With(
        new MessageFault(FaultSides.Forth, MessageFaultKind.Lose) { Mtis = Asked, Share = share / 2 },
        new MessageFault(FaultSides.Back, MessageFaultKind.Lose)
        {
            Mtis = Answered, Share = share / 2 / (1 - (share / 2)),
        });

    private static FaultPlan Slow(TimeSpan delay) => With(new MessageFault(FaultSides.Back, MessageFaultKind.Delay)
    {
        Mtis = Answered, Delay = delay,
    });

    private static MessageFault Corrupt(int field, double share) =>
        new(FaultSides.Back, MessageFaultKind.Corrupt) { Mtis = Answered, Field = field, Share = share };

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
