using System.Net;
using Switch.Host.Configuration;
using Switch.Routing.Settings;

namespace Switch.Tests.Support;

/// <summary>
/// The configuration of a switch that tests run as a process: short time-outs, wide stand-in limits.
/// </summary>
internal static class ProcessConfiguration
{
    public static SwitchOptions For(IPEndPoint primary, IPEndPoint standby) => new()
    {
        Node = new NodeOptions { Name = "process" },
        Acquirers = [new AcquirerOptions { Name = "acquirer", Dialect = Rig.AcquirerDialect }],
        Issuers = [Issuer("primary", "iso87-binary", primary), Issuer("standby", "iso87-ascii", standby)],
        Routes = [new RouteOptions { Prefix = "4", Primary = "primary", Standby = ["standby"], StandIn = "rules" }],
        StandIn =
        {
            ["rules"] = new StandInOptions
            {
                Currency = "392",
                PerTransaction = 10_000,
                PerCard = new PerCardOptions { Count = 100_000, Amount = 1_000_000_000 },
                IssuerExposure = 1_000_000_000_000,
            },
        },
        Journal = new JournalOptions { Path = "journal", SegmentSize = 8 * 1024 * 1024 },
        Keys = new KeyOptions { Development = true },
        Limits = new LimitOptions { PendingMax = 8_192 },
        Edge = new EdgeOptions { Transport = TestTransport.Kind },
        Logging = new LoggingOptions { File = "logs/switch.log" },
    };

    /// <summary>The same, for an acquirer that sends PIN blocks: both issuers have its key.</summary>
    public static SwitchOptions WithPins(IPEndPoint primary, IPEndPoint standby)
    {
        SwitchOptions options = For(primary, standby);
        options.Acquirers[0].Pin = PinHandling.PassThrough;
        options.Acquirers[0].PinSharedWith = [.. options.Issuers.Select(static issuer => issuer.Name)];
        return options;
    }

    private static IssuerOptions Issuer(string name, string dialect, IPEndPoint endPoint) => new()
    {
        Name = name,
        Endpoints = [endPoint.ToString()],
        Dialect = dialect,
        Timeout = TimeSpan.FromMilliseconds(300),
        Breaker = new BreakerOptions { ConsecutiveTimeouts = 20, Cooldown = TimeSpan.FromMilliseconds(200) },
        Advices = new AdviceOptions
        {
            Window = 32,
            RatePerSecond = 2_000,
            RetryMin = TimeSpan.FromMilliseconds(100),
            RetryMax = TimeSpan.FromSeconds(1),
        },
    };
}
