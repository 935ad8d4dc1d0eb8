namespace Switch.Host.Simulators.World;

/// <summary>
/// What makes things go wrong: spells of faults, each with a beginning, an end and a victim, and crashes. When the time
/// of faults is over it heals everything, and stays away.
/// </summary>
internal sealed class Nemesis : IActor
{
    private const int Strike = 30;
    private const int Crash = 31;
    private const int Relent = 32;
    private const int Flap = 33;

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly IReadOnlyList<IssuerActor> _issuers;
    private readonly RandomSource _random;

    public Nemesis(WorldContext context, Node node, IReadOnlyList<IssuerActor> issuers, RandomSource random)
    {
        _context = context;
        _node = node;
        _issuers = issuers;
        _random = random;
        WorldPlan plan = context.Plan;
        for (int i = 0; i < plan.Spells && plan.Faults.Length > 0; i++)
        {
            context.Scheduler.At(random.Between(0, plan.FaultsEnd), this, Strike);
        }

        for (int i = 0; i < plan.Crashes; i++)
        {
            context.Scheduler.At(random.Between(0, plan.FaultsEnd), this, Crash);
        }
    }

    /// <summary>The faults are over.</summary>
    public bool HasHealed { get; private set; }

    public void On(in ScheduledEvent scheduled)
    {
        if (HasHealed)
        {
            return;
        }

        switch (scheduled.Kind)
        {
            case Strike:
                Begin(_random.Pick<Fault>(_context.Plan.Faults), _random.Ms(100, 6_000));
                break;
            case Crash:
                KillSomehow();
                break;
            case Relent:
                ((Action)scheduled.Subject!)();
                break;
            case Flap:
                FlapOnce((IssuerActor)scheduled.Subject!, scheduled.Value);
                break;
        }
    }

    /// <summary>Ends every fault. What a fault has left behind, such as a dead connection, is noticed now.</summary>
    public void Heal()
    {
        HasHealed = true;
        _node.Disk.IsFull = false;
        _node.Disk.FailsNextSync = false;
        _node.Disk.CrashAfter(-1);
        _node.CrashInRecoveryAfter = -1;
        _node.Journal.Slowness = 0;
        _context.Network.SpikePerMille = 0;
        _context.GarbagePerMille = 0;
        _context.RateFactor = 1;
        _context.EventCost = 0;
        foreach (IssuerActor issuer in _issuers)
        {
            issuer.Mood = new IssuerMood();
            issuer.Sign(off: false);
        }

        foreach (Line line in _node.Lines.ToArray())
        {
            if (line.IsDeafAtNode || line.IsDeafAtPeer)
            {
                _context.Network.Cut(line, 0);
            }
        }
    }

    private void Begin(Fault fault, long length)
    {
        if (_context.IsWatched(0))
        {
            _context.Note(0, $"nemesis: {fault} for {length / TimeSpan.TicksPerMillisecond} ms");
        }

        switch (fault)
        {
            case Fault.Kill or Fault.PowerCut or Fault.CrashAtJournalStep or Fault.CrashInRecovery:
                KillSomehow();
                break;
            case Fault.Freeze:
                _context.Count(fault);
                _node.Freeze(_context.Now + _random.Ms(20, 3_000));
                break;
            case Fault.SlowSync:
                _context.Count(fault);
                _node.Journal.Slowness = _random.Ms(10, 4_000);
                After(length, () => _node.Journal.Slowness = 0);
                break;
            case Fault.SyncError:
                _context.Count(fault);
                _node.Disk.FailsNextSync = true;
                break;
            case Fault.DiskFull:
                _context.Count(fault);
                _node.Disk.IsFull = true;
                After(length, () => _node.Disk.IsFull = false);
                break;
            case Fault.ClockJump:
                _context.Count(fault);
                _node.JumpClock(_random.Pick(-3_600_000L, 3_600_000L, -86_400_000L, 86_400_000L, 1_000L, -1_000L));
                break;
            case Fault.NetworkSlow:
                _context.Count(fault);
                _context.Network.SpikePerMille = _random.Pick(10, 200);
                _context.Network.Spike = _random.Ms(50, 4_000);
                After(length, () => _context.Network.SpikePerMille = 0);
                break;
            case Fault.Garbage:
                _context.GarbagePerMille = _random.Pick(5, 100);
                After(length, () => _context.GarbagePerMille = 0);
                break;
            case Fault.Flood:
                _context.Count(fault);
                _context.RateFactor = _random.Pick(5, 30);
                After(length, () => _context.RateFactor = 1);
                break;
            case Fault.SessionCut or Fault.LinkCut or Fault.SessionHalfOpen or Fault.LinkHalfOpen:
                BeginOnLine(fault);
                break;
            default:
                BeginAtIssuer(fault, length, _issuers[_random.Below(_issuers.Count)]);
                break;
        }
    }

