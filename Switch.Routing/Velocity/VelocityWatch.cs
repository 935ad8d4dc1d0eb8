using Switch.Routing.Settings;

namespace Switch.Routing.Velocity;

/// <summary>
/// One rule at work: counts each key and says which are over it. A key is over from the event that reaches every limit,
/// for as long as its window has them, and for the rule's time after that.
/// </summary>
internal sealed class VelocityWatch
{
    private const int Whole = 100;

    private readonly Action<VelocityChange> _tell;
    private readonly VelocityTable _table;
    private readonly CardSketch _sketch;
    private readonly int _index;

    // Places of the keys that are over, in no order.
    private readonly int[] _over;
    private readonly bool[]? _acquirers;
    private int _overCount;
    private int _next;
    private VelocityCounters _counters;

    /// <param name="index">Its position in the configuration.</param>
    /// <param name="rule">What it watches for.</param>
    /// <param name="acquirers">How many acquirers there are.</param>
    /// <param name="tell">Is given every change of a key.</param>
    public VelocityWatch(int index, VelocityRule rule, int acquirers, Action<VelocityChange> tell)
    {
        _index = index;
        Rule = rule;
        _tell = tell;
        _sketch = new CardSketch(rule.DistinctCards);
        _table = new VelocityTable(rule.KeysMax, rule.Window, _sketch);
        _over = new int[_table.Places];
        Declines = rule.Action == VelocityAction.Decline;
        if (rule.Acquirers.Count > 0)
        {
            _acquirers = new bool[acquirers];
            foreach (int acquirer in rule.Acquirers)
            {
                _acquirers[acquirer] = true;
            }
        }
    }

    public VelocityRule Rule { get; }

    /// <summary>Its position in the configuration.</summary>
    public int Index => _index;

    /// <summary>It declines what is over it.</summary>
    public bool Declines { get; }

    /// <summary>Any key is over it.</summary>
    public bool HasOver => _overCount > 0;

    /// <summary>Places for keys.</summary>
    public int Places => _table.Places;

    public VelocityCounters Counters =>
        _counters with { Evicted = _table.Evicted, OverNow = _overCount, Keys = _table.Count };

    /// <summary>The key that it counts a request under; 0: it does not.</summary>
    public ulong KeyOf(in VelocityKeys keys, int acquirer) => _acquirers is not null && !_acquirers[acquirer] ? 0
        : Rule.Per switch
        {
            VelocityScope.Terminal => keys.Terminal,
            VelocityScope.Merchant => keys.Merchant,
            VelocityScope.Bin => keys.Bin,
            _ => keys.Acquirer,
        };

    /// <summary>The place of a key; -1: it has none.</summary>
    /// <param name="key">Not 0.</param>
    /// <param name="now">Monotonic ticks, here and below.</param>
    public int Find(ulong key, long now) => _table.Find(key, now);

    /// <summary>What the key in a place has in the window.</summary>
    public VelocityFigures FiguresOf(int place) => _table.FiguresOf(place);

    /// <summary>Gives a key a place.</summary>
    public int Take(ulong key, long now, int acquirer, VelocityName name)
    {
        int place = _table.Victim(key);
        if (_table[place].OverPlace != 0)
        {
            Lift(place, VelocityCause.Evicted);
        }

        _table.Take(place, key, now, acquirer, name);
        return place;
    }

    /// <summary>Whether the key in a place is over now.</summary>
    public bool IsOver(int place, long now)
    {
        if (_table[place].OverPlace != 0 && _table[place].Until <= now)
        {
            Settle(place, now);
        }

        return _table[place].OverPlace != 0;
    }

    /// <summary>Counts a request that goes on; true: its key is over now.</summary>
    public bool Count(int place, long now, ulong card, bool isSmall)
    {
        _table.AddRequest(place, card, isSmall);
        bool wasOver = IsOver(place, now);
        bool isOver = Judge(place, now) || wasOver;
        if (isOver)
        {
            _table[place].Hits++;
            _counters.Hits++;
        }

        return isOver;
    }

    /// <summary>Counts a request that this rule, or another one, declines for this key.</summary>
    public void CountDeclined(int place, long now, ulong card, bool isSmall)
    {
        Count(place, now, card, isSmall);
        CountDecline(place, now);
    }

    /// <summary>Counts the decline of a request that was counted before.</summary>
    public void CountDecline(int place, long now)
    {
        _table.AddDecline(place);
        Judge(place, now);
    }

    /// <summary>This rule gave the response code of a decline.</summary>
    public void CountOwn() => _counters.Declined++;

