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

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly IssuerActor[] _issuers;
    private readonly AcquirerActor[] _acquirers;
    private readonly Nemesis _nemesis;
    private readonly Operator _operator;
    private readonly BackOffice[] _backOffices;

    private SimulatedWorld(WorldPlan plan, long watched, Action<AuthorizationCore>? prepare)
    {
        var random = new RandomSource(plan.Seed ^ 0x5157);
        _context = new WorldContext(plan, watched);
        _context.Begin(random.Split());
        _context.Network.Jitter = plan.Jitter;
        _issuers = new IssuerActor[plan.Issuers.Length];
        for (int i = 0; i < _issuers.Length; i++)
        {
            _issuers[i] = new IssuerActor(_context, i, random.Split());
        }

        _node = new Node(_context, _issuers, random.Split(), prepare);
        _acquirers = new AcquirerActor[plan.Acquirers.Length];
        for (int i = 0; i < _acquirers.Length; i++)
        {
            _acquirers[i] = new AcquirerActor(_context, _node, i, random.Split());
        }

        NoteParties(plan);
        _nemesis = new Nemesis(_context, _node, _issuers, random.Split());
        _operator = new Operator(_context, _node, random.Split());
        for (int i = 0; i < _issuers.Length; i++)
        {
            IssuerActor issuer = _issuers[i];
            issuer.Files = new CardFileDesk(_context, issuer, i, random.Split());
            issuer.BackOffice = new BackOffice(
                _context, plan.Issuers[i].Settings.Dialect, _context.Macs.OfIssuer(i), isIssuer: true,
                () => issuer.AnyLine());
        }

        foreach (AcquirerActor acquirer in _acquirers)
        {
            acquirer.BackOffice = new BackOffice(
                _context, acquirer.Dialect, _context.Macs.OfAcquirer(acquirer.Index), isIssuer: false,
                acquirer.Lines.Any);
        }

        foreach (AcquirerActor one in _acquirers)
        {
            one.BackOffice!.Officer = new KeyOfficer(
                _context, isIssuer: false, one.Index, one.Dialect, one.Lines.Any);
        }

        for (int i = 0; i < _issuers.Length; i++)
        {
            IssuerActor one = _issuers[i];
            one.BackOffice!.Officer = new KeyOfficer(
                _context, isIssuer: true, i, plan.Issuers[i].Settings.Dialect, one.AnyLine);
        }

        _backOffices =
        [
            .. _acquirers.Select(static one => one.BackOffice!),
            .. _issuers.Select(static one => one.BackOffice!),
        ];
        for (int i = 0; i < plan.Cutovers; i++)
        {
            _backOffices[random.Below(_backOffices.Length)].PlanCutover(random.Between(0, plan.FaultsEnd));
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
            world._context.Report(Crash, 0, defect.ToString());
        }

        return world.Outcome();
    }

    private void Play()
    {
        RunFaults();
        Drain();
        bool isReconciled = Reconcile();
        var checker = new Checker(_context, _node, _issuers, _acquirers);
        checker.Check(isReconciled);
        CoreCounters before = _node.Counters;
        _context.Faults[(int)Fault.Hedged] += (int)before.Hedges;
        _node.Reboot();
        checker.CheckRecovered(before, _node.Counters);
    }

    private void NoteParties(WorldPlan plan)
    {
        foreach (AcquirerPlan one in plan.Acquirers)
        {
            _context.Note(
                0,
                $"{one.Settings.Name} speaks {one.Settings.Dialect.Name}, zone {one.Zone}, DE 12 {one.BearsLocalTime}, "
                + $"echoed {one.EchoesLocalTime}, {one.Naming}, {one.Settings.ReversalAmount}, relies "
                + $"{one.ReliesOnSwitch}");
        }

        foreach (IssuerPlan one in plan.Issuers)
        {
            _context.Note(
                0,
                $"{one.Settings.Name} speaks {one.Settings.Dialect.Name}, late {one.Settings.LateApprovals}, needs the "
                + $"repeat digit {one.NeedsRepeatDigit}");
        }
    }

    private void RunFaults()
    {
        while (!Array.TrueForAll(_acquirers, static one => one.IsDone) && _context.Scheduler.Step())
        {
        }

        while (_context.Now < _context.Plan.FaultsEnd && _context.Scheduler.Step())
        {
        }

        _context.Note(0, "everything heals");
        _nemesis.Heal();
        _operator.Heal();
    }

    private void Drain()
    {
        long until = _context.Now + DrainMax;
        long nextLook = _context.Now;
        while (_context.Scheduler.Step() && _context.Now < until)
        {
            if (_context.Now >= nextLook)
            {
                nextLook = _context.Now + TimeSpan.TicksPerSecond;
                if (IsDrained())
                {
                    return;
                }
            }
        }

        CoreCounters counters = _node.Counters;
        Payment? open = _context.Payments.Find(static payment => !payment.IsSettled);
        _context.Report(
            "I17", open?.Id ?? 0,
            $"not drained {DrainMax / TimeSpan.TicksPerMinute} min after healing: {counters.Pending} pending, "
            + $"{counters.OwedNow} owed, first open payment {open?.Id ?? 0}, node {(_node.IsUp ? "up" : "down")}");
    }

    // Every party asks for its totals. Not where the node's calendar jumped: which dates to ask for is anybody's guess.
    private bool Reconcile()
    {
        if (!_context.Plan.IsPlain || _context.Violations.Count > 0 || _context.Faults[(int)Fault.ClockJump] > 0)
        {
            return false;
        }

        Array.ForEach(_acquirers, static one => one.IsResting = true);
        Array.ForEach(_backOffices, static one => one.Reconcile());

        long until = _context.Now + ReconcileMax;
        while (!Array.TrueForAll(_backOffices, static one => one.IsDone))
        {
            if (!_context.Scheduler.Step() || _context.Now > until)
            {
                _context.Report("I17", 0, "a reconciliation was never answered");
                return false;
            }
        }

        return true;
    }

    private bool IsDrained()
    {
        CoreCounters counters = _node.Counters;
        if (!_node.IsUp || _context.Now <= _context.LastCheck
            || counters.Pending > 0 || counters.OwedNow > 0 || !_node.Journal.IsIdle
            || !_operator.IsDone || !Array.TrueForAll(_backOffices, static one => one.Officer!.IsDone)
            || !Array.TrueForAll(_issuers, static one => one.Files!.IsDone)
            || !Array.TrueForAll(_acquirers, static one => one.Lines.AreSignedOn)
            || _context.Payments.Exists(static payment => !payment.IsSettled))
        {
            return false;
        }

        for (int link = 0; link < _context.Plan.LinkCount; link++)
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
        Seed = _context.Plan.Seed,
        Payments = _context.Payments.Count,
        Approved = _context.Payments.Count(static payment => payment.State == PaymentState.Approved),
        Crashes = _node.Crashes - 1,
        Recoveries = _node.Recoveries - 2,
        Faults = _context.Faults,
        Violations = _context.Violations,
        LookUpsFound = _context.LookUpsFound,
        TraceHash = _context.Trace.Value,
        Simulated = TimeSpan.FromTicks(_context.Now),
        Events = _context.Scheduler.Delivered,
        Timeline = _context.Timeline,
    };
}
