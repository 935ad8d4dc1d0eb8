using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Routing.Effects;
using Switch.Routing.Outbox;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

public class OutboxTests
{
    [Fact]
    public void SendToSession_BeforeItsPositionIsDurable_Waits()
    {
        var rig = new Rig();

        Assert.False(rig.Send(1, afterLsn: 5).IsNone);
        rig.Release(4);
        Assert.Empty(rig.Received());

        rig.Release(5);
        Assert.Equal([1], rig.Received());
    }

    [Fact]
    public void SendToSession_PositionDurableAlready_GoesOutWithTheBatch()
    {
        var rig = new Rig();
        rig.Release(5);

        SendTicket ticket = rig.Send(1, afterLsn: 5);
        rig.Outbox.Flush();

        Assert.Equal([1], rig.Received());
        Assert.False(ticket.IsNone);
        Assert.False(rig.Outbox.TryCancel(ticket));
    }

    [Fact]
    public void SendToSession_PositionZero_OvertakesWhatWaits()
    {
        var rig = new Rig();
        rig.Send(1, afterLsn: 1);

        rig.Send(2, afterLsn: 0);
        rig.Outbox.Flush();
        Assert.Equal([2], rig.Received());

        rig.Release(1);
        Assert.Equal([1], rig.Received());
    }

    [Fact]
    public void Release_Several_GoInTheOrderTheyWereMade()
    {
        var rig = new Rig();
        rig.Send(1, afterLsn: 3);
        rig.Send(2, afterLsn: 2);
        rig.Send(3, afterLsn: 4);

        rig.Release(3);
        Assert.Equal([1, 2], rig.Received());
        rig.Release(4);
        Assert.Equal([3], rig.Received());
    }

    [Fact]
    public void TryCancel_Waiting_HappensOnceAndForGood()
    {
        var rig = new Rig();
        SendTicket first = rig.Send(1, afterLsn: 1);
        rig.Send(2, afterLsn: 1);

        Assert.True(rig.Outbox.TryCancel(first));
        Assert.False(rig.Outbox.TryCancel(first));
        rig.Release(1);

        Assert.Equal([2], rig.Received());
        Assert.False(rig.Outbox.TryCancel(first));
        Assert.False(rig.Outbox.Gate.TryTakeFailed(out _));
    }

    [Fact]
    public void TryCancel_Released_IsRefused()
    {
        var rig = new Rig();
        SendTicket ticket = rig.Send(1, afterLsn: 1);
        rig.Release(1);

        Assert.False(rig.Outbox.TryCancel(ticket));
        Assert.False(rig.Outbox.TryCancel(SendTicket.None));
    }

    [Fact]
    public void SendToSession_Unknown_IsSurelyNotSent()
    {
        var rig = new Rig();

        Assert.True(rig.Outbox.SendToSession(99, [1], 0, 0).IsNone);
        Assert.True(rig.Outbox.SendToSession(99, [1], 7, 0).IsNone);
        Assert.True(rig.Outbox.SendToLink(0, [1], 0, 0).IsNone);
        Assert.Equal(3, rig.Meters.Read().SendsRefused);
    }

    [Fact]
    public async Task SendToSession_SessionHasEnded_IsSurelyNotSent()
    {
        var rig = new Rig();
        rig.Connection.CloseGently(EndCause.Stopping);
        await rig.Connection.Running;

        Assert.True(rig.Send(1, afterLsn: 9).IsNone);
    }

    [Fact]
    public async Task Release_SessionEndedMeanwhile_ReportsTheTagsInOrder()
    {
        var rig = new Rig();
        rig.Send(1, afterLsn: 1, tag: 71);
        rig.Send(2, afterLsn: 1, tag: 72);
        SendTicket third = rig.Send(3, afterLsn: 1, tag: 73);
        rig.Outbox.TryCancel(third);
        rig.Connection.Abort(EndCause.Stopping);
        await rig.Connection.Running;

        rig.Release(1);

        Assert.True(rig.Outbox.Gate.TryTakeFailed(out long first));
        Assert.True(rig.Outbox.Gate.TryTakeFailed(out long second));
        Assert.False(rig.Outbox.Gate.TryTakeFailed(out _));
        Assert.Equal((71, 72), (first, second));
        Assert.Equal(0, rig.Outbox.Gate.Waiting);
    }

    [Fact]
    public void Release_BufferFull_ReportsAndTellsTheConnection()
    {
        var rig = new Rig(writeBufferMax: 20);
        rig.Send(1, afterLsn: 1, tag: 71, size: 16);
        rig.Send(2, afterLsn: 1, tag: 72, size: 16);

        rig.Release(1);

        Assert.True(rig.Outbox.Gate.TryTakeFailed(out long tag));
        Assert.Equal(72, tag);
        Assert.Equal(1, rig.Connection.FullCount);
    }

