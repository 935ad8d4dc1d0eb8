using Switch.Host.Commands.Drills;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Faults;

namespace Switch.Tests.Support;

/// <summary>
/// A whole switch over real loopback sockets with three simulated issuers: A behind a fault proxy owns the ranges 41
/// and 42, B 43 and C 44. An acquirer sends 30 requests a second for each range. Stand-in approves everything.
/// </summary>
internal sealed class ThreeIssuers : IAsyncDisposable
{
    public const int RatePerSecond = 120;

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    // Of the well issuers: shorter than the acquirer's, far longer than a machine stands still.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(25);

    private const int GoodAgain = 3163;
    private const int Fluctuates = 3164;
    private const int IsDown = 3165;

    private static readonly string[] _names = ["issuer-a", "issuer-b", "issuer-c"];
    private static readonly string[] _ranges = ["41", "42", "43", "44"];

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-sick-").FullName;
    private readonly ListLoggerFactory _log = new();
    private readonly IssuerSimulator[] _issuers = [.. _names.Select(Start)];
    private readonly CancellationTokenSource _sendingEnds = new();
    private readonly FaultProxy _proxy;
    private readonly SwitchServer _server;
    private AcquirerSimulator? _acquirer;
    private Task _sending = Task.CompletedTask;
    private TimeSpan _faultAt;

    private ThreeIssuers()
    {
        _proxy = new FaultProxy(new FaultProxyProfile { Target = _issuers[0].EndPoint });
        _proxy.Start();
        SwitchOptions options = OptionsOf();
        _server = new SwitchServer(CoreConfigurationBuilder.Build(options, _folder), _log);
    }

    /// <summary>Lines of the log about the health of an issuer, a link or a route.</summary>
    public IReadOnlyList<string> Said =>
        [.. _log.Lines.Where(static line => line.Id is >= GoodAgain and <= IsDown).Select(static line => line.Text)];

    /// <summary>
    /// Requests, or replies to them, that the fault was done to; 0 where it is done to whole connections.
    /// </summary>
    public long RequestsHit { get; private set; }

