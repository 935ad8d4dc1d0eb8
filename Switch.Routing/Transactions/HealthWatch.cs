using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Judges issuers, their links and the routes to them by what becomes of requests, and says who may be asked. Every
/// change of a state is recorded and reported with its reason in numbers.
/// </summary>
/// <param name="testLink">Sends an echo test at once.</param>
internal sealed class HealthWatch(CoreContext context, TransactionLog log, Action<LinkRecord> testLink)
{
    // Fast enough to see silence soon, slow enough to cost nothing.
    private const long LookTicks = 50 * Instant.TicksPerMs;

    // By the route's position and the issuer's place in it. Made when a route is first taken.
    private readonly HealthSubject?[][] _routes =
        [.. context.Configuration.Routes.Routes.Select(static route => new HealthSubject?[route.Standby.Count + 1])];

    private long _nextLook;
    private long _sampleLsn;
    private long _sampledAt;
    private bool _isCapDue;

    /// <summary>By which the switch itself is late, in ticks.</summary>
    public long OwnDelay { get; private set; }

    /// <summary>Whether a request may go to an issuer now. Ask only to send.</summary>
    /// <param name="candidate">The issuer's place in the route.</param>
    /// <param name="isForced">There is nothing else behind: what its health says does not count, its caps do.</param>
    public HealthGate Ask(Transaction transaction, int candidate, IssuerState issuer, bool isForced)
    {
        long now = context.Now.Ticks;
        IssuerHealth health = issuer.Health;
        if (!health.IsOn)
        {
            return issuer.Breaker.TryPass(now) ? HealthGate.Pass : HealthGate.Divert;
        }

        HealthSubject route = RouteAt(transaction, candidate, health);
        if (isForced)
        {
            bool hasRoom = health.Whole.HasLastRoom && route.HasLastRoom;
            return hasRoom ? HealthGate.Pass : HealthGate.Divert;
        }

        if (health.Whole.Passes && route.Passes)
        {
            return HealthGate.Pass;
        }

        HealthGate whole = health.Whole.Ask(now);
        HealthGate own = route.Ask(now);
        return whole == HealthGate.Divert || own == HealthGate.Divert ? HealthGate.Divert
            : whole == HealthGate.Probe || own == HealthGate.Probe ? HealthGate.Probe
            : HealthGate.Pass;
    }

    /// <summary>Whether the issuer in that place of the route, or the route there, takes probes only.</summary>
    public bool IsDown(Transaction transaction, int candidate)
    {
        IssuerHealth health = context.Issuers[transaction.Route!.IssuerAt(candidate)].Health;
        return health.Whole.State == HealthState.Down
            || RouteAt(transaction, candidate, health).State == HealthState.Down;
    }

    /// <summary>A request was handed to a link.</summary>
    public void Sent(Transaction transaction, ref Leg leg, IssuerState issuer, LinkRecord link)
    {
        if (!issuer.Health.IsOn)
        {
            return;
        }

        HealthSubject whole = issuer.Health.Whole;
        HealthSubject route = RouteAt(transaction, leg.Candidate, issuer.Health);
        long amount = transaction.Facts.Amount;
        long slot = issuer.Health.SlotOf(leg.SentAt);
        if (whole.IsGood && route.IsGood && link.Health.IsGood)
        {
            leg.Counts = HealthParts.All;
            whole.Take(leg.SentAt, slot, amount, counts: true);
            route.Take(leg.SentAt, slot, amount, counts: true);
            link.Health.Take(leg.SentAt, slot, amount, counts: true);
            return;
        }

        // What a sick part does says nothing about the others; but while the whole comes back, a route that stays sick
        // is to be told from it.
        bool forLink = (route.IsGood && whole.IsGood) || !link.Health.IsGood;
        bool forRoute = (link.Health.IsGood && whole.Level > 0) || !route.IsGood;
        bool forWhole = (link.Health.IsGood && route.IsGood) || !whole.IsGood;
        leg.Counts = (forLink ? HealthParts.Link : HealthParts.None)
            | (forRoute ? HealthParts.Route : HealthParts.None) | (forWhole ? HealthParts.Issuer : HealthParts.None);
        whole.Take(leg.SentAt, slot, amount, forWhole);
        route.Take(leg.SentAt, slot, amount, forRoute);
        link.Health.Take(leg.SentAt, slot, amount, forLink);
    }

