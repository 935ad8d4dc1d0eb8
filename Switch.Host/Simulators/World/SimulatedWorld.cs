using Switch.Routing.Context;
using Switch.Routing.Core;

namespace Switch.Host.Simulators.World;

/// <summary>What one world came to.</summary>
internal sealed record WorldOutcome
{
    public required ulong Seed { get; init; }

    public required int Payments { get; init; }

    /// <summary>Payments that their acquirers hold approved in the end.</summary>
    public required int Approved { get; init; }

    public required long Crashes { get; init; }

    public required long Recoveries { get; init; }

    /// <summary>By <see cref="Fault"/>.</summary>
    public required IReadOnlyList<long> Faults { get; init; }

    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>Originals that the node had forgotten and its store knew.</summary>
    public required long LookUpsFound { get; init; }

    public required ulong TraceHash { get; init; }

    public required TimeSpan Simulated { get; init; }

    public required long Events { get; init; }

    /// <summary>What was seen of the payment that was watched.</summary>
    public required IReadOnlyList<(long Time, string Line)> Timeline { get; init; }
}

/// <summary>
/// One world from its seed to its end: the real core, codec and journal among acquirers, issuers, a network and a disk
/// that fail. First a time of faults, then everything heals and must drain, then the books are compared.
/// </summary>
internal sealed class SimulatedWorld
{
    /// <summary>Reported as an invariant: the switch's own code threw what it does not expect.</summary>
    private const string Crash = "crash";

    // Virtual time from healing until everything owed must have been delivered.
    private const long DrainMax = 20 * TimeSpan.TicksPerMinute;

    // And from then until every party has its totals.
    private const long ReconcileMax = TimeSpan.TicksPerMinute;

    private readonly Ground _ground;
    private readonly Node _node;
    private readonly IssuerActor[] _issuers;
    private readonly AcquirerActor[] _acquirers;
    private readonly Nemesis _nemesis;
    private readonly Operator _operator;
    private readonly Office[] _offices;

    private SimulatedWorld(WorldPlan plan, long watched, Action<AuthorizationCore>? prepare)
    {
        var chance = new Chance(plan.Seed ^ 0x5157);
        _ground = new Ground(plan, watched);
        _ground.Begin(chance.Split());
        _ground.Network.Jitter = plan.Jitter;
        _issuers = new IssuerActor[plan.Issuers.Length];
        for (int i = 0; i < _issuers.Length; i++)
        {
            _issuers[i] = new IssuerActor(_ground, i, chance.Split());
        }

        _node = new Node(_ground, _issuers, chance.Split(), prepare);
        _acquirers = new AcquirerActor[plan.Acquirers.Length];
        for (int i = 0; i < _acquirers.Length; i++)
        {
            _acquirers[i] = new AcquirerActor(_ground, _node, i, chance.Split());
        }

        NoteParties(plan);
        _nemesis = new Nemesis(_ground, _node, _issuers, chance.Split());
        _operator = new Operator(_ground, _node, chance.Split());
        for (int i = 0; i < _issuers.Length; i++)
        {
            IssuerActor issuer = _issuers[i];
            issuer.Files = new CardFileDesk(_ground, issuer, i, chance.Split());
            issuer.Office = new Office(
                _ground, plan.Issuers[i].Settings.Dialect, isIssuer: true, () => issuer.AnyLine());
        }

        foreach (AcquirerActor acquirer in _acquirers)
        {
            acquirer.Office = new Office(_ground, acquirer.Dialect, isIssuer: false, acquirer.AnyLine);
        }

        _offices = [.. _acquirers.Select(static one => one.Office!), .. _issuers.Select(static one => one.Office!)];
        for (int i = 0; i < plan.Cutovers; i++)
        {
            _offices[chance.Below(_offices.Length)].PlanCutover(chance.Between(0, plan.FaultsEnd));
        }
    }

    /// <summary>Runs a world to its end.</summary>
    /// <param name="plan">The world.</param>
    /// <param name="watched">A payment whose every step is to be written down; 0: none.</param>
    /// <param name="prepare">Done to each core before it recovers: where tests break it on purpose.</param>
    public static WorldOutcome Run(WorldPlan plan, long watched = 0, Action<AuthorizationCore>? prepare = null)
    {
        var world = new SimulatedWorld(plan, watched, prepare);
        try
        {
            world.Play();
        }
        catch (Exception defect) when (defect is not OutOfMemoryException)
        {
            // The process would end with 70 here, and the next start might end at the same record again.
            world._ground.Report(Crash, 0, defect.ToString());
        }

        return world.Outcome();
    }

