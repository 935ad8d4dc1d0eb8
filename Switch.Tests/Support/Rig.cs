using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Host.Simulators;
using Switch.Routing.Context;
using Switch.Routing.Settings;

namespace Switch.Tests.Support;

/// <summary>
/// A whole switch with two scripted issuers, over real loopback sockets and a real journal in a folder of its own. The
/// acquirer speaks iso87-ascii, the primary iso87-binary and the standby iso87-ascii.
/// </summary>
internal sealed class Rig : IAsyncDisposable
{
    public const string AcquirerDialect = "iso87-ascii";

    /// <summary>
    /// How long a test waits for what must come: far beyond any time-out of the rig, also where all cores are busy.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly SwitchOptions _options;
    private readonly ConfigurationEnvironment _environment;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider? _clock;
    private SwitchServer _server;

    private Rig(RigSettings settings)
    {
        Folder = Directory.CreateTempSubdirectory("switch-rig-").FullName;
        settings.Prepare?.Invoke(Folder);
        _loggers = settings.Loggers;
        _clock = settings.Clock;
        Primary = new ScriptedIssuer("iso87-binary", settings.IsPrimaryListening);
        Standby = new ScriptedIssuer("iso87-ascii", settings.IsStandbyListening);
        Primary.Secure = settings.SecurePrimary;
        Primary.Mac = settings.PrimaryMac;
        Standby.Mac = settings.StandbyMac;
        _options = OptionsFor(settings, Primary, Standby);
        _environment = new ConfigurationEnvironment(Folder, settings.IsProduction);
        _server = new SwitchServer(CoreConfigurationBuilder.Build(_options, _environment), _loggers, _clock);
    }

    public string Folder { get; }

    public ScriptedIssuer Primary { get; }

    public ScriptedIssuer Standby { get; }

    public SwitchServer Server => _server;

    public CoreCounters Counters => _server.Counters;

    /// <summary>Starts, and waits until the links of the issuers that listen are signed on.</summary>
    public static async Task<Rig> StartAsync(RigSettings? settings = null)
    {
        settings ??= new RigSettings();
        var rig = new Rig(settings);
        await rig._server.StartAsync(CancellationToken.None);
        if (settings.WaitsForLinks)
        {
            await rig.UntilReadyAsync(settings.IsPrimaryListening, settings.IsStandbyListening);
        }

        return rig;
    }

    public Task<ScriptedAcquirer> ConnectAsync(
        Func<Stream, CancellationToken, Task<Stream>>? secure = null, SimulatorMac? mac = null) =>
        ScriptedAcquirer.ConnectAsync(_server.AcquirerEndPoints["acquirer"], AcquirerDialect, secure, mac);

    /// <summary>Stops the switch in good order and starts another on the same folder.</summary>
    public async Task RestartAsync(TimeSpan? drain = null, bool waitsForLinks = true)
    {
        await _server.StopAsync(drain ?? TimeSpan.FromSeconds(5));
        await _server.DisposeAsync();
        _server = new SwitchServer(CoreConfigurationBuilder.Build(_options, _environment), _loggers, _clock);
        await _server.StartAsync(CancellationToken.None);
        if (waitsForLinks)
        {
            await UntilReadyAsync(isPrimary: true, isStandby: true);
        }
    }

    public Task UntilReadyAsync(bool isPrimary, bool isStandby) => UntilAsync(() =>
        (!isPrimary || _server.IsLinkReady(0)) && (!isStandby || _server.IsLinkReady(1)));