    /// <summary>Time passed: ends what is over for keys that are calm.</summary>
    /// <param name="countMax">Keys looked at.</param>
    public void Sweep(long now, int countMax)
    {
        for (int i = Math.Min(countMax, _overCount); i > 0 && _overCount > 0; i--)
        {
            _next = _next >= _overCount ? 0 : _next;
            int place = _over[_next];
            _next += IsOver(place, now) ? 1 : 0;
        }
    }

    /// <summary>Keys that are meant are over no more, and their counts are forgotten; false: none is over.</summary>
    /// <param name="isMeant">By the acquirer's index and the name.</param>
    public bool Clear(Func<int, VelocityName, bool> isMeant)
    {
        bool isDone = false;
        for (int i = _overCount - 1; i >= 0; i--)
        {
            int place = _over[i];
            if (isMeant(_table[place].Acquirer, _table[place].Name))
            {
                Lift(place, VelocityCause.Cleared);
                _table.Reset(place);
                isDone = true;
            }
        }

        return isDone;
    }

    /// <summary>Whether a place has a key that is worth showing, and what to show of it.</summary>
    /// <param name="percentMin">How near it must be to every limit, in percent of it.</param>
    public bool TryShow(int place, long now, int percentMin, out VelocityView view)
    {
        view = default;
        if (!_table.IsLive(place, now))
        {
            return false;
        }

        bool isOver = IsOver(place, now);
        ref VelocityEntry entry = ref _table[place];
        int percent = PercentOf(entry);
        if (!isOver && percent < percentMin)
        {
            return false;
        }

        long left = isOver ? Math.Max(0, entry.Until - now) : 0;
        view = new VelocityView(
            entry.Acquirer, entry.Name, _table.FiguresOf(place), percent, isOver,
            (left + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond, entry.Hits);
        return true;
    }

    private bool Judge(int place, long now)
    {
        ref VelocityEntry entry = ref _table[place];
        if (!IsReached(entry))
        {
            return false;
        }

        entry.Until = now + Rule.For.Ticks;
        if (entry.OverPlace == 0)
        {
            _over[_overCount++] = place;
            entry.OverPlace = _overCount;
            _counters.Begun++;
            Tell(place, VelocityCause.Reached);
        }

        return true;
    }

    private bool IsReached(in VelocityEntry entry) => entry.Sum.Requests >= Rule.Requests
        && entry.CardBits >= _sketch.BitsAtLimit && entry.Sum.Declines >= Rule.Declines
        && entry.Sum.SmallAmounts >= Rule.SmallAmounts;

    // The time after its last event is over. The window may still be at the limits: then it goes on.
    private void Settle(int place, long now)
    {
        _table.Advance(place, now);
        if (!Judge(place, now))
        {
            Lift(place, VelocityCause.Calm);
        }
    }

    private void Lift(int place, VelocityCause cause)
    {
        Tell(place, cause);
        int at = _table[place].OverPlace - 1;
        int last = _over[--_overCount];
        _over[at] = last;
        _table[last].OverPlace = at + 1;
        _table[place].OverPlace = 0;
        _table[place].Until = 0;
        _table[place].Hits = 0;
    }

    private void Tell(int place, VelocityCause cause)
    {
        ref VelocityEntry entry = ref _table[place];
        _tell(new VelocityChange(
            _index, entry.Acquirer, entry.Name, cause, _table.FiguresOf(place), entry.Hits));
    }

    private int PercentOf(in VelocityEntry entry)
    {
        int percent = Math.Min(
            Math.Min(Part(entry.Sum.Requests, Rule.Requests), Part(entry.CardBits, _sketch.BitsAtLimit)),
            Math.Min(Part(entry.Sum.Declines, Rule.Declines), Part(entry.Sum.SmallAmounts, Rule.SmallAmounts)));
        return percent == int.MaxValue ? 0 : percent;
    }

    private static int Part(int count, int limit) =>
        limit == 0 ? int.MaxValue : (int)Math.Min((long)count * Whole / limit, int.MaxValue - 1);
}

/// <summary>A key as it stands now.</summary>
/// <param name="Acquirer">The acquirer's index; -1 of a BIN.</param>
/// <param name="Name">DE 41, DE 42 or the BIN; empty of an acquirer.</param>
/// <param name="Figures">What it has in the window.</param>
/// <param name="Percent">How near it is to the limit that it is farthest from; 100: it has reached every one.</param>
/// <param name="IsOver">It is over the rule.</param>
/// <param name="SecondsLeft">How long it stays so at least.</param>
/// <param name="Hits">Requests that came while it was over.</param>
internal readonly record struct VelocityView(
    int Acquirer, VelocityName Name, VelocityFigures Figures, int Percent, bool IsOver, long SecondsLeft, long Hits);