    private void Play()
    {
        RunFaults();
        Drain();
        bool isReconciled = Reconcile();
        var checker = new Checker(_ground, _node, _issuers, _acquirers);
        checker.Check(isReconciled);
        CoreCounters before = _node.Counters;
        _node.Reboot();
        checker.CheckRecovered(before, _node.Counters);
    }

    private void NoteParties(WorldPlan plan)
    {
        foreach (AcquirerPlan one in plan.Acquirers)
        {
            _ground.Note(
                0,
                $"{one.Settings.Name} speaks {one.Settings.Dialect.Name}, zone {one.Zone}, DE 12 {one.BearsLocalTime}, "
                + $"echoed {one.EchoesLocalTime}, {one.Naming}, {one.Settings.ReversalAmount}, relies "
                + $"{one.ReliesOnSwitch}");
        }

        foreach (IssuerPlan one in plan.Issuers)
        {
            _ground.Note(
                0,
                $"{one.Settings.Name} speaks {one.Settings.Dialect.Name}, late {one.Settings.LateApprovals}, needs the "
                + $"repeat digit {one.NeedsRepeatDigit}");
        }
    }

    private void RunFaults()
    {
        while (!Array.TrueForAll(_acquirers, static one => one.IsDone) && _ground.Scheduler.Step())
        {
        }

        while (_ground.Now < _ground.Plan.FaultsEnd && _ground.Scheduler.Step())
        {
        }

        _ground.Note(0, "everything heals");
        _nemesis.Heal();
        _operator.Heal();
    }

    private void Drain()
    {
        long until = _ground.Now + DrainMax;
        long nextLook = _ground.Now;
        while (_ground.Scheduler.Step() && _ground.Now < until)
        {
            if (_ground.Now >= nextLook)
            {
                nextLook = _ground.Now + TimeSpan.TicksPerSecond;
                if (IsDrained())
                {
                    return;
                }
            }
        }

        CoreCounters counters = _node.Counters;
        Payment? open = _ground.Payments.Find(static payment => !payment.IsSettled);
        _ground.Report(
            "I17", open?.Id ?? 0,
            $"not drained {DrainMax / TimeSpan.TicksPerMinute} min after healing: {counters.Pending} pending, "
            + $"{counters.OwedNow} owed, first open payment {open?.Id ?? 0}, node {(_node.IsUp ? "up" : "down")}");
    }

    // Every party asks for its totals. Not where the node's calendar jumped: which dates to ask for is anybody's guess.
    private bool Reconcile()
    {
        if (!_ground.Plan.IsPlain || _ground.Violations.Count > 0 || _ground.Faults[(int)Fault.ClockJump] > 0)
        {
            return false;
        }

        Array.ForEach(_acquirers, static one => one.IsResting = true);
        Array.ForEach(_offices, static one => one.Reconcile());

        long until = _ground.Now + ReconcileMax;
        while (!Array.TrueForAll(_offices, static one => one.IsDone))
        {
            if (!_ground.Scheduler.Step() || _ground.Now > until)
            {
                _ground.Report("I17", 0, "a reconciliation was never answered");
                return false;
            }
        }

        return true;
    }

    private bool IsDrained()
    {
        CoreCounters counters = _node.Counters;
        if (!_node.IsUp || _ground.Now <= _ground.LastThought
            || counters.Pending > 0 || counters.OwedNow > 0 || !_node.Journal.IsIdle
            || !_operator.IsDone || !Array.TrueForAll(_issuers, static one => one.Files!.IsDone)
            || _ground.Payments.Exists(static payment => !payment.IsSettled))
        {
            return false;
        }

        for (int link = 0; link < _ground.Plan.LinkCount; link++)
        {
            if (!_node.IsLinkReady(link))
            {
                return false;
            }
        }

        return true;
    }

    private WorldOutcome Outcome() => new()
    {
        Seed = _ground.Plan.Seed,
        Payments = _ground.Payments.Count,
        Approved = _ground.Payments.Count(static payment => payment.State == PaymentState.Approved),
        Crashes = _node.Crashes - 1,
        Recoveries = _node.Recoveries - 2,
        Faults = _ground.Faults,
        Violations = _ground.Violations,
        LookUpsFound = _ground.LookUpsFound,
        TraceHash = _ground.Trace.Value,
        Simulated = TimeSpan.FromTicks(_ground.Now),
        Events = _ground.Scheduler.Delivered,
        Timeline = _ground.Timeline,
    };
}
