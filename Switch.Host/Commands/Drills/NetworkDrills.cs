using Switch.Host.Simulators.Faults;

namespace Switch.Host.Commands.Drills;

/// <summary>The line between an acquirer and the switch is bad.</summary>
internal static class NetworkDrills
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new(
            "acquirer-line", DrillCause.Network,
            "The acquirer's line is slow and loses a fifth of the answers; then nothing comes back on it (one-way).",
            "The acquirer's reversals undo what it was not told. Books agree, the journal is whole.", PlayAsync)
        {
            Targets = new DrillTargets { RecoveredWithinMs = 5_000, DeclinedMax = 0 },
        },
    ];

    private static async Task PlayAsync(DrillContext context, DrillReport report)
    {
        var needs = new DrillNeeds { HasAcquirerProxy = true };
        DrillWorld world = await DrillWorld.StartAsync(context, report, needs).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            FaultProxy line = world.AcquirerLine!;
            await world.BeginFaultAsync().ConfigureAwait(false);
            line.Plan = new FaultPlan
            {
                Latency = TimeSpan.FromMilliseconds(40),
                Jitter = TimeSpan.FromMilliseconds(40),
                BytesPerSecond = 50_000,
                Messages =
                [
                    new MessageFault(FaultSides.Back, MessageFaultKind.Lose) { Mtis = [110, 210], Share = 0.2 },
                ],
            };
            await world.WaitAsync(context.Settings.Fault * 2 / 3).ConfigureAwait(false);
            line.Plan = new FaultPlan { Lost = FaultSides.Back };
            await world.WaitAsync(context.Settings.Fault / 3).ConfigureAwait(false);
            long lost = line.Counters.Lost;
            line.Plan = FaultPlan.None;
            world.EndFault();
            await world.RecoverAsync(static _ => true, isOfIssuer: false).ConfigureAwait(false);
            await world.SettleAsync(report, static _ => true, isOfIssuer: false).ConfigureAwait(false);
            report.Figures = report.Figures with { DetectedMs = null, IsDetected = null };
            report.Note($"The line lost {lost} messages on their way back.");
            report.Require(lost > 0, "the proxy played the fault");
        }
    }
}
