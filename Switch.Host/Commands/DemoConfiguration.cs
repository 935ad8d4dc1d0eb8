using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Routing.Settings;

namespace Switch.Host.Commands;

/// <summary>How one of the demo's parties speaks.</summary>
/// <param name="HasMac">Whether its messages have MACs: the dialect needs eight bytes for them.</param>
internal sealed record DemoProtocol(string Dialect, string Framing = "len2", bool HasMac = true);

/// <summary>How all of them do.</summary>
internal sealed record DemoWire(DemoProtocol Acquirer, DemoProtocol Primary, DemoProtocol Standby)
{
    public static readonly DemoWire Usual = new(new("iso87-ascii"), new("iso87-binary"), new("iso87-ascii"));
}

/// <summary>What the demo's three parties and the switch between them run with.</summary>
internal static class DemoConfiguration
{
    public const string AcquirerName = "acquirer";
    public const string Primary = "issuer-a";
    public const string Standby = "issuer-b";

    private const string Currency = "392";

    /// <summary>Of the acquirer's requests, those that have a PIN: as many as the stand-in must not decide.</summary>
    private const double PinShare = 0.3;

    /// <summary>A pause of the machine is no silence of the module.</summary>
    private static readonly TimeSpan ModuleTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Of each party that has MACs, under a key of its own.</summary>
    private static readonly MacOptions Mac = new();

    /// <summary>
    /// The switch. Time-outs are short so that twenty seconds show an outage; stand-in limits are wide because the
    /// demo's few hundred cards buy in seconds what they would in weeks.
    /// </summary>
    public static SwitchOptions Switch(DemoWire wire, IPEndPoint primary, IPEndPoint standby) => new()
    {
        Node = new NodeOptions { Name = "demo" },
        Acquirers =
        [
            new AcquirerOptions
            {
                Name = AcquirerName, Listen = "127.0.0.1:0", Dialect = wire.Acquirer.Dialect,
                Framing = wire.Acquirer.Framing,
                Pin = PinHandling.Translate, Keys = KeysOf<AcquirerKeyOptions>(AcquirerName),
                Mac = MacOf(wire.Acquirer),
            },
        ],
        Issuers =
        [
            Issuer(Primary, wire.Primary, primary),
            Issuer(Standby, wire.Standby, standby),
        ],
        Routes = [new RouteOptions { Prefix = "4", Primary = Primary, Standby = [Standby], StandIn = "demo" }],
        StandIn =
        {
            ["demo"] = new StandInOptions
            {
                Currency = Currency,
                PerTransaction = 10_000,
                PerCard = new PerCardOptions { Count = 100_000, Amount = 1_000_000_000 },
                IssuerExposure = 1_000_000_000_000,
                AllowEntryModes = ["05", "07"],
                DenyMcc = ["7995", "6011"],
            },
        },
        Journal = new JournalOptions { Path = "journal", SegmentSize = 64 * 1024 * 1024 },
        Keys = new KeyOptions { Development = true },
        Security = new SecurityOptions
        {
            Module = SecurityModuleKind.Software, MasterKey = $"file:{PartyKeys.MasterFile}",
            KeyStore = PartyKeys.StoreFile, Timeout = ModuleTimeout,
        },
        Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket },
        Logging = new LoggingOptions { Console = false },
    };

    public static PartyKeys MakeKeys(string folder) => PartyKeys.Make(folder, [AcquirerName, Primary, Standby]);

    public static IssuerProfile Simulated(string name, DemoProtocol protocol, PartyKeys keys, int seed) => new()
    {
        Name = name,
        Pin = keys.PinOf(name),
        Mac = protocol.HasMac ? keys.MacOf(name, Mac) : null,
        Dialect = protocol.Dialect,
        Framing = protocol.Framing,
        Latency = new LatencyProfile(
            LatencyShape.Uniform, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(12)),
        DeclineRatio = 0.05,
        Seed = seed,
    };

    public static AcquirerProfile Acquirer(
        DemoProtocol protocol, PartyKeys keys, IPEndPoint target, double ratePerSecond) => new()
        {
            Name = AcquirerName,
            Target = target,
            Pins = new AcquirerPins(keys.PinOf(AcquirerName), PinShare),
            Mac = protocol.HasMac ? keys.MacOf(AcquirerName, Mac) : null,
            Dialect = protocol.Dialect,
            Framing = protocol.Framing,
            RatePerSecond = ratePerSecond,
            Currency = Currency,
            Cards = 500,
        };

    private static MacOptions? MacOf(DemoProtocol protocol) => protocol.HasMac ? Mac : null;

    private static TKeys KeysOf<TKeys>(string party)
        where TKeys : ZoneKeyOptions, new() =>
        new() { Zpk = PartyKeys.PinKeyOf(party), Zak = PartyKeys.MacKeyOf(party) };

    private static IssuerOptions Issuer(string name, DemoProtocol protocol, IPEndPoint endPoint) => new()
    {
        Name = name,
        Endpoints = [endPoint.ToString()],
        Dialect = protocol.Dialect,
        Framing = protocol.Framing,
        Keys = KeysOf<ZoneKeyOptions>(name),
        Mac = MacOf(protocol),
        Timeout = TimeSpan.FromMilliseconds(300),
        Breaker = new BreakerOptions { ConsecutiveTimeouts = 5, Cooldown = TimeSpan.FromSeconds(1) },
        Advices = new AdviceOptions
        {
            Window = 32,
            RatePerSecond = 2_000,
            RetryMin = TimeSpan.FromMilliseconds(250),
            RetryMax = TimeSpan.FromSeconds(2),
        },
    };
}
