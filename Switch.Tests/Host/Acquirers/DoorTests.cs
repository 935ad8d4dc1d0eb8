using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Host.Connections;

namespace Switch.Tests.Host.Acquirers;

/// <summary>Connections that want nothing, or too much: what they cost, and that they keep no acquirer out.</summary>
public sealed class DoorTests
{
    private const string Elsewhere = "127.0.0.2";

    /// <summary>No time passes: the other address needs to wait for nothing.</summary>
    [Fact]
    public async Task Listener_ThousandSilentConnectionsOfOneAddress_ServesAnother()
    {
        await using var rig = new ListenerRig();
        await rig.StartAsync();
        List<Peer> silent = await FloodAsync(rig, 1_000);
        await rig.UntilAsync(counters =>
            counters.SessionsNow + counters.SessionsRefusedAddressCap == 1_000);
        Assert.Equal(128, rig.Counters.SessionsNow);

        using Peer peer = await rig.ConnectAsync(from: Elsewhere);
        await peer.SendAsync(EdgeParts.Frame(100, 7));

        Assert.Equal(["0110 000007 00"], await peer.ReceiveAsync(1));
        silent.ForEach(one => one.Dispose());
    }

    /// <summary>From the same address it takes a second, and the place of the oldest that never spoke.</summary>
    [Fact]
    public async Task Listener_ThousandSilentConnectionsOfTheSameAddress_ServesItAfterASecond()
    {
        await using var rig = new ListenerRig();
        await rig.StartAsync();
        using Peer speaking = await rig.ConnectAsync();
        await speaking.SendAsync(EdgeParts.Frame(100, 1));
        await speaking.ReceiveAsync(1);
        List<Peer> silent = await FloodAsync(rig, 1_000);
        await rig.UntilAsync(counters =>
            counters.SessionsNow + counters.SessionsRefusedAddressCap == 1_001);

        rig.Time.Advance(TimeSpan.FromSeconds(1));
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(EdgeParts.Frame(100, 7));
        Assert.Equal(["0110 000007 00"], await peer.ReceiveAsync(1));

        await rig.UntilAsync(counters => counters.SessionsDisplaced == 1);
        await speaking.SendAsync(EdgeParts.Frame(100, 8));
        Assert.Equal(["0110 000008 00"], await speaking.ReceiveAsync(1));
        silent.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task Listener_ConnectionsOverTheRate_WaitForTheirTurn()
    {
        await using var rig = new ListenerRig(options => options.ConnectionsPerSecond = 2);
        await rig.StartAsync();
        using Peer first = await rig.ConnectAsync();
        using Peer second = await rig.ConnectAsync();
        using Peer third = await rig.ConnectAsync();
        using Peer other = await rig.ConnectAsync(from: Elsewhere);
        await rig.UntilAsync(counters => counters is { SessionsDelayed: 1, SessionsNow: 3 });

        await third.SendAsync(EdgeParts.Frame(100, 3));
        await other.SendAsync(EdgeParts.Frame(100, 4));
        Assert.Equal(["0110 000004 00"], await other.ReceiveAsync(1));
        Assert.Equal(3, rig.Counters.SessionsNow);
        rig.Time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal(["0110 000003 00"], await third.ReceiveAsync(1));
    }

    [Fact]
    public async Task Listener_ConnectionOverTheRateOfAll_IsClosedAtOnce()
    {
        await using var rig = new ListenerRig(limits: new LimitOptions { ConnectionsPerSecond = 5 });
        await rig.StartAsync();
        var peers = new List<Peer>();
        for (int i = 0; i < 4; i++)
        {
            peers.Add(await rig.ConnectAsync()); // The fifth of one address would be of the fifth that is kept.
        }

        await rig.UntilAsync(counters => counters.SessionsNow == 4);
        Assert.True(await rig.IsRefusedAsync());
        await rig.UntilAsync(counters => counters is { SessionsRefusedRate: 1, SessionsNow: 4 });
        Assert.Equal(1, rig.Logs.CountOf(1023));

        using Peer other = await rig.ConnectAsync(from: Elsewhere);
        await other.SendAsync(EdgeParts.Frame(100, 7));
        Assert.Equal(["0110 000007 00"], await other.ReceiveAsync(1));
        peers.ForEach(static one => one.Dispose());
    }

    [Fact]
    public async Task Listener_ConnectionOverASecondFromItsTurn_IsClosedAtOnce()
    {
        await using var rig = new ListenerRig(options => options.ConnectionsPerSecond = 1);
        await rig.StartAsync();
        using Peer first = await rig.ConnectAsync();
        using Peer second = await rig.ConnectAsync();
        await rig.UntilAsync(counters => counters is { SessionsDelayed: 1, SessionsNow: 1 });

        Assert.True(await rig.IsRefusedAsync());

        await rig.UntilAsync(counters => counters.SessionsRefusedAddressRate == 1);
        Assert.Equal(1, rig.Logs.CountOf(1024));
    }

    [Fact]
    public async Task Session_WithoutAMessageInTime_IsClosed()
    {
        await using var rig = new ListenerRig();
        await rig.StartAsync();
        using Peer spoke = await rig.ConnectAsync();
        await spoke.SendAsync(EdgeParts.Frame(100, 1));
        await spoke.ReceiveAsync(1);
        using Peer keepsAlive = await rig.ConnectAsync();
        await keepsAlive.SendAsync(new byte[] { 0, 0 });
        using Peer silent = await rig.ConnectAsync();
        await rig.UntilAsync(counters => counters is { SessionsNow: 3, KeepAlives: 1 });

        rig.Time.Advance(TimeSpan.FromSeconds(9.5));
        Assert.Equal(3, rig.Counters.SessionsNow);
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await silent.IsClosedAsync());
        Assert.True(await keepsAlive.IsClosedAsync());
        await rig.UntilAsync(counters => counters is { SessionsWithoutMessage: 2, SessionsNow: 1 });
        await rig.UntilAsync(_ => rig.Logs.CountOf(1003) == 2);
    }

