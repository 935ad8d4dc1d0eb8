using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Issuers;
using Switch.Tests.Host.Acquirers;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Issuers;

public class LinkTests
{
    /// <summary>What the links of these tests run on.</summary>
    private protected virtual EdgeTransport Transport => TestTransport.Kind;

    [Fact]
    public async Task Link_IssuerAccepts_ComesUpAndCarriesBothWays()
    {
        await using var rig = new Rig(Transport);
        using Peer issuer = await rig.AcceptAsync();

        LinkConnection connection = (LinkConnection)(await rig.NextAsync(InboxKind.LinkUp)).Connection!;
        connection.Writer.Append(EdgeParts.Message(100, 7));
        connection.Writer.Flush();
        Assert.Equal(["0100 000007"], await issuer.ReceiveAsync(1));

        await issuer.SendAsync(EdgeParts.Frame(110, 7));
        InboxEvent reply = await rig.NextAsync(InboxKind.IssuerMessage);
        Assert.Equal("000007", EdgeParts.Text(reply.Message!, Switch.Protocol.Fields.Field.Stan));
        Assert.False(reply.IsSheddable);
    }

    /// <summary>When the core hears that a link is down, no later byte can reach the issuer by it.</summary>
    [Fact]
    public async Task Link_IssuerCloses_GoesDownWithItsWriterClosed()
    {
        await using var rig = new Rig(Transport);
        Peer issuer = await rig.AcceptAsync();
        LinkConnection connection = (LinkConnection)(await rig.NextAsync(InboxKind.LinkUp)).Connection!;

        issuer.Dispose();
        await rig.NextAsync(InboxKind.LinkDown);

        Assert.Equal(AppendResult.Closed, connection.Writer.Append([1]));
    }

    [Fact]
    public async Task Link_LostAgainAndAgain_BacksOffAndComesBack()
    {
        await using var rig = new Rig(Transport);
        TimeSpan[] expected = [.. new[] { 250, 500, 1_000, 2_000 }.Select(ms => TimeSpan.FromMilliseconds(ms))];
        foreach (TimeSpan delay in expected)
        {
            Peer issuer = await rig.AcceptAsync();
            await rig.NextAsync(InboxKind.LinkUp);
            issuer.Dispose();
            await rig.NextAsync(InboxKind.LinkDown);
            await rig.UntilWaitsAsync(delay);
        }

        Assert.Equal(4, rig.Counters.LinkLosses);
    }

