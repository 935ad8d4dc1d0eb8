using System.Numerics;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>
/// The live stand-in approvals: what counts towards each limit, and per issuer the exposure, which is what the issuer
/// has not acknowledged yet. Fixed capacity; an approval leaves each limit by time, and is given back once by a
/// reversal. Rebuilt from the journal, where counting is part of the decision (docs/domain.md section 4.3).
/// </summary>
/// <remarks>
/// Approvals stand in a ring in order of time, and those of one profile in a list of their own. Each limit has a tail
/// in that list, moved on as its window does; an approval knows by a bit for each limit where it still counts, so that
/// giving it back touches each sum once. A decision costs one look-up for each limit of its profile. For a reversal an
/// approval is found by its card, whose approvals are chained, and its STAN.
/// </remarks>
internal sealed class StandInLedger
{
    private const int None = -1;

    // Of a tick: with 100 ticks a second more approvals are forgotten than can be made.
    private const int StepsPerTick = 256;

    private readonly PagedRing<Approval> _approvals;
    private readonly CardChains _cards;
    private readonly long[] _exposure;
    private readonly LocalClock[] _clocks;
    private readonly long[] _outage;
    private readonly long[] _lastOutage;
    private readonly LimitCounter[][] _limits; // By profile; the first is its per-card limit.
    private readonly long[] _newest; // By profile.
    private long _oldest; // Approval numbers run on for ever; number modulo capacity is the place in the ring.
    private long _end;
    private long _nowMs;

    /// <param name="countMax">Approvals at once.</param>
    /// <param name="clocks">Of each issuer: when its calendar day begins.</param>
    /// <param name="profiles">Whose limits are counted.</param>
    public StandInLedger(int countMax, IReadOnlyList<LocalClock> clocks, IReadOnlyList<StandInProfile> profiles)
    {
        _approvals = new PagedRing<Approval>(countMax);
        _cards = new CardChains(countMax);
        _exposure = new long[clocks.Count];
        _outage = new long[clocks.Count];
        _lastOutage = new long[clocks.Count];
        _clocks = [.. clocks];
        _limits = new LimitCounter[profiles.Count][];
        _newest = new long[profiles.Count];
        _newest.AsSpan().Fill(None);
        for (int i = 0; i < _limits.Length; i++)
        {
            _limits[i] = CountersOf(profiles[i]);
        }
    }

    /// <summary>Approvals held, given back or not.</summary>
    public int Count => (int)(_end - _oldest);

    public bool IsFull => Count == _approvals.Length;

    /// <summary>Sum of an issuer's stand-in approvals that it has not acknowledged, in minor units.</summary>
    public long Exposure(int issuer) => _exposure[issuer];

    /// <summary>The limits of a profile: at 0 its per-card limit, and then those of its list.</summary>
    public ReadOnlySpan<LimitCounter> LimitsOf(int profile) => _limits[profile];

    /// <summary>What counts towards a limit now, for a payment of this card and these keys.</summary>
    public LimitUse UseOf(
        int profile, int limit, in CardToken card, int issuer, in ScopeKeys keys, long nowMs)
    {
        Advance(nowMs);
        LimitCounter counter = _limits[profile][limit];
        MoveTail(counter, 1u << limit, int.MaxValue);
        return counter.Sums.Find(counter.KeyOf(card, issuer, keys, MomentOf(issuer)));
    }

    /// <summary>When the issuer's present outage began, in wall-clock milliseconds; 0: there is none.</summary>
    public long OutageOf(int issuer) => _outage[issuer];

    /// <summary>Stand-in decides for the issuer: an outage begins unless one goes on. Returns when it began.</summary>
    public long BeginOutage(int issuer, long nowMs)
    {
        if (_outage[issuer] == 0)
        {
            // Later than the one before, also within a millisecond or after the clock went back: it tells them apart.
            _outage[issuer] = Math.Max(nowMs, _lastOutage[issuer] + 1);
            _lastOutage[issuer] = _outage[issuer];
        }

        return _outage[issuer];
    }

    /// <summary>The issuer decided a request itself.</summary>
    public void EndOutage(int issuer) => _outage[issuer] = 0;

