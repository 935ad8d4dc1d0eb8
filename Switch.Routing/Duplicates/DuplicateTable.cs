using System.Runtime.CompilerServices;

namespace Switch.Routing.Duplicates;

/// <summary>
/// The transactions of the duplicate window by key. Entries stand in a ring in order of arrival; an open-addressing
/// index of ring positions finds them. At the bound, or when the window has passed, the oldest goes, and is counted.
/// 32 bytes an entry and 8 to 16 for the index; memory is touched only as it fills.
/// </summary>
/// <remarks>
/// The index doubles when it is half full, up to twice the bound. A new one is filled a few entries at each add, while
/// the old one still serves look-ups, so that no event pays for the whole.
/// </remarks>
internal sealed class DuplicateTable
{
    private const int Empty = 0;
    private const int IndexSizeMin = 1 << 12;
    private const int MovedPerAdd = 4;

    private readonly uint _windowSeconds;
    private readonly Remembered[] _ring;
    private readonly OriginalTimes[]? _times;
    private int[] _index; // ring position + 1, or Empty.
    private int[]? _oldIndex;
    private int _moveNext; // The next ring position to enter in the new index, and how many are left.
    private int _moveCount;
    private int _oldest;

    /// <param name="countMax">Entries at most.</param>
    /// <param name="window">How long each is kept, unless the table is full before.</param>
    /// <param name="keepsTimes">Whether <see cref="TimesOf"/> is wanted: 16 bytes more an entry.</param>
    public DuplicateTable(int countMax, TimeSpan window, bool keepsTimes = false)
    {
        _ring = GC.AllocateUninitializedArray<Remembered>(Math.Max(1, countMax));
        _times = keepsTimes ? GC.AllocateUninitializedArray<OriginalTimes>(_ring.Length) : null;
        _index = new int[IndexSizeMin];
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
        int position = Find(_index, key);
        if (position < 0 && _oldIndex is not null)
        {
            position = Find(_oldIndex, key);
        }

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
        ref Remembered entry = ref _ring[position];
        entry = new Remembered { Key = key, Second = second, Issuer = -1 };
        if (_times is not null)
        {
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
        _times is null ? default : _times[PositionOf(in entry)];

    /// <summary>Keeps them, where the table does.</summary>
    /// <param name="entry">An entry of this table.</param>
    /// <param name="times">Its times.</param>
    public void SetTimes(ref readonly Remembered entry, in OriginalTimes times)
    {
        if (_times is not null)
        {
            _times[PositionOf(in entry)] = times;
        }
    }

    /// <summary>Whether <see cref="TimesOf"/> has anything to tell.</summary>
    public bool KeepsTimes => _times is not null;

    private int PositionOf(ref readonly Remembered entry) =>
        (int)(Unsafe.ByteOffset(in _ring[0], in entry) / Unsafe.SizeOf<Remembered>());

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
        if (_oldIndex is null && (long)(Count + 1) * 2 > _index.Length)
        {
            _oldIndex = _index;
            _index = new int[_oldIndex.Length * 2];
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
        int mask = _index.Length - 1;
        int slot = Home(_ring[position].Key, mask);
        while (_index[slot] != Empty)
        {
            slot = (slot + 1) & mask;
        }

        _index[slot] = position + 1;
    }

    private int Find(int[] index, ulong key)
    {
        int mask = index.Length - 1;
        for (int slot = Home(key, mask); index[slot] != Empty; slot = (slot + 1) & mask)
        {
            int position = index[slot] - 1;
            if (_ring[position].Key == key)
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

        _oldest = PositionAt(1);
        Count--;
    }

    // Takes a position out, if it is in, and closes the gap, so that no walk ends too soon and none is needed to clean
    // up.
    private void Remove(int[] index, int position)
    {
        int mask = index.Length - 1;
        int hole = Home(_ring[position].Key, mask);
        while (index[hole] != position + 1)
        {
            if (index[hole] == Empty)
            {
                return;
            }

            hole = (hole + 1) & mask;
        }

        for (int probe = (hole + 1) & mask; index[probe] != Empty; probe = (probe + 1) & mask)
        {
            int distanceFromHome = (probe - Home(_ring[index[probe] - 1].Key, mask)) & mask;
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
