using System.Numerics;
using System.Runtime.CompilerServices;

namespace Switch.Routing.Velocity;

/// <summary>Counts of one slot, or of all.</summary>
internal struct VelocityCounts
{
    public int Requests;
    public int Declines;
    public int SmallAmounts;

    public void Subtract(in VelocityCounts other)
    {
        Requests -= other.Requests;
        Declines -= other.Declines;
        SmallAmounts -= other.SmallAmounts;
    }
}

/// <summary>The slots of a window.</summary>
[InlineArray(VelocityTable.Slots)]
internal struct VelocitySlots
{
    private VelocityCounts _first;
}

/// <summary>One key's window.</summary>
internal struct VelocityEntry
{
    /// <summary>The number of the newest slot.</summary>
    public long Slot;

    /// <summary>Monotonic ticks until which it is over at least.</summary>
    public long Until;

    /// <summary>Its position in the list of keys that are over, plus 1; 0: it is not.</summary>
    public int OverPlace;

    /// <summary>Bits of cards, over all slots.</summary>
    public int CardBits;

    /// <summary>Over all slots.</summary>
    public VelocityCounts Sum;

    public VelocitySlots Counts;

    /// <summary>Requests that came while it was over.</summary>
    public long Hits;

    public VelocityName Name;

    /// <summary>The acquirer's index; -1 of a BIN.</summary>
    public int Acquirer;
}

/// <summary>
/// The windows of one rule's keys: a fixed number of places in buckets of eight, found by a key's hash. A window has
/// four slots and moves by one. In a full bucket the key whose newest slot is the oldest, and of those the one with the
/// fewest requests, makes room, a key that is over its rule last of all.
/// </summary>
internal sealed class VelocityTable
{
    /// <summary>Slots of a window.</summary>
    public const int Slots = 4;

    private const int Ways = 8;

    private readonly ulong[] _keys;
    private readonly VelocityEntry[] _entries;
    private readonly ulong[] _bits;
    private readonly ulong _bucketMask;
    private readonly long _slotTicks;
    private readonly CardSketch _sketch;
    private long _slot;

    /// <param name="keysMax">Keys at once; rounded up to a power of two, eight at least.</param>
    /// <param name="window">The longest time that counts cover.</param>
    /// <param name="sketch">How cards are counted.</param>
    public VelocityTable(int keysMax, TimeSpan window, CardSketch sketch)
    {
        int places = PlacesOf(keysMax);
        _keys = new ulong[places];
        _entries = new VelocityEntry[places];
        _bits = new ulong[places * Slots * sketch.Words];
        _bucketMask = (ulong)(places / Ways) - 1;
        _slotTicks = window.Ticks / Slots;
        _sketch = sketch;
    }

    public int Places => _keys.Length;

    /// <summary>Keys that have a place.</summary>
    public int Count { get; private set; }

    /// <summary>Keys that lost their place while they counted.</summary>
    public long Evicted { get; private set; }

    public ref VelocityEntry this[int place] => ref _entries[place];

    /// <summary>Bytes that a table takes.</summary>
    /// <param name="keysMax">As in the constructor.</param>
    /// <param name="cards">The limit of its sketch.</param>
    public static long SizeOf(int keysMax, int cards) => (long)PlacesOf(keysMax)
        * (sizeof(ulong) + Unsafe.SizeOf<VelocityEntry>() + ((long)Slots * CardSketch.WordsOf(cards) * sizeof(ulong)));

    /// <summary>The key's place, its window moved on to now; -1: it has none.</summary>
    /// <param name="key">Not 0.</param>
    /// <param name="now">Monotonic ticks, never less than before.</param>
    public int Find(ulong key, long now)
    {
        int bucket = BucketOf(key);
        int way = _keys.AsSpan(bucket, Ways).IndexOf(key);
        if (way < 0)
        {
            return -1;
        }

        Advance(bucket + way, now);
        return bucket + way;
    }

    /// <summary>Where a new key goes: the caller ends what is in <see cref="this"/> there, and takes it.</summary>
    /// <param name="key">Not 0, and not in the table.</param>
    public int Victim(ulong key)
    {
        int bucket = BucketOf(key);
        int free = _keys.AsSpan(bucket, Ways).IndexOf(0UL);
        if (free >= 0)
        {
            return bucket + free;
        }

        int victim = bucket;
        for (int place = bucket + 1; place < bucket + Ways; place++)
        {
            ref VelocityEntry entry = ref _entries[place];
            ref VelocityEntry least = ref _entries[victim];
            bool isBefore = (entry.OverPlace == 0) != (least.OverPlace == 0) ? entry.OverPlace == 0
                : entry.Slot != least.Slot ? entry.Slot < least.Slot
                : entry.Sum.Requests < least.Sum.Requests;
            victim = isBefore ? place : victim;
        }

        return victim;
    }

