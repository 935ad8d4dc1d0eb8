using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Host.Simulators;
using Switch.Routing.Context;

namespace Switch.Host.Commands;

/// <summary>
/// The demo's world in one process: the switch, two issuers and an acquirer over real loopback sockets, and a real
/// journal in a folder of its own, with PINs and MACs through the software module. It plays an outage and its end.
/// </summary>
internal sealed class Demo : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long after the outage everything owed may take. A stop here is a failure, so it is generous.
    /// </summary>
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(90);

    /// <summary>How much longer than asked for the acts may take, all together.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    private readonly IssuerSimulator _primary;
    private readonly IssuerSimulator _standby;
    private readonly SwitchServer _server;
    private readonly AcquirerSimulator _acquirer;
    private readonly long _started = Stopwatch.GetTimestamp();

    private Demo(IssuerSimulator primary, IssuerSimulator standby, SwitchServer server, AcquirerSimulator acquirer)
    {
        _primary = primary;
        _standby = standby;
        _server = server;
        _acquirer = acquirer;
    }

    public DemoPhase Phase { get; private set; }

    public CoreCounters Core => _server.Counters;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Messages of which the switch found the MAC right.</summary>
    public long MacsVerified => _server.Status().Security.MacsVerified;

    /// <summary>PIN blocks in which an issuer found the card's PIN, under its own key.</summary>
    public long PinsRight => DemoFigures.Sum([_primary, _standby], static counters => counters.PinsRight);

    public AcquirerReport Acquirer => _acquirer.Read(AcquirerReport.Of);

    public long InFlight => _acquirer.Read(static desk => desk.InFlight);

    /// <summary>Everything is up when this returns.</summary>
    public static async Task<Demo> StartAsync(
        DemoWire wire, string folder, double ratePerSecond, ILoggerFactory loggers, CancellationToken cancellation)
    {
        PartyKeys keys = DemoConfiguration.MakeKeys(folder);
        var primary = new IssuerSimulator(
            DemoConfiguration.Simulated(DemoConfiguration.Primary, wire.Primary, keys, seed: 1));
        var standby = new IssuerSimulator(
            DemoConfiguration.Simulated(DemoConfiguration.Standby, wire.Standby, keys, seed: 2));
        primary.Start();
        standby.Start();
        CompiledConfiguration configuration = CoreConfigurationBuilder.Build(
            DemoConfiguration.Switch(wire, primary.EndPoint, standby.EndPoint),
            ConfigurationEnvironment.ForTestCards(folder));
        var server = new SwitchServer(configuration, loggers);
        await server.StartAsync(cancellation).ConfigureAwait(false);
        while (!Enumerable.Range(0, server.Links.Count).All(server.IsLinkReady))
        {
            await Task.Delay(Beat, cancellation).ConfigureAwait(false);
        }

        var acquirer = new AcquirerSimulator(
            DemoConfiguration.Acquirer(
                wire.Acquirer, keys, server.AcquirerEndPoints[DemoConfiguration.AcquirerName], ratePerSecond));
        await acquirer.StartAsync(cancellation).ConfigureAwait(false);
        return new Demo(primary, standby, server, acquirer);
    }

    /// <summary>
    /// Plays the script; <paramref name="show"/> is called on every beat. The acquirer sends until the last act is
    /// over, so more than the duration's on a machine that is too slow for an act to be seen in its time.
    /// </summary>
    public async Task PlayAsync(TimeSpan duration, Action<Demo> show, CancellationToken cancellation)
    {
        var script = new DemoScript(duration, WaitMax);
        TimeSpan last = Elapsed;
        Task sending = _acquirer.RunAsync(duration, cancellation);
        while (!cancellation.IsCancellationRequested && !(script.IsOver && sending.IsCompleted))
        {
            Enter(script.Phase);
            show(this);
            await Task.Delay(Beat, CancellationToken.None).ConfigureAwait(false);
            bool isSent = sending.IsCompletedSuccessfully; // Before the clock is read, or a run may send too many.
            TimeSpan now = Elapsed;
            script.Advance(now - last, IsSeen(Phase));
            last = now;
            if (isSent && !script.IsOver)
            {
                sending = _acquirer.RunAsync(TimeSpan.FromSeconds(1), cancellation);
            }
        }

        await sending.ConfigureAwait(false);
        Enter(DemoPhase.Draining);
        show(this);
        TimeSpan end = Elapsed + DrainMax;
        while (!IsDrained() && Elapsed < end && !cancellation.IsCancellationRequested)
        {
            await Task.Delay(Beat, cancellation).ConfigureAwait(false);
            show(this);
        }

        Enter(DemoPhase.Done);
        show(this);
    }

    public DemoFigures Figures() => DemoFigures.Of(_acquirer, [_primary, _standby], Core, MacsVerified);

    /// <summary>The cards, if any, about which the parties disagree.</summary>
    public BooksReport CompareBooks() => BooksComparison.Compare(
        _acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
        new[] { _primary, _standby }.SelectMany(
            static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));

    /// <summary>What the parties found wrong in the switch's messages.</summary>
    public IEnumerable<string> Mistakes() =>
    [
        .. _acquirer.Read(static desk => desk.Counters.ViolationTexts.ToArray()),
        .. _primary.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()),
        .. _standby.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()),
    ];

    public async ValueTask DisposeAsync()
    {
        await _acquirer.DisposeAsync().ConfigureAwait(false);
        await _server.StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _primary.DisposeAsync().ConfigureAwait(false);
        await _standby.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether the party that the act is about has approved a payment.</summary>
    private bool IsSeen(DemoPhase phase) => phase switch
    {
        DemoPhase.AllWell => Core.ApprovedByPrimary > 0,
        DemoPhase.PrimarySilent => Core.ApprovedByStandby > 0,
        DemoPhase.BothSilent => Core.ApprovedByStandIn > 0,
        _ => true,
    };

    private void Enter(DemoPhase phase)
    {
        if (phase == Phase)
        {
            return;
        }

        Phase = phase;
        bool isPrimarySilent = phase is DemoPhase.PrimarySilent or DemoPhase.BothSilent;
        _primary.Mode = isPrimarySilent ? IssuerMode.Silent : IssuerMode.Normal;
        _standby.Mode = phase == DemoPhase.BothSilent ? IssuerMode.Silent : IssuerMode.Normal;
    }

    private bool IsDrained() =>
        Core is { OwedNow: 0, Pending: 0 } && _acquirer.Read(static desk => desk.Open) == 0;
}
