using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Core;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Operations;
using Switch.Routing.Outbox;
using Switch.Routing.Records;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

public class CoreThreadTests
{
    [Fact]
    public void RunOnce_RequestWithoutARoute_IsAnsweredOnceDurable()
    {
        var rig = new Rig();
        rig.Open();

        rig.Push(EdgeParts.Message(100, 7));
        rig.Thread.RunOnce();
        rig.Journal.DurableLsn = rig.Journal.LastLsn;
        rig.Thread.RunOnce();

        Assert.StartsWith("0110 000007 9", EdgeParts.Describe(Assert.Single(rig.Transport.ReadMessages())));
        Assert.Equal(0, rig.Pool.Lent);
        Assert.Equal(1, rig.Thread.Counters.Requests);
    }

    [Fact]
    public void RunOnce_EchoTest_IsAnsweredAtOnce()
    {
        var rig = new Rig();
        rig.Open();

        rig.Push(EdgeParts.Echo(9));
        rig.Thread.RunOnce();

        Assert.Equal("0810 000009 00", EdgeParts.Describe(Assert.Single(rig.Transport.ReadMessages())));
    }

    [Fact]
    public void RunOnce_JournalFull_HoldsRequestsOffAndNothingElse()
    {
        var rig = new Rig();

        rig.Journal.HasRoom = false;
        rig.Thread.RunOnce();
        Assert.False(rig.Inbox.IsAdmitting);

        rig.Journal.HasRoom = true;
        rig.Thread.RunOnce();
        Assert.True(rig.Inbox.IsAdmitting);
    }

    [Fact]
    public void RunOnce_JournalFailed_IsToldOnceAndApprovesNothing()
    {
        var rig = new Rig();
        rig.Open();
        rig.Journal.HasFailed = true;

        rig.Thread.RunOnce();
        rig.Push(EdgeParts.Message(100, 7));
        rig.Thread.RunOnce();

        Assert.True(rig.Thread.JournalFailed.IsCompleted);
        Assert.False(rig.Inbox.IsAdmitting);
        Assert.Equal("0110 000007 96", EdgeParts.Describe(Assert.Single(rig.Transport.ReadMessages())));
    }

    [Fact]
    public async Task RunOnce_Command_EndsOnceItIsDurable()
    {
        var rig = new Rig();
        PendingCommand pending = Force();

        rig.Inbox.Push(new InboxEvent { Kind = InboxKind.Command, Rare = pending });
        rig.Thread.RunOnce();
        Assert.False(pending.Completion.IsCompleted);
        rig.Journal.DurableLsn = rig.Journal.LastLsn;
        rig.Thread.RunOnce();

        Assert.Equal(CoreCommandOutcome.Done, (await pending.Completion).Outcome);
    }

    [Fact]
    public async Task RunOnce_CommandThatCannotBeDurable_IsUnavailable()
    {
        var rig = new Rig();
        PendingCommand pending = Force();

        rig.Inbox.Push(new InboxEvent { Kind = InboxKind.Command, Rare = pending });
        rig.Thread.RunOnce();
        rig.Journal.HasFailed = true;
        rig.Thread.RunOnce();

        Assert.Equal(CoreCommandOutcome.Unavailable, (await pending.Completion).Outcome);
    }

    /// <summary>
    /// A defect must not be survived by guessing: the thread ends, and the next start recovers.
    /// </summary>
    [Fact]
    public async Task Run_Defect_EndsTheThreadAndClosesTheInbox()
    {
        var rig = new Rig();
        rig.Thread.Start();

        rig.Inbox.Push(new InboxEvent { Kind = InboxKind.None });

        await Assert.ThrowsAsync<UnreachableException>(() => rig.Thread.Ended.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.False(rig.Inbox.Push(new InboxEvent { Kind = InboxKind.SessionClosed }));
        Assert.Equal(1, rig.Logs.CountOf(3104));
    }

    [Fact]
    public async Task Run_ShutdownWithNothingPending_DrainsAndStops()
    {
        var rig = new Rig(TimeProvider.System);
        rig.Thread.Start();

        rig.Inbox.Push(new InboxEvent { Kind = InboxKind.BeginShutdown });
        await rig.Thread.Drained.WaitAsync(TimeSpan.FromSeconds(20));
        rig.Thread.Stop();

        await rig.Thread.Ended.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>More than a slice at once: all of it is worked on, in order.</summary>
    [Fact]
    public void RunOnce_ManySlices_AnswersAllInOrder()
    {
        var rig = new Rig();
        rig.Open();
        for (int stan = 1; stan <= 1_500; stan++)
        {
            rig.Push(EdgeParts.Echo(stan));
        }

        while (rig.Thread.RunOnce() > 0)
        {
        }

        Assert.Equal(
            Enumerable.Range(1, 1_500).Select(stan => $"0810 {stan:D6} 00"),
            rig.Transport.ReadMessages().Select(message => EdgeParts.Describe(message)));
    }

    private static PendingCommand Force() =>
        new(new CoreCommand { Kind = CoreCommandKind.ForceStandIn, Who = "sato", Why = "drill" });

    private sealed class Rig
    {
        private readonly MemoryConnection _connection;

        public Rig(TimeProvider? time = null)
        {
            var clock = new SwitchClock(time ?? new FakeTimeProvider(WatchedTimeProvider.Begin));
            var meters = new EdgeMeters();
            var outbox = new Outbox(
                Pool, meters, EdgeParts.Incidents(meters, clock), links: 0, new SendLimits());
            outbox.Attach(Journal);
            var core = new AuthorizationCore(
                new CoreConfiguration
                {
                    Node = "test",
                    Acquirers = [new AcquirerSettings { Name = "acq-a", Dialect = EdgeParts.Ascii }],
                    Issuers = [new IssuerSettings { Name = "iss-a", Dialect = EdgeParts.Ascii, Links = [] }],
                    Routes = new RouteTable([]),
                    StandInProfiles = [],
                    PendingMax = 1_024,
                },
                outbox);
            var line = new CoreLine(Inbox, [1], 4_096);
            Thread = new CoreThread(core, Inbox, line, outbox, Journal, links: 0, clock, Logs);
            core.FinishRecovery(clock.Now);
            _connection = new MemoryConnection(
                1, Transport, new ConnectionLimits { FrameSizeMax = new AcquirerOptions().MaxFrameSize }, meters,
                clock);
        }

        public Inbox Inbox { get; } = new(4_096, 1_024);

        public MessagePool Pool { get; } = new(4_096, 4_096);

        public FakeJournal Journal { get; } = new();

        public ListLoggerFactory Logs { get; } = new();

        public MemoryTransport Transport { get; } = new();

        public CoreThread Thread { get; }

        public void Open() =>
            Inbox.Push(new InboxEvent { Kind = InboxKind.SessionOpened, Id = 1, Connection = _connection });

        public void Push(byte[] bytes)
        {
            Message? message = null;
            Pool.Rent(bytes.Length, new Span<Message?>(ref message), isSheddable: true);
            Assert.True(message!.TryLoad(EdgeParts.Ascii, bytes, out _));
            Inbox.Push(new InboxEvent { Kind = InboxKind.AcquirerMessage, Id = 1, Message = message });
        }
    }
}