    /// <summary>
    /// Counts an approval, which its issuer's advice identifies: by that it is acknowledged or given back.
    /// </summary>
    public void Add(in StandInApproval added)
    {
        if (IsFull)
        {
            throw new InvalidOperationException("The caller asks IsFull first: nothing counted may be dropped.");
        }

        long id = Append(added, _outage[added.Issuer]);
        ref Approval approval = ref At(id);
        approval.IsExposed = true;
        _exposure[added.Issuer] += added.Amount;
        if (added.Profile >= 0)
        {
            CountIn(id, ref approval);
        }
    }

    /// <summary>The issuer has acknowledged the advice: the approval is no longer the switch's risk.</summary>
    public void Acknowledge(in CardToken card, int issuer, int stan)
    {
        long id = Find(card, issuer, stan, key: 0);
        if (id >= 0)
        {
            EndExposure(ref At(id));
        }
    }

    /// <summary>
    /// The approval was reversed: every limit gets its part back, once. False when they had it already.
    /// </summary>
    /// <param name="key">The transaction's; 0: the latest approval whose advice bears that number.</param>
    public bool GiveBack(in CardToken card, int issuer, int stan, ulong key = 0)
    {
        long id = Find(card, issuer, stan, key);
        if (id < 0 || At(id).IsGivenBack)
        {
            return false;
        }

        ref Approval approval = ref At(id);
        EndExposure(ref approval);
        approval.IsGivenBack = true;
        for (uint rest = approval.Counted; rest != 0; rest &= rest - 1)
        {
            LimitCounter counter = _limits[approval.Profile][BitOperations.TrailingZeroCount(rest)];
            counter.Sums.Remove(KeyOf(counter, approval), approval.Amount);
        }

        approval.Counted = 0;
        return true;
    }

    /// <summary>What stays of the approval counts. False: no more than that counted.</summary>
    public bool Reduce(in CardToken card, int issuer, int stan, long remaining, ulong key = 0)
    {
        long id = Find(card, issuer, stan, key);
        if (id < 0 || At(id).IsGivenBack || remaining >= At(id).Amount)
        {
            return false;
        }

        ref Approval approval = ref At(id);
        long by = approval.Amount - remaining;
        for (uint rest = approval.Counted; rest != 0; rest &= rest - 1)
        {
            LimitCounter counter = _limits[approval.Profile][BitOperations.TrailingZeroCount(rest)];
            counter.Sums.Reduce(KeyOf(counter, approval), by);
        }

        _exposure[approval.Issuer] -= approval.IsExposed ? by : 0;
        approval.Amount = remaining;
        return true;
    }

    /// <summary>
    /// Forgets what no limit counts any more and the issuer has acknowledged, so many at a time. False: there was none.
    /// </summary>
    public bool Expire(long nowMs)
    {
        Advance(nowMs);
        foreach (LimitCounter[] limits in _limits)
        {
            for (int i = 0; i < limits.Length; i++)
            {
                MoveTail(limits[i], 1u << i, StepsPerTick);
            }
        }

        long before = _oldest;
        for (int i = 0; i < StepsPerTick && Count > 0 && At(_oldest) is { Counted: 0, IsExposed: false }; i++)
        {
            DropOldest();
        }

        return _oldest != before;
    }

    /// <summary>Forgets what nothing counts any more, as of the latest approval.</summary>
    public void Compact()
    {
        while (Expire(_nowMs))
        {
        }
    }

    /// <summary>The cards of all approvals, one after another: those with several come several times.</summary>
    public IEnumerable<CardToken> Cards
    {
        get
        {
            for (long id = _oldest; id < _end; id++)
            {
                yield return _cards.TokenOf(At(id).Card);
            }
        }
    }

    /// <summary>Whether a card has approvals here.</summary>
    public bool Knows(in CardToken card) => _cards.NumberOf(card) >= 0;

    /// <summary>A card has another token from here on: its approvals and what counts of them go with it.</summary>
    public void Rename(in CardToken from, in CardToken to)
    {
        int card = _cards.NumberOf(from);
        if (card < 0 || from == to)
        {
            return;
        }

        long newest = _cards.NewestOf(from);
        for (long id = newest; id >= _oldest; id = At(id).OlderOfCard)
        {
            Recount(At(id), by: -1);
        }

        int known = _cards.NumberOf(to);
        if (known < 0)
        {
            _cards.Rename(card, to);
        }

        for (long id = newest; id >= _oldest; id = At(id).OlderOfCard)
        {
            At(id).Card = known < 0 ? card : known;
            Recount(At(id), by: 1);
        }

        if (known >= 0)
        {
            // Not so unless records were lost to damage: a card is met before anything of it is added.
            _cards.Merge(card, known, InOneChain(newest, _cards.NewestOf(to)));
        }
    }

