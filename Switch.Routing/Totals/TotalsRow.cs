namespace Switch.Routing.Totals;

/// <summary>Counts and amounts of one party, one settlement date and one currency.</summary>
internal sealed class TotalsRow(int day, int currency)
{
    private readonly long[] _counts = new long[2 * TotalKinds.Count];
    private readonly long[] _amounts = new long[2 * TotalKinds.Count];

    public int Day { get; } = day;

    public int Currency { get; } = currency;

    /// <summary>
    /// Debits less their reversals, less credits and what was reversed of those: positive when the cardholders paid.
    /// </summary>
    public long Net =>
        AmountOf(TotalKind.Debit, false) - AmountOf(TotalKind.Debit, true)
        - AmountOf(TotalKind.Credit, false) + AmountOf(TotalKind.Credit, true);

    /// <summary>By kind, first those that are no reversals.</summary>
    public Span<long> Counts => _counts;

    /// <summary>As <see cref="Counts"/>.</summary>
    public Span<long> Amounts => _amounts;

    public long CountOf(TotalKind kind, bool isReversal) => _counts[PlaceOf(kind, isReversal)];

    public long AmountOf(TotalKind kind, bool isReversal) => _amounts[PlaceOf(kind, isReversal)];

    public void Add(in Posting posting)
    {
        int place = PlaceOf(posting.Kind, posting.IsReversal);
        _counts[place] += posting.IsTakenBack ? -1 : 1;
        _amounts[place] += posting.IsTakenBack ? -posting.Amount : posting.Amount;
    }

    private static int PlaceOf(TotalKind kind, bool isReversal) =>
        (int)kind + (isReversal ? TotalKinds.Count : 0);
}
