using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Switch.Benchmarks.Load;

/// <summary>What a run is to do.</summary>
internal sealed record LoadOptions
{
    public string Folder { get; init; } = "";

    public string Program { get; init; } = SwitchProcess.DefaultProgram;

    public int Connections { get; init; } = 16;

    public int Window { get; init; } = 64;

    /// <summary>Of the open loop, messages a second.</summary>
    public double Rate { get; init; } = 20_000;

    public int Issuers { get; init; } = 4;

    public int Rounds { get; init; } = 3;

    /// <summary>Of each measured phase of the switch; the yardsticks take half of it.</summary>
    public double Seconds { get; init; } = 10;

    public string AcquirerDialect { get; init; } = "iso87-ascii";

    public IReadOnlyList<string> IssuerDialects { get; init; } = ["iso87-ascii", "iso87-binary"];

    public string Durability { get; init; } = "Fsync";

    public string Store { get; init; } = "None";
}

/// <summary>Everything a run has shown. The names of the first block are what scripts read.</summary>
internal sealed record LoadReport
{
    public double DirectTps { get; init; }

    public double ProxyTps { get; init; }

    public double SwitchTps { get; init; }

    public double SwitchToProxyTps { get; init; }

    public double SwitchCpuUsPerTxn { get; init; }

    public double ProxyCpuUsPerTxn { get; init; }

    public double SwitchToProxyCpu { get; init; }

    public double GeneratorCpuUsPerTxn { get; init; }

    public double IssuerCpuUsPerTxn { get; init; }

    public double SwitchAllocBytesPerTxn { get; init; }

    /// <summary>In all phases of the switch, those of the higher generations included.</summary>
    public long Gen0Collections { get; init; }

    public long Gen2Collections { get; init; }

    /// <summary>Open loop, from the intended send time.</summary>
    public double OpenRate { get; init; }

    public double P50Us { get; init; }

    public double P90Us { get; init; }

    public double P99Us { get; init; }

    public double P999Us { get; init; }

    public double MaxUs { get; init; }

    public double DirectP50Us { get; init; }

    public double DirectP99Us { get; init; }

    public double FdatasyncP50Us { get; init; }

    public double FdatasyncP99Us { get; init; }

    public double SequentialMbPerSecond { get; init; }

    public double CopyNsPerMessage { get; init; }

    public double RecordsPerSync { get; init; }

    public double JournalWriteMs { get; init; }

    public double ResidentMb { get; init; }

    public double StartToReadyMs { get; init; }

    public int MessageBytes { get; init; }

    /// <summary>"verified", or what is wrong with it.</summary>
    public string Journal { get; init; } = "";

    public bool BooksAgree { get; init; }

    public BookComparison? Books { get; init; }

    public IReadOnlyDictionary<string, long> OtherCodes { get; init; } = new Dictionary<string, long>();

    public string Durability { get; init; } = "";

    public string Store { get; init; } = "";

    public int Connections { get; init; }

    public int Window { get; init; }

    public int Rounds { get; init; }

    public Machine? Machine { get; init; }

    [JsonIgnore]
    public IReadOnlyList<PhaseFigures> Phases { get; init; } = [];

    public bool IsSound => BooksAgree && Journal == "verified" && OtherCodes.Count == 0;
}

/// <summary>
/// One run: the yardsticks and the switch by turns, so that what the machine does meanwhile meets all of them, and the
/// medians over the rounds.
/// </summary>
internal static class LoadRun
{
    public static async Task<LoadReport> RunAsync(LoadOptions options, Action<string> say)
    {
        Directory.CreateDirectory(options.Folder);
        Machine machine = Machine.Describe();
        DiskFigures disk = DiskProbe.Measure(options.Folder, Math.Min(options.Seconds, 3));
        using var rig = new LoadRig(options.Folder, options.IssuerDialects, options.Issuers, options.AcquirerDialect);
        SwitchSetup setup = rig.Setup(options.Program, options.Connections) with
        {
            Durability = options.Durability,
            Store = options.Store,
        };
        await rig.StartSwitchAsync(setup).ConfigureAwait(false);
        say($"The switch was ready after {rig.Switch.StartTime.TotalMilliseconds:N0} ms.");

        LoadPhase closed = new()
        {
            Name = "closed", Ports = [], Connections = options.Connections, Window = options.Window,
            Seconds = options.Seconds,
        };
        LoadPhase open = closed with { Name = "open", Rate = options.Rate };
        await WarmUpAsync(rig, closed, open, say).ConfigureAwait(false);
        var phases = new List<PhaseFigures>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach ((string name, LoadPhase phase, Func<LoadPhase, Task<PhaseFigures>> run) in Plan(rig, closed, open))
            {
                PhaseFigures figures = await run(phase with { Name = name }).ConfigureAwait(false);
                phases.Add(figures);
                say(LoadTable.Line(figures));
            }
        }

