using System.Net;
using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: more clients than the process may have open files end nothing but their own connections. Method: the switch as
/// a process with a hard limit, and sockets that are opened and left.
/// </summary>
public sealed class DescriptorTests : IDisposable
{
    private const int Clients = 2_000;
    private static readonly string[] Limited = ["prlimit", "--nofile=1024:1024"];

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact("prlimit")]
    public async Task Run_MoreConnectionsConfiguredThanFiles_RefusesWithTheArithmetic()
    {
        var free = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(free, free);
        options.Acquirers[0].MaxConnections = Clients;
        await using var process = new SwitchProcess(_folder, options);

        Assert.False(await process.StartUnderAsync(Limited));

        Assert.Contains("may take 2000 connections", process.Printed, StringComparison.Ordinal);
        Assert.Contains(
            "that is 2388 open files; this process may have 1024", process.Printed, StringComparison.Ordinal);
    }

    [NeedsFact("prlimit")]
    public async Task Run_TwoThousandClientsAndThousandFiles_GoesOnServing()
    {
        await using var primary = new IssuerSimulator(new IssuerProfile { Name = "primary", Dialect = "iso87-binary" });
        await using var standby = new IssuerSimulator(new IssuerProfile { Name = "standby", Dialect = "iso87-ascii" });
        primary.Start();
        standby.Start();
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Acquirers[0].MaxConnections = 630;
        options.Acquirers[0].MaxConnectionsPerAddress = 600;
        options.Acquirers[0].ConnectionsPerSecond = 0;
        options.Limits.ConnectionsPerSecond = 0;
        options.Acquirers[0].FirstMessage = TimeSpan.Zero; // What is held back is not to be helped by time.
        options.Journal.SegmentSize = 1 << 20; // It rolls, and needs files for that.
        options.Journal.BufferSize = 1 << 20;
        await using var process = new SwitchProcess(_folder, options);
        Assert.True(await process.StartUnderAsync(Limited), process.Printed);

        var clients = new List<Socket>();
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                client.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                clients.Add(client);
            }

            await Task.WhenAll(clients.Select(client => ConnectAsync(client, process.EndPoint)));
            Assert.Equal("live\n", await process.GetAsync("/health/live"));

            await using var acquirer = new AcquirerSimulator(new AcquirerProfile
            {
                Target = process.EndPoint, Dialect = Rig.AcquirerDialect, Connections = 2, RatePerSecond = 200,
            });
            await acquirer.StartAsync(CancellationToken.None);
            await acquirer.RunAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
            Assert.True(await acquirer.DrainAsync(Rig.Patience));

            Assert.True(acquirer.Read(static desk => desk.Counters).Approved > 100);
            Assert.Equal("ready\n", await process.GetAsync("/health/ready"));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        Assert.Equal(0, await process.StopAsync());
    }

    // Some are refused, and some find the line of the kernel full: all of that is what they are here for.
    private static async Task ConnectAsync(Socket client, EndPoint endPoint)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await client.ConnectAsync(endPoint, limit.Token);
        }
        catch (Exception refused) when (refused is SocketException or OperationCanceledException)
        {
            // As it should be.
        }
    }
}
