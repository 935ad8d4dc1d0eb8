using System.Diagnostics;

namespace Switch.Benchmarks.Load;

/// <summary>
/// One build of the switch under measurement: its processes, the phases that it has gone through, and what they show.
/// The yardsticks and the switch are measured by turns, so that what the machine does meanwhile meets all of them.
/// </summary>
internal sealed class LoadRun : IDisposable
{
    private readonly LoadOptions _options;
    private readonly LoadRig _rig;
    private readonly Machine _machine = Machine.Describe();
    private readonly DiskFigures _disk;
    private readonly List<PhaseFigures> _phases = [];
    private readonly LoadPhase _closed;
    private readonly LoadPhase _open;

    private LoadRun(LoadOptions options)
    {
        _options = options;
        _disk = DiskProbe.Measure(options.Folder, Math.Min(options.Seconds, 3));
        _rig = new LoadRig(options.Folder, options.IssuerDialects, options.Issuers, options.AcquirerDialect);
        _closed = new LoadPhase
        {
            Name = "closed", Ports = [], Connections = options.Connections, Window = options.Window,
            Seconds = options.Seconds,
        };
        _open = _closed with { Name = "open", Rate = options.Rate };
    }

    /// <summary>One build alone, and the medians over the rounds.</summary>
    public static async Task<LoadReport> RunAsync(LoadOptions options, Action<string> say)
    {
        using LoadRun run = await StartAsync(options, say).ConfigureAwait(false);
        for (int round = 1; round <= options.Rounds; round++)
        {
            await run.RoundAsync(say).ConfigureAwait(false);
        }

        return await run.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Starts the processes, and offers load until they are warm.</summary>
    public static async Task<LoadRun> StartAsync(LoadOptions options, Action<string> say)
    {
        Directory.CreateDirectory(options.Folder);
        var run = new LoadRun(options);
        try
        {
            SwitchSetup setup = run._rig.Setup(options.Program, options.Connections) with
            {
                Durability = options.Durability,
                Store = options.Store,
                Transport = options.Transport,
                Environment = options.Profile is null ? new Dictionary<string, string>() : LoadProfiler.Environment,
            };
            await run._rig.StartSwitchAsync(setup).ConfigureAwait(false);
            say($"The switch was ready after {run._rig.Switch.StartTime.TotalMilliseconds:N0} ms.");
            await run.WarmUpAsync(say).ConfigureAwait(false);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Every phase once.</summary>
    public async Task<IReadOnlyList<PhaseFigures>> RoundAsync(Action<string> say)
    {
        int first = _phases.Count;
        foreach ((string name, LoadPhase phase, Func<LoadPhase, Task<PhaseFigures>> run) in Plan())
        {
            PhaseFigures figures = await run(phase with { Name = name }).ConfigureAwait(false);
            _phases.Add(figures);
            say(LoadTable.Line(figures));
        }

        return _phases[first..];
    }

    /// <summary>Takes the profile, if it is wanted, closes the books, and reports.</summary>
    public async Task<LoadReport> FinishAsync()
    {
        LoadProfile? profile = _options.Profile is { } page
            ? await LoadProfiler.RunAsync(_rig, _closed, _open, page).ConfigureAwait(false)
            : null;
        (string journal, BookComparison books) = await _rig.CloseBooksAsync().ConfigureAwait(false);
        return Report() with { Journal = journal, Books = books, BooksAgree = books.Agrees, Profile = profile };
    }

    public void Dispose() => _rig.Dispose();

    private IEnumerable<(string Name, LoadPhase Phase, Func<LoadPhase, Task<PhaseFigures>> Run)> Plan()
    {
        double half = _closed.Seconds / 2;
        yield return ("direct", _closed with { Seconds = half }, _rig.DirectAsync);
        yield return ("proxy", _closed with { Seconds = half }, _rig.ProxyAsync);
        yield return ("switch", _closed, _rig.SwitchAsync);
        yield return ("direct-open", _open with { Seconds = half }, _rig.DirectAsync);
        yield return ("switch-open", _open, _rig.SwitchAsync);
    }

    /// <summary>Until the just-in-time compiler has seen what is hot, and pools are filled.</summary>
    private async Task WarmUpAsync(Action<string> say)
    {
        LoadPhase warm = _closed with { Seconds = Math.Clamp(_closed.Seconds / 2, 2, 4) };
        await _rig.DirectAsync(warm with { Seconds = 1 }).ConfigureAwait(false);
        await _rig.ProxyAsync(warm).ConfigureAwait(false);
        PhaseFigures figures = await _rig.SwitchAsync(
            warm with { Name = "warm-up", Seconds = warm.Seconds * 2 }).ConfigureAwait(false);
        say(LoadTable.Line(figures));

        // Not more than it can take while it is being compiled: that would measure time-outs.
        double rate = Math.Clamp(figures.Tps / 4, 100, _open.Rate);
        await _rig.SwitchAsync(_open with { Seconds = 1, Rate = rate }).ConfigureAwait(false);
    }

    private LoadReport Report()
    {
        double Of(string name, Func<PhaseFigures, double> read) =>
            Median([.. _phases.Where(phase => phase.Name == name).Select(read)]);
        LoadWindows open = LoadWindows.Of(_phases.Where(static phase => phase.Name == "switch-open"));
        LoadWindows direct = LoadWindows.Of(_phases.Where(static phase => phase.Name == "direct-open"));
        double switchTps = Of("switch", p => p.Tps);
        double proxyTps = Of("proxy", p => p.Tps);
        double switchCpu = Of("switch", p => p.MiddleCpuUs);
        double proxyCpu = Of("proxy", p => p.MiddleCpuUs);
        int size = _phases[0].MessageSize;
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
            Gen0Collections = _phases.Sum(p => p.Gen0Collections),
            Gen2Collections = _phases.Sum(p => p.Gen2Collections),
            OpenRate = _options.Rate,
            P50Us = Math.Round(Of("switch-open", p => p.P50Us)),
            P90Us = Math.Round(Of("switch-open", p => p.P90Us)),
            P99Us = Math.Round(Of("switch-open", p => p.P99Us)),
            P999Us = Math.Round(Of("switch-open", p => p.P999Us)),
            MaxUs = Math.Round(Of("switch-open", p => p.MaxUs)),
            DirectP50Us = Math.Round(Of("direct-open", p => p.P50Us)),
            DirectP99Us = Math.Round(Of("direct-open", p => p.P99Us)),
            WindowP50Us = Math.Round(open.P50Us),
            WindowP99Us = Math.Round(open.P99Us),
            SlowWindowShare = Math.Round(open.SlowShare, 3),
            DirectWindowP50Us = Math.Round(direct.P50Us),
            DirectWindowP99Us = Math.Round(direct.P99Us),
            DirectSlowWindowShare = Math.Round(direct.SlowShare, 3),
            FdatasyncP50Us = Math.Round(_disk.FdatasyncP50Us),
            FdatasyncP99Us = Math.Round(_disk.FdatasyncP99Us),
            SequentialMbPerSecond = Math.Round(_disk.SequentialMbPerSecond),
            CopyNsPerMessage = Math.Round(CopyNs(size), 1),
            RecordsPerSync = Math.Round(Of("switch", p => p.RecordsPerSync)),
            JournalWriteMs = Math.Round(Of("switch", p => p.JournalWriteMs), 2),
            ResidentMb = Math.Round(Of("switch", p => p.MiddleResidentMb)),
            StartToReadyMs = Math.Round(_rig.Switch.StartTime.TotalMilliseconds),
            MessageBytes = size,
            OtherCodes = _rig.OtherCodes,
            Durability = _options.Durability,
            Store = _options.Store,
            Connections = _options.Connections,
            Window = _options.Window,
            Rounds = _options.Rounds,
            Machine = _machine,
            Phases = _phases,
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
