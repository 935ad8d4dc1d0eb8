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
        var connection = (EpollConnection)transport.Open(listener.Accept());
        if (group is { } index)
        {
            connection.ReadInTurn(index, weight: 1);
        }

        reader = new Reader(connection.Input);
        return peer;
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
