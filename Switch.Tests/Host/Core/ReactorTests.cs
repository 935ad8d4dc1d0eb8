using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Switch.Host.Acquirers;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Host.Core;
using Switch.Host.Hosting;
using Switch.Protocol.Fields;
using Switch.Routing.Core;
using Switch.Routing.Operations;
using Switch.Routing.Outbox;
using Switch.Routing.Records;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Tests.Host.Hosting;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Core;

/// <summary>
/// Goal: the core's thread reads sockets, decides and writes, all by itself. Method: the thread as it is in the switch,
/// with a socket at its other end and a journal that is durable when the test says so.
/// </summary>
public class ReactorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>From the socket through the core to the socket; 16 at once are paced.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Message_FromSocketToSocket_WarmedUp_AllocatesNothing(int messagesPerRead)
    {
        const int Rounds = 3_000;
        using var rig = new ReactorRig(blockSize: 200 * messagesPerRead);
        using Socket peer = rig.Connect();
        byte[] frame = EdgeParts.Frame(EdgeParts.Echo(7));
        byte[] sent = [.. Enumerable.Repeat(frame, messagesPerRead).SelectMany(static one => one)];
        byte[] received = new byte[64 * 1024];
        int answerSize = 0;
        long total = 0;
        for (int round = 0; round < Rounds; round++)
        {
            peer.Send(sent);
            if (answerSize == 0)
            {
                answerSize = await ReceiveAsync(peer, received, messagesPerRead);
                total = answerSize;
                continue;
            }

            for (int got = 0; got < answerSize;)
            {
                int count = peer.Receive(received);
                Assert.NotEqual(0, count);
                got += count;
                total += count;
            }
        }

        Assert.Equal((long)Rounds * answerSize, total);
        Assert.Equal(0, rig.LeastAllocated);
        await rig.StopAsync();
        Assert.Equal(0, rig.Pool.Lent);
    }

    /// <summary>Durable before sent, and at once when it is: the journal's report alone ends the wait.</summary>
    [Fact]
    public async Task Answer_JournalIsDurable_LeavesAtTheRing()
    {
        using var rig = new ReactorRig();
        using Socket peer = rig.Connect();

        peer.Send(EdgeParts.Frame(100, 7));
        await Rig.UntilAsync(() => rig.Thread.Counters.Requests == 1);
        Assert.Equal(0, peer.Available);
        rig.Journal.DurableLsn = rig.Journal.LastLsn;
        rig.Inbox.Wake();

        byte[] answer = new byte[512];
        int size = await peer.ReceiveAsync(answer).WaitAsync(Limit);
        Assert.StartsWith("0110 000007 9", EdgeParts.Describe(answer.AsSpan(2, size - 2)));
        await rig.StopAsync();
    }

    /// <summary>From a thread that is not the loop's, while the loop waits for sockets.</summary>
    [Fact]
    public async Task Command_FromAnotherThread_IsTakenAndEnds()
    {
        using var rig = new ReactorRig();
        var pending = new PendingCommand(
            new CoreCommand { Kind = CoreCommandKind.ForceStandIn, Who = "sato", Why = "drill" });

        await rig.Inbox.PushCertainlyAsync(new InboxEvent { Kind = InboxKind.Command, Rare = pending });
        await Rig.UntilAsync(() =>
        {
            rig.Journal.DurableLsn = rig.Journal.LastLsn;
            rig.Inbox.Wake();
            return pending.Completion.IsCompleted;
        });

        Assert.Equal(CoreCommandOutcome.Done, (await pending.Completion).Outcome);
        await rig.StopAsync();
    }

    /// <summary>More than one round may carry: all of it is answered, in order.</summary>
    [Fact]
    public async Task Messages_MoreThanASlice_AreAnsweredInOrder()
    {
        const int Count = 5_000;
        using var rig = new ReactorRig();
        using Socket peer = rig.Connect();
        byte[] all = [.. Enumerable.Range(1, Count).SelectMany(stan => EdgeParts.Frame(EdgeParts.Echo(stan)))];

        Task sending = Task.Run(() => peer.Send(all));
        using var stream = new NetworkStream(peer);
        var answers = new List<string>();
        byte[] head = new byte[2];
        while (answers.Count < Count)
        {
            await stream.ReadExactlyAsync(head).AsTask().WaitAsync(Limit);
            byte[] answer = new byte[(head[0] << 8) | head[1]];
            await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(Limit);
            answers.Add(EdgeParts.Describe(answer));
        }

        await sending.WaitAsync(Limit);
        Assert.Equal(Enumerable.Range(1, Count).Select(stan => $"0810 {stan:D6} 00"), answers);
        await rig.StopAsync();
    }

    /// <summary>Planted: what is called on the loop does not return. systemd's watchdog is fed no more.</summary>
    [Fact]
    public async Task Watchdog_SomethingOnTheLoopStandsStill_IsFedNoMore()
    {
        using var rig = new ReactorRig();
        using var blocker = new Blocker();
        using var logs = new ListLoggerFactory();
        var time = new FakeTimeProvider();
        var notifier = new ListNotifier();
        using var watchdog = new CoreWatchdog(
            () => rig.Thread.Rounds, TimeSpan.FromSeconds(1), notifier, new Logger<CoreWatchdog>(logs), time);
        await Rig.UntilAsync(() => rig.Thread.Rounds > 0);
        rig.Loop.Post(blocker);
        await blocker.Entered.WaitAsync(Limit);

        // Its first look sees that it has gone round; every later one, that it has not.
        await watchdog.StartAsync(CancellationToken.None);
        await LookUntilAsync(() => logs.CountOf(120) == 1);
        Assert.Single(notifier.Said);
        blocker.Release();
        await LookUntilAsync(() => notifier.Said.Count > 1);

        await watchdog.StopAsync(CancellationToken.None);
        await rig.StopAsync();

        Task LookUntilAsync(Func<bool> isTrue) => Rig.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return isTrue();
        });
    }

    private static async Task<int> ReceiveAsync(Socket peer, byte[] buffer, int messages)
    {
        int size = 0;
        int frames = 0;
        int at = 0;
        while (frames < messages)
        {
            size += await peer.ReceiveAsync(buffer.AsMemory(size)).AsTask().WaitAsync(Limit);
            for (; at + 2 <= size && at + 2 + ((buffer[at] << 8) | buffer[at + 1]) <= size; frames++)
            {
                at += 2 + ((buffer[at] << 8) | buffer[at + 1]);
            }
        }

        return size;
    }
}

