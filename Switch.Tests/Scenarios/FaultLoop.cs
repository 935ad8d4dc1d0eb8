using System.Net;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A switch as a process with a small, busy journal, between an acquirer and two issuers that keep books; for loops
/// that break it, start it again, and ask whether the books agree.
/// </summary>
internal sealed class FaultLoop : IAsyncDisposable
{
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(60);

    private readonly IssuerSimulator _primary;
    private readonly IssuerSimulator _standby;
    private AcquirerSimulator? _acquirer;
    private CancellationTokenSource? _stop;
    private Task _sending = Task.CompletedTask;

    private FaultLoop(IssuerSimulator primary, IssuerSimulator standby, SwitchProcess server)
    {
        _primary = primary;
        _standby = standby;
        Server = server;
    }

    public SwitchProcess Server { get; }

    public long Approved => _acquirer?.Read(static desk => desk.Counters.Approved) ?? 0;

    /// <param name="folder">Configuration and logs.</param>
    /// <param name="journal">The journal's folder.</param>
    /// <param name="store">The store's provider.</param>
    public static FaultLoop Create(string folder, string journal, string store = "None")
    {
        var primary = Issuer("primary", "iso87-binary", seed: 1);
        var standby = Issuer("standby", "iso87-ascii", seed: 2);
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);

        // So small that segments roll, checkpoints are made and segments go while the loop runs.
        options.Journal = new JournalOptions
        {
            Path = journal, SegmentSize = 128 * 1024, BufferSize = 64 * 1024, CheckpointEvery = 256 * 1024,
            Retention = TimeSpan.Zero, FreeSpaceMin = 0,
        };
        options.Store.Provider = store;
        options.Limits.Drain = TimeSpan.FromSeconds(1);
        return new FaultLoop(primary, standby, new SwitchProcess(folder, options));
    }

    /// <summary>Both issuers silent, or both answering.</summary>
    public void SetIssuers(IssuerMode mode) => _primary.Mode = _standby.Mode = mode;

    /// <summary>Begins to send; goes on over every death of the switch. It must be up.</summary>
    public async Task StartLoadAsync(double ratePerSecond)
    {
        _stop = new CancellationTokenSource();
        _acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Target = Server.EndPoint, RatePerSecond = ratePerSecond, Cards = 200, Timeout = TimeSpan.FromSeconds(4),
            Mix = new AcquirerMix { Cancelled = 0.1, Repeated = 0.1, Advised = 0.02 },
        });
        await _acquirer.StartAsync(CancellationToken.None);
        _sending = _acquirer.RunAsync(TimeSpan.FromHours(2), _stop.Token);
    }

    /// <summary>Ends the load, lets everything owed go out, and compares the books.</summary>
    public async Task<BooksReport> SettleAsync()
    {
        await _stop!.CancelAsync();
        await _sending.ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.True(await _acquirer!.DrainAsync(DrainMax), "The acquirer was left without answers.");
        await Server.UntilAsync("pending", static count => count == 0, DrainMax);
        await Server.UntilAsync("owedNow", static count => count == 0, DrainMax);
        Assert.Equal(0, await Server.CoreCounterAsync("parkedNow"));
        return BooksComparison.Compare(
            _acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
            new[] { _primary, _standby }.SelectMany(
                static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));
    }

    public async ValueTask DisposeAsync()
    {
        if (_acquirer is not null)
        {
            await _stop!.CancelAsync();
            await _acquirer.DisposeAsync();
        }

        _stop?.Dispose();
        await Server.DisposeAsync();
        await _primary.DisposeAsync();
        await _standby.DisposeAsync();
    }

    private static IssuerSimulator Issuer(string name, string dialect, int seed)
    {
        var issuer = new IssuerSimulator(new IssuerProfile
        {
            Name = name, Listen = new IPEndPoint(IPAddress.Loopback, 0), Dialect = dialect, Seed = seed,
            DeclineRatio = 0.05, DropRatio = 0.01,
        });
        issuer.Start();
        return issuer;
    }
}
