using Switch.Protocol.Fields;

namespace Switch.Routing.StandIn;

/// <summary>
/// How a good customer's limits are raised: by a factor, or to amounts of his own. It never lowers one, and never
/// touches a limit that others share.
/// </summary>
/// <param name="Factor">The card's limits times this; 1 with limits of its own.</param>
/// <param name="PerTransaction">The card's own largest approval; 0 with a factor.</param>
/// <param name="Count">The card's own count in the profile's per-card window.</param>
/// <param name="Amount">The card's own sum in that window.</param>
public readonly record struct RaisedLimits(int Factor, long PerTransaction, int Count, long Amount)
{
    /// <summary>As the profile says.</summary>
    public static RaisedLimits None => new(1, 0, 0, 0);

    public const int FactorMax = 1_000;

    public long TransactionBound(long bound) => Math.Max(Times(bound), PerTransaction);

    public int CountBound(int bound) => (int)Math.Min(int.MaxValue, Math.Max(Times(bound), Count));

    public long AmountBound(long bound) => Math.Max(Times(bound), Amount);

    /// <summary>A bound of the profile's list: raised by a factor only.</summary>
    public long Times(long bound) => bound > long.MaxValue / Factor ? long.MaxValue : bound * Factor;
}

/// <summary>
/// The positive list of a profile, immutable: cards whose limits are raised, each while its entry applies.
/// </summary>
public sealed class PositiveList
{
    private readonly CardTable _cards; // The value is a position in _raises.
    private readonly RaisedLimits[] _raises;

    private PositiveList(CardTable cards, RaisedLimits[] raises)
    {
        _cards = cards;
        _raises = raises;
    }

    public static PositiveList Empty { get; } = new Builder().Build(out _);

    public int Count => _cards.Count;

    public RaisedLimits Find(in CardToken card, int day) =>
        _cards.TryFind(card, day, out ushort index) ? _raises[index] : RaisedLimits.None;

    /// <summary>Collects entries in any order. Used once, on any one thread.</summary>
    public sealed class Builder
    {
        /// <summary>Different raises in one list; any number of cards may share one.</summary>
        public const int RaisesMax = ushort.MaxValue + 1;

        private readonly CardTable.Builder _cards = new();
        private readonly Dictionary<RaisedLimits, ushort> _raises = [];

        public int Count => _cards.Count;

        /// <summary>False: there are too many different raises.</summary>
        public bool TryAdd(in CardToken card, in RaisedLimits raise, ListPeriod period, int line = 0)
        {
            if (!_raises.TryGetValue(raise, out ushort index))
            {
                if (_raises.Count == RaisesMax)
                {
                    return false;
                }

                index = (ushort)_raises.Count;
                _raises.Add(raise, index);
            }

            _cards.Add(card, index, period, line);
            return true;
        }

        public PositiveList Build(out IReadOnlyList<(int Line, int Earlier)> twice) =>
            new(_cards.Build(out twice), [.. _raises.Keys]);
    }
}

/// <summary>
/// The lists of one profile, as they are swapped while the switch runs. A null list was configured and could not be
/// read: stand-in is off for the profile, because an unread list would approve stolen cards.
/// </summary>
public sealed record CardLists(NegativeList? Negative, PositiveList? Positive)
{
    /// <summary>Which of the two could not be read.</summary>
    public LostLists Lost => (Negative is null ? LostLists.Negative : LostLists.None)
        | (Positive is null ? LostLists.Positive : LostLists.None);
}

/// <summary>Which lists of a profile could not be read.</summary>
[Flags]
public enum LostLists : byte
{
    None = 0,
    Negative = 1,
    Positive = 2,
}