    /// <summary>Waits for a state that only counters and flags show.</summary>
    public static async Task UntilAsync(Func<bool> condition, TimeSpan? patience = null)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < (patience ?? Patience), "It did not come to pass.");
            await Task.Delay(1);
        }
    }

    /// <summary>Waits until nothing is owed to any issuer and nothing is pending.</summary>
    public Task UntilSettledAsync() => UntilAsync(() => Counters is { OwedNow: 0, Pending: 0 });

    public async ValueTask DisposeAsync()
    {
        Task ending = _server.DisposeAsync().AsTask();
        if (_clock is FakeTimeProvider clock)
        {
            // A test that failed has left its peers open: the stop waits for them by this clock.
            await UntilAsync(() =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(100));
                return ending.IsCompleted;
            });
        }

        await ending;
        await Primary.DisposeAsync();
        await Standby.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static SwitchOptions OptionsFor(RigSettings settings, ScriptedIssuer primary, ScriptedIssuer standby)
    {
        var options = new SwitchOptions
        {
            Node = new NodeOptions { Name = "rig" },
            Acquirers =
            [
                new AcquirerOptions
                {
                    Name = "acquirer",
                    Listen = "127.0.0.1:0",
                    Dialect = AcquirerDialect,
                    Deadline = TimeSpan.FromSeconds(10),
                    Pin = PinHandling.PassThrough,
                    PinSharedWith = ["primary", "standby"],
                },
            ],
            Issuers =
            [
                IssuerFor("primary", "iso87-binary", primary, settings.IssuerTimeout, settings.Echo),
                IssuerFor("standby", "iso87-ascii", standby, settings.StandbyTimeout, settings.Echo),
            ],
            Routes = [new RouteOptions { Prefix = "4", Primary = "primary", Standby = ["standby"], StandIn = "rules" }],
            StandIn =
            {
                ["rules"] = new StandInOptions
                {
                    Currency = "392",
                    PerTransaction = 10_000,
                    PerCard = new PerCardOptions { Count = 5, Amount = 30_000 },
                    IssuerExposure = 50_000_000,
                    AllowEntryModes = ["05", "07"],
                    DenyMcc = ["7995"],
                },
            },
            Journal = new JournalOptions { Path = "journal", SegmentSize = 8 * 1024 * 1024 },
            Keys = new KeyOptions { Development = true },
            Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket },
            Limits = new LimitOptions { UndeliveredGrace = settings.UndeliveredGrace, PendingMax = 4_096 },
        };
        options.Edge.Transport = TestTransport.Kind;
        settings.Change?.Invoke(options);
        return options;
    }

    private static IssuerOptions IssuerFor(
        string name, string dialect, ScriptedIssuer issuer, TimeSpan timeout, TimeSpan echo) => new()
        {
            Name = name,
            Endpoints = [issuer.EndPoint.ToString()],
            Connections = 1,
            Dialect = dialect,
            Timeout = timeout,
            Echo = echo,
            Breaker = new BreakerOptions { ConsecutiveTimeouts = 0 },
            Advices = new AdviceOptions
            {
                RetryMin = TimeSpan.FromMilliseconds(100),
                RetryMax = TimeSpan.FromMilliseconds(500),
            },
        };
}

/// <summary>What differs between rigs.</summary>
internal sealed record RigSettings
{
    /// <summary>For tests that wait for time-outs.</summary>
    public static readonly TimeSpan ShortTimeout = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongTimeout = TimeSpan.FromSeconds(4);

    /// <summary>
    /// The primary's. Long: a test that wants silence sets it short, so that no other races a slow machine.
    /// </summary>
    public TimeSpan IssuerTimeout { get; init; } = LongTimeout;

    /// <summary>The standby's, for the same reason.</summary>
    public TimeSpan StandbyTimeout { get; init; } = LongTimeout;

    /// <summary>Both issuers are going to be silent.</summary>
    public static RigSettings BothHasty { get; } =
        new() { IssuerTimeout = ShortTimeout, StandbyTimeout = ShortTimeout };

    public TimeSpan UndeliveredGrace { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Zero: no echo tests.</summary>
    public TimeSpan Echo { get; init; } = TimeSpan.Zero;

    /// <summary>Where a security module in software is refused.</summary>
    public bool IsProduction { get; init; } = true;

    public bool IsPrimaryListening { get; init; } = true;

    public bool IsStandbyListening { get; init; } = true;

    /// <summary>Whether starting waits for the sign-ons.</summary>
    public bool WaitsForLinks { get; init; } = true;

    public Action<SwitchOptions>? Change { get; init; }

    /// <summary>The primary's side of TLS; null: it speaks plain text.</summary>
    public Func<Stream, CancellationToken, Task<Stream>>? SecurePrimary { get; init; }

    /// <summary>The primary's MACs; null: it has none.</summary>
    public SimulatorMac? PrimaryMac { get; init; }

    /// <summary>The standby's, likewise.</summary>
    public SimulatorMac? StandbyMac { get; init; }

    /// <summary>Done to the folder before the switch is made.</summary>
    public Action<string>? Prepare { get; init; }

    /// <summary>The switch's; null: the system's.</summary>
    public TimeProvider? Clock { get; init; }

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;
}
