using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>What the demo's three parties and the switch between them run with.</summary>
internal static class DemoConfiguration
{
    public const string Primary = "issuer-a";
    public const string Standby = "issuer-b";
    public const string AcquirerDialect = "iso87-ascii";
    public const string PrimaryDialect = "iso87-binary";
    public const string StandbyDialect = "iso87-ascii";

    private const string Currency = "392";

    /// <summary>
    /// The switch. Time-outs are short so that twenty seconds show an outage; stand-in limits are wide because the
    /// demo's few hundred cards buy in seconds what they would in weeks.
    /// </summary>
    public static SwitchOptions Switch(IPEndPoint primary, IPEndPoint standby) => new()
    {
        Node = new NodeOptions { Name = "demo" },
        Acquirers = [new AcquirerOptions { Name = "acquirer", Listen = "127.0.0.1:0", Dialect = AcquirerDialect }],
        Issuers =
        [
            Issuer(Primary, PrimaryDialect, primary),
            Issuer(Standby, StandbyDialect, standby),
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
        Admin = new AdminOptions { Listen = null },
        Logging = new LoggingOptions { Console = false },
    };

    public static IssuerProfile Simulated(string name, string dialect, int seed) => new()
    {
        Name = name,
        Dialect = dialect,
        Latency = new LatencyProfile(
            LatencyShape.Uniform, TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(12)),
        DeclineRatio = 0.05,
        Seed = seed,
    };

    public static AcquirerProfile Acquirer(IPEndPoint target, double ratePerSecond) => new()
    {
        Target = target,
        Dialect = AcquirerDialect,
        RatePerSecond = ratePerSecond,
        Currency = Currency,
        Cards = 500,
    };

    private static IssuerOptions Issuer(string name, string dialect, IPEndPoint endPoint) => new()
    {
        Name = name,
        Endpoints = [endPoint.ToString()],
        Dialect = dialect,
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
