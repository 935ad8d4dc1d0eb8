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

    private readonly Ground _ground;
    private readonly Node _node;
    private readonly IReadOnlyList<IssuerActor> _issuers;
    private readonly Chance _chance;

    public Nemesis(Ground ground, Node node, IReadOnlyList<IssuerActor> issuers, Chance chance)
    {
        _ground = ground;
        _node = node;
        _issuers = issuers;
        _chance = chance;
        WorldPlan plan = ground.Plan;
        for (int i = 0; i < plan.Spells && plan.Faults.Length > 0; i++)
        {
            ground.Scheduler.At(chance.Between(0, plan.FaultsEnd), this, Strike);
        }

        for (int i = 0; i < plan.Crashes; i++)
        {
            ground.Scheduler.At(chance.Between(0, plan.FaultsEnd), this, Crash);
        }
    }

    /// <summary>The faults are over.</summary>
    public bool HasHealed { get; private set; }

    public void On(in Happening happening)
    {
        if (HasHealed)
        {
            return;
        }

        switch (happening.Kind)
        {
            case Strike:
                Begin(_chance.Pick<Fault>(_ground.Plan.Faults), _chance.Ms(100, 6_000));
                break;
            case Crash:
                KillSomehow();
                break;
            case Relent:
                ((Action)happening.Subject!)();
                break;
            case Flap:
                FlapOnce((IssuerActor)happening.Subject!, happening.Value);
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
        _ground.Network.SpikePerMille = 0;
        _ground.GarbagePerMille = 0;
        _ground.Haste = 1;
        _ground.EventCost = 0;
        foreach (IssuerActor issuer in _issuers)
        {
            issuer.Mood = new IssuerMood();
            issuer.Sign(off: false);
        }

        foreach (Line line in _node.Lines.ToArray())
        {
            if (line.IsDeafAtNode || line.IsDeafAtPeer)
            {
                _ground.Network.Cut(line, 0);
            }
        }
    }

    private void Begin(Fault fault, long length)
    {
        if (_ground.IsWatched(0))
        {
            _ground.Note(0, $"nemesis: {fault} for {length / TimeSpan.TicksPerMillisecond} ms");
        }

        switch (fault)
        {
            case Fault.Kill or Fault.PowerCut or Fault.CrashAtJournalStep or Fault.CrashInRecovery:
                KillSomehow();
                break;
            case Fault.Freeze:
                _ground.Count(fault);
                _node.Freeze(_ground.Now + _chance.Ms(20, 3_000));
                break;
            case Fault.SlowSync:
                _ground.Count(fault);
                _node.Journal.Slowness = _chance.Ms(10, 4_000);
                After(length, () => _node.Journal.Slowness = 0);
                break;
            case Fault.SyncError:
                _ground.Count(fault);
                _node.Disk.FailsNextSync = true;
                break;
            case Fault.DiskFull:
                _ground.Count(fault);
                _node.Disk.IsFull = true;
                After(length, () => _node.Disk.IsFull = false);
                break;
            case Fault.ClockJump:
                _ground.Count(fault);
                _node.JumpClock(_chance.Pick(-3_600_000L, 3_600_000L, -86_400_000L, 86_400_000L, 1_000L, -1_000L));
                break;
            case Fault.NetworkSlow:
                _ground.Count(fault);
                _ground.Network.SpikePerMille = _chance.Pick(10, 200);
                _ground.Network.Spike = _chance.Ms(50, 4_000);
                After(length, () => _ground.Network.SpikePerMille = 0);
                break;
            case Fault.Garbage:
                _ground.GarbagePerMille = _chance.Pick(5, 100);
                After(length, () => _ground.GarbagePerMille = 0);
                break;
            case Fault.Flood:
                _ground.Count(fault);
                _ground.Haste = _chance.Pick(5, 30);
                After(length, () => _ground.Haste = 1);
                break;
            case Fault.SessionCut or Fault.LinkCut or Fault.SessionHalfOpen or Fault.LinkHalfOpen:
                BeginOnLine(fault);
                break;
            default:
                BeginAtIssuer(fault, length, _issuers[_chance.Below(_issuers.Count)]);
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

        _ground.Count(fault);
        Line victim = lines[_chance.Below(lines.Length)];
        if (fault is Fault.SessionCut or Fault.LinkCut)
        {
            _ground.Network.Cut(victim, _chance.Ms(0, 200));
            return;
        }

        bool isBoth = _chance.Coin();
        victim.IsDeafAtNode = isBoth || _chance.Coin();
        victim.IsDeafAtPeer = isBoth || !victim.IsDeafAtNode;
        if (!isLink)
        {
            // An acquirer's own echo or keep-alive finds out in the end.
            _ground.Network.Cut(victim, _chance.Ms(500, 8_000));
        }
    }

    private void BeginAtIssuer(Fault fault, long length, IssuerActor issuer)
    {
        IssuerMood mood = issuer.Mood;
        switch (fault)
        {
            case Fault.IssuerGray:
                mood.Gray = _chance.Pick(10, 50, 300, 900);
                After(length, () => issuer.Mood.Gray = 0);
                break;
            case Fault.IssuerSilent:
                mood.IsSilent = true;
                mood.AnswersEcho = _chance.Coin();
                After(length, () => issuer.Mood.IsSilent = false);
                break;
            case Fault.IssuerRefuses:
                mood.RefusesConnections = true;
                CutAll(issuer);
                After(length, () => issuer.Mood.RefusesConnections = false);
                break;
            case Fault.IssuerFlaps:
                _ground.Scheduler.In(0, this, Flap, _ground.Now + length, issuer);
                break;
            case Fault.IssuerSlow:
                _ground.Count(fault);
                mood.Slowness = _chance.Ms(100, 8_000);
                After(length, () => issuer.Mood.Slowness = 0);
                break;
            case Fault.WrongReply:
                mood.Wrong = _chance.Pick(20, 300);
                After(length, () => issuer.Mood.Wrong = 0);
                break;
            case Fault.DuplicateReply:
                mood.Twice = _chance.Pick(20, 300);
                After(length, () => issuer.Mood.Twice = 0);
                break;
            case Fault.IssuerSignsOff:
                _ground.Count(fault);
                issuer.Sign(off: true);
                After(length, () => issuer.Sign(off: false));
                break;
            case Fault.IssuerRefusesAdvices:
                mood.RefusesAdvices = _chance.Pick(200, 1_000);
                After(length, () => issuer.Mood.RefusesAdvices = 0);
                break;
            case Fault.PoisonedAdvice:
                mood.PoisonOneIn = _chance.Pick(7, 50);
                After(length, () => issuer.Mood.PoisonOneIn = 0);
                break;
            case Fault.IssuerSays91:
                mood.Says91 = _chance.Pick(50, 1_000);
                After(length, () => issuer.Mood.Says91 = 0);
                break;
        }
    }

    private void KillSomehow()
    {
        switch (_chance.Below(4))
        {
            case 0:
                _node.Crash(powerCut: false);
                break;
            case 1:
                _node.Crash(powerCut: true);
                break;
            case 2:
                _node.Disk.CrashAfter(_chance.Below(8));
                break;
            default:
                _node.CrashInRecoveryAfter = _chance.Below(12);
                _node.Crash(_chance.Coin());
                break;
        }
    }

    private void FlapOnce(IssuerActor issuer, long until)
    {
        _ground.Count(Fault.IssuerFlaps);
        CutAll(issuer);
        if (_ground.Now < until)
        {
            _ground.Scheduler.In(_chance.Ms(200, 2_000), this, Flap, until, issuer);
        }
    }

    private void CutAll(IssuerActor issuer)
    {
        foreach (Line line in issuer.Lines.ToArray())
        {
            _ground.Network.Cut(line, _chance.Ms(0, 50));
        }
    }

    private void After(long length, Action end) => _ground.Scheduler.In(length, this, Relent, 0, end);
}
