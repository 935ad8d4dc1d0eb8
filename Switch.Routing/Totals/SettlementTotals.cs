using Switch.Routing.Settings;

namespace Switch.Routing.Totals;

/// <summary>
/// The totals of every acquirer and issuer by settlement date and currency. An entry is made when it is decided and
/// stands in the record of that decision, so recovery has only to add up what the records say.
/// </summary>
/// <remarks>
/// An acquirer's totals hold what it was told is approved and what it reversed. An issuer's hold what it approved, and
/// the advices and reversals that it acknowledged, on the date of the acknowledgement: what it does not have it cannot
/// count.
/// </remarks>
internal sealed class SettlementTotals(CoreConfiguration configuration)
{
    /// <summary>Settlement dates kept before the current one.</summary>
    public const int DaysKept = 31;

    // Parties, dates and currencies at once. At the bound the oldest date goes first.
    private const int RowsMax = 65_536;

    // Entries that one event can make: an approval on both sides, and a reversal of it.
    private const int UnrecordedMax = 8;
    private const long MsPerDay = 86_400_000;

    // A row's key, from the top: side, party, date, currency.
    private const int DayShift = 12;
    private const int PartyShift = DayShift + 20;
    private const int SideShift = PartyShift + 20;
    private const int PartyMask = (1 << 20) - 1;

    private readonly Dictionary<long, TotalsRow> _rows = [];
    private readonly List<long> _dropped = [];
    private readonly int[] _acquirerDays = new int[configuration.Acquirers.Count];
    private readonly int[] _issuerDays = new int[configuration.Issuers.Count];
    private readonly Posting[] _unrecorded = new Posting[UnrecordedMax];
    private readonly long _offsetMs = (long)configuration.CutoverOffset.TotalMilliseconds;
    private int _unrecordedCount;

    // The rows that each side looked at last: nearly all entries go there again.
    private LatestRow _acquirerLatest;
    private LatestRow _issuerLatest;

    /// <summary>Entries made and not yet in a record: the next record takes them.</summary>
    public ReadOnlySpan<Posting> Unrecorded => _unrecorded.AsSpan(0, _unrecordedCount);

    public void Recorded() => _unrecordedCount = 0;

    /// <summary>The settlement date by the clock alone, as days since 1970-01-01.</summary>
    public int ClockDay(long wallMs) => (int)((wallMs + _offsetMs) / MsPerDay);

    /// <summary>A party's settlement date: the clock's, or a later one that the party itself has begun.</summary>
    public int DayOf(TotalsSide side, int party, long wallMs) => Math.Max(ClockDay(wallMs), DaysOf(side)[party]);

    /// <summary>A party begins a settlement date.</summary>
    public void CutOver(TotalsSide side, int party, int day) => DaysOf(side)[party] = day;

    /// <summary>Makes an entry on the party's current settlement date, which it returns.</summary>
    public int Post(
        TotalsSide side, int party, TotalKind kind, bool isReversal, long amount, int currency, long wallMs)
    {
        int day = DayOf(side, party, wallMs);
        if (kind != TotalKind.None)
        {
            Record(new Posting
            {
                Side = side, Party = party, Day = day, Kind = kind, IsReversal = isReversal, Amount = amount,
                Currency = currency,
            });
        }

        return day;
    }

    /// <summary>Takes an acquirer's approval back out: it was never told.</summary>
    public void TakeBack(int acquirer, int day, TotalKind kind, long amount, int currency) => Record(new Posting
    {
        Side = TotalsSide.Acquirer, Party = acquirer, Day = day, Kind = kind, IsTakenBack = true, Amount = amount,
        Currency = currency,
    });

    /// <summary>Adds an entry that is on record.</summary>
    public void Apply(in Posting posting) =>
        RowFor(posting.Side, posting.Party, posting.Day, posting.Currency).Add(posting);

    /// <summary>The totals of a party, a date and a currency; null when nothing was counted.</summary>
    public TotalsRow? Find(TotalsSide side, int party, int day, int currency) =>
        _rows.GetValueOrDefault(KeyOf(side, party, day, currency));

    /// <summary>The one currency of a party's date; 0 when it has none, -1 when it has several.</summary>
    public int CurrencyOf(TotalsSide side, int party, int day)
    {
        int found = 0;
        long any = KeyOf(side, party, day, 0);
        foreach ((long key, TotalsRow row) in _rows)
        {
            if (key - row.Currency == any)
            {
                found = found == 0 ? row.Currency : -1;
            }
        }

        return found;
    }

    /// <summary>Every row there is, by party and date.</summary>
    public IEnumerable<(TotalsSide Side, int Party, TotalsRow Row)> InOrder()
    {
        var keys = new List<long>(_rows.Keys);
        keys.Sort();
        foreach (long key in keys)
        {
            yield return ((TotalsSide)(key >> SideShift), (int)(key >> PartyShift) & PartyMask, _rows[key]);
        }
    }

    /// <summary>The row that was kept; one that is not kept when its party is no longer configured.</summary>
    public TotalsRow Restore(TotalsSide side, int party, int day, int currency) =>
        party >= 0 ? RowFor(side, party, day, currency) : new TotalsRow(day, currency);

    /// <summary>The date that a party itself has begun; 0: none.</summary>
    public int BegunDay(TotalsSide side, int party) => DaysOf(side)[party];

    private void Record(in Posting posting)
    {
        _unrecorded[_unrecordedCount++] = posting;
        Apply(posting);
    }

    private TotalsRow RowFor(TotalsSide side, int party, int day, int currency)
    {
        long key = KeyOf(side, party, day, currency);
        ref LatestRow latest = ref side == TotalsSide.Acquirer ? ref _acquirerLatest : ref _issuerLatest;
        if (latest.Key == key && latest.Row is { } known)
        {
            return known;
        }

        if (!_rows.TryGetValue(key, out TotalsRow? row))
        {
            DropOld(day);
            row = new TotalsRow(day, currency);
            _rows.Add(key, row);
        }

        latest = new LatestRow(key, row);
        return row;
    }

    // Once for each new row, so a walk over all of them is cheap enough.
    private void DropOld(int day)
    {
        int oldest = int.MaxValue;
        foreach (TotalsRow row in _rows.Values)
        {
            oldest = Math.Min(oldest, row.Day);
        }

        int keepFrom = _rows.Count >= RowsMax ? Math.Max(oldest + 1, day - DaysKept) : day - DaysKept;
        foreach ((long key, TotalsRow row) in _rows)
        {
            if (row.Day < keepFrom)
            {
                _dropped.Add(key);
            }
        }

        foreach (long key in _dropped)
        {
            _rows.Remove(key);
        }

        _acquirerLatest = default; // It may be one of those.
        _issuerLatest = default;

        _dropped.Clear();
    }

    private int[] DaysOf(TotalsSide side) => side == TotalsSide.Acquirer ? _acquirerDays : _issuerDays;

    private readonly record struct LatestRow(long Key, TotalsRow? Row);

    private static long KeyOf(TotalsSide side, int party, int day, int currency) =>
        ((long)side << SideShift) | ((long)party << PartyShift) | ((long)day << DayShift) | (uint)currency;
}
