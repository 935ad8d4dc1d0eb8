using System.Net;
using System.Text.Json;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;
using Switch.Routing.Journal;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// A node as a process, an acquirer that sends by a schedule, and the issuers of the configuration, each behind a fault
/// proxy. What a drill does to it is the drill's.
/// </summary>
internal sealed class DrillWorld : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly DrillContext _context;
    private readonly List<IssuerSimulator> _issuers = [];
    private readonly Dictionary<string, FaultProxy> _proxies = new(StringComparer.Ordinal);
    private readonly DrillNeeds _needs;
    private readonly CancellationTokenSource _sendingEnds = new();
    private AcquirerSimulator? _acquirer;
    private DrillWatch? _watch;
    private StandstillMeter? _standstills;
    private Task _sending = Task.CompletedTask;
    private TimeSpan _warmAt;
    private TimeSpan _faultAt;
    private DateTimeOffset _faultWall;
    private TimeSpan _faultEnd;

    private DrillWorld(DrillContext context, DrillConfiguration configuration, DrillNeeds needs)
    {
        _context = context;
        _needs = needs;
        Configuration = configuration;
        Node = new DrillNode(configuration, needs);
    }

    public DrillConfiguration Configuration { get; }

    public DrillNode Node { get; }

    public AcquirerSimulator Acquirer => _acquirer!;

    /// <summary>In front of the issuer that gets sick.</summary>
    public FaultProxy Sick => _proxies[Configuration.Sick];

    /// <summary>Between the acquirer and the switch, where the drill needs one.</summary>
    public FaultProxy? AcquirerLine { get; private set; }

    public TimeSpan SlowAfter => _context.Settings.SlowAfter ?? (Configuration.SickIssuer.Timeout / 2);

    private DrillSettings Settings => _context.Settings;

    /// <summary>Everything is up, and the load goes, when this returns.</summary>
    public static async Task<DrillWorld> StartAsync(DrillContext context, DrillReport report, DrillNeeds needs)
    {
        var world = new DrillWorld(context, DrillConfiguration.Copy(context, needs), needs);
        try
        {
            await world.StartAllAsync(report).ConfigureAwait(false);
            return world;
        }
        catch
        {
            await world.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets it go on as it is.</summary>
    public Task WaitAsync(TimeSpan time) => Task.Delay(time, _context.Stop);

    /// <summary>The load before the fault, and the moment of the fault.</summary>
    public async Task BeginFaultAsync()
    {
        await WaitAsync(Settings.WarmUp).ConfigureAwait(false);
        _warmAt = Acquirer.Now;
        await WaitAsync(Settings.Before).ConfigureAwait(false);
        _faultAt = Acquirer.Now;
        _faultWall = DateTimeOffset.Now;
        _watch!.FaultBegins(_faultAt);
    }

    public void EndFault() => _faultEnd = Acquirer.Now;

    /// <summary>Goes on until all is as before the fault, or the bound.</summary>
    public async Task RecoverAsync(Func<DrillPayment, bool> affected, bool isOfIssuer)
    {
        TimeSpan end = Acquirer.Now + Settings.RecoveryMax;
        while (Acquirer.Now < end && !DrillMeasure.IsBack(TakeBooks(), Times, affected, isOfIssuer))
        {
            await WaitAsync(Beat * 3).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends the load, waits until nothing is owed, stops the node, and holds all books and the journal against each
    /// other. Gives the figures and what is wanted of every drill.
    /// </summary>
    public async Task SettleAsync(
        DrillReport report, Func<DrillPayment, bool> affected, bool isOfIssuer,
        IEnumerable<AcquirerSimulator>? others = null)
    {
        AcquirerSimulator[] acquirers = [Acquirer, .. others ?? []];
        await _sendingEnds.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        (bool isSettled, long parked) = await DrainAsync(acquirers).ConfigureAwait(false);
        DrillWatch watch = _watch!;
        _watch = null;
        await watch.DisposeAsync().ConfigureAwait(false);
        int code = await Node.StopAsync().ConfigureAwait(false);
        BooksReport books = Compare(acquirers);
        AcquirerCounters counters = Acquirer.Read(static desk => desk.Counters);
        long late = DrillLog.CameAfterTheEnd(DrillLog.Read(Path.GetDirectoryName(Configuration.Log)!));
        report.Figures = DrillMeasure.Of(TakeBooks(), Times, affected, isOfIssuer) with
        {
            NotSent = counters.NotSent,
            SwitchSaidMs = isOfIssuer && SaidAfter(watch) is { } said ? Math.Round(said.TotalMilliseconds) : null,
            ExposurePeak = watch.ExposurePeak,
            OwedPeak = watch.OwedPeak,
            BooksAgree = books.Agrees,
            IsJournalWhole = IsJournalWhole(),
            Parked = parked,
        };
        report.Figures = report.Figures with { CameAfterTheEnd = Math.Min(late, report.Figures.Unanswered) };
        if (report.Figures.CameAfterTheEnd > 0)
        {
            report.Note(
                $"Of {report.Figures.Unanswered} requests without an answer {report.Figures.CameAfterTheEnd} came "
                + "when the node had ended its side of the connection in good order: they crossed its end.");
        }

        if (report.Figures.Standstills > 0)
        {
            report.Note(
                $"The machine did not run the drill {report.Figures.Standstills} times, for "
                + $"{report.Figures.StandstillMaxMs:N0} ms at most. {report.Figures.NeighboursNotMeasured} requests of "
                + "the others that were under way then are not in their latencies.");
        }

        report.Require(isSettled, "everything owed was delivered in time");
        report.Require(
            books.Agrees, "the books of acquirers and issuers agree", $"{books.Differences.Count} cards differ");
        report.Require(report.Figures.IsJournalWhole == true, "the journal is whole");
        report.Require(code == 0, "the node ended in good order", $"exit code {code}");
        string[] mistakes =
        [
            .. acquirers.SelectMany(static one => one.Read(static desk => desk.Counters.ViolationTexts.ToArray())),
            .. _issuers.SelectMany(static one => one.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray())),
        ];
        report.Require(mistakes.Length == 0, "no party saw a mistake in a message", mistakes.FirstOrDefault() ?? "");
        if (parked > 0)
        {
            report.Note($"{parked} owed messages are parked and wait for a person.");
        }
    }

    /// <summary>Another acquirer's load, on a listener of the configuration.</summary>
    public async Task<AcquirerSimulator> ConnectAcquirerAsync(
        int acquirer, Func<AcquirerProfile, AcquirerProfile> change)
    {
        var simulator = new AcquirerSimulator(change(ProfileOf(acquirer)));
        await simulator.StartAsync(_context.Stop).ConfigureAwait(false);
        return simulator;
    }

    /// <summary>How the load's acquirer is set up.</summary>
    public AcquirerProfile ProfileOf(int acquirer)
    {
        AcquirerOptions options = Configuration.Options.Acquirers[acquirer];
        RouteOptions? route = Configuration.Options.Routes.Find(one => one.Primary == Configuration.Sick);
        StandInOptions? standIn = route?.StandIn is { } name ? Configuration.Options.StandIn[name] : null;
        return new AcquirerProfile
        {
            Name = options.Name,
            Target = IPEndPoint.Parse(options.Listen),
            Dialect = Configuration.DialectOf(options.Dialect),
            Framing = options.Framing,
            Header = options.Header,
            FrameSizeMax = options.MaxFrameSize,
            RatePerSecond = Settings.RatePerSecond,
            Prefixes = [.. Configuration.Ranges.Values.SelectMany(static prefixes => prefixes)],
            Cards = 3_000,
            AmountMax = standIn is { PerTransaction: > 0 } ? Math.Min(5_000, standIn.PerTransaction) : 5_000,
            Currency = standIn?.Currency ?? AcquirerProfile.CurrencyDefault,
            Timeout = options.Deadline + TimeSpan.FromSeconds(2),

            // No cancellations and no repeats: each reversal in the books is then of the fault.
            Mix = new AcquirerMix { Financial = 0.1, Cancelled = 0, Repeated = 0 },
            Seed = Settings.Seed,
        };
    }

    /// <summary>Whose card it is.</summary>
    public string IssuerOf(string pan) => Configuration.Options.Routes
        .Where(route => pan.StartsWith(route.Prefix, StringComparison.Ordinal))
        .MaxBy(static route => route.Prefix.Length)!.Primary;

    public async ValueTask DisposeAsync()
    {
        await _sendingEnds.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }

        _standstills?.Dispose();
        await Node.DisposeAsync().ConfigureAwait(false);
        if (_acquirer is not null)
        {
            await _acquirer.DisposeAsync().ConfigureAwait(false);
        }

        foreach (FaultProxy proxy in AcquirerLine is { } line ? [line, .. _proxies.Values] : _proxies.Values.ToArray())
        {
            await proxy.DisposeAsync().ConfigureAwait(false);
        }

        foreach (IssuerSimulator issuer in _issuers)
        {
            await issuer.DisposeAsync().ConfigureAwait(false);
        }

        _sendingEnds.Dispose();
    }

    private DrillTimes Times => new(
        _warmAt, _faultAt, _faultEnd == default ? Acquirer.Now : _faultEnd, SlowAfter)
    {
        Standstills = _standstills!.Found,
    };

    private DrillBooks TakeBooks() => DrillBooks.Take(Acquirer, _issuers, IssuerOf);

    // By its status or its log, whichever was first. A route that is sick alone shows in the log only.
    private TimeSpan? SaidAfter(DrillWatch watch)
    {
        TimeSpan? log = DrillLog.SaidAfter(
            DrillLog.Read(Path.GetDirectoryName(Configuration.Log)!), Configuration.Sick, _faultWall);
        return log < watch.SaidAfter || watch.SaidAfter is null ? log : watch.SaidAfter;
    }

    private async Task StartAllAsync(DrillReport report)
    {
        foreach (IssuerOptions issuer in Configuration.Options.Issuers)
        {
            StartIssuer(issuer);
        }

        Configuration.Save();
        foreach (string change in Configuration.Changes)
        {
            report.Note(change);
        }

        await Node.StartAsync(_context.Stop).ConfigureAwait(false);
        await UntilAsync(static status => status.GetProperty("issuers").EnumerateArray().All(static issuer =>
            issuer.GetProperty("linksReady").GetInt32() == issuer.GetProperty("links").GetInt32()))
            .ConfigureAwait(false);
        AcquirerProfile profile = ProfileOf(0);
        if (_needs.HasAcquirerProxy)
        {
            AcquirerLine = StartProxy(
                profile.Target, profile.Dialect, profile.Framing, profile.Header, profile.FrameSizeMax);
            profile = profile with { Target = AcquirerLine.EndPoint };
        }

        _acquirer = await ConnectAcquirerAsync(0, _ => profile).ConfigureAwait(false);
        _watch = new DrillWatch(Node, _acquirer, Configuration.Sick);
        _standstills = new StandstillMeter(() => _acquirer.Now);
        _standstills.Start();
        _sending = _acquirer.RunAsync(TimeSpan.FromHours(1), _sendingEnds.Token);
    }

    private void StartIssuer(IssuerOptions issuer)
    {
        string dialect = Configuration.DialectOf(issuer.Dialect);
        var simulator = new IssuerSimulator(new IssuerProfile
        {
            Name = issuer.Name,
            Dialect = dialect,
            Framing = issuer.Framing,
            Header = issuer.Header,
            FrameSizeMax = issuer.MaxFrameSize,
            Latency = new LatencyProfile(
                LatencyShape.Uniform, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)),
            Seed = Settings.Seed + _issuers.Count,
        });
        simulator.Start();
        _issuers.Add(simulator);
        FaultProxy proxy = StartProxy(
            simulator.EndPoint, dialect, issuer.Framing, issuer.Header, issuer.MaxFrameSize);
        _proxies.Add(issuer.Name, proxy);
        Configuration.Connect(issuer.Name, proxy.EndPoint);
    }

    private FaultProxy StartProxy(
        IPEndPoint target, string dialect, string framing, string? header, int frameSizeMax)
    {
        var proxy = new FaultProxy(new FaultProxyProfile
        {
            Target = target,
            Dialect = dialect,
            Framing = framing,
            Header = header,
            FrameSizeMax = frameSizeMax,
            Seed = Settings.Seed,
        });
        proxy.Start();
        return proxy;
    }

    /// <summary>Waits until the node's status is as wanted.</summary>
    /// <exception cref="DrillException">It never is.</exception>
    private async Task UntilAsync(Func<JsonElement, bool> isSo)
    {
        long end = Environment.TickCount64 + (long)Settings.SettleMax.TotalMilliseconds;
        while (await Node.StatusAsync(_context.Stop).ConfigureAwait(false) is not { } status || !isSo(status))
        {
            if (Environment.TickCount64 > end)
            {
                throw new DrillException("The node's links to the simulated issuers do not become ready.");
            }

            await WaitAsync(Beat).ConfigureAwait(false);
        }
    }

    private async Task<(bool IsSettled, long Parked)> DrainAsync(IReadOnlyList<AcquirerSimulator> acquirers)
    {
        long end = Environment.TickCount64 + (long)Settings.SettleMax.TotalMilliseconds;
        long parked = 0;
        while (Environment.TickCount64 < end)
        {
            if (await Node.StatusAsync(_context.Stop).ConfigureAwait(false) is { } status)
            {
                JsonElement core = status.GetProperty("core");
                parked = core.GetProperty("parkedNow").GetInt64();
                if (acquirers.All(static one => one.Read(static desk => desk.Open) == 0)
                    && core.GetProperty("pending").GetInt64() == 0 && core.GetProperty("owedNow").GetInt64() == 0)
                {
                    return (true, parked);
                }
            }

            await WaitAsync(Beat).ConfigureAwait(false);
        }

        return (false, parked);
    }

    private BooksReport Compare(IEnumerable<AcquirerSimulator> acquirers) => BooksComparison.Compare(
        acquirers.SelectMany(static one => one.Read(static desk => BooksComparison.Of(desk).ToArray())),
        _issuers.SelectMany(
            static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));

    private bool IsJournalWhole()
    {
        using var said = new StringWriter();
        SwitchOptions options = Configuration.Options;
        KeyMaterial? keys = KeyFile.LoadExisting(options, Configuration.Environment);
        JournalIdentity? identity = keys?.IdentityOf(options.Node);
        int code = JournalTool.Verify(Configuration.Journal, identity, keys?.Journal, said);
        keys?.ForgetCards();
        return code == JournalTool.Good;
    }
}
