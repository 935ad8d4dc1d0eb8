using System.Diagnostics;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands.Drills;

/// <summary>Plays drills one after the other, each in a folder, with a node and with a bound of its own.</summary>
internal sealed class DrillRunner(
    LoadedConfiguration loaded, DrillSettings settings, DrillFolder folder,
    IReadOnlyDictionary<string, DrillTargets> targets)
{
    /// <summary>Beyond the times of the settings: starts, stops, and a machine that is busy.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(3);

    /// <exception cref="OperationCanceledException">The user has stopped it; what it started has ended.</exception>
    public async Task<DrillResult> PlayAsync(Drill drill, CancellationToken stop)
    {
        var report = new DrillReport();
        DateTimeOffset started = DateTimeOffset.UtcNow;
        long begun = Stopwatch.GetTimestamp();
        string place = folder.Begin(drill.Name);
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            end.CancelAfter(
                settings.Before + (settings.Fault * 2) + settings.RecoveryMax + settings.SettleMax + Allowance);
            await drill.PlayAsync(new DrillContext(loaded, settings, place, end.Token), report).ConfigureAwait(false);
            if (report.NotRunBecause is null)
            {
                DrillTargets own = targets.TryGetValue(drill.Name, out DrillTargets? wanted) ? wanted : new();
                report.Add(own.Over(drill.Targets).Check(report.Figures));
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            report.Require(false, "it ended in its time");
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or UsageException))
        {
            // Also a defect of the drill itself: what the others found is not lost for it.
            report.Require(
                false, "the drill could be played to its end", $"{problem.GetType().Name}: {problem.Message}");
        }
        finally
        {
            folder.End(place);
        }

        return new DrillResult
        {
            Name = drill.Name,
            Cause = drill.CauseText,
            What = drill.What,
            Outcome = report.Outcome,
            NotRunBecause = report.NotRunBecause,
            Started = started,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(begun).TotalSeconds, 1),
            Figures = report.Figures,
            Checks = report.Checks,
            Notes = report.Notes,
        };
    }

    /// <summary>0 when all that was played is as wanted; 1 otherwise, or when nothing was played at all.</summary>
    public static int CodeOf(IReadOnlyCollection<DrillResult> results) =>
        results.Any(static one => one.Outcome == DrillOutcome.Missed)
            || results.All(static one => one.Outcome == DrillOutcome.NotRun)
            ? ExitCode.Problems : ExitCode.Done;
}
