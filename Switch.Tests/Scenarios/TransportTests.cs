using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Goal: payments do not depend on what carries connections. Method: the same payment, losses of connections and many
/// connections, on each transport in every run of the tests.
/// </summary>
public class TransportTests
{
    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Epoll", 1)]
    [InlineData("Sockets", 1)]
    public async Task Payment_AnsweredReversedAndAfterARestart_IsTheSame(string transport, int reactors)
    {
        await using Rig rig = await StartAsync(transport, reactors);
        PlainMessage request = Purchases.Authorization();
        PlainMessage answer;
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            acquirer.Send(request);
            (await rig.Primary.NextAsync()).Answer();
            answer = await acquirer.NextAsync();
        }

        await rig.RestartAsync();
        await using ScriptedAcquirer other = await rig.ConnectAsync();
        PlainMessage repeated = await other.AskAsync(Purchases.Repeat(request));
        PlainMessage reversed = await other.AskAsync(Purchases.Reversal(request, answer));
        (await rig.Primary.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.Equal(("00", answer[38]), (repeated[39], repeated[38]));
        Assert.Equal((430, "00"), (reversed.Mti, reversed[39]));
    }

    /// <summary>The peer has said all that it has to say, and waits for its answer.</summary>
    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Epoll", 1)]
    [InlineData("Sockets", 1)]
    public async Task Acquirer_ClosesItsHalf_GetsItsAnswerAndAnEnd(string transport, int reactors)
    {
        await using Rig rig = await StartAsync(transport, reactors);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        Arrival atIssuer = await rig.Primary.NextAsync();

        acquirer.EndSending();
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsHalfClosed == 1);
        atIssuer.Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        await acquirer.Closed;
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
    }

    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Epoll", 1)]
    [InlineData("Sockets", 1)]
    public async Task Issuer_ResetsItsLink_StandbyAnswersAndTheLinkComesBack(string transport, int reactors)
    {
        await using Rig rig = await StartAsync(transport, reactors);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        await rig.Primary.NextAsync();

        rig.Primary.Reset();
        (await rig.Standby.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        await rig.UntilReadyAsync(isPrimary: true, isStandby: true);
    }

    [Theory]
    [InlineData("Epoll", 0)]
    [InlineData("Epoll", 1)]
    [InlineData("Sockets", 1)]
    public async Task Acquirer_ThousandsOfConnections_EachIsServed(string transport, int reactors)
    {
        const int Count = 1_200;
        await using Rig rig = await StartAsync(transport, reactors, options =>
        {
            options.Acquirers[0].MaxConnections = Count;
            options.Acquirers[0].MaxConnectionsPerAddress = Count;
            options.Acquirers[0].ConnectionsPerSecond = 0;
            options.Limits.ConnectionsPerSecond = 0;
        });
        var sockets = new List<Socket>();
        try
        {
            for (int i = 0; i < Count; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(rig.Server.AcquirerEndPoints["acquirer"]);
            }

            await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == Count);
            sockets.ForEach(static socket => socket.Send(new byte[2])); // A keep-alive: an empty frame.
            await Rig.UntilAsync(() => rig.Server.EdgeCounters.KeepAlives == Count);
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }

        await Rig.UntilAsync(() => rig.Server.EdgeCounters.SessionsNow == 0);
    }

    private static Task<Rig> StartAsync(string transport, int reactors, Action<SwitchOptions>? change = null) =>
        Rig.StartAsync(new RigSettings
        {
            Change = options =>
            {
                options.Edge.Transport = Enum.Parse<EdgeTransport>(transport);
                options.Edge.Reactors = reactors;
                change?.Invoke(options);
            },
        });
}
