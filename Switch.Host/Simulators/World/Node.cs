using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Core;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Loop;
using Switch.Routing.Values;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The switch in the simulated world: the real core, core loop, outbox, codec and journal. It can be killed between any
/// two events, and in the middle of any step of its journal, and comes back through the real recovery.
/// </summary>
internal sealed partial class Node : IActor, ILineEnd, ILoopWorld
{
    private const int Wake = 1;
    private const int Written = 2;
    private const int Dial = 3;
    private const int Start = 4;
    private const int GiveUp = 5;
    private const int Upgrade = 6;
    private const int Rotate = 7;
    private const int Call = 8;
    private const int ParseFaultsMax = 5;
    private const long Tick = CoreLoop.TickTicks;

    private readonly WorldContext _context;
    private readonly RandomSource _random;
    private readonly IReadOnlyList<IssuerActor> _issuers;
    private readonly List<Line> _lines = [];
    private readonly NodeLine _waiting;
    private readonly NodeEdge _edge;
    private readonly ZoneKeyDesk _keys;
    private readonly RandomSource _cuts;
    private readonly Action<AuthorizationCore>? _prepare;
    private NodeEffects? _outbox;
    private AuthorizationCore? _core;
    private long _life;
    private long _wakeAt = long.MaxValue;
    private CoreLoop? _loop;
    private long _frozenUntil;
    private long _busyUntil;
    private long _wallOffsetMs;
    private int _sessions;

    public Node(
        WorldContext context, IReadOnlyList<IssuerActor> issuers, RandomSource random,
        Action<AuthorizationCore>? prepare)
    {
        _context = context;
        _issuers = issuers;
        _random = random;
        _prepare = prepare;
        _cuts = new RandomSource(context.Plan.Seed ^ 0xC4EC); // A separate source keeps the world's draws.
        _waiting = new NodeLine(context.Plan, what => context.Report("N20", 0, what));
        _keys = new ZoneKeyDesk(context, this);
        _edge = new NodeEdge(context, _waiting, _keys);
        Disk = new SimDisk(random.Split());
        Journal = new NodeJournal(context, Disk, random.Split());
        if (context.Plan.UpgradeAt > 0)
        {
            UseTokens(age: 0);
            context.Scheduler.At(context.Plan.UpgradeAt, this, Upgrade);
        }

        foreach (long at in context.Plan.Rotations)
        {
            context.Scheduler.At(at, this, Rotate);
        }

        Boot();
    }

    public SimDisk Disk { get; }

    public NodeJournal Journal { get; }

    /// <summary>When it last came up.</summary>
    public long UpSince { get; private set; }

    public bool IsUp => _core is not null;

    public long Crashes { get; private set; }

    /// <summary>Times that the node came back through recovery.</summary>
    public long Recoveries { get; private set; }

    /// <summary>What the core says of itself; all zero while it is down.</summary>
    public CoreCounters Counters => _core?.Counters ?? default;

    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>Operations of the disk until the next start of the node dies; -1: it does not.</summary>
    public int CrashInRecoveryAfter { get; set; } = -1;

    public bool IsLinkReady(int link) => _core?.IsLinkReady(link) ?? false;

    /// <summary>Moves the wall clock; durations do not follow.</summary>
    public void JumpClock(long ms) => _wallOffsetMs += ms;

    /// <summary>The whole process stands still until then.</summary>
    public void Freeze(long until) => _frozenUntil = Math.Max(_frozenUntil, until);

    /// <summary>A session for an acquirer; null while the node is down.</summary>
    public Line? TryAccept(int acquirer, ILineEnd peer, long delay)
    {
        if (!IsUp)
        {
            return null;
        }

        var line = new Line((++_sessions * WorldContext.AcquirersMax) + acquirer, isLink: false, this, peer, delay);
        _lines.Add(line);
        Enqueue(new Arrival(ArrivalKind.SessionOpened, line, null));
        return line;
    }

    public void On(in ScheduledEvent scheduled)
    {
        if (scheduled.Kind == Start)
        {
            Boot();
        }
        else if (scheduled.Kind == Upgrade)
        {
            _context.Count(Fault.Upgrade);
            UseTokens(CardTokens.AgeOfToday);
            Reboot();
        }
        else if (scheduled.Kind == Rotate)
        {
            ChangeKey();
        }
        else if (scheduled.Kind == Wake)
        {
            OnWake(scheduled.Time);
        }
        else if (scheduled.Value == _life && IsUp)
        {
            OnOwn(scheduled);
        }
    }

    public void OnPacket(Line line, Packet packet)
    {
        Message message = _outbox!.TakeMessage();
        bool isLoaded = _edge.TryLoad(line, packet, message, out ParseFault fault);
        MacState mac = isLoaded ? _edge.Judge(line, message) : MacState.NotRequired;
        if (!isLoaded)
        {
            OnNoMessage(line, message, fault);
        }
        else if (_edge.IsAdmitted(line, packet.Payment, message, _life, mac))
        {
            Enqueue(new Arrival(ArrivalKind.Message, line, message) { Mac = mac });
        }
        else
        {
            _outbox.Return(message);
        }
    }

