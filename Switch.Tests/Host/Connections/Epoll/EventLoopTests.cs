using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Switch.Host.Connections.Epoll;
using Switch.Tests.Host.Core;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections.Epoll;

public class EventLoopTests
{
    /// <summary>Turn by turn, on this thread: a flood is one read a round, and its neighbour does not wait.</summary>
    [Fact]
    public void Turn_ConnectionFloods_TakesOneReadOfItAndServesItsNeighbour()
    {
        const int Reads = 4;
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        using Socket flood = Connect(transport, out Reader flooded);
        using Socket calm = Connect(transport, out Reader served);
        loop.Turn(0);
        Assert.Equal(Reads * EventLoop.ReadMax, flood.Send(new byte[Reads * EventLoop.ReadMax]));

        for (int turn = 1; turn <= Reads; turn++)
        {
            calm.Send(new byte[10]);
            loop.Turn(0);

            Assert.Equal((turn * EventLoop.ReadMax, turn * 10), (flooded.Count, served.Count));
        }
    }

    /// <summary>Many connections of one acquirer and one of another: the other's is read within two rounds.</summary>
    [Fact]
    public void Turn_ConnectionsThatAreReadInTurn_ReadsTheCalmOneBeforeTheFloodIs()
    {
        const int Connections = 20;
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        var sockets = new List<Socket>();
        var flooded = new List<Reader>();
        for (int i = 0; i < Connections; i++)
        {
            sockets.Add(Connect(transport, out Reader reader, group: 0));
            flooded.Add(reader);
        }

        using Socket calm = Connect(transport, out Reader served, group: 1);
        loop.Turn(0);
        sockets.ForEach(static socket => socket.Send(new byte[ReadingLine<object>.RoundMax]));
        calm.Send(new byte[10]);

        loop.Turn(0);
        loop.Turn(0);

        Assert.Equal(10, served.Count);
        Assert.InRange(flooded.Count(static reader => reader.Count > 0), 1, 3);
        Assert.True(loop.HasPosted); // So it does not rest before all is read.
        for (int turn = 0; turn < Connections; turn++)
        {
            loop.Turn(0);
        }

        Assert.All(flooded, static reader => Assert.Equal(ReadingLine<object>.RoundMax, reader.Count));
        Assert.False(loop.HasPosted);
        sockets.ForEach(static socket => socket.Dispose());
    }

    /// <summary>What is left of a connection after its read waits in the line like the others.</summary>
    [Fact]
    public void Turn_MoreThanOneReadOfEachInLine_IsOneReadATurn()
    {
        const int Reads = 6;
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        using Socket first = Connect(transport, out Reader ofFirst, group: 0);
        using Socket second = Connect(transport, out Reader ofSecond, group: 0);
        loop.Turn(0);
        foreach (Socket socket in (Socket[])[first, second])
        {
            Assert.Equal(Reads * EventLoop.ReadMax, socket.Send(new byte[Reads * EventLoop.ReadMax]));
        }

        int workedOn = 0;
        loop.AfterEach = () => workedOn = ofFirst.Count + ofSecond.Count;
        for (int turn = 1; turn <= 2 * Reads; turn++)
        {
            loop.Turn(0);

            Assert.Equal(turn * EventLoop.ReadMax, ofFirst.Count + ofSecond.Count);
            Assert.Equal(turn * EventLoop.ReadMax, workedOn);
            Assert.InRange(ofFirst.Count - ofSecond.Count, -EventLoop.ReadMax, EventLoop.ReadMax);
        }
    }

    /// <summary>Each packet of a peer is an event; more places in line would take others' turns, and memory.</summary>
    [Fact]
    public void Turn_MoreComesForOneThatWaitsInLine_StandsThereOnce()
    {
        const int Connections = 5;
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        Socket[] sockets =
            [.. Enumerable.Range(0, Connections).Select(_ => Connect(transport, out Reader _, group: 0))];
        loop.Turn(0);
        Array.ForEach(sockets, static socket => socket.Send(new byte[ReadingLine<object>.RoundMax]));

        for (int turn = 1; turn < Connections; turn++)
        {
            sockets[^1].Send(new byte[10]);
            loop.Turn(0);

            Assert.Equal(Connections - turn, loop.Reading.Count);
        }

        Array.ForEach(sockets, static socket => socket.Dispose());
    }

    /// <summary>Its last bytes are read at once: when its end is told, they would be too late.</summary>
    [Fact]
    public void Turn_OneInLineSendsItsLastBytesAndEnds_ReadsThemBeforeItsTurn()
    {
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        using Socket flood = Connect(transport, out Reader _, group: 0);
        using Socket ending = Connect(transport, out Reader served, group: 0);
        loop.Turn(0);
        flood.Send(new byte[ReadingLine<object>.RoundMax]);
        ending.Send(new byte[10]);
        ending.Shutdown(SocketShutdown.Send);

        loop.Turn(0);

        Assert.Equal(10, served.Count);
    }

