using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Health;

/// <summary>Whether a request may go somewhere, as far as health says.</summary>
internal enum HealthGate : byte
{
    /// <summary>Not: it goes to the standby or to stand-in.</summary>
    Divert,

    /// <summary>As ever.</summary>
    Pass,

    /// <summary>As a probe, or in the share of one that is coming back: with a short time-out.</summary>
    Probe,
}

/// <summary>
/// The health of an issuer, of one of its links, or of a route there: what came of its requests, and how much of the
/// traffic it gets. It falls to probes only at once, and comes back by steps of 5, 25, 50 and 100 % while it holds.
/// </summary>
internal sealed class HealthSubject
{
    /// <summary>All traffic goes there.</summary>
    public const int LevelAll = 4;

    // How much of the traffic each level gets, in percent.
    private static readonly int[] _percents = [0, 5, 25, 50, 100];

    // What is told, and what money is judged by.
    private const long WindowSlots = 100;

    // A second failure within this is one of the same trouble.
    private const long StableTicks = 60 * TimeSpan.TicksPerSecond;

    // Above this share of failures it is down; below, it fluctuates.
    private const int DownPercent = 80;

    // More than that is all: the share itself is not to be found again, it must be told from what is usual.
    private const int AllPercent = 90;

    private const int MoneyRequests = 8;

    // A sign of trouble: so many failures at least, in the last seconds.
    private const int SuspectLeast = 3;
    private const long SuspectSlots = 30;

    private const int UsualMax = 100_000;

    private readonly HealthSettings _settings;
    private readonly long _width;
    private readonly int _inFlightMax;
    private ShareTest _large;
    private ShareTest _small;
    private int _credit;
    private WayBack _back;
    private double _share;
    private int _ejectedPercent;
    private int _badInRow;
    private long _firstBadAt;
    private long _goodAt;
    private long _askedAt;
    private long _usualBad;
    private long _usualTotal;
    private long _changedAt;
    private long _holdUntil;
    private long _hold;
    private long _ejectedAt = long.MinValue / 2;
    private long _nextProbe;
    private VerdictWindow _window;

    /// <param name="width">Of a slot of its window, in ticks.</param>
    /// <param name="inFlightMax">The most requests that may be in flight there.</param>
    public HealthSubject(
        HealthScope scope, int place, HealthSettings settings, long width, int inFlightMax)
    {
        Scope = scope;
        Place = place;
        _settings = settings;
        _width = width;
        _window = new VerdictWindow(width);
        _inFlightMax = inFlightMax;
        InFlightCap = inFlightMax;
        _large = new ShareTest(settings.UsualShare, settings.LargeShare, settings.Certainty);
        _small = new ShareTest(settings.UsualShare, settings.SmallShare, settings.Certainty);
    }

    public HealthScope Scope { get; }

    /// <summary>The link's id, or the route's position; -1 of an issuer.</summary>
    public int Place { get; }

    /// <summary>0 to <see cref="LevelAll"/>.</summary>
    public int Level { get; private set; } = LevelAll;

    public bool IsGood => Level == LevelAll;

    public HealthState State =>
        Level == LevelAll ? HealthState.Good
        : Level == 0 && _ejectedPercent >= DownPercent ? HealthState.Down
        : HealthState.Fluctuating;

    /// <summary>The share of requests that goes there, in percent.</summary>
    public int Percent => _percents[Level];

    /// <summary>Requests in flight there.</summary>
    public int InFlight { get; private set; }

    /// <summary>How many may be: falls by halves while most requests fail, and grows back while they do not.</summary>
    public int InFlightCap { get; private set; }

    /// <summary>Whether one more may be.</summary>
    public bool HasRoom => InFlight < InFlightCap;

    /// <summary>Whether a request may go there as ever: what <see cref="Ask"/> would say, at once.</summary>
    public bool Passes => IsGood && HasRoom;

    /// <summary>Whether one more may be where there is no other way: a quarter of the bound is kept for that.</summary>
    public bool HasLastRoom => InFlight < Math.Max(InFlightCap, _inFlightMax / 4);

    /// <summary>What <see cref="Recent"/> looks at, in milliseconds.</summary>
    public int WindowMs => (int)(WindowSlots * _width / Instant.TicksPerMs);

    /// <summary>Since when it stands as it does; requests that were sent before say nothing about it.</summary>
    public long ChangedAt => _changedAt;

