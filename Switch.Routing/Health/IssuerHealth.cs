using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Health;

/// <summary>
/// The health of one issuer, of its links, and of the routes that lead to it; and what is to be blamed when requests
/// fail: one link among good ones, one route among good ones, or the issuer.
/// </summary>
internal sealed class IssuerHealth
{
    // A reply is overdue after so many times the usual latency.
    private const int OverdueFactor = 4;

    private static readonly long _slotLeast = 100 * Instant.TicksPerMs;

    // Requests are sent up to so long after the process was last seen to run.
    private static readonly long _tick = 10 * Instant.TicksPerMs;

    private readonly HealthSettings _settings;
    private readonly long _timeout;
    private readonly long _width;
    private readonly int _inFlightMax;
    private readonly List<HealthSubject> _routes = [];
    private readonly Suspects _suspects;
    private long _slot;
    private long _slotBegan;
    private long _stoodAt = long.MinValue / 2;
    private long _stoodFor;

    public IssuerHealth(HealthSettings settings, IReadOnlyList<int> links, TimeSpan timeout, int inFlightMax)
    {
        _settings = settings;
        _timeout = timeout.Ticks;
        _width = Math.Max(_slotLeast, _timeout / 32);
        _inFlightMax = inFlightMax;
        Whole = new HealthSubject(HealthScope.Issuer, -1, settings, _width, inFlightMax);
        Links = [.. links.Select(link => new HealthSubject(HealthScope.Link, link, settings, _width, int.MaxValue))];
        _suspects = new Suspects(settings, Whole, Links, _routes);
        SetLimits(0);
    }

    public bool IsOn => _settings.IsOn;

    public HealthSubject Whole { get; }

    /// <summary>In the order of the issuer's links.</summary>
    public HealthSubject[] Links { get; }

    public IReadOnlyList<HealthSubject> Routes => _routes;

    public UsualLatency Usual { get; } = new();

    /// <summary>A request without a reply is overdue after so many ticks.</summary>
    public long OverdueAfter { get; private set; }

    /// <summary>A request has failed after so many ticks, answered or not.</summary>
    public long FailedAfter { get; private set; }

    /// <summary>The slot of time in which a request was sent, for all parts of the issuer.</summary>
    public long SlotOf(long sentAt)
    {
        // Most requests are of the slot that was asked for last, and a division takes as long as all else here.
        if ((ulong)(sentAt - _slotBegan) >= (ulong)_width)
        {
            _slot = sentAt / _width;
            _slotBegan = _slot * _width;
        }

        return _slot;
    }

    /// <summary>A route leads here, and a request takes it for the first time.</summary>
    public HealthSubject AddRoute(int route)
    {
        var subject = new HealthSubject(HealthScope.Route, route, _settings, _width, _inFlightMax);
        _routes.Add(subject);
        return subject;
    }

    /// <summary>
    /// One part was diverted: what the whole and the other kind of parts learned meanwhile may have been its doing. The
    /// requests of its own kind were others.
    /// </summary>
    public void ForgetOthers(HealthSubject blamed, long now)
    {
        Forget(Whole, blamed, now);
        if (blamed.Scope != HealthScope.Link)
        {
            Forget(Links, blamed, now);
        }

        if (blamed.Scope != HealthScope.Route)
        {
            Forget(_routes, blamed, now);
        }
    }

    /// <summary>What is usual now.</summary>
    /// <param name="ownDelay">By which the switch itself is late, in ticks: an issuer is not blamed for it.</param>
    public void Step(long now, long ownDelay)
    {
        Usual.Step(now);
        SetLimits(ownDelay);
    }

    /// <summary>The process of the switch did not run: what is open says nothing any more.</summary>
    /// <param name="elapsed">For so long, in ticks.</param>
    public void StoodStill(long now, long elapsed)
    {
        // Shorter than a slot, or soon after another time: what is usual is judged more leniently for a while instead.
        if (elapsed < _width + _tick || now - _stoodAt < _timeout)
        {
            return;
        }

        _stoodAt = now;
        _stoodFor = elapsed;
        Whole.StoodStill(now);
        foreach (HealthSubject link in Links)
        {
            link.StoodStill(now);
        }

        foreach (HealthSubject route in _routes)
        {
            route.StoodStill(now);
        }
    }

    /// <summary>
    /// Of a request that times out now: the process ran for less than half of its time-out, so a reply had no chance.
    /// </summary>
    public bool HadNoTime(long sentAt, long now) => sentAt < _stoodAt && now - sentAt - _stoodFor < _timeout / 2;

    /// <summary>
    /// Which part of the issuer is to be diverted for what is wrong with <paramref name="subject"/>. False: not clear
    /// yet, so look again.
    /// </summary>
    public bool TryBlame(HealthSubject subject, long now, out Blame blame)
    {
        long overdue = now - OverdueAfter;
        if (subject.Scope != HealthScope.Issuer && !subject.IsGood)
        {
            blame = new Blame(subject, subject.SuspectPercent(now, overdue)); // It fails on its way back.
            return true;
        }

        // What was sent in the slot in which the trouble began may have been sent before it did.
        long since = Math.Max(subject.TroubleSince(now, overdue) + _width, subject.ChangedAt);
        return _suspects.TryBlame(subject, since, now, overdue, out blame);
    }

    private static void Forget(IReadOnlyList<HealthSubject> subjects, HealthSubject blamed, long now)
    {
        for (int i = 0; i < subjects.Count; i++)
        {
            Forget(subjects[i], blamed, now);
        }
    }

    private static void Forget(HealthSubject subject, HealthSubject blamed, long now)
    {
        if (subject != blamed && subject.IsGood)
        {
            subject.Forget(now);
        }
    }

    private void SetLimits(long ownDelay)
    {
        long failedMax = _timeout - (_timeout / 10);
        long usual = Usual.P99 * OverdueFactor;
        FailedAfter = Math.Min(failedMax, Math.Max(_settings.SlowAfter.Ticks, usual));
        OverdueAfter = Usual.P99 == 0
            ? FailedAfter / 2
            : Math.Min(FailedAfter, Math.Max(_settings.OverdueMin.Ticks, usual));

        // There and back; but a switch that is late for long must find a silent issuer all the same.
        long delay = Math.Min(2 * ownDelay, _timeout / 2);
        FailedAfter += delay;
        OverdueAfter += delay;
    }
}
