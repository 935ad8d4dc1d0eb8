using System.Runtime.CompilerServices;
using Switch.Routing.Core;

namespace Switch.Routing.Duplicates;

/// <summary>
/// The transactions of the duplicate window by key. Entries stand in a ring in order of arrival; an open-addressing
/// index of ring positions finds them. At the bound, or when the window has passed, the oldest goes, and is counted.
/// 32 bytes an entry and 5 to 11 for the index (39 together at the default bound); only what is kept takes memory.
/// </summary>
/// <remarks>
/// The index doubles when it is three quarters full. A new one is filled a few entries at each add, while the old one
/// still serves look-ups, so that no event pays for the whole. The bits of a slot that the position leaves free hold a
/// part of the key's hash, so that a look past others' entries rarely leaves the index.
/// </remarks>
internal sealed class DuplicateTable
{
    private const uint Empty = 0;
    private const int IndexSizeMin = 1 << 12;
    private const int MovedPerAdd = 4;

    private readonly uint _windowSeconds;
    private readonly PagedRing<Remembered> _ring;
    private readonly PagedRing<OriginalTimes>? _times;
    private readonly int _positionBits;
    private uint[] _index; // Ring position + 1 with a tag above it, or Empty.
    private uint[]? _oldIndex;
    private int _moveNext; // The next ring position to enter in the new index, and how many are left.
    private int _moveCount;
    private int _oldest;

    /// <param name="countMax">Entries at most.</param>
    /// <param name="window">How long each is kept, unless the table is full before.</param>
    /// <param name="keepsTimes">Whether <see cref="TimesOf"/> is wanted: 16 bytes more an entry.</param>
    public DuplicateTable(int countMax, TimeSpan window, bool keepsTimes = false)
    {
        _ring = new PagedRing<Remembered>(Math.Max(1, countMax));
        _times = keepsTimes ? new PagedRing<OriginalTimes>(_ring.Length) : null;
        _positionBits = System.Numerics.BitOperations.Log2((uint)_ring.Length) + 1;
        _index = new uint[IndexSizeMin];
        _windowSeconds = (uint)Math.Min(uint.MaxValue, window.TotalSeconds);
    }

    public int Count { get; private set; }

    /// <summary>How many went because the table was full, before their window had passed.</summary>
    public long EvictedCount { get; private set; }

    /// <summary>
    /// The entry of a key, or a null reference (<see cref="Unsafe.IsNullRef{T}"/>). Valid until the next add.
    /// </summary>
    public ref Remembered Find(ulong key)
    {
        int position = PositionOf(key);
        return ref position < 0 ? ref Unsafe.NullRef<Remembered>() : ref _ring[position];
    }

    /// <summary>An entry by its age: 0 is the oldest.</summary>
    public ref readonly Remembered FromOldest(int number) => ref _ring[PositionAt(number)];

    /// <summary>
    /// Adds a key that is not in the table and returns its entry, all zero but the key and the second.
    /// </summary>
    public ref Remembered Add(ulong key, uint second)
    {
        Expire(second);
        if (Count == _ring.Length)
        {
            DropOldest();
            EvictedCount++;
        }

        Grow();
        int position = PositionAt(Count);
        _ring.Enter(position);
        ref Remembered entry = ref _ring[position];
        entry = new Remembered { Key = key, Second = second, Issuer = -1 };
        if (_times is not null)
        {
            _times.Enter(position);
            _times[position] = default;
        }

        Count++;
        Enter(position);
        return ref entry;
    }

    /// <summary>
    /// By which times an entry is known to partners of either edition; default where nothing was kept.
    /// </summary>
    /// <param name="entry">An entry of this table.</param>
    public OriginalTimes TimesOf(ref readonly Remembered entry) =>
        _times is null ? default : _times[PositionOf(entry.Key)];

    /// <summary>Keeps them, where the table does.</summary>
    /// <param name="entry">An entry of this table.</param>
    /// <param name="times">Its times.</param>
    public void SetTimes(ref readonly Remembered entry, in OriginalTimes times)
    {
        if (_times is not null)
        {
            _times[PositionOf(entry.Key)] = times;
        }
    }

    /// <summary>Whether <see cref="TimesOf"/> has anything to tell.</summary>
    public bool KeepsTimes => _times is not null;

