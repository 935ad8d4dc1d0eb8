using Switch.Host.Acquirers;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Journal;
using Switch.Routing.Outbox;
using Switch.Routing.Settings;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Acquirers;

/// <summary>
/// The whole way of a message through the edge on one thread, so that the whole of it can be measured.
/// </summary>
public class SteadyStateTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task SessionToInboxToOutboxToSocket_WarmedUp_AllocatesNothing(int messagesPerRead)
    {
        SwitchClock clock = EdgeParts.Clock(out _);
        var meters = new EdgeMeters();
        using var inbox = new Inbox(1_024, 128);
        using var heartbeat = new Heartbeat(clock);
        var pool = new MessagePool(256, 4_096);
        var journal = new FakeJournal();
        var outbox = new Outbox(pool, meters, EdgeParts.Incidents(meters, clock), links: 0, new SendLimits());
        outbox.Attach(journal);
        var shared = new EdgeShared(inbox, pool, meters, clock, heartbeat);
        var listener = new AcquirerListener(
            0, new AcquirerOptions { Name = "acq-a" },
            new AcquirerSettings { Name = "acq-a", Dialect = EdgeParts.Ascii }, new LimitOptions(), EdgeParts.Len2,
            new CardStamps(new CardTokenizer(new byte[32])), new SessionIds(), shared, new ListLoggerFactory());
        using var transport = new Ended(new MemoryTransport());
        var session = new Session(1, listener, transport.Inner, shared);
        Task running = session.RunAsync();
        inbox.Drain();
        outbox.AddSession(session);

        byte[] read = [.. Enumerable.Repeat(EdgeParts.Frame(100, 7), messagesPerRead).SelectMany(frame => frame)];
        byte[] answer = EdgeParts.Message(110, 7);
        long sent = 0;
        var warm = new AllocationMeter();
        for (int round = 0; round < 3_000; round++)
        {
            if (round >= 2_000 && round % 200 == 0)
            {
                warm.Begin();
            }

            read.CopyTo(transport.Inner.ToSwitch.GetMemory(read.Length));
            transport.Inner.ToSwitch.Advance(read.Length);
            await transport.Inner.ToSwitch.FlushAsync();
            foreach (ref InboxEvent item in inbox.Drain())
            {
                Answer(outbox, in item, answer);
            }

            journal.DurableLsn = journal.LastLsn;
            outbox.Gate.Release(journal.DurableLsn);
            outbox.Flush();
            sent += transport.Inner.Discard();
            if (round >= 2_000 && round % 200 == 199)
            {
                warm.End();
            }
        }

        session.CloseGently(EndCause.Stopping);
        await running.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, warm.Least);
        Assert.Equal(3_000L * messagesPerRead * (answer.Length + 2), sent);
        Assert.Equal(0, pool.Lent);
    }

    private static void Answer(Outbox outbox, in InboxEvent item, byte[] answer)
    {
        Message message = item.Message!;
        long lsn = outbox.Append(RecordType.Decision, message.Raw(Field.Stan), message.Raw(Field.Pan));
        outbox.SendToSession(item.Id, answer, lsn, tag: 0);
        outbox.Return(message);
    }

    /// <summary>Lets the way out be read to its end.</summary>
    private sealed record Ended(MemoryTransport Inner) : IDisposable
    {
        public void Dispose() => Inner.FromSwitch.Complete();
    }
}
