using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: ten thousand connections at once are nothing special to one thread. Method: the switch in a process of its
/// own, so that each of the two has a descriptor for each connection; all are connected, then each asks and is
/// answered.
/// </summary>
public sealed class ManyConnectionsTests : IDisposable
{
    private const int Count = 10_000;

    // A tenth of a millisecond for each would do; the machine may be busy.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-many-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFilesFact(Count + 2_000)]
    public async Task Switch_TenThousandConnectionsOnOneThread_AnswersEach()
    {
        await using var issuer = new IssuerSimulator(new IssuerProfile { Name = "primary", Dialect = "iso87-binary" });
        issuer.Start();
        SwitchOptions options = ProcessConfiguration.For(issuer.EndPoint, issuer.EndPoint);
        options.Edge.Transport = EdgeTransport.Epoll;
        options.Edge.Reactors = 0;
        options.Acquirers[0].MaxConnections = Count;
        options.Acquirers[0].MaxConnectionsPerAddress = Count;
        options.Acquirers[0].ConnectionsPerSecond = 0;
        options.Limits.ConnectionsPerSecond = 0;
        options.Acquirers[0].FirstMessage = TimeSpan.Zero;
        await using var process = new SwitchProcess(_folder, options);
        await process.StartAsync();
        var sockets = new Socket[Count];
        var watch = Stopwatch.StartNew();
        try
        {
            for (int i = 0; i < Count; i++)
            {
                sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                {
                    ReceiveTimeout = (int)Limit.TotalMilliseconds,
                };
                sockets[i].Bind(new IPEndPoint(IPAddress.Parse($"127.0.0.{2 + (i % 8)}"), 0));
                sockets[i].Connect(process.EndPoint);
            }

            for (int i = 0; i < Count; i++)
            {
                sockets[i].Send(EdgeParts.Frame(EdgeParts.Echo(i)));
            }

            byte[] answer = new byte[512];
            for (int i = 0; i < Count; i++)
            {
                int size = sockets[i].Receive(answer);
                Assert.Equal($"0810 {i:D6} 00", EdgeParts.Describe(answer.AsSpan(2, size - 2)));
            }
        }
        finally
        {
            Array.ForEach(sockets, static socket => socket?.Dispose());
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Limit);
        Assert.Equal(0, await process.StopAsync());
    }
}