    /// <summary>The next request of those that ask. Takes nothing: see <see cref="Take"/>.</summary>
    public HealthGate Ask(long now)
    {
        if (Level == 0)
        {
            // However many wait there for their time-outs.
            return now >= _nextProbe ? HealthGate.Probe : HealthGate.Divert;
        }

        if (!HasRoom)
        {
            return HealthGate.Divert;
        }

        if (Level == LevelAll)
        {
            return HealthGate.Pass;
        }

        _credit = Math.Min(_credit + Percent, 200);
        return _credit >= 100 || now >= _nextProbe ? HealthGate.Probe : HealthGate.Divert;
    }

    /// <summary>The request that asked goes there.</summary>
    /// <param name="slot">Of now: see <see cref="IssuerHealth.SlotOf"/>.</param>
    /// <param name="counts">False: what comes of it says nothing about this, as a part of it is sick.</param>
    public void Take(long now, long slot, long amount, bool counts)
    {
        if (Level != LevelAll)
        {
            _credit = Math.Max(0, _credit - 100);
            _nextProbe = now + _settings.ProbeEvery.Ticks;
        }

        if (_window.Open == 0 && _badInRow == 0)
        {
            _askedAt = now; // Before this it was asked nothing, and said nothing.
        }

        InFlight++;
        if (counts)
        {
            _window.Sent(slot, amount);
        }
    }

    /// <summary>Not a byte of it left.</summary>
    public void Unsent(long slot, long amount, bool counts)
    {
        InFlight--;
        _nextProbe = 0;
        if (counts)
        {
            _window.Unsent(slot, amount);
        }
    }

    /// <summary>A request has ended. True when its latency may count for what is usual.</summary>
    public bool Ended(long sentAt, long slot, long now, Verdict verdict, long amount, bool counts)
    {
        InFlight--;
        if (!counts)
        {
            return false;
        }

        bool isNews = _window.TryEnd(slot, verdict, amount);
        if (sentAt < _changedAt)
        {
            return false;
        }

        if (verdict == Verdict.Good)
        {
            _badInRow = 0;
            _goodAt = now;
            if (isNews && IsGood && _large.IsCalm && _small.IsCalm)
            {
                CountUsual(bad: 0); // As nearly always: no test is moved by it.
                return true;
            }
        }

        if (isNews)
        {
            Count(verdict == Verdict.Good, sentAt);
        }

        return isNews && IsGood;
    }

    /// <summary>
    /// Looks at what is overdue. Says why it should not be asked any more; none: nothing is wrong.
    /// </summary>
    /// <param name="overdue">A request that was sent before is overdue.</param>
    /// <param name="failed">A request that was sent before has failed.</param>
    public HealthCause Look(long now, long overdue, long failed)
    {
        _window.Advance(now);
        while (_window.TryJudge(failed, out long startedAt, out int silent))
        {
            for (int i = 0; i < silent && startedAt >= _changedAt; i++)
            {
                Count(isGood: false, startedAt);
            }
        }

        if (Level == 0)
        {
            return HealthCause.None;
        }

        bool isSilent = BadInRow(overdue) >= _settings.SilentRequests
            && now - Math.Max(_goodAt, _askedAt) >= _settings.SilentFor.Ticks;
        if (isSilent || (IsGood ? _large.IsReached || _small.IsReached : _back.IsFailed))
        {
            HealthCause cause = _window.Since(now - (SuspectSlots * _width), overdue).Cause;
            return isSilent && cause == HealthCause.Timeouts ? HealthCause.Silence : cause;
        }

        return IsGood && IsMoneyAtStake(now, overdue) ? HealthCause.Money : HealthCause.None;
    }

    /// <summary>The share of failures while it was good, of 1,000.</summary>
    public int UsualPerMille => (int)(_usualBad * 1_000 / Math.Max(1, _usualTotal));

    /// <summary>What came of the requests of the last seconds.</summary>
    public Tally Recent(long now, long overdue) => _window.Since(now - (WindowSlots * _width), overdue);

    /// <summary>The share of requests that fail, in percent, as far as there is a sign of trouble; else 0.</summary>
    public int SuspectPercent(long now, long overdue) =>
        BadInRow(overdue) >= SuspectLeast && now - _goodAt >= 2 * _width ? 100
        : _large.BadCount >= SuspectLeast ? _large.BadPercent
        : _small.IsReached ? _small.BadPercent
        : 0;

    // It has left so many requests in a row without a good reply that it may be silent.
    private bool MayBeSilent(long overdue) => BadInRow(overdue) >= SuspectLeast;

    /// <summary>When the first of the requests was sent that are the sign of trouble.</summary>
    public long TroubleSince(long now, long overdue)
    {
        // What failed before silence is a sign as well: a run of failures alone looks worse than what it is part of.
        long first = _large.BadCount > 0 ? _large.Since : _badInRow > 0 ? _firstBadAt : long.MaxValue;
        return _large.IsReached ? first
            : _small.IsReached ? _small.Since
            : MayBeSilent(overdue) ? Math.Min(first, _window.FirstOpen(_changedAt))
            : _large.BadCount > 0 ? _large.Since
            : now - (WindowSlots * _width);
    }

