using System.Net;
using System.Net.Sockets;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>An issuer's endpoint leads back to the switch through a forwarder, which no configuration shows.</summary>
public class LoopTests
{
    [Fact]
    public async Task Request_ThatComesBackThroughAForwarder_IsSentOnce()
    {
        await using var forwarder = new Forwarder();
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            WaitsForLinks = false,
            Change = options =>
            {
                options.Issuers[0].Endpoints = [forwarder.EndPoint.ToString()];
                options.Issuers[0].Dialect = Rig.AcquirerDialect;
                options.Routes[0].Standby = [];
            },
        });
        forwarder.Start(rig.Server.AcquirerEndPoints["acquirer"]);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchases.Authorization());

        Assert.Equal("00", answer[39]); // By stand-in: the issuer is not there.
        Assert.Equal((1, 1), (rig.Counters.SentToIssuers, rig.Counters.ApprovedByStandIn));
        Assert.True(rig.Counters.LoopsCut >= 1);
        await Rig.UntilAsync(() => rig.Counters.OwedSends >= 2);
        Assert.Equal((1, 2), (rig.Counters.AdvicesOwed, rig.Counters.Requests));
    }

    /// <summary>Carries bytes both ways, and changes none.</summary>
    private sealed class Forwarder : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly List<TcpClient> _clients = [];
        private readonly List<Task> _running = [];

        public Forwarder() => _listener.Start();

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public void Start(IPEndPoint target) => _running.Add(AcceptAsync(target));

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            lock (_clients)
            {
                _clients.ForEach(client => client.Dispose());
            }

            await Task.WhenAll(_running.ToArray());
        }

        private static async Task CarryAsync(TcpClient from, TcpClient to)
        {
            try
            {
                await from.GetStream().CopyToAsync(to.GetStream());
            }
            catch (Exception problem) when (problem is IOException or SocketException or ObjectDisposedException)
            {
                // The connection or the test has ended.
            }

            to.Close();
        }

        private async Task AcceptAsync(IPEndPoint target)
        {
            try
            {
                while (true)
                {
                    TcpClient client = await _listener.AcceptTcpClientAsync();
                    var server = new TcpClient();
                    await server.ConnectAsync(target);
                    lock (_clients)
                    {
                        _clients.AddRange([client, server]);
                        _running.AddRange([CarryAsync(client, server), CarryAsync(server, client)]);
                    }
                }
            }
            catch (Exception problem) when (problem is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
