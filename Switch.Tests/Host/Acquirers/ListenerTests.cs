using System.Net.Sockets;
using Switch.Host.Configuration;
using Switch.Protocol.Framing;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Acquirers;

public class ListenerTests
{
    /// <summary>What the listeners of these tests run on.</summary>
    private protected virtual EdgeTransport Transport => TestTransport.Kind;

    [Fact]
    public async Task Session_ManyFramesAtOnce_AnswersEach()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(Requests(1, 500));
        List<string> answers = await peer.ReceiveAsync(500);

        Assert.Equal(Enumerable.Range(1, 500).Select(stan => $"0110 {stan:D6} 00"), answers);
        Assert.Equal(500, rig.Counters.AcquirerFramesIn);
    }

    /// <summary>TCP may cut a stream anywhere.</summary>
    [Fact]
    public async Task Session_FrameInSingleBytes_AnswersOnce()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        foreach (byte one in EdgeParts.Frame(100, 7))
        {
            await peer.SendAsync(new[] { one });
        }

        Assert.Equal(["0110 000007 00"], await peer.ReceiveAsync(1));
    }

    [Fact]
    public async Task Session_KeepAlive_IsCountedAndNotAnswered()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(new byte[] { 0, 0, 0, 0 });
        await peer.SendAsync(EdgeParts.Frame(100, 7));

        Assert.Equal(["0110 000007 00"], await peer.ReceiveAsync(1));
        Assert.Equal(2, rig.Counters.KeepAlives);
    }

    /// <summary>Two terminals behind one connection, and a third that finds no room: each hears its own.</summary>
    [Fact]
    public async Task Session_TpdusInFlight_GoBackOnTheirOwnAnswers()
    {
        Assert.True(FrameFormat.TryGet("len4-ascii+tpdu", out FrameFormat? format));
        await using var rig = NewRig(options => options.MaxInFlight = 2, format: format, isCoreStopped: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        for (int terminal = 1; terminal <= 3; terminal++)
        {
            byte[] message = EdgeParts.Message(100, terminal);
            byte[] frame = new byte[message.Length + format.OverheadSize];
            format.Write(frame, message, new FrameHeader([0x60, 0, 9, 0, (byte)terminal]));
            await peer.SendAsync(frame);
        }

        Assert.Equal(["0110 000003 96 6000090003"], await peer.ReceiveAsync(1));
        rig.StartCore();
        Assert.Equal(["0110 000001 00 6000090001", "0110 000002 00 6000090002"], await peer.ReceiveAsync(2));
    }

    [Fact]
    public async Task Session_FrameOverTheLimit_IsClosedWithOneLine()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(new byte[] { 0x10, 0x01 });

        Assert.True(await peer.IsClosedAsync());
        await rig.UntilAsync(counters => counters.SessionsNow == 0);
        Assert.Equal(1, rig.Counters.FramesOverLimit);
        await rig.UntilAsync(_ => rig.Logs.CountOf(1003) == 1); // The line comes after the count.
        Assert.Equal(0, rig.Logs.CountOf(1002));
    }

    [Fact]
    public async Task Session_StreamEndsInsideAFrame_IsClosedWithOneLine()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(EdgeParts.Frame(100, 7).AsMemory(..20));
        peer.Socket.Shutdown(SocketShutdown.Send);

        Assert.True(await peer.IsClosedAsync());
        await rig.UntilAsync(counters => counters.SessionsNow == 0);
        Assert.Equal(1, rig.Counters.FramesTruncated);
        await rig.UntilAsync(_ => rig.Logs.CountOf(1003) == 1); // The line comes after the count.
    }

    /// <summary>
    /// A peer that begins a frame and falls silent is cut off 5 s after its first byte.
    /// </summary>
    [Fact]
    public async Task Session_FrameNotFinishedInTime_IsClosed()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(EdgeParts.Frame(100, 6));
        await peer.ReceiveAsync(1);

        // A minute of silence between frames is allowed.
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await peer.SendAsync(Concat(EdgeParts.Frame(100, 7), EdgeParts.Frame(100, 8).AsSpan(..20)));
        Assert.Equal(["0110 000007 00"], await peer.ReceiveAsync(1));
        rig.Time.Advance(TimeSpan.FromSeconds(4.5));
        Assert.Equal(1, rig.Counters.SessionsNow);
        rig.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await peer.IsClosedAsync());
        await rig.UntilAsync(counters => counters.FramesTooSlow == 1);
    }

    /// <summary>Bad bytes end their own connection and nothing else.</summary>
    [Fact]
    public async Task Session_Garbage_DoesNotHarmItsNeighbour()
    {
        await using var rig = NewRig();
        await rig.StartAsync();
        using Peer good = await rig.ConnectAsync();
        var random = new Random(8583);
        for (int round = 1; round <= 50; round++)
        {
            byte[] garbage = new byte[random.Next(1, 600)];
            random.NextBytes(garbage);
            using Peer bad = await rig.ConnectAsync();
            await bad.SendAsync(garbage);
            await good.SendAsync(EdgeParts.Frame(100, round));
            Assert.Equal([$"0110 {round:D6} 00"], await good.ReceiveAsync(1));
        }

        await rig.UntilAsync(counters => counters is { SessionsAccepted: 51, SessionsNow: 1 });
    }

    [Fact]
    public async Task Session_FloodOverItsWindow_IsAnswered96AndReversalsPass()
    {
        await using var rig = NewRig(options => options.MaxInFlight = 100, isSilent: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(Requests(1, 150));
        await peer.SendAsync(EdgeParts.Frame(420, 500));
        List<string> refused = await peer.ReceiveAsync(50);

        Assert.Equal(Enumerable.Range(101, 50).Select(stan => $"0110 {stan:D6} 96"), refused);
        await rig.UntilAsync(counters => counters.AcquirerFramesIn == 151);
        Assert.Equal(50, rig.Counters.ShedInFlight);
        Assert.Equal(101, rig.Pool.Lent);
    }

    /// <summary>What was never answered holds no place for ever: after the deadline it has ended anyhow.</summary>
    [Fact]
    public async Task Session_WindowFullOfUnanswered_OpensAfterTheDeadline()
    {
        await using var rig = NewRig(options => options.MaxInFlight = 10, isSilent: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 11));
        Assert.Equal(["0110 000011 96"], await peer.ReceiveAsync(1));

        rig.Time.Advance(TimeSpan.FromSeconds(13));
        await peer.SendAsync(Requests(21, 11));

        Assert.Equal(["0110 000031 96"], await peer.ReceiveAsync(1));
    }

    [Fact]
    public async Task Session_OverTheRate_IsAnswered96UntilTimePasses()
    {
        await using var rig = NewRig(options => options.RatePerSecond = 20);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        await peer.SendAsync(Requests(1, 30));
        List<string> answers = await peer.ReceiveAsync(30);
        Assert.Equal(20, answers.Count(answer => answer.EndsWith("00", StringComparison.Ordinal)));
        Assert.Equal(10, rig.Counters.ShedRate);

        rig.Time.Advance(TimeSpan.FromSeconds(0.5));
        await peer.SendAsync(Requests(31, 11));
        answers = await peer.ReceiveAsync(11);
        Assert.Equal(10, answers.Count(answer => answer.EndsWith("00", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Session_InboxFull_IsAnswered96AndTheRestIsServed()
    {
        await using var rig = NewRig(inboxMax: 64, isCoreStopped: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        // 32 places for requests, one of them taken by the session's own opening.
        await peer.SendAsync(Requests(1, 40));
        List<string> refused = await peer.ReceiveAsync(9);
        Assert.Equal(Enumerable.Range(32, 9).Select(stan => $"0110 {stan:D6} 96"), refused);
        Assert.Equal(9, rig.Counters.ShedInbox);

        rig.StartCore();
        Assert.Equal(Enumerable.Range(1, 31).Select(stan => $"0110 {stan:D6} 00"), await peer.ReceiveAsync(31));
    }

    [Fact]
    public async Task Session_PoolExhausted_IsAnswered96()
    {
        await using var rig = NewRig(isSilent: true, poolMax: 50);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();

        // Every class may lend a little less than its whole; whatever is beyond that is refused.
        await peer.SendAsync(Requests(1, 200));
        await rig.UntilAsync(counters => counters.AcquirerFramesIn == 200);
        long refused = rig.Counters.ShedPool;

        Assert.InRange(refused, 100, 160);
        List<string> answers = await peer.ReceiveAsync((int)refused);
        Assert.All(answers, answer => Assert.EndsWith("96", answer, StringComparison.Ordinal));
        Assert.Equal(200, refused + rig.Pool.Lent);
    }

    /// <summary>
    /// The first copy was taken in and may be approved: an acquirer told 96 would not reverse it (docs/domain.md
    /// section 3.8).
    /// </summary>
    [Theory]
    [InlineData(101)]
    [InlineData(100)]
    public async Task Session_CopyAtTheWindow_IsNotAnswered96(int mtiOfTheCopy)
    {
        await using var rig = NewRig(options => options.MaxInFlight = 10, isSilent: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 11));
        Assert.Equal(["0110 000011 96"], await peer.ReceiveAsync(1));

        await peer.SendAsync(EdgeParts.Frame(mtiOfTheCopy, 1));
        await peer.SendAsync(EdgeParts.Frame(100, 12));

        Assert.Equal(["0110 000012 96"], await peer.ReceiveAsync(1));
        Assert.Equal(1, rig.Counters.ShedCopies);
    }

    [Fact]
    public async Task Session_CopyAtTheRate_IsNotAnswered96()
    {
        await using var rig = NewRig(options => options.RatePerSecond = 20);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 20));
        await peer.ReceiveAsync(20);

        await peer.SendAsync(EdgeParts.Frame(101, 1));
        await peer.SendAsync(EdgeParts.Frame(100, 2));
        await peer.SendAsync(EdgeParts.Frame(100, 21));

        Assert.Equal(["0110 000021 96"], await peer.ReceiveAsync(1));
        Assert.Equal(2, rig.Counters.ShedCopies);
    }

    /// <summary>
    /// The first lay in the buffer of a connection while its repeat came on another: after a decline its sender would
    /// not reverse.
    /// </summary>
    [Theory]
    [InlineData(101)]
    [InlineData(100)]
    public async Task Session_CopyAfterItsFirstWasAnswered96_IsNotTakenIn(int mtiOfTheCopy)
    {
        await using var rig = NewRig(options => options.RatePerSecond = 20);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 21));
        Assert.Contains("0110 000021 96", await peer.ReceiveAsync(21));
        rig.Time.Advance(TimeSpan.FromSeconds(2)); // There is room again.

        using Peer other = await rig.ConnectAsync();
        await other.SendAsync(EdgeParts.Frame(mtiOfTheCopy, 21));
        await other.SendAsync(EdgeParts.Frame(100, 22));

        Assert.Equal(["0110 000022 00"], await other.ReceiveAsync(1));
        Assert.Equal(1, rig.Counters.ShedCopies);
    }

    /// <summary>The copy comes on another connection, as after a broken one.</summary>
    [Fact]
    public async Task Session_CopyAtTheInbox_IsNotAnswered96()
    {
        await using var rig = NewRig(inboxMax: 64, isCoreStopped: true);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 31));
        await rig.UntilAsync(counters => counters.AcquirerFramesIn == 31);

        using Peer other = await rig.ConnectAsync();
        await other.SendAsync(EdgeParts.Frame(101, 1));
        await other.SendAsync(EdgeParts.Frame(100, 2));
        await other.SendAsync(EdgeParts.Frame(100, 40));

        Assert.Equal(["0110 000040 96"], await other.ReceiveAsync(1));
        Assert.Equal(2, rig.Counters.ShedCopies);
    }

    [Fact]
    public async Task Session_CopyWithNoMessageObjectLeft_IsNotAnswered96()
    {
        await using var rig = NewRig(isSilent: true, poolMax: 50);
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        await peer.SendAsync(Requests(1, 200));
        await rig.UntilAsync(counters => counters.AcquirerFramesIn == 200);
        await peer.ReceiveAsync((int)rig.Counters.ShedPool);

        await peer.SendAsync(Requests(1, 5));
        await peer.SendAsync(EdgeParts.Frame(100, 999));

        Assert.Equal(["0110 000999 96"], await peer.ReceiveAsync(1));
        Assert.Equal(5, rig.Counters.ShedCopies);
    }

    /// <summary>
    /// A peer that sends and never reads costs its bound and then its connection.
    /// </summary>
    [Fact]
    public async Task Session_PeerNeverReads_IsCutOff()
    {
        await using var rig = NewRig(limits: new LimitOptions { ConnectionBufferMax = 8_192 });
        await rig.StartAsync();
        using Peer peer = await rig.ConnectAsync();
        peer.Socket.ReceiveBufferSize = 4_096;

        Task flood = FloodAsync(peer);
        await rig.UntilAsync(counters => counters.WriteBuffersFull == 1);
        await flood;

        await rig.UntilAsync(counters => counters.SessionsNow == 0);
        await rig.UntilAsync(_ => rig.Logs.CountOf(1003) == 1); // The line comes after the count.
    }

    [Fact]
    public async Task Listener_AddressNotAllowed_RefusesBeforeAByteIsRead()
    {
        await using var rig = NewRig(options => options.AllowFrom = ["10.0.0.0/8"]);
        await rig.StartAsync();

        Assert.True(await rig.IsRefusedAsync());

        Assert.Equal(1, rig.Counters.SessionsRefusedAddress);
        Assert.Equal(0, rig.Counters.SessionsAccepted);
        await rig.UntilAsync(_ => rig.Logs.CountOf(1006) == 1);
    }

    /// <summary>An endpoint that no configuration shows to be this switch: found when it is accepted.</summary>
    [Fact]
    public async Task Listener_ConnectionOfTheSwitchsOwnLink_IsRefusedAndNamed()
    {
        await using var rig = NewRig();
        await rig.StartAsync();

        Assert.True(await rig.IsRefusedAsync(
            (client, server) => rig.Shared.Own.Made(client, server, "issuer-a#0")));

        await rig.UntilAsync(_ => rig.Logs.CountOf(1010) == 1);
        Assert.Contains("link issuer-a#0 of this switch", rig.Logs.Lines[^1].Text, StringComparison.Ordinal);
        Assert.Equal((1, 0), (rig.Counters.OwnConnections, rig.Counters.SessionsAccepted));
        using Peer other = await rig.ConnectAsync();
        await other.SendAsync(EdgeParts.Frame(100, 3));
        Assert.Equal(["0110 000003 00"], await other.ReceiveAsync(1));
    }

    [Fact]
    public async Task Listener_AtItsConnectionBound_RefusesTheNextAndServesTheRest()
    {
        await using var rig = NewRig(options =>
        {
            options.MaxConnections = 2;
            options.MaxConnectionsPerAddress = 2;
        });
        await rig.StartAsync();
        using Peer first = await rig.ConnectAsync();
        using Peer second = await rig.ConnectAsync();
        await rig.UntilAsync(counters => counters.SessionsNow == 2);

        Assert.True(await rig.IsRefusedAsync());
        Assert.Equal(1, rig.Counters.SessionsRefusedCap);

        second.Dispose();
        await rig.UntilAsync(counters => counters.SessionsNow == 1);
        using Peer third = await rig.ConnectAsync();
        await third.SendAsync(EdgeParts.Frame(100, 3));
        Assert.Equal(["0110 000003 00"], await third.ReceiveAsync(1));
    }

    /// <summary>A load balancer's fail-over: very many connections at once, each served.</summary>
    [Fact]
    public async Task Listener_ReconnectStorm_ServesEveryConnection()
    {
        const int Count = 300;
        await using var rig = NewRig(options =>
        {
            options.MaxConnections = Count;
            options.MaxConnectionsPerAddress = Count;
            options.ConnectionsPerSecond = 0;
        });
        await rig.StartAsync();

        Peer[] peers = await Task.WhenAll(Enumerable.Range(0, Count).Select(_ => rig.ConnectAsync()));
        List<string>[] answers = await Task.WhenAll(peers.Select(async (peer, index) =>
        {
            await peer.SendAsync(EdgeParts.Frame(100, index + 1));
            return await peer.ReceiveAsync(1);
        }));

        Assert.All(answers, (answer, index) => Assert.Equal([$"0110 {index + 1:D6} 00"], answer));
        Array.ForEach(peers, peer => peer.Dispose());
        await rig.UntilAsync(counters => counters.SessionsNow == 0);
    }

    private static async Task FloodAsync(Peer peer)
    {
        byte[] burst = Requests(1, 100);
        try
        {
            while (true)
            {
                await peer.SendAsync(burst);
            }
        }
        catch (SocketException)
        {
            // The switch has had enough.
        }
    }

    private static byte[] Requests(int first, int count) =>
        [.. Enumerable.Range(first, count).SelectMany(stan => EdgeParts.Frame(100, stan))];

    private static byte[] Concat(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => [.. first, .. second];

    private ListenerRig NewRig(
        Action<AcquirerOptions>? configure = null, bool isSilent = false, int inboxMax = 1_024, int poolMax = 4_096,
        bool isCoreStopped = false, LimitOptions? limits = null, FrameFormat? format = null) => new(
        configure, isSilent, inboxMax, poolMax, isCoreStopped, limits, format, Transport);
}

/// <summary>The same on the transport that is not the default: sessions must not see a difference.</summary>
public sealed class ListenerOtherTransportTests : ListenerTests
{
    private protected override EdgeTransport Transport => TestTransport.Other;
}