    /// <summary>
    /// How much of it fails when it seems silent, in percent: all, unless a share of its requests failed before.
    /// </summary>
    public int SilentPercent => _large.BadCount >= SuspectLeast ? _large.BadPercent : 100;

    /// <summary>What came of the requests that were sent since then, and since it stands as it does.</summary>
    public Tally Since(long since, long overdue) => _window.Since(Math.Max(since, _changedAt), overdue);

    /// <summary>From now on probes only.</summary>
    /// <param name="badPercent">Of the requests failed lately.</param>
    public void Eject(long now, int badPercent)
    {
        bool isAgain = now - _ejectedAt < StableTicks;
        _hold = isAgain ? Math.Min(_hold * 2, _settings.HoldMax.Ticks) : _settings.Hold.Ticks;
        _ejectedAt = now;
        _ejectedPercent = Math.Clamp(badPercent, 1, 100);
        double share = badPercent >= AllPercent ? AllPercent / 100.0
            : !IsGood || _large.IsReached || badPercent >= 50 * (_settings.LargeShare + _settings.SmallShare)
                ? _settings.LargeShare
            : _settings.SmallShare;
        _share = isAgain ? Math.Min(_share, share) : share; // What fails less often takes more replies to tell.
        _back = new WayBack(_settings.UsualShare, _share);
        MoveTo(0, now, _hold);
        _nextProbe = now + _settings.ProbeEvery.Ticks;
    }

    /// <summary>Moves one step up when enough requests were answered well. True when it did.</summary>
    public bool TryRise(long now)
    {
        if (Level == LevelAll || !_back.IsPassed || now < _holdUntil)
        {
            return false;
        }

        MoveTo(Level + 1, now, _settings.RampStep.Ticks);
        if (Level == LevelAll)
        {
            _ejectedAt = now; // It has to be well for some time before the next trouble is a new one.
        }

        return true;
    }

    /// <summary>What was learned says nothing any more: another subject was the cause.</summary>
    public void Forget(long now)
    {
        _large.Reset();
        _small.Reset();
        _badInRow = 0;
        _goodAt = now;
        _changedAt = now;
    }

    /// <summary>What is open says nothing any more, and what is asked from now on has not been waited for.</summary>
    public void StoodStill(long now)
    {
        _window.LeaveOpenOut(now);
        _askedAt = now;
    }

    /// <summary>Ten times a second: how many may be in flight.</summary>
    public void StepCap(long now, long overdue)
    {
        Tally tally = _window.Since(now - (5 * _width), overdue);
        if (tally.Bad >= 4 && tally.Bad * 2 >= tally.Total)
        {
            InFlightCap = Math.Max(
                Math.Min(_settings.InFlightMin, _inFlightMax), Math.Min(InFlightCap, InFlight) / 2);
        }
        else if (InFlightCap < _inFlightMax)
        {
            InFlightCap = Math.Min(_inFlightMax, InFlightCap + (InFlightCap / 4) + 16);
        }
    }

    private int BadInRow(long overdue) => _badInRow + _window.Overdue(_changedAt, overdue);

    private void MoveTo(int level, long now, long hold)
    {
        Level = level;
        _holdUntil = now + hold;
        _credit = 0;
        _back.Begin(level);
        Forget(now);
    }

    private void Count(bool isGood, long sentAt)
    {
        if (IsGood)
        {
            CountUsual(isGood ? 0 : 1);
        }

        _back.Count(isGood);
        if (isGood)
        {
            _large.Good();
            _small.Good();
        }
        else
        {
            _large.Bad(sentAt);
            _small.Bad(sentAt);
            _firstBadAt = _badInRow == 0 ? sentAt : Math.Min(_firstBadAt, sentAt);
            _badInRow++;
        }
    }

    private void CountUsual(int bad)
    {
        _usualTotal++;
        _usualBad += bad;
        if (_usualTotal == UsualMax)
        {
            _usualTotal /= 2;
            _usualBad /= 2;
        }
    }

    private bool IsMoneyAtStake(long now, long overdue)
    {
        Tally tally = _window.Since(Math.Max(_changedAt, now - (WindowSlots * _width)), overdue);
        return tally.Bad >= MoneyRequests && tally.Bad >= 2 * _settings.UsualShare * tally.Total
            && tally.BadAmount >= _settings.MoneyShare * tally.Amount;
    }
}