    private int PositionOf(ulong key)
    {
        int position = Find(_index, key);
        return position < 0 && _oldIndex is not null ? Find(_oldIndex, key) : position;
    }

    /// <summary>Drops what the window no longer covers, a few at a time so that no event pays for many.</summary>
    public void Expire(uint second)
    {
        for (int i = 0; i < 4 && Count > 0; i++)
        {
            uint age = second - _ring[_oldest].Second;
            if (age <= _windowSeconds || age > int.MaxValue)
            {
                return;
            }

            DropOldest();
        }
    }

    /// <summary>Tells the keys of the newest entries, oldest of them first.</summary>
    public void VisitNewest(int countMax, Action<ulong> visit)
    {
        for (int number = Math.Max(0, Count - countMax); number < Count; number++)
        {
            visit(_ring[PositionAt(number)].Key);
        }
    }

    private int PositionAt(int number)
    {
        int position = _oldest + number;
        return position >= _ring.Length ? position - _ring.Length : position;
    }

    private void Grow()
    {
        if (_oldIndex is null && (long)(Count + 1) * 4 > (long)_index.Length * 3)
        {
            _oldIndex = _index;
            _index = new uint[_oldIndex.Length * 2];
            _moveNext = _oldest;
            _moveCount = Count;
        }

        for (int i = 0; i < MovedPerAdd && _moveCount > 0; i++)
        {
            Enter(_moveNext);
            _moveNext = _moveNext + 1 == _ring.Length ? 0 : _moveNext + 1;
            _moveCount--;
        }

        _oldIndex = _moveCount == 0 ? null : _oldIndex;
    }

    private void Enter(int position)
    {
        ulong key = _ring[position].Key;
        int mask = _index.Length - 1;
        int slot = Home(key, mask);
        while (_index[slot] != Empty)
        {
            slot = (slot + 1) & mask;
        }

        _index[slot] = SlotOf(position, key);
    }

    // Position and tag in one.
    private uint SlotOf(int position, ulong key) => (uint)(position + 1) | TagOf(key);

    private uint TagOf(ulong key) => (uint)(key >> 32) << _positionBits;

    private int PositionIn(uint slot) => (int)(slot & ((1U << _positionBits) - 1)) - 1;

    private int Find(uint[] index, ulong key)
    {
        int mask = index.Length - 1;
        uint tag = TagOf(key);
        uint tagMask = uint.MaxValue << _positionBits;
        for (int slot = Home(key, mask); index[slot] != Empty; slot = (slot + 1) & mask)
        {
            if ((index[slot] & tagMask) == tag && PositionIn(index[slot]) is var position
                && _ring[position].Key == key)
            {
                return position;
            }
        }

        return -1;
    }

    private void DropOldest()
    {
        Remove(_index, _oldest);
        if (_oldIndex is not null)
        {
            Remove(_oldIndex, _oldest);
            if (_moveCount > 0 && _moveNext == _oldest)
            {
                _moveNext = PositionAt(1);
                _moveCount--;
            }
        }

        int dropped = _oldest;
        _oldest = PositionAt(1);
        Count--;
        int newest = PositionAt(Math.Max(Count - 1, 0));
        _ring.Leave(dropped, _oldest, newest);
        _times?.Leave(dropped, _oldest, newest);
    }

    // Takes a position out, if it is in, and closes the gap, so that no walk ends too soon and none is needed to clean
    // up.
    private void Remove(uint[] index, int position)
    {
        ulong key = _ring[position].Key;
        uint sought = SlotOf(position, key);
        int mask = index.Length - 1;
        int hole = Home(key, mask);
        while (index[hole] != sought)
        {
            if (index[hole] == Empty)
            {
                return;
            }

            hole = (hole + 1) & mask;
        }

        for (int probe = (hole + 1) & mask; index[probe] != Empty; probe = (probe + 1) & mask)
        {
            int distanceFromHome = (probe - Home(_ring[PositionIn(index[probe])].Key, mask)) & mask;
            if (distanceFromHome >= ((probe - hole) & mask))
            {
                index[hole] = index[probe];
                hole = probe;
            }
        }

        index[hole] = Empty;
    }

    private static int Home(ulong key, int mask) => (int)(key ^ (key >> 32)) & mask;
}
