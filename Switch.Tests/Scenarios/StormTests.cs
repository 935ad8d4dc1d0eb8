using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Everything at once, from a seed: issuers that fall silent, lose answers, decline, refuse and reset, an impatient
/// acquirer whose connections break, and the switch stopped and started in between. Then all is healed, and every
/// party's books must agree on every transaction.
/// </summary>
public sealed class StormTests : IDisposable
{
    private const int Rounds = 8;

    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(40);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-storm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Storm_ThenHealed_EveryBookAgrees(int seed)
    {
        var random = new Random(seed);
        await using IssuerSimulator primary = StartIssuer("primary", "iso87-binary", seed);
        await using IssuerSimulator standby = StartIssuer("standby", "iso87-ascii", seed + 100);
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Acquirers[0].Listen = $"127.0.0.1:{SwitchProcess.FindPort()}";
        options.Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket };
        options.Limits.UndeliveredGrace = TimeSpan.FromMilliseconds(300);
        SwitchServer server = await StartAsync(options);
        await using var acquirer = new AcquirerSimulator(ProfileFor(server, seed));
        await acquirer.StartAsync(CancellationToken.None);

        for (int round = 0; round < Rounds; round++)
        {
            Disturb(primary, random);
            Disturb(standby, random);
            Task sending = acquirer.RunAsync(RoundTime, CancellationToken.None);
            if (random.Next(4) == 0)
            {
                acquirer.ResetConnections();
            }

            if (random.Next(4) == 0)
            {
                await server.DisposeAsync();
                server = await StartAsync(options);
            }

            await sending;
        }

        Heal(primary);
        Heal(standby);
        bool isDrained = await acquirer.DrainAsync(DrainMax);
        await Rig.UntilAsync(() => server.Counters is { OwedNow: 0, Pending: 0 });
        await server.DisposeAsync();

        AssertSettled(acquirer, [primary, standby], isDrained);
    }

    private static void AssertSettled(AcquirerSimulator acquirer, IssuerSimulator[] issuers, bool isDrained)
    {
        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        BooksReport report = BooksComparison.Compare(
            acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
            issuers.SelectMany(
                static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));

        Assert.Empty(report.Differences.SelectMany(static card => card.Transactions).Take(10));
        Assert.Empty(counters.ViolationTexts);
        Assert.All(issuers, static issuer =>
            Assert.Empty(issuer.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray())));
        Assert.True(isDrained);
        Assert.True(counters.Approved > 50 && counters.ReversalsAcknowledged > 10);
    }

    private static void Disturb(IssuerSimulator issuer, Random random)
    {
        issuer.Mode = random.Next(6) switch
        {
            0 or 1 => IssuerMode.Silent,
            2 => IssuerMode.Refuse,
            _ => IssuerMode.Normal,
        };
        issuer.DropRatio = random.Next(3) == 0 ? 0.3 : 0.0;
        issuer.DeclineRatio = random.Next(3) == 0 ? 0.5 : 0.05;
        issuer.Latency = random.Next(3) == 0
            ? new LatencyProfile(LatencyShape.Exponential, TimeSpan.FromMilliseconds(200), TimeSpan.Zero)
            : new LatencyProfile(LatencyShape.Uniform, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
        if (random.Next(5) == 0)
        {
            issuer.ResetConnections();
        }
    }

    private static void Heal(IssuerSimulator issuer)
    {
        issuer.Mode = IssuerMode.Normal;
        issuer.DropRatio = 0;
        issuer.Latency = LatencyProfile.None;
    }

    private static IssuerSimulator StartIssuer(string name, string dialect, int seed)
    {
        var issuer = new IssuerSimulator(new IssuerProfile { Name = name, Dialect = dialect, Seed = seed });
        issuer.Start();
        return issuer;
    }

    private static AcquirerProfile ProfileFor(SwitchServer server, int seed) => new()
    {
        Target = server.AcquirerEndPoints["acquirer"],
        Dialect = Rig.AcquirerDialect,
        RatePerSecond = 300,
        Cards = 25,
        Timeout = TimeSpan.FromMilliseconds(900),
        Seed = seed,
        Mix = new AcquirerMix { Financial = 0.3, Cancelled = 0.2, Repeated = 0.2, Advised = 0.05 },
    };

    private async Task<SwitchServer> StartAsync(SwitchOptions options)
    {
        var server = new SwitchServer(
            CoreConfigurationBuilder.Build(options, _folder), NullLoggerFactory.Instance);
        await server.StartAsync(CancellationToken.None);
        return server;
    }
}