    /// <summary>Gives a place to a key, with an empty window.</summary>
    public void Take(int place, ulong key, long now, int acquirer, VelocityName name)
    {
        long slot = SlotAt(now);
        bool counted = _keys[place] != 0;
        Evicted += counted && slot - _entries[place].Slot < Slots ? 1 : 0;
        Count += counted ? 0 : 1;
        Reset(place);
        _keys[place] = key;
        _entries[place] = new VelocityEntry { Slot = slot, Acquirer = acquirer, Name = name };
    }

    /// <summary>Counts a request.</summary>
    /// <param name="place">From <see cref="Find"/>.</param>
    /// <param name="card">The card's token, eight bytes of it; 0: not known.</param>
    /// <param name="isSmall">Its amount is small.</param>
    public void AddRequest(int place, ulong card, bool isSmall)
    {
        ref VelocityEntry entry = ref _entries[place];
        int newest = (int)(entry.Slot % Slots);
        ref VelocityCounts counts = ref entry.Counts[newest];
        int small = isSmall ? 1 : 0;
        counts.Requests++;
        counts.SmallAmounts += small;
        entry.Sum.Requests++;
        entry.Sum.SmallAmounts += small;
        if (_sketch.Words > 0 && card != 0 && _sketch.Add(BitsOf(place), newest, card))
        {
            entry.CardBits++;
        }
    }

    /// <summary>Counts a decline.</summary>
    public void AddDecline(int place)
    {
        ref VelocityEntry entry = ref _entries[place];
        entry.Counts[(int)(entry.Slot % Slots)].Declines++;
        entry.Sum.Declines++;
    }

    /// <summary>Empties a key's window, where it keeps its place.</summary>
    public void Reset(int place)
    {
        ref VelocityEntry entry = ref _entries[place];
        entry.Counts = default;
        entry.Sum = default;
        entry.CardBits = 0;
        BitsOf(place).Clear();
    }

    /// <summary>Whether a place has a key that counts, its window moved on to now.</summary>
    public bool IsLive(int place, long now)
    {
        if (_keys[place] == 0)
        {
            return false;
        }

        Advance(place, now);
        return _entries[place].Sum.Requests > 0 || _entries[place].OverPlace > 0;
    }

    public VelocityFigures FiguresOf(int place)
    {
        ref VelocityEntry entry = ref _entries[place];
        return new VelocityFigures(
            entry.Sum.Requests, _sketch.CardsOf(entry.CardBits), entry.Sum.Declines, entry.Sum.SmallAmounts);
    }

    /// <summary>Moves a window on to now: what is too old leaves the counts.</summary>
    public void Advance(int place, long now)
    {
        ref VelocityEntry entry = ref _entries[place];
        long steps = SlotAt(now) - entry.Slot;
        if (steps <= 0)
        {
            return;
        }

        if (steps >= Slots)
        {
            Reset(place);
        }
        else
        {
            Span<ulong> bits = BitsOf(place);
            for (long slot = entry.Slot + 1; slot <= entry.Slot + steps; slot++)
            {
                int old = (int)(slot % Slots);
                entry.Sum.Subtract(entry.Counts[old]);
                entry.Counts[old] = default;
                bits.Slice(old * _sketch.Words, _sketch.Words).Clear();
            }

            entry.CardBits = _sketch.Count(bits);
        }

        entry.Slot += steps;
    }

    private static int PlacesOf(int keysMax) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(keysMax, Ways));

    private int BucketOf(ulong key) => (int)(key & _bucketMask) * Ways;

    // Almost always the slot of the last time: no division then.
    private long SlotAt(long now)
    {
        if ((ulong)(now - (_slot * _slotTicks)) >= (ulong)_slotTicks)
        {
            _slot = now / _slotTicks;
        }

        return _slot;
    }

    private Span<ulong> BitsOf(int place)
    {
        int size = Slots * _sketch.Words;
        return _bits.AsSpan(place * size, size);
    }
}