    private void BeginOnLine(Fault fault)
    {
        bool isLink = fault is Fault.LinkCut or Fault.LinkHalfOpen;
        Line[] lines = [.. _node.Lines.Where(line => line.IsLink == isLink)];
        if (lines.Length == 0)
        {
            return;
        }

        _context.Count(fault);
        Line victim = lines[_random.Below(lines.Length)];
        if (fault is Fault.SessionCut or Fault.LinkCut)
        {
            _context.Network.Cut(victim, _random.Ms(0, 200));
            return;
        }

        bool isBoth = _random.Coin();
        victim.IsDeafAtNode = isBoth || _random.Coin();
        victim.IsDeafAtPeer = isBoth || !victim.IsDeafAtNode;
        if (!isLink)
        {
            // An acquirer's own echo or keep-alive finds out in the end.
            _context.Network.Cut(victim, _random.Ms(500, 8_000));
        }
    }

    private void BeginAtIssuer(Fault fault, long length, IssuerActor issuer)
    {
        IssuerMood mood = issuer.Mood;
        switch (fault)
        {
            case Fault.IssuerGray:
                mood.Gray = _random.Pick(10, 50, 300, 900);
                After(length, () => issuer.Mood.Gray = 0);
                break;
            case Fault.IssuerSilent:
                mood.IsSilent = true;
                mood.AnswersEcho = _random.Coin();
                After(length, () => issuer.Mood.IsSilent = false);
                break;
            case Fault.IssuerRefuses:
                mood.RefusesConnections = true;
                CutAll(issuer);
                After(length, () => issuer.Mood.RefusesConnections = false);
                break;
            case Fault.IssuerFlaps:
                _context.Scheduler.In(0, this, Flap, _context.Now + length, issuer);
                break;
            case Fault.IssuerSlow:
                _context.Count(fault);
                mood.Slowness = _random.Ms(100, 8_000);
                After(length, () => issuer.Mood.Slowness = 0);
                break;
            case Fault.WrongReply:
                mood.Wrong = _random.Pick(20, 300);
                After(length, () => issuer.Mood.Wrong = 0);
                break;
            case Fault.DuplicateReply:
                mood.Twice = _random.Pick(20, 300);
                After(length, () => issuer.Mood.Twice = 0);
                break;
            case Fault.IssuerSignsOff:
                _context.Count(fault);
                issuer.Sign(off: true);
                After(length, () => issuer.Sign(off: false));
                break;
            case Fault.IssuerRefusesAdvices:
                mood.RefusesAdvices = _random.Pick(200, 1_000);
                After(length, () => issuer.Mood.RefusesAdvices = 0);
                break;
            case Fault.PoisonedAdvice:
                mood.PoisonOneIn = _random.Pick(7, 50);
                After(length, () => issuer.Mood.PoisonOneIn = 0);
                break;
            case Fault.IssuerSays91:
                mood.Says91 = _random.Pick(50, 1_000);
                mood.Says96 = mood.Says91 / 2;
                After(length, () => (issuer.Mood.Says91, issuer.Mood.Says96) = (0, 0));
                break;
        }
    }

    private void KillSomehow()
    {
        switch (_random.Below(4))
        {
            case 0:
                _node.Crash(powerCut: false);
                break;
            case 1:
                _node.Crash(powerCut: true);
                break;
            case 2:
                _node.Disk.CrashAfter(_random.Below(8));
                break;
            default:
                _node.CrashInRecoveryAfter = _random.Below(12);
                _node.Crash(_random.Coin());
                break;
        }
    }

    private void FlapOnce(IssuerActor issuer, long until)
    {
        _context.Count(Fault.IssuerFlaps);
        CutAll(issuer);
        if (_context.Now < until)
        {
            _context.Scheduler.In(_random.Ms(200, 2_000), this, Flap, until, issuer);
        }
    }

    private void CutAll(IssuerActor issuer)
    {
        foreach (Line line in issuer.Lines.ToArray())
        {
            _context.Network.Cut(line, _random.Ms(0, 50));
        }
    }

    private void After(long length, Action end) => _context.Scheduler.In(length, this, Relent, 0, end);
}