    [Fact]
    public async Task Session_SilentForLong_IsClosed()
    {
        await using var rig = new ListenerRig(options => options.Idle = TimeSpan.FromMinutes(1));
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(EdgeParts.Frame(100, 1));
        await peer.ReceiveAsync(1);

        rig.Time.Advance(TimeSpan.FromSeconds(50));
        await peer.SendAsync(new byte[] { 0, 0 });
        await rig.UntilAsync(counters => counters.KeepAlives == 1);
        rig.Time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(1, rig.Counters.SessionsNow);
        rig.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.True(await peer.IsClosedAsync());
        await rig.UntilAsync(counters => counters is { SessionsIdle: 1, SessionsNow: 0 });
        await rig.UntilAsync(_ => rig.Logs.CountOf(1002) == 1);
    }

    /// <summary>Who waits for an answer is silent, and is not closed for that.</summary>
    [Fact]
    public async Task Session_SilentWhileItsAnswerIsDue_IsNotClosed()
    {
        await using var rig = new ListenerRig(
            options =>
            {
                options.Deadline = TimeSpan.FromSeconds(100);
                options.Idle = TimeSpan.FromSeconds(20);
            }, isCoreStopped: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(EdgeParts.Frame(100, 1));
        await rig.UntilAsync(counters => counters.AcquirerFramesIn == 1);

        rig.Time.Advance(TimeSpan.FromSeconds(40));
        rig.StartCore();
        Assert.Equal(["0110 000001 00"], await peer.ReceiveAsync(1));
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await peer.IsClosedAsync());
    }

    [Fact]
    public async Task Session_FloodOfEmptyFrames_IsClosed()
    {
        await using var rig = new ListenerRig(options => options.KeepAlivesPerSecond = 10);
        await rig.StartAsync();
        using Peer modest = await rig.ConnectAsync();
        using Peer peer = await rig.ConnectAsync();
        for (int second = 0; second < 5; second++)
        {
            await modest.SendAsync(new byte[2 * 10]);
            await rig.UntilAsync(counters => counters.KeepAlives == (second + 1) * 10);
            rig.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await peer.SendAsync(new byte[2 * 11]);

        Assert.True(await peer.IsClosedAsync());
        await rig.UntilAsync(counters => counters is { KeepAliveFloods: 1, SessionsNow: 1 });
    }

    /// <summary>Garbage at any speed is a few lines a minute, and one that counts the rest.</summary>
    [Fact]
    public async Task Listener_FloodOfBrokenConnections_LogsAFewLinesAndASum()
    {
        const int Rounds = 200;
        await using var rig = new ListenerRig(options => options.ConnectionsPerSecond = 0);
        await rig.StartAsync();
        for (int round = 0; round < Rounds; round++)
        {
            using Peer bad = await rig.ConnectAsync();
            await bad.SendAsync(new byte[] { 0xFF, 0xFF });
            Assert.True(await bad.IsClosedAsync());
        }

        await rig.UntilAsync(counters => counters is { FramesOverLimit: Rounds, SessionsNow: 0 });
        await rig.UntilAsync(counters => counters.IncidentsNotLogged == 2 * (Rounds - LineBudget.PerPeer));
        Assert.Equal((LineBudget.PerPeer, LineBudget.PerPeer), (rig.Logs.CountOf(1001), rig.Logs.CountOf(1003)));
        Assert.Equal(0, rig.Logs.CountOf(1022));

        rig.Time.Advance(TimeSpan.FromSeconds(61));

        await rig.UntilAsync(_ => rig.Logs.CountOf(1022) == 2);
    }

    private static async Task<List<Peer>> FloodAsync(ListenerRig rig, int count)
    {
        var peers = new List<Peer>();
        int refused = 0;
        while (peers.Count + refused < count)
        {
            try
            {
                peers.Add(await rig.ConnectAsync());
            }
            catch (SocketException)
            {
                refused++; // Reset before the connect returned.
            }
        }

        return peers;
    }
}
