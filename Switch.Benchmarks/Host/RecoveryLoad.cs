using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Journal;

namespace Switch.Benchmarks.Host;

/// <summary>
/// Goal: time to ready against the size of the journal. Method: the real core takes so many payments into a real
/// journal (an intent and a decision each, secrets sealed); then the start of the switch, up to the moment at which it
/// would take payments, with no checkpoint, with one a gibibyte behind the end, and with one at the end.
/// </summary>
internal sealed class RecoveryLoad : IDisposable
{
    private const long TailBytes = 1L << 30;
    private static readonly int[] Sizes = [100_000, 1_000_000, 10_000_000];
    private readonly string _folder;

    private RecoveryLoad(string folder)
    {
        _folder = folder;
    }

    private JournalSettings Settings => JournalPayments.Settings(_folder);

    public static void Run(string folder, int[] sizes, TextWriter output)
    {
        output.WriteLine(
            "transactions     MB   replay all s   records/s   make s   checkpoint MB   1 GiB behind s   at the end s");
        foreach (int transactions in sizes.Length > 0 ? sizes : Sizes)
        {
            using var load = new RecoveryLoad(
                Path.Combine(folder, $"switch-recovery-{Environment.ProcessId}-{transactions}"));
            output.WriteLine(load.Measure(transactions));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Measure(int transactions)
    {
        JournalPayments.Write(Settings, transactions);
        long bytes = Directory.EnumerateFiles(_folder, "*.segment").Sum(path => new FileInfo(path).Length);
        (double all, long records) = Start(withCheckpoint: false);
        (double _, long _) = Checkpoint(behind: TailBytes);
        (double behind, long _) = Start(withCheckpoint: true);
        (double make, long size) = Checkpoint(behind: 0);
        (double atEnd, long _) = Start(withCheckpoint: true);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{transactions,12:N0} {bytes / 1e6,6:N0} {all,14:N2} {records / all,11:N0} {make,8:N2} {size / 1e6,15:N1}"
            + $" {behind,16:N2} {atEnd,14:N2}");
    }

    private (double Seconds, long Records) Start(bool withCheckpoint)
    {
        GC.Collect();
        long started = Stopwatch.GetTimestamp();
        var core = new AuthorizationCore(JournalPayments.Configuration, new JournalEffects(null));
        using JournalWriter journal = JournalWriter.Open(
            Settings, JournalPayments.Keys, core.Recover, static () => { }, NullLogger.Instance,
            withCheckpoint ? core.RestoreState : null);
        core.FinishRecovery(JournalPayments.Now(0));
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, journal.Recovered.Records);
    }

    // Of all but so many bytes; with fewer in the journal, of the first segment.
    private (double Seconds, long Bytes) Checkpoint(long behind)
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToWrite(_folder);
        CheckpointPlace place = SegmentCheck.SealedUpTo(disk);
        for (long rest = 0; rest < behind && place.Segment > 1;)
        {
            rest += new FileInfo(Path.Combine(_folder, SegmentCheck.NameOf(place.Segment))).Length;
            SealedSegment before = SegmentCheck.BeforeNext(disk, place.Segment - 1);
            place = new CheckpointPlace(before.Number, before.LastLsn, before.SealCrc);
        }

        long started = Stopwatch.GetTimestamp();
        long size = CheckpointMaker.Make(
            disk, Settings.Identity, JournalPayments.Keys, place, RandomNumberGenerator.Fill, 0,
            new AuthorizationCore(JournalPayments.Configuration, new NoEffects()), static () => false);
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, size);
    }
}
