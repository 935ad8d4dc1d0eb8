using System.Buffers.Binary;
using Switch.Protocol.Fields;

namespace Switch.Routing.StandIn;

/// <summary>
/// From when to when an entry of a card list applies, in days since 1970 at the issuer, both inclusive.
/// </summary>
public readonly record struct ListPeriod(ushort FromDay, ushort UntilDay)
{
    /// <summary>No start and no end.</summary>
    public static ListPeriod Always => new(ushort.MinValue, ushort.MaxValue);

    public bool Contains(int day) => day >= FromDay && day <= UntilDay;

    /// <summary>The number of the day that the clocks of a place show (<c>LocalClock</c>).</summary>
    public static int DayOf(long localMs) => (int)Math.Floor(localMs / (double)TimeSpan.MillisecondsPerDay);
}

/// <summary>
/// An immutable map from card token to a small number, made for ten million cards: 18 bytes an entry, and 4 more when
/// any entry has dates. Tokens are keyed hashes, so their leading bits spread them evenly over buckets that stand one
/// after another in flat arrays; a look-up reads one bucket of about eight.
/// </summary>
public sealed class CardTable
{
    private readonly int _shift;
    private readonly int[] _starts; // Of each bucket; one more than there are buckets.
    private readonly ulong[] _high;
    private readonly ulong[] _low;
    private readonly ushort[] _values;
    private readonly ListPeriod[]? _periods; // Null: every entry applies always.

    private CardTable(int shift, int[] starts, ulong[] high, ulong[] low, ushort[] values, ListPeriod[]? periods)
    {
        _shift = shift;
        _starts = starts;
        _high = high;
        _low = low;
        _values = values;
        _periods = periods;
    }

    public static CardTable Empty { get; } = new Builder().Build(out _);

    public int Count => _high.Length;

    /// <summary>What the table takes in memory, in bytes.</summary>
    public long Size =>
        (_starts.Length * (long)sizeof(int)) + (Count * (long)((2 * sizeof(ulong)) + sizeof(ushort)))
        + ((_periods?.Length ?? 0) * 2L * sizeof(ushort));

    /// <summary>The card's value on that day; false when it is not listed, or not then.</summary>
    public bool TryFind(in CardToken card, int day, out ushort value)
    {
        (ulong high, ulong low) = Split(card);
        int bucket = (int)(high >> _shift);
        for (int i = _starts[bucket]; i < _starts[bucket + 1]; i++)
        {
            if (_high[i] == high && _low[i] == low)
            {
                value = _values[i];
                return _periods is null || _periods[i].Contains(day);
            }
        }

        value = 0;
        return false;
    }

    private static (ulong High, ulong Low) Split(in CardToken card)
    {
        Span<byte> bytes = stackalloc byte[CardToken.Size];
        card.Write(bytes);
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>Collects entries in any order. Used once, on any one thread.</summary>
    public sealed class Builder
    {
        private const int ChunkSize = 1 << 16;
        private const int PerBucket = 8;
        private const int BucketBitsMin = 1;
        private const int BucketBitsMax = 24;

        // In chunks: a list that doubles would at its end hold the entries three times.
        private readonly List<Entry[]> _chunks = [];
        private bool _hasPeriods;

        public int Count { get; private set; }

        /// <param name="line">
        /// Where the entry stands in its file, to name the other one when the card comes twice.
        /// </param>
        public void Add(in CardToken card, ushort value, ListPeriod period, int line = 0)
        {
            if (Count % ChunkSize == 0)
            {
                _chunks.Add(new Entry[ChunkSize]);
            }

            (ulong high, ulong low) = Split(card);
            _chunks[^1][Count++ % ChunkSize] = new Entry(high, low, value, period, line);
            _hasPeriods |= period != ListPeriod.Always;
        }

        /// <summary>
        /// The table. A card that was added twice is in it twice and named in <paramref name="twice"/>.
        /// </summary>
        public CardTable Build(out IReadOnlyList<(int Line, int Earlier)> twice)
        {
            int bits = BucketBitsMin;
            while (bits < BucketBitsMax && (1L << bits) * PerBucket < Count)
            {
                bits++;
            }

            int shift = 64 - bits;
            int[] starts = StartsOf(shift, (1 << bits) + 1);
            int[] next = [.. starts];
            int[] lines = new int[Count];
            var table = new CardTable(
                shift, starts, new ulong[Count], new ulong[Count], new ushort[Count],
                _hasPeriods ? new ListPeriod[Count] : null);
            for (int i = 0; i < Count; i++)
            {
                ref readonly Entry entry = ref At(i);
                int place = next[(int)(entry.High >> shift)]++;
                table._high[place] = entry.High;
                table._low[place] = entry.Low;
                table._values[place] = entry.Value;
                lines[place] = entry.Line;
                if (table._periods is not null)
                {
                    table._periods[place] = entry.Period;
                }
            }

            twice = TwiceIn(table, lines);
            return table;
        }

        private int[] StartsOf(int shift, int count)
        {
            int[] starts = new int[count];
            for (int i = 0; i < Count; i++)
            {
                starts[(int)(At(i).High >> shift) + 1]++;
            }

            for (int i = 1; i < count; i++)
            {
                starts[i] += starts[i - 1];
            }

            return starts;
        }

        private ref readonly Entry At(int index) => ref _chunks[index / ChunkSize][index % ChunkSize];

        private static List<(int Line, int Earlier)> TwiceIn(CardTable table, int[] lines)
        {
            var twice = new List<(int Line, int Earlier)>();
            for (int bucket = 0; bucket + 1 < table._starts.Length; bucket++)
            {
                for (int i = table._starts[bucket]; i < table._starts[bucket + 1]; i++)
                {
                    for (int j = table._starts[bucket]; j < i; j++)
                    {
                        if (table._high[i] == table._high[j] && table._low[i] == table._low[j])
                        {
                            twice.Add((lines[i], lines[j]));
                            break;
                        }
                    }
                }
            }

            twice.Sort();
            return twice;
        }

        private readonly record struct Entry(ulong High, ulong Low, ushort Value, ListPeriod Period, int Line);
    }
}