/// <summary>Stands still on a loop until it is released.</summary>
internal sealed class Blocker : IReady, IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();

    public Task Entered => _entered.Task;

    public void Release() => _released.Set();

    public void OnReady(uint events)
    {
        _entered.TrySetResult();
        _released.Wait(TimeSpan.FromSeconds(60));
    }

    public void OnDefect(Exception defect)
    {
    }

    public void Dispose() => _released.Dispose();
}

/// <summary>A core's thread that drives a loop, with one acquirer.</summary>
internal sealed class ReactorRig : IDisposable
{
    private readonly EpollTransport _transport = new(reactors: 0);
    private readonly EdgeMeters _meters = new();
    private readonly Heartbeat _heartbeat;
    private readonly AcquirerListener _listener;
    private readonly EdgeShared _shared;
    private readonly ListLoggerFactory _logs = new();
    private readonly int _blockSize;
    private long _began = -1;
    private long _nextBlock;
    private long _least = long.MaxValue;
    private int _sessions;

    /// <param name="blockSize">Answers that make a block.</param>
    public ReactorRig(int blockSize = int.MaxValue)
    {
        _blockSize = blockSize;
        var clock = new SwitchClock(TimeProvider.System);
        _heartbeat = new Heartbeat(clock, isDriven: true);
        Inbox = new Inbox(8_192, 1_024, Loop);
        Pool = new MessagePool(8_192, 4_096, owner: Loop.Owner);
        _shared = new EdgeShared(Inbox, Pool, _meters, clock, _heartbeat) { Owner = Loop.Owner };
        var acquirer = new AcquirerSettings { Name = "acq-a", Dialect = EdgeParts.Ascii };
        _listener = new AcquirerListener(
            0, new AcquirerOptions { Name = "acq-a", MaxInFlight = 8_192 }, acquirer, new LimitOptions(),
            EdgeParts.Len2, new CardStamps(new CardTokenizer(new byte[32])), new SessionIds(), _shared, _logs);
        var outbox = new Outbox(Pool, _meters, EdgeParts.Incidents(_meters, clock), links: 0, new SendLimits());
        outbox.Attach(Journal);
        var core = new AuthorizationCore(
            new CoreConfiguration
            {
                Node = "test",
                Acquirers = [acquirer],
                Issuers = [new IssuerSettings { Name = "iss-a", Dialect = EdgeParts.Ascii, Links = [] }],
                Routes = new RouteTable([]),
                StandInProfiles = [],
                PendingMax = 1_024,
            },
            outbox);
        Thread = new CoreThread(core, Inbox, new CoreLine(Inbox, [1], 8_192), outbox, Journal, links: 0, clock, _logs)
        {
            Reactor = Loop,
            FromTimeToTime = OnRound,
        };
        core.FinishRecovery(clock.Now);
        Thread.Start();
    }

    public EventLoop Loop => _transport.CoreLoop!;

    public Inbox Inbox { get; }

    public MessagePool Pool { get; }

    public FakeJournal Journal { get; } = new();

    public CoreThread Thread { get; }

    /// <summary>Bytes that the core's thread allocated in the block in which it allocated least.</summary>
    public long LeastAllocated => Volatile.Read(ref _least);

    /// <summary>One more connection of the acquirer; this is its end.</summary>
    public Socket Connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        peer.Connect(listener.LocalEndPoint!);
        Socket accepted = listener.Accept();
        accepted.NoDelay = true;
        _ = new Session(++_sessions, _listener, _transport.Open(accepted), _shared).RunAsync();
        return peer;
    }

    public async Task StopAsync()
    {
        Thread.Stop();
        await Thread.Ended.WaitAsync(Rig.Patience);
    }

    public void Dispose()
    {
        Thread.Stop();
        Thread.Ended.Wait(Rig.Patience);
        _transport.Dispose();
        Inbox.Dispose();
        _heartbeat.Dispose();
        _logs.Dispose();
    }

    private void OnRound(long now)
    {
        _heartbeat.Advance(now);
        long answers = _meters.Live.AcquirerFramesOut;
        if (answers < _nextBlock)
        {
            return;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (_began >= 0)
        {
            Volatile.Write(ref _least, Math.Min(_least, allocated - _began));
        }

        _began = allocated;
        _nextBlock = answers + _blockSize;
    }
}