        (string journal, BookComparison books) = await rig.CloseBooksAsync().ConfigureAwait(false);
        return Report(options, phases, disk, rig, machine) with
        {
            Journal = journal,
            Books = books,
            BooksAgree = books.Agrees,
        };
    }

    private static IEnumerable<(string Name, LoadPhase Phase, Func<LoadPhase, Task<PhaseFigures>> Run)> Plan(
        LoadRig rig, LoadPhase closed, LoadPhase open)
    {
        double half = closed.Seconds / 2;
        yield return ("direct", closed with { Seconds = half }, rig.DirectAsync);
        yield return ("proxy", closed with { Seconds = half }, rig.ProxyAsync);
        yield return ("switch", closed, rig.SwitchAsync);
        yield return ("direct-open", open with { Seconds = half }, rig.DirectAsync);
        yield return ("switch-open", open, rig.SwitchAsync);
    }

    /// <summary>Until the just-in-time compiler has seen what is hot, and pools are filled.</summary>
    private static async Task WarmUpAsync(LoadRig rig, LoadPhase closed, LoadPhase open, Action<string> say)
    {
        LoadPhase warm = closed with { Seconds = Math.Clamp(closed.Seconds / 2, 2, 4) };
        await rig.DirectAsync(warm with { Seconds = 1 }).ConfigureAwait(false);
        await rig.ProxyAsync(warm).ConfigureAwait(false);
        PhaseFigures figures = await rig.SwitchAsync(
            warm with { Name = "warm-up", Seconds = warm.Seconds * 2 }).ConfigureAwait(false);
        say(LoadTable.Line(figures));

        // Not more than it can take while it is being compiled: that would measure time-outs.
        double rate = Math.Clamp(figures.Tps / 4, 100, open.Rate);
        await rig.SwitchAsync(open with { Seconds = 1, Rate = rate }).ConfigureAwait(false);
    }

    private static LoadReport Report(
        LoadOptions options, List<PhaseFigures> phases, DiskFigures disk, LoadRig rig, Machine machine)
    {
        double Of(string name, Func<PhaseFigures, double> read) =>
            Median([.. phases.Where(phase => phase.Name == name).Select(read)]);
        double switchTps = Of("switch", p => p.Tps);
        double proxyTps = Of("proxy", p => p.Tps);
        double switchCpu = Of("switch", p => p.MiddleCpuUs);
        double proxyCpu = Of("proxy", p => p.MiddleCpuUs);
        int size = phases[0].MessageSize;
        return new LoadReport
        {
            DirectTps = Math.Round(Of("direct", p => p.Tps)),
            ProxyTps = Math.Round(proxyTps),
            SwitchTps = Math.Round(switchTps),
            SwitchToProxyTps = Math.Round(switchTps / proxyTps, 3),
            SwitchCpuUsPerTxn = Math.Round(switchCpu, 2),
            ProxyCpuUsPerTxn = Math.Round(proxyCpu, 2),
            SwitchToProxyCpu = Math.Round(switchCpu / proxyCpu, 2),
            GeneratorCpuUsPerTxn = Math.Round(Of("switch", p => p.GeneratorCpuUs), 2),
            IssuerCpuUsPerTxn = Math.Round(Of("switch", p => p.IssuerCpuUs), 2),
            SwitchAllocBytesPerTxn = Math.Round(Of("switch", p => p.AllocatedBytes), 1),
            Gen0Collections = phases.Sum(p => p.Gen0Collections),
            Gen2Collections = phases.Sum(p => p.Gen2Collections),
            OpenRate = options.Rate,
            P50Us = Math.Round(Of("switch-open", p => p.P50Us)),
            P90Us = Math.Round(Of("switch-open", p => p.P90Us)),
            P99Us = Math.Round(Of("switch-open", p => p.P99Us)),
            P999Us = Math.Round(Of("switch-open", p => p.P999Us)),
            MaxUs = Math.Round(Of("switch-open", p => p.MaxUs)),
            DirectP50Us = Math.Round(Of("direct-open", p => p.P50Us)),
            DirectP99Us = Math.Round(Of("direct-open", p => p.P99Us)),
            FdatasyncP50Us = Math.Round(disk.FdatasyncP50Us),
            FdatasyncP99Us = Math.Round(disk.FdatasyncP99Us),
            SequentialMbPerSecond = Math.Round(disk.SequentialMbPerSecond),
            CopyNsPerMessage = Math.Round(CopyNs(size), 1),
            RecordsPerSync = Math.Round(Of("switch", p => p.RecordsPerSync)),
            JournalWriteMs = Math.Round(Of("switch", p => p.JournalWriteMs), 2),
            ResidentMb = Math.Round(Of("switch", p => p.MiddleResidentMb)),
            StartToReadyMs = Math.Round(rig.Switch.StartTime.TotalMilliseconds),
            MessageBytes = size,
            OtherCodes = rig.OtherCodes,
            Durability = options.Durability,
            Store = options.Store,
            Connections = options.Connections,
            Window = options.Window,
            Rounds = options.Rounds,
            Machine = machine,
            Phases = phases,
        };
    }

    /// <summary>The middle one; of an even number the lower of the two.</summary>
    public static double Median(IReadOnlyList<double> values) =>
        values.Count == 0 ? 0 : values.Order().ElementAt((values.Count - 1) / 2);

    /// <summary>What it costs to copy a message's bytes: the least that anything does to it.</summary>
    private static double CopyNs(int size)
    {
        const int Rounds = 5_000_000;
        var from = new byte[size];
        var to = new byte[size];
        double best = double.MaxValue;
        for (int attempt = 0; attempt < 4; attempt++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int i = 0; i < Rounds; i++)
            {
                from.AsSpan().CopyTo(to);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / Rounds);
        }

        return best;
    }
}
