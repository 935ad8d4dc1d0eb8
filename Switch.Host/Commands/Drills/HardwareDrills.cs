using System.Diagnostics;
using System.Globalization;
using Switch.Host.Commands.Common;
using Switch.Host.Files;
using Switch.Host.Simulators.World;

namespace Switch.Host.Commands.Drills;

/// <summary>The machine fails: the process is killed, the disk is full or slow, the power is cut.</summary>
internal static class HardwareDrills
{
    /// <summary>Bytes that a file may have once the disk is full: less than what is written has already.</summary>
    private const ulong FileSizeFull = 4_096;

    private const int PowerCutTransactions = 20_000;

    private static readonly TimeSpan SlowSync = TimeSpan.FromMilliseconds(100);

    private static readonly DrillTargets Restart = new() { RecoveredWithinMs = 15_000 };

    public static IReadOnlyList<Drill> All { get; } =
    [
        new(
            "core-ends", DrillCause.Software,
            "The node's process ends under load, as after a defect of the core, and is started again.",
            "It recovers by itself. Books agree, the journal is whole, nothing stays owed.",
            static (context, report) => KillAsync(context, report, times: 1)) { Targets = Restart },
        new(
            "kill", DrillCause.Hardware, "kill -9 of the node under load, three times, and a start after each.",
            "It recovers by itself. Books agree, the journal is whole, nothing stays owed.",
            static (context, report) => KillAsync(context, report, times: 3)) { Targets = Restart },
        new(
            "disk-full", DrillCause.Hardware,
            "No file of the node may grow any more (a limit of the operating system); it ends and is started again.",
            "Nothing is approved that is not durable: it ends with 70, recovers, and books agree.",
            DiskFullAsync) { Targets = Restart },
        new(
            "slow-disk", DrillCause.Hardware, "Each sync of the journal takes 100 ms longer (strace holds it back).",
            "Every payment is approved, later. Books agree, the journal is whole.", SlowDiskAsync)
        {
            Targets = new DrillTargets { DeclinedMax = 0, UnansweredMax = 0, RecoveredWithinMs = 10_000 },
        },
        new(
            "power-cut", DrillCause.Hardware,
            $"{PowerCutTransactions} payments in simulated worlds with power cuts at any moment: what was not synced "
            + "stays or goes by chance.",
            "No violation of any invariant, over at least one power cut.", PowerCutAsync),
    ];

    private static async Task KillAsync(DrillContext context, DrillReport report, int times)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, new DrillNeeds()).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            for (int life = 0; life < times; life++)
            {
                await world.Node.KillAsync().ConfigureAwait(false);
                world.EndFault(); // What follows is the recovery.
                long killed = Stopwatch.GetTimestamp();
                await world.Node.StartAsync(context.Stop).ConfigureAwait(false);
                report.Note(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Kill {life + 1}: ready again after {Stopwatch.GetElapsedTime(killed).TotalMilliseconds:N0} ms."));
                if (life < times - 1)
                {
                    await world.WaitAsync(TimeSpan.FromSeconds(1.5)).ConfigureAwait(false);
                }
            }

            await EndAsync(world, report).ConfigureAwait(false);
        }
    }

    private static async Task DiskFullAsync(DrillContext context, DrillReport report)
    {
        if (!OperatingSystem.IsLinux())
        {
            report.NotRun("it needs the limits of processes that Linux has");
            return;
        }

        var needs = new DrillNeeds { IgnoresFileSizeSignal = true, Drain = TimeSpan.FromSeconds(4) };
        DrillWorld world = await DrillWorld.StartAsync(context, report, needs).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            if (!TryLimitFiles(world.Node.Id))
            {
                report.NotRun("this user may not set the limits of a process that it started");
                return;
            }

            int code = await world.Node.EndAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
            world.EndFault(); // Its next life is not limited.
            report.Require(code == ExitCode.Journal, "it ended by itself with 70", $"exit code {code}");
            await world.Node.StartAsync(context.Stop).ConfigureAwait(false);
            await EndAsync(world, report).ConfigureAwait(false);
        }
    }

    private static async Task SlowDiskAsync(DrillContext context, DrillReport report)
    {
        DrillWorld world = await DrillWorld.StartAsync(context, report, new DrillNeeds()).ConfigureAwait(false);
        await using (world.ConfigureAwait(false))
        {
            await world.BeginFaultAsync().ConfigureAwait(false);
            var tracer = SyncTracer.TryStart(world.Node.Id, SlowSync, out string because);
            if (tracer is null)
            {
                report.NotRun(because);
                return;
            }

            await using (tracer.ConfigureAwait(false))
            {
                await world.WaitAsync(context.Settings.Fault).ConfigureAwait(false);
                if (tracer.Refusal is { } refusal)
                {
                    report.NotRun(refusal);
                    return;
                }
            }

            world.EndFault();
            await EndAsync(world, report).ConfigureAwait(false);
            report.Require(report.Figures.SlowestMs >= SlowSync.TotalMilliseconds, "the disk was slow");
        }
    }

    private static async Task PowerCutAsync(DrillContext context, DrillReport report)
    {
        int threads = Math.Clamp(Environment.ProcessorCount, 1, 2);
        WorldReport world = await Task.Run(
            () => WorldRun.Run((ulong)context.Settings.Seed, PowerCutTransactions, threads), context.Stop)
            .ConfigureAwait(false);
        long cuts = world.Faults.GetValueOrDefault(nameof(Fault.PowerCut));
        report.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{world.Transactions:N0} payments in {world.Worlds} worlds, {world.SimulatedHours} simulated hours, "
            + $"{world.Crashes} crashes, {cuts} of them power cuts."));
        report.Require(world.Violations == 0, "no invariant was violated", world.FirstViolation);
        report.Require(cuts > 0, "the power was cut");
        report.Figures = new DrillFigures { Sent = world.Transactions, BooksAgree = world.Violations == 0 };
    }

    // Every customer is affected: there is one node.
    private static async Task EndAsync(DrillWorld world, DrillReport report)
    {
        await world.RecoverAsync(static _ => true, isOfIssuer: false).ConfigureAwait(false);
        await world.SettleAsync(report, static _ => true, isOfIssuer: false).ConfigureAwait(false);
        report.Figures = report.Figures with { DetectedMs = null, IsDetected = null };
    }

    private static bool TryLimitFiles(int process)
    {
        Span<ulong> limits = stackalloc ulong[2]; // Soft and hard.
        return Posix.Limit(process, Posix.LimitOfFileSize, default, limits) == 0
            && Posix.Limit(process, Posix.LimitOfFileSize, [FileSizeFull, limits[1]], default) == 0;
    }
}
