using System.Net;
using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Server;
using Switch.Routing.Journal;
using Switch.Tests.Host.Acquirers;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Server;

/// <summary>
/// The whole switch, started and stopped, well and badly. What it decides is the scenarios' business.
/// </summary>
public sealed class SwitchServerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-server-");

    public void Dispose()
    {
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task StartAsync_ThenStop_AnswersMeanwhileAndIsReadyOnlyThen()
    {
        await using SwitchServer server = Make();
        Assert.False(server.IsReady);

        await server.StartAsync(CancellationToken.None);
        Assert.True(server.IsReady);
        using Peer peer = await ConnectAsync(server);
        await peer.SendAsync(EdgeParts.Frame(100, 7));
        Assert.StartsWith("0110 000007 9", Assert.Single(await peer.ReceiveAsync(1)), StringComparison.Ordinal);

        await server.StopAsync(TimeSpan.FromSeconds(5));
        Assert.True(await peer.IsClosedAsync());
        Assert.False(server.IsReady);
        Assert.True(server.Completion.IsCompletedSuccessfully);
        Assert.Equal(1, server.Counters.Requests);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(server));
    }

    [Fact]
    public async Task StartAsync_AfterAStop_ReadsItsJournal()
    {
        await using (SwitchServer first = Make())
        {
            await first.StartAsync(CancellationToken.None);
            using Peer peer = await ConnectAsync(first);
            await peer.SendAsync(EdgeParts.Frame(100, 7));
            await peer.ReceiveAsync(1);
            await first.StopAsync(TimeSpan.FromSeconds(5));
        }

        await using SwitchServer second = Make();
        await second.StartAsync(CancellationToken.None);
        using Peer again = await ConnectAsync(second);
        await again.SendAsync(EdgeParts.Frame(101, 7));

        Assert.Single(await again.ReceiveAsync(1));
        Assert.Equal(1, second.Counters.Repeats);
    }

    [Fact]
    public async Task StartAsync_PortTaken_ThrowsAndCanBeDisposedOf()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using SwitchServer server = Make(
            options => options.Acquirers[0].Listen = taken.LocalEndpoint.ToString()!);

        await Assert.ThrowsAnyAsync<IOException>(() => server.StartAsync(CancellationToken.None));
        Assert.False(server.IsReady);
    }

    [Fact]
    public async Task StartAsync_AdminConfigured_TellsOfItself()
    {
        await using SwitchServer server = Make(options => options.Admin.Listen = "127.0.0.1:0");
        await server.StartAsync(CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{server.AdminEndPoint}") };

        Assert.Equal("ready\n", await client.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
        string metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains("switch_", metrics, StringComparison.Ordinal);
    }

    /// <summary>
    /// A disk that goes away under the switch: no approval from then on, and the process is told to end.
    /// </summary>
    [Fact]
    public async Task Completion_JournalFails_FaultsAndReadinessGoesRed()
    {
        await using SwitchServer server = Make();
        await server.StartAsync(CancellationToken.None);
        using Peer peer = await ConnectAsync(server);

        // Not deleted: the store's thread writes beside it, and a folder that fills cannot be removed.
        string journal = Path.Combine(_folder.FullName, "data", "journal");
        Directory.Move(journal, journal + ".gone");
        for (int stan = 1; !server.Completion.IsCompleted; stan++)
        {
            Assert.True(stan < 100_000, "The journal went on without its folder.");
            await peer.SendAsync(EdgeParts.Frame(100, stan));
            if (!server.Completion.IsCompleted)
            {
                await Task.WhenAny(peer.ReceiveAsync(1), server.Completion);
            }
        }

        await Assert.ThrowsAsync<JournalException>(() => server.Completion);
        Assert.False(server.IsReady);
        Assert.Equal("the journal cannot write", server.NotReadyBecause);
    }

    private static async Task<Peer> ConnectAsync(SwitchServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.AcquirerEndPoints["acq-a"]);
        return new Peer(socket);
    }

    private SwitchServer Make(Action<SwitchOptions>? configure = null)
    {
        // An issuer that is not there: every request is declined by the switch itself.
        var options = new SwitchOptions
        {
            Acquirers =
            [
                new AcquirerOptions
                {
                    Name = "acq-a", Listen = "127.0.0.1:0", MaxFrameSize = 4_096, Freshness = FreshnessOptions.None(),
                },
            ],
            Issuers = [new IssuerOptions { Name = "issuer-a", Endpoints = ["127.0.0.1:1"], Connections = 1 }],
            Routes = [new RouteOptions { Prefix = "4", Primary = "issuer-a" }],
            Journal = new JournalOptions { SegmentSize = 256 * 1024, BufferSize = 64 * 1024 },
            Keys = new KeyOptions { Development = true },
            Admin = new AdminOptions { Listen = null, Socket = AdminOptions.NoSocket },
        };
        configure?.Invoke(options);
        return new SwitchServer(CoreConfigurationBuilder.Build(options, _folder.FullName), new ListLoggerFactory());
    }
}