    /// <summary>An approval by its age: 0 is the oldest.</summary>
    public SavedApproval FromOldest(int number)
    {
        ref readonly Approval approval = ref At(_oldest + number);
        var saved = new StandInApproval
        {
            Card = _cards.TokenOf(approval.Card), Issuer = approval.Issuer, Stan = approval.Stan, Key = approval.Key,
            Amount = approval.Amount, TimeMs = approval.TimeMs, Profile = approval.Profile, Origin = approval.Origin,
            Keys = approval.Keys,
        };
        return new SavedApproval(saved, approval.Outage, approval.IsExposed, approval.IsGivenBack);
    }

    /// <summary>Takes an approval back in; they come in the order of their age, before any is added.</summary>
    public void Restore(in SavedApproval saved)
    {
        long id = Append(saved.Approval, saved.Outage);
        ref Approval approval = ref At(id);
        approval.TimeMs = saved.Approval.TimeMs;
        approval.IsGivenBack = saved.IsGivenBack;
        approval.IsExposed = saved.IsExposed;
        _exposure[approval.Issuer] += saved.IsExposed ? approval.Amount : 0;
        if (approval.Profile >= 0 && !saved.IsGivenBack)
        {
            CountIn(id, ref approval);
        }
    }

    /// <summary>When an issuer's present outage began, 0 for none, and when the latest did.</summary>
    public (long Present, long Latest) OutagesOf(int issuer) => (_outage[issuer], _lastOutage[issuer]);

    public void RestoreOutages(int issuer, long present, long latest) =>
        (_outage[issuer], _lastOutage[issuer]) = (present, latest);

    /// <summary>
    /// The latest moment that anything here was counted at, also when nothing of then is held any more.
    /// </summary>
    public long TimeMs => _nowMs;

    /// <summary>Time only goes on here: a clock that jumps back must not let approvals out of their order.</summary>
    public void Advance(long nowMs) => _nowMs = Math.Max(_nowMs, nowMs);

    private long Append(in StandInApproval added, long outage)
    {
        Advance(added.TimeMs);
        long id = _end++;
        int card = _cards.Append(added.Card, id, out long older);
        _approvals.Enter(PositionOf(id));
        At(id) = new Approval
        {
            Stan = added.Stan, Key = added.Key, Amount = added.Amount, TimeMs = _nowMs, Card = card,
            Issuer = (short)added.Issuer, Profile = (short)added.Profile, Keys = added.Keys, Outage = outage,
            Origin = added.Origin, OlderOfCard = older, NextOfProfile = None,
        };
        return id;
    }

    private void CountIn(long id, ref Approval approval)
    {
        LimitCounter[] limits = _limits[approval.Profile];
        for (int i = 0; i < limits.Length; i++)
        {
            LimitCounter counter = limits[i];
            if (counter.Matches(approval.Keys))
            {
                counter.Sums.Add(KeyOf(counter, approval), approval.Amount);
                approval.Counted |= 1u << i;
            }

            counter.Tail = counter.Tail == LimitCounter.None ? id : counter.Tail;
        }

        ref long newest = ref _newest[approval.Profile];
        if (newest != None)
        {
            At(newest).NextOfProfile = id;
        }

        newest = id;
    }

    // Takes out of the limit what has left its window; stops at the first approval that has not.
    private void MoveTail(LimitCounter counter, uint bit, int stepsMax)
    {
        for (int i = 0; i < stepsMax && counter.Tail != LimitCounter.None; i++)
        {
            ref Approval approval = ref At(counter.Tail);
            if ((approval.Counted & bit) != 0)
            {
                if (!counter.IsOver(MomentOf(approval), MomentOf(approval.Issuer)))
                {
                    return;
                }

                counter.Sums.Remove(KeyOf(counter, approval), approval.Amount);
                approval.Counted &= ~bit;
            }

            counter.Tail = approval.NextOfProfile;
        }
    }