    /// <summary>Not a byte of it left.</summary>
    public void Unsent(Transaction transaction, in Leg leg, IssuerState issuer)
    {
        if (!issuer.Health.IsOn)
        {
            issuer.Breaker.ProbeUnsent();
            return;
        }

        long amount = transaction.Facts.Amount;
        long slot = issuer.Health.SlotOf(leg.SentAt);
        issuer.Health.Whole.Unsent(slot, amount, (leg.Counts & HealthParts.Issuer) != 0);
        RouteAt(transaction, leg.Candidate, issuer.Health).Unsent(slot, amount, (leg.Counts & HealthParts.Route) != 0);
        context.Links[leg.Link].Health.Unsent(slot, amount, (leg.Counts & HealthParts.Link) != 0);
    }

    /// <summary>The issuer replied.</summary>
    /// <param name="ticks">After so long.</param>
    public void Replied(Transaction transaction, in Leg leg, IssuerState issuer, long ticks, bool isTechnical)
    {
        IssuerHealth health = issuer.Health;
        Verdict verdict = isTechnical ? Verdict.Technical
            : ticks > health.FailedAfter ? Verdict.Slow
            : Verdict.Good;
        bool isUsual = End(transaction, leg, issuer, verdict);
        if (isUsual && verdict == Verdict.Good)
        {
            health.Usual.Add(ticks);
        }
    }

    /// <summary>No reply came, and none will be waited for.</summary>
    public void Lost(Transaction transaction, in Leg leg, IssuerState issuer) =>
        End(transaction, leg, issuer, Verdict.Lost);

    /// <summary>
    /// A message came that had been received so long ago: a switch that is late must not blame its issuers.
    /// </summary>
    public void Came(long receivedAt)
    {
        long delay = context.Now.Ticks - receivedAt;
        if (receivedAt != 0 && delay > OwnDelay)
        {
            OwnDelay = delay;
        }
    }

    /// <summary>
    /// The process has not run for a while. Whether requests in flight would have been answered in time is not known:
    /// what becomes of them says nothing about their issuers. An issuer whose time-out has not passed since the last
    /// time is judged as ever, so that no machine is bad enough to hide a sick one.
    /// </summary>
    /// <param name="elapsed">Since it ran last, in ticks.</param>
    public void StoodStill(long elapsed)
    {
        long now = context.Now.Ticks;
        context.Counters.Standstills++;
        context.Effects.Raise(Incident.ProcessStoodStill, 0, elapsed / Instant.TicksPerMs);
        foreach (IssuerState issuer in context.Issuers)
        {
            issuer.Health.StoodStill(now, elapsed);
        }
    }

    /// <summary>Everything up to this position is durable: requests that waited for it have left.</summary>
    public void Committed(long lsn)
    {
        if (_sampleLsn != 0 && lsn >= _sampleLsn)
        {
            OwnDelay = Math.Max(OwnDelay, context.Now.Ticks - _sampledAt);
            _sampleLsn = 0;
        }
    }

    /// <summary>Time passed.</summary>
    /// <param name="elapsed">Since the last time, in ticks.</param>
    public void Tick(long elapsed)
    {
        long now = context.Now.Ticks;
        if (now < _nextLook || context.IsShuttingDown || context.JournalFailed)
        {
            return;
        }

        if (elapsed > LookTicks)
        {
            OwnDelay = Math.Max(OwnDelay, elapsed); // The process stood still: replies are still in the line.
        }

        SampleJournal(now);
        _nextLook = now + LookTicks;
        _isCapDue = !_isCapDue;
        foreach (IssuerState issuer in context.Issuers)
        {
            if (issuer.Health.IsOn)
            {
                Look(issuer, now);
            }
        }

        OwnDelay -= OwnDelay / 8;
    }

    private void SampleJournal(long now)
    {
        if (_sampleLsn == 0 && log.LastLsn > context.DurableLsn)
        {
            _sampleLsn = log.LastLsn;
            _sampledAt = now;
        }
        else if (_sampleLsn != 0)
        {
            OwnDelay = Math.Max(OwnDelay, now - _sampledAt);
        }
    }

