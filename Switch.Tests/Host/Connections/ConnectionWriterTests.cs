using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Connections;
using Switch.Protocol.Framing;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Connections;

public class ConnectionWriterTests
{
    private static readonly byte[] Hundred = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];

    [Fact]
    public void Append_BeforeFlush_MovesNothing()
    {
        var rig = new Rig();

        Assert.Equal(AppendResult.Taken, rig.Writer.Append(Hundred));
        Assert.Empty(rig.ReadMessages());

        rig.Writer.Flush();
        Assert.Equal([Hundred], rig.ReadMessages());
    }

    /// <summary>What was written lies with the transport, and is not needed here any more.</summary>
    [Fact]
    public void Flush_Written_LeavesNothingInTheBuffers()
    {
        var rig = new Rig();
        rig.Writer.Append(Hundred);
        rig.Writer.Flush();
        rig.Writer.Append(Hundred);
        Assert.True(HeldBytes.Of(rig.Writer).HoldAnything());

        rig.Writer.Flush();
        Assert.Equal(2, rig.ReadMessages().Count);

        Assert.False(HeldBytes.Of(rig.Writer).HoldAnything());
    }

    [Fact]
    public void Append_ManySizes_ArriveWholeAndInOrder()
    {
        var rig = new Rig(sizeMax: 1 << 20);
        var sent = new List<byte[]>();
        for (int size = 1; size < 3_000; size += 37)
        {
            byte[] message = new byte[size];
            Random.Shared.NextBytes(message);
            sent.Add(message);
            Assert.Equal(AppendResult.Taken, rig.Writer.Append(message));
            if (size % 5 == 0)
            {
                rig.Writer.Flush();
            }
        }

        rig.Writer.Flush();

        Assert.Equal(sent, rig.ReadMessages());
    }

    [Fact]
    public void Append_AtTheBound_IsRefusedAndTheRestIsKept()
    {
        var rig = new Rig(sizeMax: 5 * 102);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(AppendResult.Taken, rig.Writer.Append(Hundred));
        }

        Assert.Equal(AppendResult.Full, rig.Writer.Append([1]));
        rig.Writer.Flush();

        Assert.Equal(5, rig.ReadMessages().Count);
        Assert.Equal(AppendResult.Taken, rig.Writer.Append(Hundred));
    }

    /// <summary>A peer that reads nothing costs no more than the bound, and is noticed.</summary>
    [Fact]
    public void Append_PeerDoesNotRead_FillsToTheBoundAndStalls()
    {
        var rig = new Rig(sizeMax: 1_020, pauseAt: 1);
        rig.Writer.Append(Hundred);
        rig.Writer.Flush();
        int taken = 1;
        while (rig.Writer.Append(Hundred) == AppendResult.Taken)
        {
            rig.Writer.Flush();
            taken++;
        }

        Assert.Equal(10, taken);
        Assert.False(rig.Writer.IsStalled(rig.Clock.Ticks, TimeSpan.FromSeconds(10)));
        rig.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(rig.Writer.IsStalled(rig.Clock.Ticks, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Append_PeerReadsAgain_GoesOnWhereItStood()
    {
        var rig = new Rig(sizeMax: 4_096, pauseAt: 1);
        for (byte i = 0; i < 10; i++)
        {
            rig.Writer.Append([i]);
            rig.Writer.Flush();
        }

        var received = new List<byte[]>();
        while (received.Count < 10)
        {
            received.AddRange(rig.ReadMessages());
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => new[] { (byte)i }), received);
        Assert.False(rig.Writer.IsStalled(long.MaxValue, TimeSpan.Zero));
    }

    [Fact]
    public async Task Complete_WithFramesWaiting_WritesThemAndEnds()
    {
        var rig = new Rig();
        rig.Writer.Append(Hundred);

        rig.Writer.Complete();
        await rig.Running;

        Assert.Equal([Hundred], rig.ReadMessages());
        Assert.Equal(AppendResult.Closed, rig.Writer.Append(Hundred));
    }

    [Fact]
    public async Task Close_WithFramesWaiting_ForgetsThemAndEnds()
    {
        var rig = new Rig();
        rig.Writer.Append(Hundred);

        rig.Writer.Close();
        await rig.Running;

        Assert.Empty(rig.ReadMessages());
        Assert.False(rig.Writer.IsOpen);
    }

    [Fact]
    public async Task RunAsync_PeerHasClosed_Ends()
    {
        var rig = new Rig();
        await rig.Pipe.Reader.CompleteAsync();

        rig.Writer.Append(Hundred);
        rig.Writer.Flush();

        await rig.Running;
        Assert.Equal(AppendResult.Closed, rig.Writer.Append(Hundred));
    }

    /// <summary>The core and a session that sheds write to one connection at once: frames stay whole.</summary>
    [Fact]
    public async Task Append_TwoThreads_KeepsFramesWhole()
    {
        const int Each = 5_000;
        var rig = new Rig(sizeMax: 1 << 20, pauseAt: 64 * 1024, scheduler: PipeScheduler.ThreadPool);
        Thread[] threads =
        [
            .. Enumerable.Range(0, 2).Select(number => new Thread(() => Append(rig.Writer, (byte)number, Each))),
        ];
        Array.ForEach(threads, thread => thread.Start());

        int[] next = new int[2];
        while (next.Sum() < 2 * Each)
        {
            await rig.Pipe.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)).ContinueWith(
                read => rig.Pipe.Reader.AdvanceTo(read.Result.Buffer.Start), TaskScheduler.Default);
            foreach (byte[] message in rig.ReadMessages())
            {
                Assert.Equal(next[message[0]]++, BitConverter.ToInt32(message, 1));
            }
        }

        Array.ForEach(threads, thread => thread.Join());
    }

    [Fact]
    public void AppendAndFlush_WarmedUp_AllocateNothing()
    {
        var rig = new Rig();
        void Round()
        {
            for (int frame = 0; frame < 10; frame++)
            {
                rig.Writer.Append(Hundred);
            }

            rig.Writer.Flush();
            Assert.True(rig.Pipe.Reader.TryRead(out ReadResult read));
            rig.Pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        Assert.Equal(0, AllocationMeter.Of(Round));
    }

    private static void Append(ConnectionWriter writer, byte number, int count)
    {
        byte[] message = new byte[40];
        message[0] = number;
        for (int i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(message.AsSpan(1), i);
            while (writer.Append(message) != AppendResult.Taken)
            {
                writer.Flush();
                Thread.Yield();
            }

            writer.Flush();
        }
    }

    private sealed class Rig
    {
        public Rig(int sizeMax = 64 * 1024, int pauseAt = 1 << 20, PipeScheduler? scheduler = null)
        {
            scheduler ??= PipeScheduler.Inline;
            Pipe = new Pipe(new PipeOptions(
                readerScheduler: scheduler, writerScheduler: scheduler, pauseWriterThreshold: pauseAt,
                resumeWriterThreshold: Math.Max(pauseAt / 2, 1), useSynchronizationContext: false));
            Time = new FakeTimeProvider(WatchedTimeProvider.Begin);
            Clock = new SwitchClock(Time);
            Writer = new ConnectionWriter(EdgeParts.Len2, sizeMax, Clock);
            Running = Writer.RunAsync(Pipe.Writer);
        }

        public Pipe Pipe { get; }

        public FakeTimeProvider Time { get; }

        public SwitchClock Clock { get; }

        public ConnectionWriter Writer { get; }

        public Task Running { get; }

        public List<byte[]> ReadMessages()
        {
            var messages = new List<byte[]>();
            if (!Pipe.Reader.TryRead(out ReadResult read))
            {
                return messages;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            while (EdgeParts.Len2.TryDecode(ref buffer, 65_535, out ReadOnlySequence<byte> frame)
                == FrameStatus.Complete)
            {
                messages.Add(frame.ToArray());
            }

            Pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
            return messages;
        }
    }
}