    /// <summary>Does something with the core, in its turn among the events; lost while the node is down.</summary>
    public void Tell(Action<AuthorizationCore> command) =>
        Enqueue(new Arrival(ArrivalKind.Command, null!, null) { Command = command });

    public void OnClosed(Line line)
    {
        _lines.Remove(line);
        Enqueue(new Arrival(ArrivalKind.Closed, line, null));
    }

    /// <summary>The process ends now, whatever it was doing.</summary>
    public void Crash(bool powerCut)
    {
        if (!IsUp)
        {
            return;
        }

        Crashes++;
        _context.Count(powerCut ? Fault.PowerCut : Fault.Kill);
        string how = powerCut ? ", power cut" : "";
        _context.Note(0, $"node dies{how}: LSN {Journal.LastLsn}, durable {Journal.DurableLsn}");
        _core = null;
        _outbox!.End();
        _keys.Die();
        _life++;
        _waiting.Clear();
        Journal.Abandon();
        Disk.CrashAfter(-1);
        if (powerCut)
        {
            Disk.CutPower();
        }

        foreach (Line line in _lines)
        {
            _context.Network.Close(line, byNode: true);
        }

        _lines.Clear();
        _context.Scheduler.In(_random.Ms(50, 3_000), this, Start);
    }

    /// <summary>Kills it and starts it again at the same moment.</summary>
    public void Reboot()
    {
        Crash(powerCut: false);
        Boot();
    }

    private void Boot()
    {
        if (IsUp)
        {
            return;
        }

        long nowMs = _context.WallMs + _wallOffsetMs;
        _outbox = new NodeEffects(_context, Journal, _random)
        {
            NowMs = nowMs,
            OnFull = CloseFull,
            Tell = Tell,
            MacOf = _edge.MacOf,
            Keys = _keys,
            TellOfSends = () => _loop!.TellOfSends(),
        };
        AuthorizationCore core = NewCore(_outbox);
        var replayed = new List<JournaledRecord>();
        Disk.CrashAfter(CrashInRecoveryAfter);
        bool mayCrash = CrashInRecoveryAfter >= 0;
        CrashInRecoveryAfter = -1;
        try
        {
            Journal.Open(
                (lsn, type, open, secret) => replayed.Add(JournaledRecord.Of(lsn, type, open, secret)),
                () => Recover(core, replayed), nowMs);
        }
        catch (JournalIdentityException) when (_edge.TokenAge > CardTokens.AgeOfToday)
        {
            _context.Count(Fault.KeyRotationRefused);
            UseTokens(_edge.TokenAge - 1); // A person reads why, and puts the keys back.
            Boot();
            return;
        }
        catch (CrashedException)
        {
            Crashes++;
            _context.Count(Fault.CrashInRecovery);
            BootLater(_random.Coin());
            return;
        }
        catch (JournalDiskException)
        {
            BootLater(powerCut: false); // The disk is full, or failed once more.
            return;
        }

        if (mayCrash)
        {
            Disk.CrashAfter(-1);
        }

        Recoveries++;
        _context.Note(0, $"node up at LSN {Journal.LastLsn}");
        Begin(core);
    }

    private void BootLater(bool powerCut)
    {
        Journal.Abandon();
        Disk.CrashAfter(-1);
        if (powerCut)
        {
            Disk.CutPower();
        }

        _context.Scheduler.In(_random.Ms(200, 1_000), this, Start);
    }

    private void Begin(AuthorizationCore core)
    {
        UpSince = _context.Now;
        _core = core;
        _outbox!.Gate.Begin(Journal.DurableLsn);
        _loop = new CoreLoop(core, _outbox.Gate, this);
        Instant now = Moment();
        core.FinishRecovery(now);
        _edge.Begin(core);
        _keys.Begin();
        core.SetTime(now);
        _loop.Start(now.Ticks);
        _wakeAt = long.MaxValue;
        PlanWrite(Journal.SubmitBatch(now.WallMs));
        WakeBy(_context.Now);
        for (int link = 0; link < _context.Plan.LinkCount; link++)
        {
            _context.Scheduler.In(_random.Ms(0, 100), this, Dial, _life, link);
        }

        PlanCalls();
    }

    private void OnOwn(in ScheduledEvent scheduled)
    {
        switch (scheduled.Kind)
        {
            case Written when scheduled.Time < _frozenUntil:
                _context.Scheduler.At(_frozenUntil, this, Written, _life);
                break;
            case Written:
                OnWritten();
                break;
            case Dial:
                DialIssuer((int)scheduled.Subject!);
                break;
            case Call:
                CallAcquirer((Place)scheduled.Subject!);
                break;
            case GiveUp:
                Crash(powerCut: false);
                break;
        }
    }