    /// <summary>An issuer that accepted a sign-on is there: it must not be waited for as one that is not.</summary>
    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, 250)]
    public async Task Link_LostAfterASignOn_StartsOver(bool isReady, int delayMs)
    {
        await using var rig = new Rig(Transport);
        (await rig.AcceptAsync()).Dispose();
        await rig.NextAsync(InboxKind.LinkDown);
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
        Peer issuer = await rig.AcceptAsync();
        var connection = (LinkConnection)(await rig.NextAsync(InboxKind.LinkUp)).Connection!;

        if (isReady)
        {
            connection.OnReady();
        }

        issuer.Dispose();
        await rig.NextAsync(InboxKind.LinkDown);

        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(delayMs));
    }

    /// <summary>An operator knows that the issuer is back: nothing is to be waited for.</summary>
    [Fact]
    public async Task ConnectNow_WhileItWaits_ConnectsAndStartsOver()
    {
        await using var rig = new Rig(Transport, isListening: false);
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
        await rig.UntilAsync(_ => rig.Time.Remaining.Contains(TimeSpan.FromMilliseconds(450)));

        rig.Link.ConnectNow();

        await rig.UntilAsync(counters => counters.LinkConnectFailures == 3);
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task Link_WhileItIsConnected_IsKnownAsTheSwitchsOwn()
    {
        await using var rig = new Rig(Transport);
        Peer issuer = await rig.AcceptAsync();
        await rig.NextAsync(InboxKind.LinkUp);
        EndPoint client = issuer.Socket.RemoteEndPoint!;
        EndPoint server = issuer.Socket.LocalEndPoint!;

        Assert.Equal(rig.Link.Name, rig.Shared.Own.Accepted(client, server, "acq-a"));
        issuer.Dispose();
        await rig.NextAsync(InboxKind.LinkDown);
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
        Assert.Null(rig.Shared.Own.Accepted(client, server, "acq-a"));
    }

    /// <summary>The listener has accepted before the connect returned: the link sees that it leads to itself.</summary>
    [Fact]
    public async Task Link_ToAListenerOfThisSwitch_IsClosedBeforeTheCoreHearsOfIt()
    {
        await using var rig = new Rig(Transport, prepare: (shared, server) =>
        {
            for (int port = 1_024; port <= IPEndPoint.MaxPort; port++)
            {
                shared.Own.Accepted(new IPEndPoint(IPAddress.Loopback, port), server, "acq-a");
            }
        });

        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));

        Assert.True(rig.Counters.OwnConnections >= 1);
        Assert.Equal(0, rig.Counters.LinkConnects);
        Assert.Contains(
            "it leads to this switch's own listener of acquirer acq-a", rig.Logs.Lines[0].Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConnectNow_WhileItIsConnected_ChangesNothing()
    {
        await using var rig = new Rig(Transport);
        using Peer issuer = await rig.AcceptAsync();
        await rig.NextAsync(InboxKind.LinkUp);

        rig.Link.ConnectNow();
        await issuer.SendAsync(EdgeParts.Frame(110, 7));

        await rig.NextAsync(InboxKind.IssuerMessage);
        Assert.Equal((1, 0), (rig.Counters.LinkConnects, rig.Counters.LinkLosses));
    }

    [Fact]
    public async Task Link_WithoutAListener_CountsAndTriesAgain()
    {
        await using var rig = new Rig(Transport, isListening: false);

        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(500));
        await rig.UntilAsync(counters => counters.LinkConnectFailures == 3);

        Assert.Equal(0, rig.Counters.LinkConnects);
        Assert.Equal(3, rig.Logs.CountOf(2001));
    }

    /// <summary>
    /// An issuer, or a balancer before it, that accepts and resets at once: the platform throws over such a socket, in
    /// one way or another, and a link that ended by it would never connect again.
    /// </summary>
    [Theory]
    [InlineData(SocketError.NotConnected, 2001)]
    [InlineData(null, 2004)]
    public async Task Link_SocketLostWhileItIsOpened_ConnectsAgain(SocketError? error, int logged)
    {
        int opened = 0;
        await using var rig = new Rig(Transport, atOpen: _ =>
        {
            if (++opened == 1)
            {
                throw error is { } code ? new SocketException((int)code) : new InvalidOperationException("A defect.");
            }
        });
        (await rig.AcceptAsync()).Dispose();
        await rig.UntilWaitsAsync(TimeSpan.FromMilliseconds(250));
        using Peer issuer = await rig.AcceptAsync();

        await rig.NextAsync(InboxKind.LinkUp);

        Assert.Equal(1, rig.Counters.LinkConnectFailures);
        Assert.Equal(1, rig.Counters.LinkConnects);
        Assert.Equal(1, rig.Logs.CountOf(logged));
    }

    [Fact]
    public async Task Link_IssuerSendsNonMessages_IsClosedAfterFiveInARow()
    {
        await using var rig = new Rig(Transport);
        using Peer issuer = await rig.AcceptAsync();
        await rig.NextAsync(InboxKind.LinkUp);

        for (int i = 0; i < 4; i++)
        {
            await issuer.SendAsync(EdgeParts.Frame([9, 9, 9]));
        }

        await issuer.SendAsync(EdgeParts.Frame(110, 7));
        await rig.NextAsync(InboxKind.IssuerMessage);
        for (int i = 0; i < 5; i++)
        {
            await issuer.SendAsync(EdgeParts.Frame([9, 9, 9]));
        }

        Assert.True(await issuer.IsClosedAsync());
        await rig.NextAsync(InboxKind.LinkDown);
        Assert.Equal(9, rig.Counters.IssuerParseFaults);
        Assert.Equal(0, rig.Pool.Lent - 1);
    }

    /// <summary>
    /// A reply that finds the inbox full is worth waiting for: TCP holds the issuer back, and none is lost.
    /// </summary>
    [Fact]
    public async Task Link_InboxFull_LosesNoReply()
    {
        await using var rig = new Rig(Transport, inboxMax: 16);
        using Peer issuer = await rig.AcceptAsync();
        await rig.NextAsync(InboxKind.LinkUp);

        await issuer.SendAsync(
            Enumerable.Range(1, 500).SelectMany(stan => EdgeParts.Frame(110, stan)).ToArray());

        for (int stan = 1; stan <= 500; stan++)
        {
            InboxEvent reply = await rig.NextAsync(InboxKind.IssuerMessage);
            Assert.Equal($"{stan:D6}", EdgeParts.Text(reply.Message!, Switch.Protocol.Fields.Field.Stan));
            rig.Pool.Return(reply.Message!);
        }
    }

    [Fact]
    public async Task StopAsync_WithFramesTaken_WritesThemAndStaysDown()
    {
        await using var rig = new Rig(Transport);
        using Peer issuer = await rig.AcceptAsync();
        var connection = (LinkConnection)(await rig.NextAsync(InboxKind.LinkUp)).Connection!;
        connection.Writer.Append(EdgeParts.Message(800, 9));

        Task stopping = rig.Link.StopAsync();

        Assert.Equal(["0800 000009"], await issuer.ReceiveAsync(1));
        Assert.True(await issuer.IsClosedAsync());
        await rig.NextAsync(InboxKind.LinkDown);
        await stopping.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1, rig.Logs.CountOf(2005));
    }

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(0.999999, 1.0)]
    public void Backoff_AnyChance_DoublesWithinItsBounds(double chance, double share)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(5), () => chance);
        double[] expected = [0.25, 0.5, 1, 2, 4, 5, 5, 5];

        foreach (double seconds in expected)
        {
            Assert.Equal(seconds * share, backoff.Next().TotalSeconds, precision: 3);
        }

        backoff.Reset();
        Assert.Equal(0.25 * share, backoff.Next().TotalSeconds, precision: 3);
    }

    /// <summary>One link, an issuer's listener, and a clock moved by hand; the test is the core.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly ITransport _transport;
        private readonly Inbox _inbox;
        private readonly Heartbeat _heartbeat;
        private readonly Queue<InboxEvent> _events = new();
        private readonly EdgeMeters _meters = new();

        /// <param name="kind">What the link runs on.</param>
        /// <param name="isListening">Whether the issuer's port is open.</param>
        /// <param name="inboxMax">Room for events.</param>
        /// <param name="atOpen">Runs on each connected socket before the link takes it.</param>
        /// <param name="prepare">Runs before the link starts; is given where the issuer listens.</param>
        public Rig(
            EdgeTransport kind, bool isListening = true, int inboxMax = 256, Action<Socket>? atOpen = null,
            Action<EdgeShared, IPEndPoint>? prepare = null)
        {
            _transport = TestTransport.Create(kind);
            var clock = new SwitchClock(Time);
            _inbox = new Inbox(inboxMax, inboxMax / 2);

            // On a clock of its own: the only timers on the link's are the link's.
            _heartbeat = new Heartbeat(new SwitchClock(new FakeTimeProvider()));
            Shared = new EdgeShared(_inbox, Pool, _meters, clock, _heartbeat);
            _listener.Start();
            int port = ((IPEndPoint)_listener.LocalEndpoint).Port;
            if (!isListening)
            {
                _listener.Stop();
            }

            Link = new Link(
                new LinkSettings(0, 0, "127.0.0.1", port), EdgeParts.Ascii, EdgeParts.Len2,
                new ConnectionLimits { FrameSizeMax = 4_096 }, Shared, new WatchedTransport(_transport, atOpen),
                () => 0.8, Logs);
            prepare?.Invoke(Shared, new IPEndPoint(IPAddress.Loopback, port));
            Link.Start();
        }

        public Link Link { get; }

        public EdgeShared Shared { get; }

        public WatchedTimeProvider Time { get; } = new();

        public MessagePool Pool { get; } = new(1_024, 4_096);

        public ListLoggerFactory Logs { get; } = new();

        public EdgeCounters Counters => _meters.Read();

        public async Task<Peer> AcceptAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            return new Peer(await _listener.AcceptSocketAsync(limit.Token));
        }

        /// <summary>The next event of a kind; earlier ones of other kinds are passed over.</summary>
        public async Task<InboxEvent> NextAsync(InboxKind kind)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (true)
            {
                while (_events.TryDequeue(out InboxEvent item))
                {
                    if (item.Kind == kind)
                    {
                        return item;
                    }
                }

                limit.Token.ThrowIfCancellationRequested();
                foreach (InboxEvent item in _inbox.Drain().ToArray())
                {
                    _events.Enqueue(item);
                }

                await Task.Yield();
            }
        }

        /// <summary>The link waits for this long, not less and not more, before its next attempt.</summary>
        public async Task UntilWaitsAsync(TimeSpan step)
        {
            TimeSpan delay = step * 0.9;
            await UntilAsync(_ => Time.Remaining.Contains(delay));
            long attempts = Attempts(Counters);
            Time.Advance(delay - TimeSpan.FromMilliseconds(1));
            Assert.Contains(TimeSpan.FromMilliseconds(1), Time.Remaining);
            Time.Advance(TimeSpan.FromMilliseconds(1));
            await UntilAsync(counters => Attempts(counters) == attempts + 1);
        }

        public async Task UntilAsync(Func<EdgeCounters, bool> isReached)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            while (!isReached(Counters))
            {
                limit.Token.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        public async ValueTask DisposeAsync()
        {
            Task stopping = Link.StopAsync();
            while (!stopping.IsCompleted)
            {
                _inbox.Drain();
                _heartbeat.AbortAll();
                await Task.Yield();
            }

            await stopping;
            Link.Dispose();
            _listener.Dispose();
            _transport.Dispose();
            _heartbeat.Dispose();
            _inbox.Dispose();
        }

        private static long Attempts(EdgeCounters counters) => counters.LinkConnects + counters.LinkConnectFailures;
    }
}

/// <summary>The same on the transport that is not the default: links must not see a difference.</summary>
public sealed class LinkOtherTransportTests : LinkTests
{
    private protected override EdgeTransport Transport => TestTransport.Other;
}
