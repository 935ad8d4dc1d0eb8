using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Routing.Checkpoints;
using Switch.Routing.Journal;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Host.Journal;

/// <summary>
/// What <c>journal repair</c>, <c>reseal</c> and <c>checkpoint</c> do: they change the folder, and so need it for
/// themselves. A node that runs keeps them out.
/// </summary>
internal sealed class JournalUpkeep(
    string path, JournalIdentity identity, JournalKeyRing keys, TimeProvider clock, TextWriter output, bool asJson,
    string? identityFile = null)
{
    /// <param name="copy">Folder with another copy of this journal; null: there is none.</param>
    /// <param name="acceptLoss">Write down as lost what no copy has.</param>
    public int Repair(string? copy, bool acceptLoss) => Run(disk =>
    {
        using PosixJournalDisk? folder = copy is null ? null : PosixJournalDisk.OpenToRead(copy);
        using JournalCopySource? source = folder is null ? null : new JournalCopySource(folder, identity, keys);
        return Rewrite(disk, new RepairOptions
        {
            Source = source, AcceptLoss = acceptLoss, Salts = RandomNumberGenerator.Fill, NowMs = NowMs(),
        });
    });

    /// <summary>Writes segments under retired keys anew, under the current one.</summary>
    public int Reseal() => Run(disk => Rewrite(disk, new RepairOptions
    {
        Reseal = true, Salts = RandomNumberGenerator.Fill, NowMs = NowMs(),
    }));

    /// <summary>Makes a checkpoint of all that is sealed.</summary>
    public int Checkpoint(CoreConfiguration configuration) => Run(disk =>
    {
        CheckpointPlace place = SegmentCheck.SealedUpTo(disk);
        long size = place.Segment == 0
            ? 0
            : CheckpointMaker.Make(
                disk, identity, keys, place, RandomNumberGenerator.Fill, NowMs(),
                CheckpointCore.New(configuration, path, NullLogger.Instance), static () => false);
        if (asJson)
        {
            JournalTool.WriteJson(output, json =>
            {
                json.WriteNumber("segment", place.Segment);
                json.WriteNumber("lsn", place.Lsn);
                json.WriteNumber("size", size);
            });
        }
        else
        {
            output.WriteLine(size == 0
                ? "No segment is sealed yet, so no checkpoint can be written."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Checkpoint of segment {place.Segment}: covers up to LSN {place.Lsn}; {size} bytes."));
        }

        return JournalTool.Good;
    });

    private int Rewrite(PosixJournalDisk disk, RepairOptions options)
    {
        RepairReport report = JournalRepair.Run(disk, identity, keys, options);
        if (report.IsDone && report.Segments.Count > 0)
        {
            MarkAnew(disk);
        }

        if (asJson)
        {
            JournalTool.WriteJson(output, json =>
            {
                json.WriteBoolean("done", report.IsDone);
                json.WriteNumber("restored", report.Restored);
                json.WriteStartArray("segments");
                foreach (string name in report.Segments)
                {
                    json.WriteStringValue(name);
                }

                json.WriteEndArray();
                JournalTool.WriteLost(json, "lost", report.Lost.Select(lost => lost.Range));
            });
        }
        else
        {
            Print(report);
        }

        return report.IsDone ? JournalTool.Good : JournalTool.Damaged;
    }

    // What a person has repaired, with what was lost accepted, is this node's journal from now on.
    private void MarkAnew(PosixJournalDisk disk)
    {
        JournalReport now = JournalInspector.Inspect(disk, new InspectOptions { IsQuick = true });
        if (identityFile is null || !File.Exists(identityFile) || now.Segments.Count == 0)
        {
            return;
        }

        SegmentReport last = now.Segments[^1];
        using var file = new JournalMarkFile(identityFile);
        file.Write(
            new JournalMark
            {
                Cluster = identity.Cluster, Node = identity.Node, Segment = last.Number, CreatedMs = last.CreatedMs,
                Epoch = last.Epoch, Lsn = now.NextLsn - 1,
            },
            isDurable: true);
    }

    private void Print(RepairReport report)
    {
        foreach (LostReport lost in report.Lost)
        {
            LostRange range = lost.Range;
            string after = lost.AfterMs > 0 ? $" after {JournalTool.Time(lost.AfterMs)}" : "";
            string before = lost.BeforeMs > 0 ? $" before {JournalTool.Time(lost.BeforeMs)}" : "";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"lost: LSN {range.FirstLsn} to {range.LastLsn} of {range.Segment} at offset {range.Offset}, written"
                + $"{after}{before}: {range.Reason}"));
        }

        output.WriteLine(
            !report.IsDone ? "Nothing was changed. With --accept-loss the journal goes on without these records; "
                + "requests that were in flight are reversed, and what is owed twice is repeated."
            : report.Segments.Count == 0 ? "There is nothing to do."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Written anew: {string.Join(", ", report.Segments)}; {report.Restored} records came from the copy."));
    }

    private int Run(Func<PosixJournalDisk, int> action)
    {
        try
        {
            if (!Directory.Exists(path))
            {
                throw new JournalException($"There is no journal in {path}: the folder does not exist.");
            }

            using PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(path);
            return action(disk);
        }
        catch (Exception refused) when (refused is JournalException or RecordFormatException)
        {
            if (asJson)
            {
                JournalTool.WriteJson(output, json => json.WriteString("error", refused.Message));
            }
            else
            {
                output.WriteLine(refused.Message);
            }

            return refused is JournalDamagedException ? JournalTool.Damaged : JournalTool.Refused;
        }
    }

    private long NowMs() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
