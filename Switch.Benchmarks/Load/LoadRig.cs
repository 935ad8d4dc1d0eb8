namespace Switch.Benchmarks.Load;

/// <summary>
/// The processes of a run: issuers, the byte proxy, the switch; and the acquirer's book, which outlives each of them.
/// </summary>
internal sealed class LoadRig : IDisposable
{
    private readonly ChildProcess _issuers;
    private readonly IReadOnlyList<int> _ports;
    private readonly GeneratorBook _book = new();
    private ChildProcess? _proxy;
    private SwitchProcess? _switch;

    /// <param name="folder">For configuration, journal and books: on the disk that is measured.</param>
    /// <param name="dialects">What the issuers speak, in turn.</param>
    /// <param name="issuers">How many.</param>
    /// <param name="acquirerDialect">What the generator speaks.</param>
    public LoadRig(string folder, IReadOnlyList<string> dialects, int issuers, string acquirerDialect)
    {
        Directory.CreateDirectory(folder);
        Folder = folder;
        Dialects = dialects;
        IssuerCount = issuers;
        AcquirerDialect = acquirerDialect;
        _issuers = ChildProcess.StartSelf(
            [IssuerResponder.Command, .. Enumerable.Range(0, issuers).Select(i => dialects[i % dialects.Count]),
                acquirerDialect]);
        _ports = _issuers.ReadPorts();
    }

    public string Folder { get; }

    public IReadOnlyList<string> Dialects { get; }

    public int IssuerCount { get; }

    public string AcquirerDialect { get; }

    public IReadOnlyDictionary<string, long> OtherCodes => _book.Others;

    public SwitchProcess Switch => _switch ?? throw new InvalidOperationException("The switch was not started.");

    private int DirectPort => _ports[^2];

    private int ProxiedPort => _ports[^1];

    /// <summary>How the switch of this rig is set up, but for what a caller changes.</summary>
    public SwitchSetup Setup(string program, int connections) => new()
    {
        Folder = Folder,
        Program = program,
        IssuerPorts = [.. _ports.Take(IssuerCount)],
        IssuerDialects = Dialects,
        AcquirerDialect = AcquirerDialect,
        Connections = connections,
    };

    public async Task StartSwitchAsync(SwitchSetup setup) =>
        _switch = await SwitchProcess.StartAsync(setup).ConfigureAwait(false);

    /// <summary>One processor for the switch, and the others for the generator and the issuers.</summary>
    /// <param name="more">What else has the others.</param>
    public void PartProcessors(params ReadOnlySpan<int> more) =>
        ProcessorPin.Part(Switch.Id, [_issuers.Id, Environment.ProcessId, .. more]);

    public Task<PhaseFigures> DirectAsync(LoadPhase phase) =>
        MeasureAsync(phase with { Ports = [DirectPort] }, middle: null);

    public Task<PhaseFigures> ProxyAsync(LoadPhase phase)
    {
        if (_proxy is null)
        {
            _proxy = ChildProcess.StartSelf(ByteProxy.Command, $"{ProxiedPort}", $"{IssuerCount * 2}");
            ProxyPort = _proxy.ReadPorts()[0];
        }

        return MeasureAsync(phase with { Ports = [ProxyPort], HeaderSize = ByteProxy.IdSize }, _proxy.Id);
    }

    public Task<PhaseFigures> SwitchAsync(LoadPhase phase) =>
        MeasureAsync(phase with { Ports = [Switch.Port] }, Switch.Id);

    /// <summary>As <see cref="SwitchAsync"/>, by a port that leads to the switch.</summary>
    public Task<PhaseFigures> ViaAsync(LoadPhase phase, int port) =>
        MeasureAsync(phase with { Ports = [port] }, Switch.Id);

    /// <summary>Offers load to the ports of the phase, and measures nothing but the answers.</summary>
    /// <remarks>On a thread of its own: on the pool it would keep others waiting for one, up to a second.</remarks>
    public Task<PhaseFigures> OfferAsync(LoadPhase phase) => Task.Factory.StartNew(
        () => Generator.Run(phase with { Dialect = AcquirerDialect, Issuers = IssuerCount }, _book),
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Issuers answer network messages only, until told to speak.</summary>
    public void Silence(bool isSilent) => _issuers.Order(isSilent ? "silent" : "speak");

    /// <summary>Each issuer can do so many requests a second, and answers each after so many milliseconds.</summary>
    public void Pace(int perSecond, int milliseconds) => _issuers.Order($"pace {perSecond} {milliseconds}");

    /// <summary>Waits until nothing is owed, stops the switch, and holds all books against each other.</summary>
    public async Task<(string Journal, BookComparison Books)> CloseBooksAsync()
    {
        await Switch.WaitForOwedAsync().ConfigureAwait(false);
        Switch.Stop();
        string file = Path.Combine(Folder, "issuer-book");
        _issuers.Order($"save {file}");
        BookComparison books = _book.Compare(ResponderBook.Load(file));
        return (Switch.VerifyJournal(), books);
    }

    public void Dispose()
    {
        _switch?.Dispose();
        _proxy?.Dispose();
        _issuers.Dispose();
    }

    private int ProxyPort { get; set; }

    private async Task<PhaseFigures> MeasureAsync(LoadPhase phase, int? middle)
    {
        phase = phase with { Dialect = AcquirerDialect, Issuers = IssuerCount };
        bool isSwitch = _switch is not null && middle == _switch.Id;
        Dictionary<string, double> before = isSwitch ? await Switch.MetricsAsync().ConfigureAwait(false) : [];
        double generator = ProcessMeter.CpuSeconds(Environment.ProcessId);
        double issuers = ProcessMeter.CpuSeconds(_issuers.Id);
        double between = middle is { } id ? ProcessMeter.CpuSeconds(id) : 0;
        PhaseFigures figures = await Task.Run(() => Generator.Run(phase, _book)).ConfigureAwait(false);
        double answers = Math.Max(figures.Answers, 1);
        figures = figures with
        {
            GeneratorCpuUs = (ProcessMeter.CpuSeconds(Environment.ProcessId) - generator) * 1e6 / answers,
            IssuerCpuUs = (ProcessMeter.CpuSeconds(_issuers.Id) - issuers) * 1e6 / answers,
        };
        if (middle is not { } process)
        {
            return figures;
        }

        figures = figures with
        {
            MiddleCpuUs = (ProcessMeter.CpuSeconds(process) - between) * 1e6 / answers,
            MiddleResidentMb = ProcessMeter.ResidentMb(process),
        };
        if (!isSwitch)
        {
            return figures;
        }

        Dictionary<string, double> after = await Switch.MetricsAsync().ConfigureAwait(false);
        double Grown(string name) => after[name] - before[name];
        double batches = Math.Max(Grown("switch_journal_batches_total"), 1);
        return figures with
        {
            AllocatedBytes = Grown("dotnet_gc_heap_total_allocated_bytes_total") / answers,
            Gen0Collections = (long)Grown("dotnet_gc_collections_total{gc_heap_generation=\"gen0\"}"),
            Gen2Collections = (long)Grown("dotnet_gc_collections_total{gc_heap_generation=\"gen2\"}"),
            Timeouts = (long)(Grown("switch_issuer_timeouts_total") + Grown("switch_unmatched_replies_total")
                + Grown("switch_issuer_link_losses_total")),
            RecordsPerSync = Grown("switch_journal_records_total") / batches,
            JournalWriteMs = Grown("switch_journal_write_seconds_total") * 1_000 / batches,
        };
    }
}