    /// <summary>Returns when all is well and so much was answered that the switch knows what is usual.</summary>
    public static async Task<ThreeIssuers> StartAsync()
    {
        var world = new ThreeIssuers();
        await world._server.StartAsync(CancellationToken.None);
        await Rig.UntilAsync(() => Enumerable.Range(0, world._server.Links.Count).All(world._server.IsLinkReady));
        world._acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Target = world._server.AcquirerEndPoints["acquirer"],
            Prefixes = _ranges,
            Cards = 4_000,
            RatePerSecond = RatePerSecond,
            Timeout = TimeSpan.FromSeconds(30),
            Mix = new AcquirerMix { Financial = 0.1, Cancelled = 0, Repeated = 0 },
        });
        await world._acquirer.StartAsync(CancellationToken.None);
        world._sending = world._acquirer.RunAsync(TimeSpan.FromHours(1), world._sendingEnds.Token);
        await world.UntilAnsweredAsync(static _ => true, 400, since: TimeSpan.Zero);
        return world;
    }

    /// <summary>Begins the fault, and returns when the switch has said that A is sick.</summary>
    public async Task FallSickAsync(FaultPlan plan)
    {
        _faultAt = _acquirer!.Now;
        _proxy.Plan = plan;
        await Rig.UntilAsync(() => _log.CountOf(Fluctuates) + _log.CountOf(IsDown) > 0);
    }

    /// <summary>Goes on until so many more of A's customers have their answers.</summary>
    public Task GoOnAsync(int answers) => UntilAnsweredAsync(IsOfA, answers, _acquirer!.Now);

    /// <summary>Ends the fault, and returns when the last that was said is that all goes there again.</summary>
    public async Task RecoverAsync()
    {
        FaultCounters faults = _proxy.Counters;
        RequestsHit = _proxy.Plan.Messages.Count == 0 ? 0 : faults.Lost + faults.Delayed + faults.Answered;
        _proxy.Plan = FaultPlan.None;
        await Rig.UntilAsync(() => SickParts() == 0);
    }

    /// <summary>Ends the load, settles what is owed, and returns what everybody wrote down.</summary>
    public async Task<DrillBooks> SettleAsync()
    {
        await _sendingEnds.CancelAsync();
        await _sending;
        Assert.True(await _acquirer!.DrainAsync(Rig.Patience));
        await Rig.UntilAsync(() => _server.Counters is { OwedNow: 0, Pending: 0 });
        BooksReport report = BooksComparison.Compare(
            _acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
            _issuers.SelectMany(
                static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));
        Assert.Empty(report.Differences.SelectMany(static card => card.Transactions).Take(10));
        Assert.All(_issuers, static issuer =>
            Assert.Empty(issuer.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray())));
        return DrillBooks.Take(_acquirer, _issuers, IssuerOf);
    }

    /// <summary>The customers who asked from the fault on.</summary>
    public IEnumerable<DrillPayment> SinceFault(DrillBooks books, Func<DrillPayment, bool> whose) =>
        books.Payments.Where(one => one.SentAt >= _faultAt && whose(one));

    public static bool IsOfA(DrillPayment one) => one.Issuer == _names[0];

    public static bool HasWaited(DrillPayment one) => one.Latency is not { } latency || latency >= Timeout * 2 / 3;

    public async ValueTask DisposeAsync()
    {
        await _sendingEnds.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_acquirer is not null)
        {
            await _acquirer.DisposeAsync();
        }

        await _server.DisposeAsync();
        await _proxy.DisposeAsync();
        foreach (IssuerSimulator issuer in _issuers)
        {
            await issuer.DisposeAsync();
        }

        _sendingEnds.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IssuerSimulator Start(string name)
    {
        var issuer = new IssuerSimulator(new IssuerProfile
        {
            Name = name,
            Latency = new LatencyProfile(
                LatencyShape.Uniform, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)),
        });
        issuer.Start();
        return issuer;
    }

    private static string IssuerOf(string pan) => pan[1] switch { '3' => _names[1], '4' => _names[2], _ => _names[0] };

    // What was said to be sick last, and not to be good since.
    private int SickParts()
    {
        var sick = new HashSet<string>(StringComparer.Ordinal);
        foreach ((int id, _, string text) in _log.Lines)
        {
            string part = text.Split([" is ", " fluctuates "], StringSplitOptions.None)[0];
            if (id is Fluctuates or IsDown)
            {
                sick.Add(part);
            }
            else if (id == GoodAgain)
            {
                sick.Remove(part);
            }
        }

        return sick.Count;
    }

    private Task UntilAnsweredAsync(Func<DrillPayment, bool> whose, int count, TimeSpan since) => Rig.UntilAsync(() =>
        _acquirer!.Read(desk => desk.Transactions.Count(one => one.IntendedAt >= since && one.AnsweredAt is not null
            && whose(new DrillPayment(
                IssuerOf(one.Pan), one.IntendedAt, one.AnsweredAt, one.ResponseCode, one.Pan, one.Rrn, one.Amount))))
        >= count);

    private SwitchOptions OptionsOf()
    {
        var health = new HealthOptions
        {
            Hold = TimeSpan.FromMilliseconds(300),
            RampStep = TimeSpan.FromMilliseconds(100),
            ProbeEvery = TimeSpan.FromMilliseconds(100),
        };
        SwitchOptions options = ProcessConfiguration.For(_proxy.EndPoint, _issuers[1].EndPoint);
        options.Acquirers[0].Listen = "127.0.0.1:0";
        options.Acquirers[0].Deadline = _patience + Timeout;
        options.Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket };
        options.Issuers = [.. _names.Select((name, i) => new IssuerOptions
        {
            Name = name,
            Dialect = "iso87-ascii",
            Endpoints = [(i == 0 ? _proxy.EndPoint : _issuers[i].EndPoint).ToString()],
            Connections = 2,

            // A machine that stands still for seconds makes none of the others sick, and ends none of their requests;
            // virtual time shows how soon they are judged.
            Timeout = i == 0 ? Timeout : _patience,
            Echo = TimeSpan.Zero,
            Health = i == 0 ? health : new HealthOptions { Preset = HealthPreset.Lenient },
        })];
        options.Routes = [.. _ranges.Select(range => new RouteOptions
        {
            Prefix = range, Primary = IssuerOf(range), StandIn = "rules",
        })];
        return options;
    }
}
