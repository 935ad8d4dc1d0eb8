using Switch.Routing.Values;

namespace Switch.Routing.Duplicates;

/// <summary>By what an index finds remembered transactions.</summary>
internal interface IRememberedHash
{
    /// <summary>A well mixed hash; entries with equal hashes are taken for the same.</summary>
    static abstract ulong Of(ref readonly Remembered entry);
}

/// <summary>
/// An open-addressing index of ring positions: 8 bytes a slot. It doubles when it is three quarters full. A new one is
/// filled by and by at each step, while the old one still serves look-ups, so that no event pays for the whole. A slot
/// holds half of its entry's hash beside the position: neither a look past other entries nor a removal leaves the
/// index, and of a table of millions each entry that is looked at is a wait for memory.
/// </summary>
/// <remarks>An entry must not change what its hash is made of while it is in the index.</remarks>
internal sealed class RememberedIndex<THash>
    where THash : struct, IRememberedHash
{
    private const ulong Empty = 0;
    private const int SizeMin = 1 << 12;
    private const int MovedPerStepMin = 4;

    private readonly PagedRing<Remembered> _ring;
    private ulong[] _index = new ulong[SizeMin]; // Ring position + 1 with a part of the hash above it, or Empty.
    private ulong[]? _old;
    private int _count;
    private int _moveNext; // The next ring position to enter in the new index, and how many are left.
    private int _moveCount;
    private int _movedPerStep;

    public RememberedIndex(PagedRing<Remembered> ring) => _ring = ring;

    /// <summary>
    /// Grows if one more would not fit, and goes on with a growth that is under way. Before an entry is added.
    /// </summary>
    /// <param name="oldest">The ring's oldest position.</param>
    /// <param name="count">How many entries stand in the ring, from there on.</param>
    public void Step(int oldest, int count)
    {
        if (_old is null && (long)(_count + 1) * 4 > (long)_index.Length * 3)
        {
            _old = _index;
            _index = new ulong[_old.Length * 2];
            _moveNext = oldest;
            _moveCount = count;

            // Done long before the new one is full, also where few of many entries are indexed.
            _movedPerStep = Math.Max(MovedPerStepMin, count / (_old.Length / 2));
        }

        for (int i = 0; i < _movedPerStep && _moveCount > 0; i++)
        {
            if (THash.Of(ref _ring[_moveNext]) is var hash and not 0)
            {
                Place(_moveNext, hash);
            }

            _moveNext = _moveNext + 1 == _ring.Length ? 0 : _moveNext + 1;
            _moveCount--;
        }

        _old = _moveCount == 0 ? null : _old;
    }

    /// <summary>Enters a position whose entry is complete. A hash of 0 is not indexed.</summary>
    public void Enter(int position)
    {
        if (THash.Of(ref _ring[position]) is var hash and not 0)
        {
            Place(position, hash);
            _count++;
        }
    }

    /// <summary>
    /// Enters a position that is in the ring and was not indexed, because its entry had no hash until now.
    /// </summary>
    /// <param name="position">Its position.</param>
    /// <param name="oldest">The ring's oldest position.</param>
    /// <param name="count">How many entries stand in the ring.</param>
    public void EnterLate(int position, int oldest, int count)
    {
        Step(oldest, count);
        int toGo = position - _moveNext;
        bool isInTurn = (toGo < 0 ? toGo + _ring.Length : toGo) < _moveCount;
        if (isInTurn)
        {
            _count++; // The growth that is under way comes by and enters it.
        }
        else
        {
            Enter(position);
        }
    }

    /// <summary>The position of an entry with this hash, or -1.</summary>
    public int Find(ulong hash)
    {
        int position = Find(_index, hash, other: -1);
        return position < 0 && _old is not null ? Find(_old, hash, other: -1) : position;
    }

    /// <summary>The position of another entry with this hash, or -1: there is only the one.</summary>
    public int FindAnother(ulong hash, int other)
    {
        int position = Find(_index, hash, other);
        return position < 0 && _old is not null ? Find(_old, hash, other) : position;
    }

    /// <summary>Has the processor fetch the slot of a hash, which is looked at soon.</summary>
    public void Prefetch(ulong hash) => CacheLine.Prefetch(ref _index[HashPart(hash) & (uint)(_index.Length - 1)]);

    /// <summary>The same of an entry's hash.</summary>
    public void PrefetchAt(int position) => Prefetch(THash.Of(ref _ring[position]));

    /// <summary>The ring's oldest entry goes. Before it is gone.</summary>
    /// <param name="position">Its position.</param>
    /// <param name="next">The position that is the oldest then.</param>
    public void DropOldest(int position, int next)
    {
        if (THash.Of(ref _ring[position]) is var hash and not 0)
        {
            Remove(_index, position, hash);
            if (_old is not null)
            {
                Remove(_old, position, hash);
            }

            _count--;
        }

        if (_moveCount > 0 && _moveNext == position)
        {
            _moveNext = next;
            _moveCount--;
        }
    }

    private void Place(int position, ulong hash)
    {
        int mask = _index.Length - 1;
        int slot = Home(SlotOf(position, hash), mask);
        while (_index[slot] != Empty)
        {
            slot = (slot + 1) & mask;
        }

        _index[slot] = SlotOf(position, hash);
    }

    private int Find(ulong[] index, ulong hash, int other)
    {
        int mask = index.Length - 1;
        uint part = HashPart(hash);
        for (int slot = (int)part & mask; index[slot] is var found and not Empty; slot = (slot + 1) & mask)
        {
            if ((uint)(found >> 32) == part && (int)(uint)found - 1 is var position && position != other
                && THash.Of(ref _ring[position]) == hash)
            {
                return position;
            }
        }

        return -1;
    }

    // Takes a position out, if it is in, and closes the gap, so that no walk ends too soon and none is needed to clean
    // up.
    private static void Remove(ulong[] index, int position, ulong hash)
    {
        ulong sought = SlotOf(position, hash);
        int mask = index.Length - 1;
        int hole = Home(sought, mask);
        while (index[hole] != sought)
        {
            if (index[hole] == Empty)
            {
                return;
            }

            hole = (hole + 1) & mask;
        }

        for (int probe = (hole + 1) & mask; index[probe] is var slot and not Empty; probe = (probe + 1) & mask)
        {
            int distanceFromHome = (probe - Home(slot, mask)) & mask;
            if (distanceFromHome >= ((probe - hole) & mask))
            {
                index[hole] = slot;
                hole = probe;
            }
        }

        index[hole] = Empty;
    }

    private static uint HashPart(ulong hash) => (uint)(hash ^ (hash >> 32));

    private static ulong SlotOf(int position, ulong hash) => ((ulong)HashPart(hash) << 32) | (uint)(position + 1);

    private static int Home(ulong slot, int mask) => (int)(slot >> 32) & mask;
}

/// <summary>By its key, which is a hash.</summary>
internal readonly struct ByKey : IRememberedHash
{
    public static ulong Of(ref readonly Remembered entry) => entry.Key;
}

/// <summary>
/// By DE 37 with card, terminal and merchant (<see cref="PaymentName"/>); what bears no DE 37, or cannot be an
/// original, has none.
/// </summary>
internal readonly struct ByReference : IRememberedHash
{
    public static ulong Of(ref readonly Remembered entry) => PaymentName.HashOf(entry.Card, entry.Rrn, entry.Place);
}
