using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Host.Simulators;
using Switch.Host.Stores;
using Switch.Host.Stores.Providers;
using Switch.Tests.Host.Stores;
using Switch.Tests.Support;
using Xunit.Abstractions;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: no authorization notices what becomes of the store, and afterwards the store has everything. Method: a whole
/// switch under steady load, and a PostgreSQL server that is stopped, becomes read-only, or is replaced by its standby.
/// <c>SWITCH_OUTAGE_SECONDS=60</c> makes the outage as long as the issue asks for.
/// </summary>
[Collection(PostgreSqlGroup.Name)]
public sealed class StoreOutageTests(PostgreSqlCluster cluster, ITestOutputHelper log) : IDisposable
{
    private const double Rate = 200;
    private static readonly TimeSpan LagMax = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-outage-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Server_StoppedUnderLoad_NoAuthorizationFailsAndNothingIsMissing()
    {
        string database = await cluster.MakeDatabaseAsync();

        await RunAsync(database, async sent =>
        {
            await cluster.StopAsync(isHarsh: true);
            try
            {
                await sent(OutageSeconds);
            }
            finally
            {
                await cluster.StartAsync();
            }
        });
    }

    /// <summary>As a primary that has been demoted, or lost its quorum, is.</summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Server_ReadOnlyUnderLoad_NoAuthorizationFailsAndNothingIsMissing()
    {
        string database = await cluster.MakeDatabaseAsync();

        await RunAsync(database, async sent =>
        {
            await cluster.SetAsync("default_transaction_read_only", "on");
            await sent(1);
            await cluster.SetAsync("default_transaction_read_only", "off");
        });
    }

    /// <summary>The primary is killed and its standby promoted, which may lack the last commits.</summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Server_FailsOverUnderLoad_NoAuthorizationFailsAndNothingIsMissing()
    {
        await using var primary = new PostgreSqlCluster();
        await primary.InitializeAsync();
        await using PostgreSqlCluster standby = await primary.MakeStandbyAsync();
        string database = await primary.MakeDatabaseAsync();
        string both = database.Replace(
            $"Host=127.0.0.1;Port={primary.Port}", $"Host=127.0.0.1:{primary.Port},127.0.0.1:{standby.Port}",
            StringComparison.Ordinal);

        await RunAsync(both, async sent =>
        {
            await primary.StopAsync(isHarsh: true);
            await sent(0.5);
            await standby.PromoteAsync();
        });
    }

    /// <summary>Card numbers in no encoding in a dump of everything, after a run with marked cards.</summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Dump_AfterMarkedCards_HasNoTraceOfThem()
    {
        string database = await cluster.MakeDatabaseAsync();

        await RunAsync(database, static _ => Task.CompletedTask, LeakTests.Mark);

        byte[] dump = await cluster.DumpAsync(database);
        LeakScanner scanner = LeakTests.MakeScanner();
        Assert.Contains("453219******", Encoding.UTF8.GetString(dump), StringComparison.Ordinal); // It has them masked.
        Assert.Empty(scanner.Scan(dump));
    }

    // Load before, during and after a disturbance; then the store equals the journal, and the books agree.
    private async Task RunAsync(
        string database, Func<Func<double, Task>, Task> disturb, Func<AcquirerProfile, AcquirerProfile>? change = null)
    {
        await using IssuerSimulator primary = Issuer("primary", "iso87-binary");
        await using IssuerSimulator standby = Issuer("standby", "iso87-ascii");
        SwitchOptions options = ProcessConfiguration.WithPins(primary.EndPoint, standby.EndPoint);
        options.Acquirers[0].Listen = "127.0.0.1:0";
        options.Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket };
        options.Store = new StoreOptions { Provider = "PostgreSql", ConnectionString = database };
        foreach (IssuerOptions issuer in options.Issuers)
        {
            issuer.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent issuer.
        }

        await using var server = new SwitchServer(
            CoreConfigurationBuilder.Build(options, _folder), NullLoggerFactory.Instance);
        await server.StartAsync(CancellationToken.None);
        var profile = new AcquirerProfile
        {
            Target = server.AcquirerEndPoints["acquirer"], RatePerSecond = Rate, Timeout = TimeSpan.FromSeconds(8),
            Mix = new AcquirerMix { Cancelled = 0.05, Repeated = 0.05 },
        };
        await using var acquirer = new AcquirerSimulator(change?.Invoke(profile) ?? profile);
        await acquirer.StartAsync(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        Task sending = acquirer.RunAsync(TimeSpan.FromHours(1), stop.Token);
        await UntilAsync(() => server.Status().Store is { State: StoreState.Following, Batches: > 2 });

        // Time passes as payments do.
        Task Sent(double seconds)
        {
            long until = SentBy(acquirer) + (long)(seconds * Rate);
            return UntilAsync(() => SentBy(acquirer) >= until);
        }

        await disturb(Sent);
        await UntilAsync(() => server.Status().Store.State == StoreState.Following);
        await Sent(0.5);
        await stop.CancelAsync();
        await sending.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.True(await acquirer.DrainAsync(TimeSpan.FromSeconds(30)));
        await UntilAsync(() => server.Counters is { OwedNow: 0, Pending: 0 });
        await UntilAsync(() => server.Status().Store is { State: StoreState.Following, LagRecords: 0 });

        AcquirerCounters counters = acquirer.Read(static desk => desk.Counters);
        log.WriteLine(
            $"{counters.Sent} sent, {counters.Approved} approved, longest {counters.Latency.MaxMs:N0} ms; "
            + $"store failed {server.Status().Store.Failures} times");
        Assert.True(counters.Approved > 100, $"Only {counters.Approved} approved.");
        Assert.Equal((0, 0, 0, 0), (counters.Unanswered, counters.TimedOut, counters.NotSent, counters.Violations));
        Assert.Equal(["00"], counters.ByResponseCode.Keys);
        await server.StopAsync(TimeSpan.FromSeconds(5));
        var settings = new StoreSettings(StoreProviders.PostgreSql, database, TimeSpan.FromDays(550));
        StoreRig.AssertEqualsJournal(settings, StoreRig.JournalOf(_folder, "process"));
        using StoreReader books = StoreReader.Open(settings);
        Assert.Empty(new Reconciler(books, "process", BookWindow.Of(null, null, null)).Differences());
    }

    private static double OutageSeconds => double.TryParse(
        Environment.GetEnvironmentVariable("SWITCH_OUTAGE_SECONDS"), CultureInfo.InvariantCulture, out double seconds)
        ? seconds
        : 2;

    private static long SentBy(AcquirerSimulator acquirer) => acquirer.Read(static desk => desk.Counters.Sent);

    private static Task UntilAsync(Func<bool> condition) =>
        Rig.UntilAsync(condition, TimeSpan.FromSeconds(OutageSeconds) + LagMax);

    private static IssuerSimulator Issuer(string name, string dialect)
    {
        var issuer = new IssuerSimulator(new IssuerProfile
        {
            Name = name, Listen = new IPEndPoint(IPAddress.Loopback, 0), Dialect = dialect,
        });
        issuer.Start();
        return issuer;
    }
}
