using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Host.Connections.Epoll;
using Switch.Host.Files;
using Switch.Host.Issuers;
using Switch.Host.Journal;
using Switch.Host.Memory;
using Switch.Routing.Context;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Loop;
using Switch.Routing.Operations;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Host.Core;

/// <summary>
/// The one thread on which the core, its outbox and the journal's front live. It takes what waits in the inbox, in
/// slices, and after each slice hands the journal and the connections what came of it.
/// </summary>
internal sealed class CoreThread : ILoopWorld
{
    private const int TickMs = (int)(CoreLoop.TickTicks / TimeSpan.TicksPerMillisecond);

    // Large enough to make a sync or a flush cheap per message, small enough that neither waits long for a full inbox.
    private const int SliceMax = 512;

    // Acquirers' messages of one round: what comes meanwhile, and may be a calm one's, waits for no more of them.
    private const int MessagesMax = 128;

    // A round of a reactor that brought so many events is followed by a pause: one event has nothing to gain by it, and
    // with more there is enough work in one round. At 20,000 payments a second it makes of 42 us a payment 31.
    private const int PacedMin = 2;
    private const int PacedMax = 63;
    private static readonly TimeSpan Pace = TimeSpan.FromMicroseconds(200);

    // Less is not worth a system call.
    private static readonly TimeSpan PaceLeast = TimeSpan.FromMicroseconds(10);

    private readonly AuthorizationCore _core;
    private readonly Inbox _inbox;
    private readonly CoreLine _line;
    private readonly Outbox _outbox;
    private readonly CoreLoop _loop;
    private readonly IJournal _journal;
    private readonly SwitchClock _clock;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _journalFailed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<PendingCommand> _commands = new();
    private readonly FormerTokenReport _formerTokens;
    private readonly Lock _published = new();
    private CoreCounters _counters;
    private readonly IssuerCounters[] _issuers;
    private readonly VelocityCounters[] _velocity = [];
    private readonly bool[] _readyLinks;
    private long _rounds;
    private bool _isShuttingDown;
    private volatile bool _mustStop;

    public CoreThread(
        AuthorizationCore core, Inbox inbox, CoreLine line, Outbox outbox, IJournal journal, int links,
        SwitchClock clock, ILogger logger)
    {
        _core = core;
        _inbox = inbox;
        _line = line;
        _outbox = outbox;
        _journal = journal;
        _clock = clock;
        _logger = logger;
        _formerTokens = new FormerTokenReport(logger);
        _readyLinks = new bool[links];
        _issuers = new IssuerCounters[core.IssuerCount];
        _loop = new CoreLoop(core, outbox.Gate, this);
        _thread = new Thread(Run) { Name = "core", IsBackground = true };
    }

    /// <summary>Ends when the thread has; faults when it ended by a defect.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Completes when a shutdown was begun and nothing is pending any more.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Completes when the journal has failed and the core was told.</summary>
    public Task JournalFailed => _journalFailed.Task;

    /// <summary>Everything up to this position is durable, and what waited for it was released. Core thread.</summary>
    public Action<long>? OnCommitted { get; init; }

    /// <summary>Told which messages must bring their card's former token; null: none can.</summary>
    public CardStamps? Cards { get; init; }

    /// <summary>
    /// The loop of sockets whose turns this thread takes: it reads, decides and writes. Null: others read, and put what
    /// came into the inbox.
    /// </summary>
    public EventLoop? Reactor { get; init; }

    /// <summary>Called after each round, <see cref="TickMs"/> apart when there is nothing to do. Core thread.</summary>
    public Action<long>? FromTimeToTime { get; init; }

    /// <summary>The core's counters after the last slice. Any thread.</summary>
    public CoreCounters Counters
    {
        get
        {
            lock (_published)
            {
                return _counters;
            }
        }
    }

    /// <summary>What was counted of an issuer, after the last slice. Any thread.</summary>
    public IssuerCounters Issuer(int issuer)
    {
        lock (_published)
        {
            return _issuers[issuer];
        }
    }

    /// <summary>How many rules of velocity there are.</summary>
    public int VelocityRules
    {
        init => _velocity = new VelocityCounters[value];
    }

    /// <summary>What was counted of each rule of velocity, after the last slice. Any thread.</summary>
    public VelocityCounters[] Velocity
    {
        get
        {
            lock (_published)
            {
                return [.. _velocity];
            }
        }
    }

    /// <summary>How often it has looked for work; it does every <see cref="TickMs"/> at least. Any thread.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    public void Start() => _thread.Start();