    private void Look(IssuerState issuer, long now)
    {
        IssuerHealth health = issuer.Health;
        health.Step(now, OwnDelay);
        foreach (HealthSubject link in health.Links)
        {
            Look(issuer, link, now);
        }

        Look(issuer, health.Whole, now);
        for (int i = 0; i < health.Routes.Count; i++)
        {
            Look(issuer, health.Routes[i], now);
        }
    }

    private void Look(IssuerState issuer, HealthSubject subject, long now)
    {
        IssuerHealth health = issuer.Health;
        HealthCause cause = subject.Look(now, now - health.OverdueAfter, now - health.FailedAfter);
        if (_isCapDue && subject.Scope != HealthScope.Link)
        {
            subject.StepCap(now, now - health.OverdueAfter);
        }

        if (cause == HealthCause.None)
        {
            HealthState from = subject.State;
            if (subject.TryRise(now) && subject.State != from)
            {
                Tell(issuer, subject, from, HealthCause.Recovered);
            }
        }
        else if (!health.TryBlame(subject, now, out Blame blame))
        {
            return; // It is looked at again soon.
        }
        else if (blame.Subject is not null)
        {
            Eject(issuer, blame, cause, now);
        }
        else if (subject.Scope == HealthScope.Route)
        {
            subject.Forget(now);
        }
    }

    private void Eject(IssuerState issuer, Blame blame, HealthCause cause, long now)
    {
        HealthSubject subject = blame.Subject!;
        HealthState from = subject.State;
        long overdue = now - issuer.Health.OverdueAfter;
        Tally tally = subject.Recent(now, overdue);
        int percent = cause == HealthCause.Silence ? subject.SilentPercent
            : Math.Max(blame.BadPercent, subject.SuspectPercent(now, overdue));
        HealthChange change = ChangeOf(issuer, subject, from, cause, tally);
        subject.Eject(now, percent);
        issuer.Health.ForgetOthers(subject, now);
        Tell(change with { To = subject.State, Percent = subject.Percent });
        if (subject.Scope == HealthScope.Link)
        {
            testLink(context.Links[subject.Place]);
        }
    }

    private void Tell(IssuerState issuer, HealthSubject subject, HealthState from, HealthCause cause)
    {
        long now = context.Now.Ticks;
        Tell(ChangeOf(issuer, subject, from, cause, subject.Recent(now, now - issuer.Health.OverdueAfter)));
    }

    private void Tell(in HealthChange change)
    {
        context.Counters.HealthChanges++;
        log.Health(change);
        context.Effects.HealthChanged(change);
    }

    private static HealthChange ChangeOf(
        IssuerState issuer, HealthSubject subject, HealthState from, HealthCause cause, in Tally tally) =>
        new(
            subject.Scope, issuer.Index, subject.Place, from, subject.State, subject.Percent, cause, tally.Bad,
            tally.Total, subject.WindowMs, subject.UsualPerMille,
            (int)(issuer.Health.Usual.P99 / Instant.TicksPerMs));

    private bool End(Transaction transaction, in Leg leg, IssuerState issuer, Verdict verdict)
    {
        if (!issuer.Health.IsOn)
        {
            return false;
        }

        long now = context.Now.Ticks;
        long amount = transaction.Facts.Amount;
        long slot = issuer.Health.SlotOf(leg.SentAt);
        bool isUsual = issuer.Health.Whole.Ended(
            leg.SentAt, slot, now, verdict, amount, (leg.Counts & HealthParts.Issuer) != 0);
        RouteAt(transaction, leg.Candidate, issuer.Health).Ended(
            leg.SentAt, slot, now, verdict, amount, (leg.Counts & HealthParts.Route) != 0);
        context.Links[leg.Link].Health.Ended(
            leg.SentAt, slot, now, verdict, amount, (leg.Counts & HealthParts.Link) != 0);
        return isUsual;
    }

    private HealthSubject RouteAt(Transaction transaction, int candidate, IssuerHealth health)
    {
        int route = transaction.Route!.Index;
        return _routes[route][candidate] ??= health.AddRoute(route);
    }
}
