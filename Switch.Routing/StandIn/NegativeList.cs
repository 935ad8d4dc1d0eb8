using System.Globalization;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>What an entry of the negative file is about.</summary>
public enum ListedKind
{
    Card = 1,

    /// <summary>Leading digits of the card number.</summary>
    Range = 2,

    /// <summary>DE 42.</summary>
    Merchant = 3,

    /// <summary>DE 41.</summary>
    Terminal = 4,

    /// <summary>An acquirer, by its name in the configuration.</summary>
    Acquirer = 5,
}

/// <summary>
/// The negative file of a profile, immutable: what stand-in declines and with which DE 39. The core looks entries up
/// without allocating; another thread builds the next list meanwhile.
/// </summary>
public sealed class NegativeList
{
    private readonly CardTable _cards;
    private readonly Dictionary<PrefixKey, Listed> _ranges;
    private readonly int[] _prefixLengths; // Longest first: the closer entry wins.
    private readonly Dictionary<ulong, Listed>[] _others; // Merchants, terminals, acquirers.

    private NegativeList(Builder builder, CardTable cards)
    {
        _cards = cards;
        _ranges = builder.Ranges;
        _others = builder.Others;
        var lengths = new SortedSet<int>();
        foreach (PrefixKey key in _ranges.Keys)
        {
            lengths.Add(-key.Length);
        }

        _prefixLengths = new int[lengths.Count];
        int count = 0;
        foreach (int length in lengths)
        {
            _prefixLengths[count++] = -length;
        }
    }

    public static NegativeList Empty { get; } = new Builder().Build(out _);

    /// <summary>Entries of every kind.</summary>
    public int Count => _cards.Count + _ranges.Count + _others[0].Count + _others[1].Count + _others[2].Count;

    public CardTable Cards => _cards;

    /// <summary>Whether a card is listed on a day, and with which code.</summary>
    public bool TryFindCard(in CardToken card, int day, out string code)
    {
        bool isListed = _cards.TryFind(card, day, out ushort value);
        code = isListed ? new ResponseCode(value).ToString() : "";
        return isListed;
    }

    /// <summary>The first entry that applies to the payment: card, range, merchant, terminal, acquirer.</summary>
    /// <param name="card">None: an entry of the card itself does not apply.</param>
    internal ResponseCode Find(in CardToken card, in Pan pan, in ScopeKeys keys, int day, out StandInRule rule)
    {
        rule = StandInRule.ListedCard;
        if (!card.IsNone && _cards.TryFind(card, day, out ushort value))
        {
            return new ResponseCode(value);
        }

        rule = StandInRule.ListedRange;
        foreach (int length in _prefixLengths)
        {
            if (length <= pan.Length
                && _ranges.TryGetValue(new PrefixKey(length, pan.Leading(length)), out Listed range)
                && range.Period.Contains(day))
            {
                return range.Code;
            }
        }

        for (int i = 0; i < _others.Length; i++)
        {
            rule = StandInRule.ListedMerchant + (byte)i;
            ulong key = i == 0 ? keys.Merchant : i == 1 ? keys.Terminal : keys.Acquirer;
            if (_others[i].TryGetValue(key, out Listed other) && other.Period.Contains(day))
            {
                return other.Code;
            }
        }

        rule = StandInRule.None;
        return default;
    }

    internal readonly record struct PrefixKey(int Length, ulong Digits);

    internal readonly record struct Listed(ResponseCode Code, ListPeriod Period);

    /// <summary>Collects entries in any order. Used once, on any one thread.</summary>
    public sealed class Builder
    {
        private readonly CardTable.Builder _cards = new();

        internal Dictionary<PrefixKey, Listed> Ranges { get; } = [];

        internal Dictionary<ulong, Listed>[] Others { get; } = [[], [], []];

        public int Count => _cards.Count + Ranges.Count + Others[0].Count + Others[1].Count + Others[2].Count;

        /// <summary>A card; one that comes twice is found when the list is built.</summary>
        /// <param name="code">The two characters of DE 39.</param>
        public void AddCard(in CardToken card, string code, ListPeriod period, int line = 0)
        {
            ArgumentNullException.ThrowIfNull(code);
            _cards.Add(card, ResponseCode.Of(code).Value, period, line);
        }

        /// <summary>
        /// An entry of another kind, by the digits, the field's text or the name. False: it is there already.
        /// </summary>
        public bool TryAdd(ListedKind kind, string id, string code, ListPeriod period)
        {
            ArgumentNullException.ThrowIfNull(id);
            ArgumentNullException.ThrowIfNull(code);
            var listed = new Listed(ResponseCode.Of(code), period);
            return kind switch
            {
                ListedKind.Range => Ranges.TryAdd(
                    new PrefixKey(id.Length, ulong.Parse(id, CultureInfo.InvariantCulture)), listed),
                ListedKind.Merchant => Others[0].TryAdd(KeyOf(id), listed),
                ListedKind.Terminal => Others[1].TryAdd(KeyOf(id), listed),
                ListedKind.Acquirer => Others[2].TryAdd(StableHash.Of(id), listed),
                _ => throw new ArgumentException("A card is added by its token.", nameof(kind)),
            };
        }

        /// <param name="twice">Cards that were added more than once: the line, and that of an earlier one.</param>
        public NegativeList Build(out IReadOnlyList<(int Line, int Earlier)> twice) =>
            new(this, _cards.Build(out twice));

        private static ulong KeyOf(string id) => ScopeKeys.HashOf(System.Text.Encoding.ASCII.GetBytes(id));
    }
}