    /// <summary>Ends the thread after the slice it is in. Any thread.</summary>
    public void Stop()
    {
        _mustStop = true;
        _inbox.Wake();
    }

    /// <summary>True when the link's issuer accepted its sign-on, as of the last slice. Any thread.</summary>
    public bool IsLinkReady(int link) => Volatile.Read(ref _readyLinks[link]);

    /// <summary>
    /// A round: all that must not wait, and some of acquirers' messages; for <see cref="Run"/>, and for tests that have
    /// no thread. How many events there were.
    /// </summary>
    public int RunOnce()
    {
        Span<InboxEvent> urgent = _line.Drain();
        int events = urgent.Length;
        while (urgent.Length > SliceMax && !_mustStop)
        {
            RunSlice(urgent[..SliceMax], messages: 0);
            urgent = urgent[SliceMax..];
        }

        events += RunSlice(urgent, MessagesMax);
        return events;
    }

    private void Run()
    {
        Exception? defect = null;
        try
        {
            _loop.Start(_clock.Ticks);
            if (Reactor is { } reactor)
            {
                RunWith(reactor);
            }
            else
            {
                RunWithInbox();
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, it is a defect: the state may be wrong, so nothing more may be decided on it.
            CoreLog.CoreDied(_logger, exception);
            defect = exception;
        }

        // First it takes no more work, then those who wait are told.
        _inbox.Close();
        _line.Close();
        if (defect is null)
        {
            _ended.SetResult();
        }
        else
        {
            _ended.SetException(defect);
        }
    }

    private void RunWithInbox()
    {
        // Thousands of times a second it is woken by a thread that has more for it. Refused, that goes on: no harm.
        _ = Posix.SetScheduler(0, Posix.SchedulerBatch, 0);
        while (!_mustStop)
        {
            RunOnce();
            Volatile.Write(ref _rounds, _rounds + 1);
            StackSweep.Below();
            _inbox.Wait(RestMs(_clock.Ticks));
        }
    }

    // One round: what the sockets brought is decided on, the journal has it, and what may leave has left.
    private void RunWith(EventLoop reactor)
    {
        reactor.Begin();
        reactor.AfterEach = RunIfMuch;
        while (!_mustStop)
        {
            long begun = Stopwatch.GetTimestamp();
            if (RunOnce() is >= PacedMin and <= PacedMax && !HasMore)
            {
                PauseAfter(begun, reactor);
            }

            long now = _clock.Ticks;
            FromTimeToTime?.Invoke(now);
            Volatile.Write(ref _rounds, _rounds + 1);
            reactor.Turn(RestMs(now));
        }
    }

    // A round may bring more than is good for one slice.
    private void RunIfMuch()
    {
        if (_inbox.Count >= SliceMax)
        {
            RunOnce();
        }
    }

    // Sockets are left alone for a moment; what becomes durable meanwhile leaves at once. By the machine's own time:
    // the switch's clock may stand still in a test.
    private void PauseAfter(long begun, EventLoop reactor)
    {
        TimeSpan left = Pace - Stopwatch.GetElapsedTime(begun);
        while (left >= PaceLeast && !reactor.HasPosted && _inbox.Count == 0 && !_mustStop)
        {
            reactor.Pause(left);
            if (_journal.DurableLsn > _loop.CommittedLsn || _journal.HasFailed)
            {
                RunSlice([], messages: 0);
            }

            left = Pace - Stopwatch.GetElapsedTime(begun);
        }
    }

    private bool HasMore => _loop.HasMore || _line.Count > 0;

    private int RestMs(long now) => HasMore
        ? 0 : (int)Math.Clamp(((_loop.NextTick - now) / TimeSpan.TicksPerMillisecond) + 1, 1, TickMs);

    long ILoopWorld.DurableLsn => _journal.DurableLsn;

    bool ILoopWorld.IsJournalSpaceLow => _journal.IsSpaceLow;

    bool ILoopWorld.HasJournalRoom => _journal.HasRoom;

    bool ILoopWorld.HasJournalFailed => _journal.HasFailed;

    void ILoopWorld.Committed(long lsn)
    {
        OnCommitted?.Invoke(lsn);
        CompleteCommands(lsn);
    }

    void ILoopWorld.JournalFailed()
    {
        while (_commands.TryDequeue(out PendingCommand? lost))
        {
            lost.Complete(new CoreCommandResult(CoreCommandOutcome.Unavailable));
        }

        _journalFailed.SetResult();
    }

    void ILoopWorld.WriteJournal() => _journal.SubmitBatch();

    void ILoopWorld.Admit(bool isAdmitting) => _inbox.IsAdmitting = isAdmitting;

    void ILoopWorld.Publish() => Publish();

    void ILoopWorld.Flush() => _outbox.Flush();

    // How many acquirers' messages were among it.
    private int RunSlice(Span<InboxEvent> urgent, int messages)
    {
        Instant now = _clock.Now;
        _loop.Begin(now);
        foreach (ref InboxEvent item in urgent)
        {
            Dispatch(in item);
        }

        int taken = 0;
        while (taken < messages && _line.TryTake(out InboxEvent message))
        {
            taken++;
            Dispatch(in message);
        }

        _loop.End();
        _line.EndTurn(now.Ticks);
        return taken;
    }

    private void Dispatch(in InboxEvent item)
    {
        switch (item.Kind)
        {
            case InboxKind.AcquirerMessage:
                _core.AcquirerMessage(item.Id, item.Acquirer, item.Message!, item.Mac);
                break;
            case InboxKind.AcquirerFault:
                _outbox.BeginFault(_outbox.SessionOf(item.Id), item.Message!, item.Fault);
                _core.AcquirerFault(item.Id, item.Acquirer, item.Message!, item.Fault);
                _outbox.EndFault();
                break;
            case InboxKind.IssuerMessage:
                _core.IssuerMessage(item.Id, item.Message!, item.Mac);
                break;
            case InboxKind.IssuerFault:
                _outbox.BeginFault(_outbox.LinkOf(item.Id), item.Message!, item.Fault);
                _core.IssuerFault(item.Id, item.Message!, item.Fault);
                _outbox.EndFault();
                break;
            case InboxKind.SessionOpened:
                _outbox.AddSession(item.Connection!);
                _core.SessionOpened(item.Id, item.Acquirer);
                break;
            case InboxKind.SessionClosed:
                _outbox.RemoveSession(item.Id);
                _core.SessionClosed(item.Id);
                break;
            case InboxKind.LinkUp:
                _outbox.SetLink(item.Id, (LinkConnection)item.Connection!);
                _core.LinkUp(item.Id);
                break;
            case InboxKind.LinkDown:
                _outbox.SetLink(item.Id, null);
                _core.LinkDown(item.Id);
                break;
            case InboxKind.Command:
                Execute((PendingCommand)item.Rare!);
                break;
            case InboxKind.LookedUp:
                _core.LookedUp((LookUpAnswer)item.Rare!);
                break;
            case InboxKind.PinTranslated:
                var pin = (PinAnswered)item.Rare!;
                _core.PinTranslated(pin.Tag, pin.Outcome, pin.Block);
                pin.Free();
                break;
            case InboxKind.Sealed:
                _outbox.Sealed((SealWork)item.Rare!);
                _loop.TellOfSends();
                break;
            case InboxKind.KeyExchanged:
                var key = (KeyAnswered)item.Rare!;
                _core.KeyExchanged(key.Tag, key.Outcome);
                key.Use();
                break;
            case InboxKind.SendKey:
                _outbox.Send(_core, (KeyDelivery)item.Rare!);
                break;
            case InboxKind.AnswerDelivered:
                _core.AnswerDelivered((long)item.Rare!);
                break;
            case InboxKind.AnswerLost:
                _core.SendFailed((long)item.Rare!);
                break;
            case InboxKind.BeginShutdown:
                _isShuttingDown = true;
                _core.BeginShutdown();
                break;
            default:
                throw new UnreachableException($"Inbox event of kind {item.Kind}.");
        }
    }

    private void Execute(PendingCommand pending)
    {
        pending.Result = _core.Execute(pending.Command);
        if (pending.Result.Lsn > _loop.CommittedLsn)
        {
            _commands.Enqueue(pending); // Its record is on the way to the disk.
        }
        else
        {
            pending.Complete(pending.Result);
        }
    }

    private void CompleteCommands(long durableLsn)
    {
        while (_commands.TryPeek(out PendingCommand? pending) && pending.Result.Lsn <= durableLsn)
        {
            _commands.Dequeue().Complete(pending.Result);
        }
    }

    private void Publish()
    {
        lock (_published)
        {
            _counters = _core.Counters;
            _core.CopyIssuers(_issuers);
            _core.CopyVelocity(_velocity);
        }

        FormerTokenNeed need = _core.FormerTokens;
        Cards?.Need = need;
        _formerTokens.See(need, _counters);

        for (int link = 0; link < _readyLinks.Length; link++)
        {
            Volatile.Write(ref _readyLinks[link], _core.IsLinkReady(link));
        }

        if (_isShuttingDown && _core.IsDrained && _line.Count == 0)
        {
            _drained.TrySetResult();
        }
    }
}