    [Fact]
    public void Send_AtEitherBoundOfWhatMayWait_IsRefused()
    {
        var byEntries = new Rig(new SendLimits { EntriesMax = 4, ChunksMax = 4, ChunkSize = 1_024 });
        var byBytes = new Rig(new SendLimits { EntriesMax = 64, ChunksMax = 2, ChunkSize = 1_000 });

        Assert.Equal(4, byEntries.SendUntilRefused(size: 10));
        Assert.Equal(4, byBytes.SendUntilRefused(size: 400));

        byEntries.Release(1);
        byBytes.Release(1);
        Assert.Equal(4, byEntries.SendUntilRefused(size: 10));
        Assert.Equal(4, byBytes.SendUntilRefused(size: 400));
    }

    [Fact]
    public async Task CloseSession_AfterASend_WritesItFirst()
    {
        var rig = new Rig();
        rig.Send(1, afterLsn: 0);

        rig.Outbox.CloseSession(1, CloseReason.Malformed);

        Assert.Equal([1], rig.Received());
        Assert.Equal(CloseReason.Malformed, rig.Connection.ClosedFor);
        await rig.Connection.Running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>The outbox against the simplest thing that could be right, over random sequences.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomCalls_AgreeWithAList(int seed)
    {
        var random = new Random(seed);
        var rig = new Rig(new SendLimits { EntriesMax = 32, ChunksMax = 3, ChunkSize = 256 });
        var model = new List<(int Number, long Lsn, SendTicket Ticket)>();
        long durable = 0;
        long last = 0;
        for (int step = 1; step < 5_000; step++)
        {
            switch (random.Next(4))
            {
                case 0 or 1:
                    last += random.Next(2);
                    SendTicket ticket = rig.Send(step, Math.Max(last, durable + 1), size: random.Next(4, 100));
                    if (!ticket.IsNone)
                    {
                        model.Add((step, Math.Max(last, durable + 1), ticket));
                    }

                    break;
                case 2 when model.Count > 0:
                    int index = random.Next(model.Count);
                    Assert.True(rig.Outbox.TryCancel(model[index].Ticket));
                    model.RemoveAt(index);
                    break;
                default:
                    durable = Math.Max(durable, last - random.Next(3));
                    rig.Release(durable);
                    int count = model.TakeWhile(send => send.Lsn <= durable).Count();
                    Assert.Equal(model.Take(count).Select(send => send.Number), rig.Received());
                    model.RemoveRange(0, count);
                    break;
            }
        }
    }

    [Fact]
    public void SendReleaseFlush_WarmedUp_AllocateNothing()
    {
        var rig = new Rig();
        byte[] message = new byte[300];
        long sent = 0;
        int i = 0;
        void Round()
        {
            i++;
            for (int send = 0; send < 10; send++)
            {
                SendTicket ticket = rig.Outbox.SendToSession(1, message, i, send);
                if (send % 5 == 0)
                {
                    rig.Outbox.TryCancel(ticket);
                }
            }

            rig.Outbox.Gate.Release(i);
            rig.Outbox.Flush();
            sent += rig.Transport.Discard();
        }

        Assert.Equal(0, AllocationMeter.Of(Round));
        Assert.Equal(i * 8 * 302, sent);
    }

    private sealed class Rig
    {
        public Rig(SendLimits? limits = null, int writeBufferMax = 64 * 1024)
        {
            SwitchClock clock = EdgeParts.Clock(out _);
            Outbox = new Outbox(
                new MessagePool(16, 512), Meters, EdgeParts.Incidents(Meters, clock), links: 1,
                limits ?? new SendLimits());
            Outbox.Attach(new FakeJournal());
            Connection = new MemoryConnection(
                1, Transport, new ConnectionLimits { FrameSizeMax = 512, WriteBufferMax = writeBufferMax }, Meters,
                clock);
            Outbox.AddSession(Connection);
        }

        public EdgeMeters Meters { get; } = new();

        public MemoryTransport Transport { get; } = new();

        public MemoryConnection Connection { get; }

        public Outbox Outbox { get; }

        public SendTicket Send(int number, long afterLsn, long tag = 0, int size = 4)
        {
            byte[] message = new byte[size];
            BitConverter.TryWriteBytes(message, number);
            return Outbox.SendToSession(1, message, afterLsn, tag);
        }

        public int SendUntilRefused(int size)
        {
            int count = 0;
            while (!Send(count, afterLsn: 1_000, size: size).IsNone)
            {
                count++;
            }

            Outbox.Gate.Release(1_000);
            Outbox.Gate.Release(0);
            return count;
        }

        public void Release(long lsn)
        {
            Outbox.Gate.Release(lsn);
            Outbox.Flush();
        }

        public List<int> Received() => [.. Transport.ReadMessages().Select(message => BitConverter.ToInt32(message))];
    }
}
