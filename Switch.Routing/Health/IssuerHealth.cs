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

    // A part is to blame when most of its requests fail, and so many of the others' were answered since.
    private const int OddPercent = 80;
    private const int WellLeast = 4;
    private const int WellLeastOfSilent = 2;

    private static readonly long _slotLeast = 100 * Instant.TicksPerMs;

    private readonly HealthSettings _settings;
    private readonly long _timeout;
    private readonly long _width;
    private readonly int _inFlightMax;
    private readonly List<HealthSubject> _routes = [];

    public IssuerHealth(HealthSettings settings, IReadOnlyList<int> links, TimeSpan timeout, int inFlightMax)
    {
        _settings = settings;
        _timeout = timeout.Ticks;
        _width = Math.Max(_slotLeast, _timeout / 32);
        _inFlightMax = inFlightMax;
        Whole = new HealthSubject(HealthScope.Issuer, -1, settings, _width, inFlightMax);
        Links = [.. links.Select(link => new HealthSubject(HealthScope.Link, link, settings, _width, int.MaxValue))];
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
    public long SlotOf(long sentAt) => sentAt / _width;

    /// <summary>A route leads here, and a request takes it for the first time.</summary>
    public HealthSubject AddRoute(int route)
    {
        var subject = new HealthSubject(HealthScope.Route, route, _settings, _width, _inFlightMax);
        _routes.Add(subject);
        return subject;
    }

    /// <summary>One part was diverted: what the others learned meanwhile may have been its doing.</summary>
    public void ForgetOthers(HealthSubject blamed, long now)
    {
        Forget(Whole, blamed, now);
        foreach (HealthSubject link in Links)
        {
            Forget(link, blamed, now);
        }

        foreach (HealthSubject route in _routes)
        {
            Forget(route, blamed, now);
        }
    }

    /// <summary>What is usual now.</summary>
    /// <param name="ownDelay">By which the switch itself is late, in ticks: an issuer is not blamed for it.</param>
    public void Step(long now, long ownDelay)
    {
        Usual.Step(now);
        SetLimits(ownDelay);
    }

    /// <summary>
    /// Which part of the issuer is to be diverted for what is wrong with <paramref name="subject"/>; null: none, as
    /// more than it is diverted already.
    /// </summary>
    public HealthSubject? Blame(HealthSubject subject, long now)
    {
        long overdue = now - OverdueAfter;
        HealthSubject? link = Odd(Links, now, overdue);
        if (link is not null || subject.Scope == HealthScope.Link)
        {
            return link; // A link is to blame only while another is well.
        }

        if (subject.Scope == HealthScope.Issuer)
        {
            return Odd(_routes, now, overdue) ?? subject;
        }

        long since = subject.TroubleSince(overdue) + _width;
        bool isOtherWell = false;
        foreach (HealthSubject route in _routes)
        {
            isOtherWell |= route != subject && route.IsWellSince(since, overdue, WellLeast);
        }

        return isOtherWell ? subject : Whole.IsGood ? Whole : null;
    }

    private static void Forget(HealthSubject subject, HealthSubject blamed, long now)
    {
        if (subject != blamed && subject.IsGood)
        {
            subject.Forget(now);
        }
    }

    // The one that fails while all others that are asked since are well.
    private HealthSubject? Odd(IReadOnlyList<HealthSubject> parts, long now, long overdue)
    {
        HealthSubject? odd = null;
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].IsGood && parts[i].SuspectPercent(now, overdue) >= OddPercent)
            {
                if (odd is not null)
                {
                    return null;
                }

                odd = parts[i];
            }
        }

        return odd is not null && AreOthersWell(parts, odd, overdue) ? odd : null;
    }

    private bool AreOthersWell(IReadOnlyList<HealthSubject> parts, HealthSubject odd, long overdue)
    {
        long since = odd.TroubleSince(overdue) + _width;
        int least = odd.MayBeSilent(overdue) ? WellLeastOfSilent : WellLeast;
        bool isOneWell = false;
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] != odd && parts[i].IsGood)
            {
                bool isWell = parts[i].IsWellSince(since, overdue, least);
                if (!isWell && parts[i].IsBadSince(since, overdue))
                {
                    return false;
                }

                isOneWell |= isWell;
            }
        }

        return isOneWell;
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