    /// <summary>A defect in what one connection's bytes lead to ends that connection and no other.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public void Turn_OneConnectionHasADefect_EndsItAndServesItsNeighbour(int? group)
    {
        using var transport = new EpollTransport(reactors: 0);
        EventLoop loop = transport.CoreLoop!;
        loop.Begin();
        using Socket defective = Connect(transport, out EpollConnection broken, group);
        using Socket calm = Connect(transport, out Reader served, group);
        WhenRead(broken.Input, static () => throw new NotSupportedException("planted"));
        loop.Turn(0);
        byte[] buffer = loop.Buffer;
        defective.Send([1, 2, 3]);
        calm.Send(new byte[10]);

        loop.Turn(0);

        Assert.Equal(10, served.Count);
        Assert.True(broken.IsClosed);
        Assert.False(loop.HasPosted);

        // What it has received is still its own, and no other connection is read into it.
        Assert.NotSame(buffer, loop.Buffer);
        Assert.DoesNotContain(loop.Buffer, static value => value != 0);
    }

    [Fact]
    public void Turn_RungBefore_DoesNotWait()
    {
        using var loop = new EventLoop();
        loop.Begin();
        loop.Ring();

        loop.Turn(Timeout.Infinite);

        Assert.Equal(1, loop.Rounds);
    }

    [Fact]
    public void Pause_RungMeanwhile_Ends()
    {
        using var loop = new EventLoop();
        loop.Begin();
        using var isStarted = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            isStarted.Set();
            loop.Ring();
        });
        other.Start();
        isStarted.Wait();

        loop.Pause(TimeSpan.FromHours(1));

        other.Join();
    }

    [Fact]
    public void Pause_NothingComes_EndsWithItsTime()
    {
        using var loop = new EventLoop();
        loop.Begin();
        long before = Environment.TickCount64;

        loop.Pause(TimeSpan.FromMilliseconds(20));

        Assert.InRange(Environment.TickCount64 - before, 10, 30_000);
    }

    /// <summary>Planted: one of two loops stands still. Together they have not gone round until it has.</summary>
    [Fact]
    public async Task CommonRounds_OneLoopStandsStill_DoNotGrow()
    {
        using var transport = new EpollTransport(reactors: 2);
        long core = 0;
        await Rig.UntilAsync(() => transport.CommonRounds(++core) > 1);
        using var blocker = new Blocker();
        transport.Loops[1].Post(blocker);
        await blocker.Entered.WaitAsync(Rig.Patience);
        long stood = transport.CommonRounds(++core);
        long other = transport.Loops[0].Rounds;
        await Rig.UntilAsync(() =>
        {
            stood = Math.Max(stood, transport.CommonRounds(++core));
            return transport.Loops[0].Rounds > other + 2;
        });

        Assert.Equal(stood, transport.CommonRounds(++core));
        blocker.Release();
        await Rig.UntilAsync(() => transport.CommonRounds(++core) > stood);
    }

    [Fact]
    public async Task CommonRounds_CoreStandsStill_DoNotGrow()
    {
        using var transport = new EpollTransport(reactors: 1);
        long core = 0;
        await Rig.UntilAsync(() => transport.CommonRounds(++core) > 1);
        long before = transport.CommonRounds(core);
        long rounds = transport.Loops[0].Rounds;

        await Rig.UntilAsync(() => transport.CommonRounds(core) >= before && transport.Loops[0].Rounds > rounds + 2);

        Assert.Equal(before, transport.CommonRounds(core));
    }

    private static Socket Connect(EpollTransport transport, out Reader reader, int? group = null)
    {
        Socket peer = Connect(transport, out EpollConnection connection, group);
        reader = new Reader(connection.Input);
        return peer;
    }

    private static Socket Connect(EpollTransport transport, out EpollConnection connection, int? group)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveBufferSize = 1 << 20, // Accepted sockets have it too.
        };
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true, SendBufferSize = 1 << 20,
        };
        peer.Connect(listener.LocalEndPoint!);
        connection = (EpollConnection)transport.Open(listener.Accept());
        if (group is { } index)
        {
            connection.ReadInTurn(index, weight: 1);
        }

        return peer;
    }

    // Where its bytes come: what a method that awaits throws would not come out there.
    private static void WhenRead(PipeReader input, Action action)
    {
#pragma warning disable CA2012 // The result is not taken: the action throws.
        input.ReadAsync().ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(action);
#pragma warning restore CA2012
    }

    /// <summary>Takes all that comes, where it comes.</summary>
    private sealed class Reader
    {
        public Reader(PipeReader input) => _ = TakeAsync(input);

        public int Count { get; private set; }

        private async Task TakeAsync(PipeReader input)
        {
            try
            {
                while (true)
                {
                    ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                    Count += (int)read.Buffer.Length;
                    input.AdvanceTo(read.Buffer.End);
                }
            }
            catch (Exception ended) when (ended is InvalidOperationException or IOException)
            {
                // The transport was disposed of.
            }
        }
    }
}
