using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections.Epoll;

public class EpollConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Read_BytesThatComeInPieces_GivesAllInOrder()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        byte[] sent = Bytes(300_000);
        Task sending = pair.Peer.SendAsync(sent);

        var read = new List<byte>();
        foreach (int count in (int[])[1, 7, 60_000, 39_992, 120_000, 80_000])
        {
            read.AddRange(await pair.ReadAsync(count));
        }

        await sending;
        Assert.Equal(sent, read);
    }

    /// <summary>The last request and the end come in one packet: both are seen.</summary>
    [Fact]
    public async Task Read_PeerClosesItsHalf_EndsAndWritingGoesOn()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        await pair.Peer.SendAsync(Bytes(10));
        pair.Peer.Shutdown(SocketShutdown.Send);

        Assert.Equal(Bytes(10), await pair.ReadAsync(11));
        ReadResult end = await pair.Input.ReadAsync().AsTask().WaitAsync(Limit);
        Assert.True(end.IsCompleted && end.Buffer.IsEmpty);
        Assert.False((await pair.Output.WriteAsync(Bytes(20))).IsCompleted);

        Assert.Equal(Bytes(20), await pair.ReceiveAsync(20));
    }

    [Fact]
    public async Task ConnectionClosed_PeerEndsWhileNothingIsRead_IsTold()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        var told = new TaskCompletionSource();
        await using CancellationTokenRegistration registration =
            pair.Connection.ConnectionClosed.Register(told.SetResult);

        pair.Peer.Shutdown(SocketShutdown.Send);

        await told.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task Read_PeerResets_Throws()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<ReadResult> reading = pair.Input.ReadAsync().AsTask();

        Reset(pair.Peer);

        await Assert.ThrowsAsync<ConnectionResetException>(() => reading.WaitAsync(Limit));
    }

    [Fact]
    public async Task Write_PeerWasReset_ThrowsAndNoSignalEndsTheProcess()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<ReadResult> reading = pair.Input.ReadAsync().AsTask();
        Reset(pair.Peer);
        await Assert.ThrowsAsync<ConnectionResetException>(() => reading.WaitAsync(Limit));

        await Assert.ThrowsAsync<ConnectionResetException>(() => pair.Output.WriteAsync(Bytes(1)).AsTask());
    }

    [Fact]
    public async Task Write_PeerDoesNotRead_WaitsAndThenAllArrives()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        byte[] sent = Bytes(16 * 1024 * 1024);

        Task<FlushResult> writing = pair.Output.WriteAsync(sent).AsTask();

        Assert.False(writing.IsCompleted);
        Assert.Equal(sent, await pair.ReceiveAsync(sent.Length));
        Assert.False((await writing.WaitAsync(Limit)).IsCompleted);
    }

    [Fact]
    public async Task Abort_WhileReadAndWriteWait_EndsBothAndThePeer()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<ReadResult> reading = pair.Input.ReadAsync().AsTask();
        Task<FlushResult> writing = pair.Output.WriteAsync(Bytes(16 * 1024 * 1024)).AsTask();

        pair.Connection.Abort(new ConnectionAbortedException("enough"));

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading.WaitAsync(Limit));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => writing.WaitAsync(Limit));
        Assert.True((await pair.ReceiveAsync(16 * 1024 * 1024)).Length < 16 * 1024 * 1024);
        await Assert.ThrowsAsync<ConnectionAbortedException>(async () => await pair.Input.ReadAsync());
        await Assert.ThrowsAsync<ConnectionAbortedException>(async () => await pair.Output.WriteAsync(Bytes(1)));
    }

    [Fact]
    public async Task CancelPendingRead_WhileItWaits_EndsThatReadOnly()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<ReadResult> reading = pair.Input.ReadAsync().AsTask();

        pair.Input.CancelPendingRead();

        ReadResult cancelled = await reading.WaitAsync(Limit);
        Assert.True(cancelled.IsCanceled);
        pair.Input.AdvanceTo(cancelled.Buffer.Start);
        await pair.Peer.SendAsync(Bytes(5));
        Assert.Equal(Bytes(5), await pair.ReadAsync(5));
    }

    [Fact]
    public async Task Read_TokenCancelled_ThrowsAndLosesNothing()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        using var stop = new CancellationTokenSource();
        Task<ReadResult> reading = pair.Input.ReadAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(Limit));
        await pair.Peer.SendAsync(Bytes(5));
        Assert.Equal(Bytes(5), await pair.ReadAsync(5));
    }

    /// <summary>Closed with bytes in its queue, the kernel would reset, and the last answer might be lost.</summary>
    [Fact]
    public async Task Complete_PeerSentMoreThanWasRead_PeerGetsAllAndAnEnd()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        await pair.Peer.SendAsync(Bytes(100_000));
        await pair.ReadAsync(10);

        await pair.Output.WriteAsync(Bytes(20));
        await pair.Output.CompleteAsync();
        await pair.Input.CompleteAsync();

        Assert.Equal(Bytes(20), await pair.ReceiveAsync(1_000));
    }

    /// <summary>As TLS does it.</summary>
    [Fact]
    public async Task Flush_BytesPutIntoItsMemory_Arrive()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        byte[] sent = Bytes(10_000);
        sent.AsSpan(0, 3_000).CopyTo(pair.Output.GetSpan(3_000));
        pair.Output.Advance(3_000);
        sent.AsSpan(3_000, 4_000).CopyTo(pair.Output.GetSpan(4_000));
        pair.Output.Advance(4_000);
        Assert.Equal(7_000, pair.Output.UnflushedBytes);

        await pair.Output.WriteAsync(sent.AsMemory(7_000));

        Assert.Equal(0, pair.Output.UnflushedBytes);
        Assert.Equal(sent, await pair.ReceiveAsync(sent.Length));
    }

    /// <summary>Card data: nothing of it stays in the loop's buffer, whether consumed or kept for later.</summary>
    [Fact]
    public async Task AdvanceTo_ConsumedOrKept_BufferIsZero()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task consuming = ConsumeInPlaceAsync(pair, 400);
        await pair.Peer.SendAsync(Bytes(1_000));
        await consuming.WaitAsync(Limit);

        pair.Input.CancelPendingRead();
        ReadResult read = await pair.Input.ReadAsync();
        ReadOnlyMemory<byte> kept = read.Buffer.First;
        Assert.Equal(Bytes(1_000)[400..], kept.ToArray());
        pair.Input.AdvanceTo(read.Buffer.End);
        Assert.DoesNotContain(kept.ToArray(), static value => value != 0);
    }

    /// <summary>Who does not consume in place keeps the buffer, and the next connection reads into another.</summary>
    [Fact]
    public async Task Read_BufferIsHeld_NeighbourDoesNotOverwriteIt()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        (Socket otherPeer, EpollConnection other) = await EpollPair.ConnectAsync(pair.Transport);
        using Socket _ = otherPeer;
        await pair.Peer.SendAsync(Bytes(1_000));
        ReadResult held = await pair.Input.ReadAsync().AsTask().WaitAsync(Limit);

        await otherPeer.SendAsync(new byte[1_000]);
        ReadResult read = await other.Input.ReadAsync().AsTask().WaitAsync(Limit);
        other.Input.AdvanceTo(read.Buffer.End);

        Assert.Equal(Bytes((int)held.Buffer.Length), held.Buffer.ToArray());
        pair.Input.AdvanceTo(held.Buffer.End);
        other.Abort();
    }

    [Fact]
    public async Task AdvanceTo_MoreLeftThanMayBe_Throws()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task sending = pair.Peer.SendAsync(Bytes(1_000_000));

        await Assert.ThrowsAsync<InvalidOperationException>(() => pair.ReadAsync(1_000_000));

        pair.Connection.Abort();
        await Task.WhenAny(sending).WaitAsync(Limit); // What the kernel took of it is no matter.
    }

    /// <summary>A peer that never stops sending holds the loop for a few reads, not for good.</summary>
    [Fact]
    public async Task Read_NeighbourFloods_IsServedAllTheSame()
    {
        using EpollPair flood = await EpollPair.CreateAsync();
        (Socket peer, EpollConnection connection) = await EpollPair.ConnectAsync(flood.Transport);
        using Socket _ = peer;
        using var stop = new CancellationTokenSource();
        var sender = new Thread(() => FloodUntil(flood.Peer, stop.Token)) { IsBackground = true };
        sender.Start();
        Task discarding = DiscardAsync(flood.Input);

        for (int round = 0; round < 100; round++)
        {
            await peer.SendAsync(Bytes(10));
            ReadResult read = await connection.Input.ReadAsync().AsTask().WaitAsync(Limit);
            connection.Input.AdvanceTo(read.Buffer.End);
        }

        await stop.CancelAsync();
        await Task.Run(sender.Join); // Not here: this may be the loop's thread, which the sender waits for.
        flood.Connection.Abort();
        await discarding.WaitAsync(Limit);
        connection.Abort();
    }

    [Fact]
    public async Task ReadAndWrite_Warm_AllocateNothing()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<long> allocated = EchoAsync(pair, warmUp: 2_000, block: 1_000, blocks: 5);
        byte[] message = Bytes(200);
        byte[] answer = new byte[200];
        for (int i = 0; i < 7_001; i++)
        {
            pair.Peer.Send(message);
            for (int received = 0; received < answer.Length;)
            {
                int count = pair.Peer.Receive(answer.AsSpan(received));
                Assert.NotEqual(0, count);
                received += count;
            }
        }

        Assert.Equal(message, answer);
        Assert.Equal(0, await allocated.WaitAsync(Limit));
    }

    [Fact]
    public async Task Connections_Ended_GiveTheirDescriptorsBack()
    {
        const int Count = 100;
        using var transport = new EpollTransport(reactors: 2);
        var all = new List<(Socket Peer, EpollConnection Connection)>();
        for (int i = 0; i < Count; i++)
        {
            all.Add(await EpollPair.ConnectAsync(transport));
        }

        HashSet<string> sockets = [.. all.Select(one => LinkOf(one.Connection.File)!)];
        Assert.Equal(Count, sockets.Count);
        Assert.Equal(Count, transport.Loops.Sum(loop => loop.Watched));
        for (int i = 0; i < Count; i++)
        {
            (Socket peer, EpollConnection connection) = all[i];
            switch (i % 4)
            {
                case 0:
                    connection.Abort();
                    break;
                case 1:
                    await connection.Output.CompleteAsync();
                    break;
                case 2:
                    Reset(peer);
                    await Assert.ThrowsAsync<ConnectionResetException>(
                        () => connection.Input.ReadAsync().AsTask().WaitAsync(Limit));
                    await connection.DisposeAsync();
                    break;
                default:
                    await connection.DisposeAsync();
                    break;
            }
        }

        Assert.Equal(0, transport.Loops.Sum(loop => loop.Watched));
        Assert.DoesNotContain(
            Directory.EnumerateFiles("/proc/self/fd"), file => LinkOf(file) is { } link && sockets.Contains(link));
        all.ForEach(one => one.Peer.Dispose());
    }

    [Fact]
    public async Task Dispose_OfTheTransport_EndsWhatIsOpen()
    {
        using EpollPair pair = await EpollPair.CreateAsync();
        Task<ReadResult> reading = pair.Input.ReadAsync().AsTask();

        pair.Transport.Dispose();

        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => reading.WaitAsync(Limit));
        Assert.Empty(await pair.ReceiveAsync(1));
        Assert.Throws<IOException>(() => pair.Transport.Open(
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)));
    }

    // On the loop's thread, as a session continues.
    private static async Task ConsumeInPlaceAsync(EpollPair pair, int count)
    {
        ReadResult read = await pair.Input.ReadAsync().ConfigureAwait(false);
        Assert.True(pair.Loop.IsOwnThread);
        byte[] buffer = pair.Loop.Buffer;
        Assert.Contains(buffer, static value => value != 0);
        pair.Input.AdvanceTo(read.Buffer.GetPosition(count), read.Buffer.End);
        Assert.DoesNotContain(buffer, static value => value != 0);
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i % 251) + 1))];

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static string? LinkOf(int file) => LinkOf($"/proc/self/fd/{file}");

    private static string? LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed by another test meanwhile.
        }
    }

    private static void FloodUntil(Socket peer, CancellationToken stop)
    {
        byte[] bytes = new byte[64 * 1024];
        while (!stop.IsCancellationRequested)
        {
            peer.Send(bytes);
        }
    }

    private static async Task DiscardAsync(PipeReader input)
    {
        try
        {
            while (true)
            {
                ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                input.AdvanceTo(read.Buffer.End);
            }
        }
        catch (ConnectionAbortedException)
        {
            // As it should be.
        }
    }

    // On the loop's thread: what it allocates is what is measured.
    private static async Task<long> EchoAsync(EpollPair pair, int warmUp, int block, int blocks)
    {
        byte[] answer = new byte[200];
        var meter = new AllocationMeter();
        for (int i = 0; i <= warmUp + (block * blocks); i++)
        {
            ReadResult read = await pair.Input.ReadAsync().ConfigureAwait(false);
            Assert.True(pair.Loop.IsOwnThread || i == 0);
            int round = i - warmUp;
            if (round >= 0 && round % block == 0)
            {
                if (round > 0)
                {
                    meter.End();
                }

                meter.Begin();
            }

            read.Buffer.CopyTo(answer);
            pair.Input.AdvanceTo(read.Buffer.End);
            await pair.Output.WriteAsync(answer).ConfigureAwait(false);
        }

        return meter.Least;
    }
}
