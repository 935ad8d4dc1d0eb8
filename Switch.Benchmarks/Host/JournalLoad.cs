using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;

namespace Switch.Benchmarks.Host;

/// <summary>
/// What the disk and the journal give together: records of 400 bytes, one by one, at a rate, or as fast as they are
/// taken, and how long a batch takes from sealing to the end of its fdatasync. Not BenchmarkDotNet: group commit is
/// about what piles up while the disk is busy, which an operation measured alone does not show.
/// </summary>
internal sealed class JournalLoad : IDisposable
{
    /// <summary>
    /// 40 of header, 292 open, 52 secret and 16 of tag: an intent with a card number and some fields.
    /// </summary>
    private const int OpenSize = 292;

    private const int SecretSize = 52;

    /// <summary>Each record waits until the one before is durable.</summary>
    private const int OneByOne = 0;

    private const int Unlimited = int.MaxValue;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(4);
    private readonly AutoResetEvent _progress = new(initialState: false);
    private readonly List<double> _batchMs = new(1_000_000);
    private readonly string _folder;
    private JournalWriter? _journal;

    private JournalLoad(string folder)
    {
        _folder = folder;
    }

    public static void Run(string? folder, TextWriter output)
    {
        folder = Path.Combine(folder ?? Path.GetTempPath(), $"switch-journal-load-{Environment.ProcessId}");
        output.WriteLine($"{folder}; records of {JournalFormat.SizeOf(OpenSize, SecretSize)} bytes");
        output.WriteLine("durability  offered/s   records/s   batches/s  records/batch    p50 ms    p99 ms    max ms");
        foreach ((Durability durability, int rate) in (ReadOnlySpan<(Durability, int)>)
            [
                (Durability.Fsync, OneByOne), (Durability.Fsync, 1_000), (Durability.Fsync, 10_000),
                (Durability.Fsync, 50_000), (Durability.Fsync, Unlimited), (Durability.None, Unlimited),
            ])
        {
            using var load = new JournalLoad(folder);
            output.WriteLine(load.Measure(durability, rate));
            if (rate == Unlimited)
            {
                output.WriteLine(load.MeasureReading());
            }
        }
    }

    public void Dispose()
    {
        _progress.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Measure(Durability durability, int rate)
    {
        var settings = new JournalSettings
        {
            Path = _folder, Identity = new JournalIdentity("benchmark", "node-1", 0), Durability = durability,
        };
        _journal = JournalWriter.Open(
            settings, new JournalKeyRing(1, new byte[32]), static (_, _, _, _) => { }, OnProgress, NullLogger.Instance);
        Append(TimeSpan.FromSeconds(1), rate);
        JournalCounters warm = _journal.Counters;
        lock (_batchMs)
        {
            _batchMs.Clear();
        }

        double seconds = Append(Duration, rate);
        JournalCounters all = _journal.Counters;
        _journal.Dispose();
        _batchMs.Sort();
        long batches = all.Batches - warm.Batches;
        long records = all.Records - warm.Records;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{durability,-10} {Offered(rate),10} {records / seconds,11:N0} {batches / seconds,11:N0}"
            + $" {(double)records / batches,14:N1} {At(0.5),9:N3} {At(0.99),9:N3} {At(1),9:N3}");
    }

    /// <summary>
    /// What verifying costs beside reading the same files and doing nothing with them: the best of five each.
    /// </summary>
    private string MeasureReading()
    {
        long bytes = Directory.EnumerateFiles(_folder, "*.segment").Sum(path => new FileInfo(path).Length);
        double reading = double.MaxValue;
        double verifying = double.MaxValue;
        int exitCode = 0;
        for (int round = 0; round < 5; round++)
        {
            long started = Stopwatch.GetTimestamp();
            ReadAll();
            reading = Math.Min(reading, Stopwatch.GetElapsedTime(started).TotalSeconds);
            started = Stopwatch.GetTimestamp();
            exitCode = JournalTool.Verify(_folder, null, null, TextWriter.Null);
            verifying = Math.Min(verifying, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"verify {bytes / 1e6:N0} MB: exit code {exitCode}, {bytes / verifying / 1e6:N0} MB/s;"
            + $" only reading {bytes / reading / 1e6:N0} MB/s");
    }

    private void ReadAll()
    {
        var buffer = new byte[4 << 20];
        foreach (string path in Directory.EnumerateFiles(_folder, "*.segment"))
        {
            using FileStream file = File.OpenRead(path);
            while (file.Read(buffer) > 0)
            {
            }
        }
    }

    private double Append(TimeSpan duration, int rate)
    {
        var open = new byte[OpenSize];
        var secret = new byte[SecretSize];
        JournalWriter journal = _journal!;
        long started = Stopwatch.GetTimestamp();
        long appended = 0;
        double elapsed;
        while ((elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds) < duration.TotalSeconds)
        {
            // What has fallen due by now, as a core would find it in its inbox.
            long due = rate is OneByOne ? appended + 1 : rate is Unlimited ? appended + 256 : (long)(elapsed * rate);
            for (; appended < due && journal.HasRoom; appended++)
            {
                journal.Append(RecordType.Intent, open, secret);
            }

            journal.SubmitBatch();
            while (!journal.HasRoom || (rate == OneByOne && journal.DurableLsn < journal.LastLsn))
            {
                _progress.WaitOne();
                journal.SubmitBatch();
            }

            if (rate is not (OneByOne or Unlimited))
            {
                _progress.WaitOne(millisecondsTimeout: 1);
            }
        }

        return elapsed;
    }

    private static string Offered(int rate) => rate switch
    {
        OneByOne => "one by one",
        Unlimited => "unlimited",
        _ => rate.ToString("N0", CultureInfo.InvariantCulture),
    };

    private void OnProgress()
    {
        double ms = _journal!.Counters.LastWriteTicks * 1_000.0 / Stopwatch.Frequency;
        lock (_batchMs)
        {
            _batchMs.Add(ms);
        }

        _progress.Set();
    }

    private double At(double share) =>
        _batchMs.Count == 0 ? 0 : _batchMs[Math.Min((int)(_batchMs.Count * share), _batchMs.Count - 1)];
}
