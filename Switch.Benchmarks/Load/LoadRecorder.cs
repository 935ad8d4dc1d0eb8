using System.Diagnostics;
using Switch.Host.Simulators;

namespace Switch.Benchmarks.Load;

/// <summary>Latencies of a phase, in all and by slices of time for a picture.</summary>
internal sealed class LoadRecorder(long started)
{
    /// <summary>Width of a slice.</summary>
    public const double SliceSeconds = 0.25;

    private static readonly long SliceTicks = (long)(SliceSeconds * Stopwatch.Frequency);
    private readonly LatencyHistogram _all = new();
    private readonly LatencyHistogram _refused = new();
    private readonly List<LatencyHistogram> _slices = [];

    /// <param name="now">When the answer came.</param>
    /// <param name="latency">Since it was due to be sent, in ticks of the stopwatch.</param>
    public void Record(long now, long latency)
    {
        var slice = (int)((now - started) / SliceTicks);
        while (_slices.Count <= slice)
        {
            _slices.Add(new LatencyHistogram());
        }

        TimeSpan time = Stopwatch.GetElapsedTime(0, Math.Max(latency, 0));
        _all.Record(time);
        _slices[slice].Record(time);
    }

    /// <summary>It was answered with a code that is not the issuer's.</summary>
    /// <param name="latency">Since it was due to be sent, in ticks of the stopwatch.</param>
    public void RecordRefusal(long latency) =>
        _refused.Record(Stopwatch.GetElapsedTime(0, Math.Max(latency, 0)));

    public PhaseFigures Figures(LoadPhase phase, double seconds, int unanswered, int messageSize) => new()
    {
        Name = phase.Name,
        Seconds = seconds,
        Answers = _all.Count,
        Tps = _all.Count / seconds,
        Unanswered = unanswered,
        MessageSize = messageSize,
        P50Us = _all.PercentileMs(0.5) * 1_000,
        P90Us = _all.PercentileMs(0.9) * 1_000,
        P99Us = _all.PercentileMs(0.99) * 1_000,
        P999Us = _all.PercentileMs(0.999) * 1_000,
        MaxUs = _all.MaxMs * 1_000,
        Refused = _refused.Count,
        RefusedP50Us = _refused.PercentileMs(0.5) * 1_000,
        RefusedP99Us = _refused.PercentileMs(0.99) * 1_000,

        // Whole ones: what is answered after the last was sent would be drawn as a fall.
        Slices =
        [
            .. _slices.Take((int)(seconds / SliceSeconds)).Select(slice => new SliceFigures(
                slice.Count / SliceSeconds, slice.PercentileMs(0.5), slice.PercentileMs(0.99),
                slice.PercentileMs(0.999), slice.MaxMs)),
        ],
    };
}

/// <summary>A quarter of a second: answers a second, and latencies in milliseconds.</summary>
internal sealed record SliceFigures(double Tps, double P50Ms, double P99Ms, double P999Ms, double MaxMs);

/// <summary>What one phase has shown.</summary>
internal sealed record PhaseFigures
{
    public required string Name { get; init; }

    public double Seconds { get; init; }

    public long Answers { get; init; }

    /// <summary>Answers a second while the phase ran.</summary>
    public double Tps { get; init; }

    public int Unanswered { get; init; }

    public int MessageSize { get; init; }

    public double P50Us { get; init; }

    public double P90Us { get; init; }

    public double P99Us { get; init; }

    public double P999Us { get; init; }

    public double MaxUs { get; init; }

    /// <summary>Requests that were answered with another code than the issuers': not among the answers.</summary>
    public long Refused { get; init; }

    /// <summary>Requests that were due while TCP held their connection back, and never sent.</summary>
    public long Held { get; init; }

    public double RefusedP50Us { get; init; }

    public double RefusedP99Us { get; init; }

    /// <summary>Microseconds of CPU per answer, of each process.</summary>
    public double GeneratorCpuUs { get; init; }

    public double IssuerCpuUs { get; init; }

    /// <summary>Of what stands between: the proxy, or the switch; 0 when nothing does.</summary>
    public double MiddleCpuUs { get; init; }

    /// <summary>Bytes allocated by the switch per answer.</summary>
    public double AllocatedBytes { get; init; }

    public long Gen0Collections { get; init; }

    public long Gen2Collections { get; init; }

    /// <summary>Megabytes resident in what stands between, at the end.</summary>
    public double MiddleResidentMb { get; init; }

    /// <summary>Records that the journal wrote with each sync.</summary>
    public double RecordsPerSync { get; init; }

    /// <summary>Mean time of one write and sync of the journal, in milliseconds.</summary>
    public double JournalWriteMs { get; init; }

    /// <summary>Requests that the switch gave up waiting for, and replies that it could not match.</summary>
    public long Timeouts { get; init; }

    public IReadOnlyList<SliceFigures> Slices { get; init; } = [];
}
