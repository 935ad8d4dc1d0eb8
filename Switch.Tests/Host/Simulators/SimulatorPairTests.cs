using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Simulators;

/// <summary>
/// Both simulators over a real socket without a switch in between: what the switch is measured with must itself be
/// right under lost answers, silence and resets.
/// </summary>
public class SimulatorPairTests
{
    private static readonly TimeSpan Patience = Rig.Patience;

    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    public async Task Run_HealthyIssuer_AnswersEverythingAndTheBooksAgree(string dialect)
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile { Dialect = dialect, DeclineRatio = 0.2 });
        issuer.Start();
        await using AcquirerSimulator acquirer = await StartAsync(issuer, dialect, timeoutMs: 5_000);

        await acquirer.RunAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        bool isDrained = await acquirer.DrainAsync(Patience);

        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        Assert.True(isDrained);
        Assert.Equal((1000, 0), (counters.Sent, counters.Unanswered));
        Assert.True(counters.Declined > 100);
        Assert.Empty(counters.ViolationTexts);
        AssertBooksAgree(acquirer, issuer);
    }

    [Fact]
    public async Task Run_AnswersLostAndHostSilent_ReversesUntilTheBooksAgree()
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile
        {
            DropRatio = 0.1,
            Latency = new LatencyProfile(LatencyShape.Exponential, TimeSpan.FromMilliseconds(5), TimeSpan.Zero),
        });
        issuer.Start();
        await using AcquirerSimulator acquirer = await StartAsync(issuer, "iso87-ascii");

        await acquirer.RunAsync(TimeSpan.FromSeconds(0.4), CancellationToken.None);
        issuer.Mode = IssuerMode.Silent;
        await acquirer.RunAsync(TimeSpan.FromSeconds(0.4), CancellationToken.None);
        issuer.Mode = IssuerMode.Normal;
        issuer.DropRatio = 0;
        bool isDrained = await acquirer.DrainAsync(Patience);

        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        Assert.True(isDrained);
        Assert.True(counters.TimedOut > 0 && counters.ReversalRepeats > 0);
        Assert.Empty(counters.ViolationTexts);
        AssertBooksAgree(acquirer, issuer);
    }

    [Fact]
    public async Task Run_ConnectionsReset_ReconnectsUntilTheBooksAgree()
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile
        {
            Latency = new LatencyProfile(LatencyShape.Fixed, TimeSpan.FromMilliseconds(5), TimeSpan.Zero),
        });
        issuer.Start();
        await using AcquirerSimulator acquirer = await StartAsync(issuer, "iso87-ascii");

        for (int round = 0; round < 5; round++)
        {
            await acquirer.RunAsync(TimeSpan.FromSeconds(0.2), CancellationToken.None);
            issuer.Mode = IssuerMode.Refuse;
            issuer.Mode = IssuerMode.Normal;
        }

        bool isDrained = await acquirer.DrainAsync(Patience);

        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        Assert.True(isDrained);
        Assert.True(counters.Reconnects >= 5);
        AssertBooksAgree(acquirer, issuer);
    }

    private static async Task<AcquirerSimulator> StartAsync(
        IssuerSimulator issuer, string dialect, int timeoutMs = 300)
    {
        var acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Target = issuer.EndPoint,
            Dialect = dialect,
            RatePerSecond = 1000,
            Cards = 20,
            Timeout = TimeSpan.FromMilliseconds(timeoutMs),
            Mix = new AcquirerMix { Cancelled = 0.1, Repeated = 0.1, Financial = 0.2, Advised = 0.05 },
        });
        await acquirer.StartAsync(CancellationToken.None);
        return acquirer;
    }

    private static void AssertBooksAgree(AcquirerSimulator acquirer, IssuerSimulator issuer)
    {
        BooksReport report = BooksComparison.Compare(
            acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
            issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray()));

        Assert.Empty(report.Differences.SelectMany(static card => card.Transactions));
        Assert.True(report.Acquirers > 0);
        Assert.Empty(issuer.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()));
    }
}