    private void OnWritten()
    {
        try
        {
            PlanWrite(Journal.Finish());
        }
        catch (CrashedException)
        {
            _context.Count(Fault.CrashAtJournalStep);
            Crash(_random.Coin());
            return;
        }

        WakeBy(_context.Now);
    }

    private void PlanWrite(long at)
    {
        if (at > 0)
        {
            _context.Scheduler.At(at, this, Written, _life);
        }
    }

    private void OnWake(long time)
    {
        if (time != _wakeAt || !IsUp)
        {
            return; // Another wake came before it.
        }

        _wakeAt = long.MaxValue;
        if (time < _frozenUntil || time < _busyUntil)
        {
            WakeBy(Math.Max(_frozenUntil, _busyUntil));
            return;
        }

        RunSlice();
        if (IsUp)
        {
            WakeBy(_waiting.Count > 0 || _loop!.HasMore ? _busyUntil : _loop.NextTick - Tick);
        }
    }

    private void RunSlice()
    {
        Instant now = Moment();
        _outbox!.NowMs = now.WallMs;
        _loop!.Begin(now);
        long cost = _context.EventCost;
        int count = _waiting.Take(cost == 0 ? int.MaxValue : (int)Math.Max(1, Tick / cost), Dispatch);
        _busyUntil = _context.Now + (count * cost);
        _loop.End();
        _waiting.EndTurn(_context.Now);
    }

    private void Dispatch(Arrival arrival)
    {
        Line line = arrival.Line;
        switch (arrival.Kind)
        {
            case ArrivalKind.Message when line.IsLink:
                _core!.IssuerMessage(line.Id, arrival.Message!, arrival.Mac);
                break;
            case ArrivalKind.Fault when line.IsLink:
                _core!.IssuerFault(line.Id, arrival.Message!, arrival.ParseFault);
                break;
            case ArrivalKind.Fault:
                _core!.AcquirerFault(
                    line.Id, line.Id % WorldContext.AcquirersMax, arrival.Message!, arrival.ParseFault);
                break;
            case ArrivalKind.Command:
                arrival.Command!(_core!);
                break;
            case ArrivalKind.Message:
                _core!.AcquirerMessage(
                    line.Id, line.Id % WorldContext.AcquirersMax, arrival.Message!, arrival.Mac);
                break;
            case ArrivalKind.SessionOpened:
                _outbox!.AddSession(line);
                _core!.SessionOpened(line.Id, line.Id % WorldContext.AcquirersMax);
                break;
            case ArrivalKind.LinkUp:
                _outbox!.SetLink(line.Id, line);
                _core!.LinkUp(line.Id);
                break;
            case ArrivalKind.Closed when line.IsLink:
                _outbox!.SetLink(line.Id, null);
                _core!.LinkDown(line.Id);
                _context.Scheduler.In(_random.Ms(50, 600), this, Dial, _life, line.Id);
                break;
            case ArrivalKind.Closed:
                _outbox!.RemoveSession(line);
                _core!.SessionClosed(line.Id);
                CallAgain(line);
                break;
        }
    }

    // As Session and LinkConnection do: an acquirer may be told, an issuer that goes on is cut off.
    private void OnNoMessage(Line line, Message message, ParseFault fault)
    {
        if (!line.IsLink || !fault.IsInHeader)
        {
            line.ParseFaults = 0;
            Enqueue(new Arrival(ArrivalKind.Fault, line, message) { ParseFault = fault });
            return;
        }

        _outbox!.Return(message);
        if (++line.ParseFaults >= ParseFaultsMax)
        {
            CloseFull(line);
        }
    }

    // A connection that the node closes of itself; the core hears of it as of any other end.
    private void CloseFull(Line line)
    {
        if (line.IsOpenAtNode)
        {
            _context.Network.Close(line, byNode: true);
            OnClosed(line);
        }
    }

    private void DialIssuer(int link)
    {
        IssuerActor issuer = _issuers[_context.Plan.IssuerOf[link]];
        if (issuer.Mood.RefusesConnections)
        {
            _context.Count(Fault.IssuerRefuses);
            _context.Scheduler.In(_random.Ms(100, 600), this, Dial, _life, link);
            return;
        }

        IssuerPlan plan = _context.Plan.Issuers[_context.Plan.IssuerOf[link]];
        var line = new Line(link, isLink: true, this, issuer, plan.Delay);
        _lines.Add(line);
        issuer.OnConnected(line);
        Enqueue(new Arrival(ArrivalKind.LinkUp, line, null));
    }

    private void Enqueue(in Arrival arrival)
    {
        if (IsUp)
        {
            _waiting.Add(arrival, arrival.Line is { IsLink: false } line ? line.Id % WorldContext.AcquirersMax : 0);
            WakeBy(_context.Now + _random.Between(0, _context.Plan.WakeMax));
        }
    }

    private void WakeBy(long time)
    {
        if (time < _wakeAt)
        {
            _wakeAt = time;
            _context.Scheduler.At(time, this, Wake);
        }
    }

    private Instant Moment() => new(_context.Now + Tick, _context.WallMs + _wallOffsetMs);
}