    private LimitMoment MomentOf(int issuer) => new(_nowMs, _clocks[issuer].LocalMs(_nowMs), _outage[issuer]);

    private LimitMoment MomentOf(in Approval approval) =>
        new(approval.TimeMs, _clocks[approval.Issuer].LocalMs(approval.TimeMs), approval.Outage);

    private ulong KeyOf(LimitCounter counter, in Approval approval) =>
        counter.KeyOf(_cards.TokenOf(approval.Card), approval.Issuer, approval.Keys, MomentOf(approval));

    // The approval whose advice bears this STAN, or -1 when its time has passed.
    private long Find(in CardToken card, int issuer, int stan, ulong key)
    {
        long id = _cards.NewestOf(card);
        while (id >= _oldest
            && (At(id).Stan != stan || At(id).Issuer != issuer || (key != 0 && At(id).Key != key)))
        {
            id = At(id).OlderOfCard;
        }

        return id >= _oldest ? id : None;
    }

    // Out of the sums of its card's limits, or into them: the card's token is in their keys.
    private void Recount(in Approval approval, int by)
    {
        for (uint rest = approval.Counted; rest != 0; rest &= rest - 1)
        {
            LimitCounter counter = _limits[approval.Profile][BitOperations.TrailingZeroCount(rest)];
            if (by < 0)
            {
                counter.Sums.Remove(KeyOf(counter, approval), approval.Amount);
            }
            else
            {
                counter.Sums.Add(KeyOf(counter, approval), approval.Amount);
            }
        }
    }

    // Links two chains into one, newest first, and returns its newest.
    private long InOneChain(long first, long second)
    {
        long newest = Math.Max(first, second);
        long last = None;
        while (first >= _oldest || second >= _oldest)
        {
            long next = Math.Max(first, second);
            if (next == first)
            {
                first = At(first).OlderOfCard;
            }
            else
            {
                second = At(second).OlderOfCard;
            }

            if (last != None)
            {
                At(last).OlderOfCard = next;
            }

            last = next;
        }

        return newest;
    }

    private void EndExposure(ref Approval approval)
    {
        if (approval.IsExposed)
        {
            approval.IsExposed = false;
            _exposure[approval.Issuer] -= approval.Amount;
        }
    }

    private ref Approval At(long id) => ref _approvals[PositionOf(id)];

    private int PositionOf(long id) => (int)(id % _approvals.Length);

    private void DropOldest()
    {
        long id = _oldest++;
        ref Approval approval = ref At(id);
        if (approval.Profile >= 0)
        {
            // A tail stands here when what it waits behind was given back.
            foreach (LimitCounter counter in _limits[approval.Profile])
            {
                counter.Tail = counter.Tail == id ? approval.NextOfProfile : counter.Tail;
            }

            ref long newest = ref _newest[approval.Profile];
            newest = newest == id ? None : newest;
        }

        _cards.DropOne(approval.Card);
        _approvals.Leave(PositionOf(id), PositionOf(_oldest), PositionOf(Math.Max(_end - 1, _oldest)));
    }

    private static LimitCounter[] CountersOf(StandInProfile profile)
    {
        if (profile.Limits.Count > StandInProfile.LimitsMax)
        {
            throw new ArgumentException($"Profile '{profile.Name}' has more than {StandInProfile.LimitsMax} limits.");
        }

        var counters = new LimitCounter[profile.Limits.Count + 1];
        var perCard = new StandInLimit
        {
            Scope = LimitScope.Card, Window = LimitWindow.Rolling, Span = profile.PerCardWindow,
            Count = profile.PerCardCount, Amount = profile.PerCardAmount,
        };
        counters[0] = new LimitCounter(perCard, profile);
        for (int i = 1; i < counters.Length; i++)
        {
            counters[i] = new LimitCounter(profile.Limits[i - 1], profile);
        }

        return counters;
    }

    private struct Approval
    {
        public ScopeKeys Keys;
        public ulong Key;
        public long Amount;
        public long TimeMs;
        public long Outage;
        public long OlderOfCard;
        public long NextOfProfile;
        public int Stan;
        public int Card;
        public int Origin;
        public uint Counted; // A bit for each limit of the profile that counts it now.
        public short Issuer;
        public short Profile;
        public bool IsExposed;
        public bool IsGivenBack;
    }
}
