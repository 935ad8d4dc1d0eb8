using System.Runtime.CompilerServices;
using Switch.Routing.Values;

namespace Switch.Routing.Duplicates;

/// <summary>
/// The transactions of the duplicate window by key, and by what else may name them. Entries stand in a ring in order of
/// arrival. At the bound, or when the window has passed, the oldest goes, and is counted. 64 bytes an entry and 11 to
/// 22 for each of two indexes (91 together at the default bound); only what is kept takes memory.
/// </summary>
internal sealed class DuplicateTable
{
    // A smaller table is in a cache.
    private const int PrefetchMin = 10_000;
    private const int PrefetchAhead = 4;

    private readonly uint _windowSeconds;
    private readonly PagedRing<Remembered> _ring;
    private readonly PagedRing<uint>? _localTimes;
    private readonly RememberedIndex<ByKey> _byKey;
    private readonly RememberedIndex<ByReference> _byReference;
    private int _oldest;

    /// <param name="countMax">Entries at most.</param>
    /// <param name="window">How long each is kept, unless the table is full before.</param>
    /// <param name="keepsTimes">Whether local times are wanted (<see cref="TimesOf"/>): 4 bytes more an entry.</param>
    public DuplicateTable(int countMax, TimeSpan window, bool keepsTimes = false)
    {
        _ring = new PagedRing<Remembered>(Math.Max(1, countMax));
        _localTimes = keepsTimes ? new PagedRing<uint>(_ring.Length) : null;
        _byKey = new RememberedIndex<ByKey>(_ring);
        _byReference = new RememberedIndex<ByReference>(_ring);
        _windowSeconds = (uint)Math.Min(uint.MaxValue, window.TotalSeconds);
    }

    public int Count { get; private set; }

    /// <summary>Where the entry that was added last stands, for <see cref="Find(ulong, int)"/>.</summary>
    public int Newest => PositionAt(Count - 1);

    /// <summary>How many went because the table was full, before their window had passed.</summary>
    public long EvictedCount { get; private set; }

    /// <summary>How many went for either reason: the oldest first.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>
    /// The entry of a key, or a null reference (<see cref="Unsafe.IsNullRef{T}"/>). Valid until the next add.
    /// </summary>
    public ref Remembered Find(ulong key) => ref At(_byKey.Find(key));

    /// <summary>As <see cref="Find(ulong)"/>, by where the entry was added, if it still is there.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="position"><see cref="Newest"/> when it was added.</param>
    public ref Remembered Find(ulong key, int position)
    {
        int age = position - _oldest;
        bool isKept = (uint)position < (uint)_ring.Length && (age < 0 ? age + _ring.Length : age) < Count;
        return ref isKept && _ring[position].Key == key ? ref _ring[position] : ref Find(key);
    }

    /// <summary>Has the processor fetch what <see cref="Find(ulong)"/> will look at. It changes nothing.</summary>
    public void Prefetch(ulong key)
    {
        if (Count > PrefetchMin)
        {
            _byKey.Prefetch(key);
        }
    }

    /// <summary>The same of what <see cref="Add"/> will look at besides.</summary>
    public void Prefetch(scoped in PaymentName name)
    {
        if (Count > PrefetchMin)
        {
            _byReference.Prefetch(PaymentName.HashOf(name.Card, name.Rrn, name.Place));
        }
    }

    /// <summary>
    /// The one payment that bears this DE 37 with this card, at this place, or a null reference: there is none, or more
    /// than one. Valid until the next add.
    /// </summary>
    /// <param name="reference"><see cref="PaymentName.HashOf"/>.</param>
    /// <param name="isAmbiguous">There are at least two.</param>
    public ref Remembered FindByReference(ulong reference, out bool isAmbiguous)
    {
        isAmbiguous = false;
        if (reference == 0)
        {
            return ref Unsafe.NullRef<Remembered>();
        }

        int position = _byReference.Find(reference);
        isAmbiguous = position >= 0 && _byReference.FindAnother(reference, position) >= 0;
        return ref At(isAmbiguous ? -1 : position);
    }

    /// <summary>An entry by its age: 0 is the oldest.</summary>
    public ref readonly Remembered FromOldest(int number) => ref _ring[PositionAt(number)];

    /// <summary>
    /// Adds a key that is not in the table and returns its entry: the key, the second and the name are set.
    /// </summary>
    /// <param name="key">See TransactionKey.</param>
    /// <param name="second">When it came.</param>
    /// <param name="name">What a later message may name it by, and is held against.</param>
    public ref Remembered Add(ulong key, uint second, scoped in PaymentName name = default)
    {
        Expire(second);
        return ref Restore(key, second, name);
    }

    /// <summary>
    /// Adds as <see cref="Add"/> does, and forgets nothing but at the bound: the table becomes what it was when it was
    /// saved, also where the window had passed for some.
    /// </summary>
    public ref Remembered Restore(ulong key, uint second, scoped in PaymentName name)
    {
        if (Count == _ring.Length)
        {
            DropOldest();
            EvictedCount++;
        }

        _byKey.Step(_oldest, Count);
        _byReference.Step(_oldest, Count);
        int position = PositionAt(Count);
        _ring.Enter(position);
        ref Remembered entry = ref _ring[position];
        entry = new Remembered
        {
            Key = key, Second = second, Issuer = -1, Card = name.Card, Amount = name.Amount, Stan = name.Stan,
            Time = name.Time, Rrn = name.Rrn, Place = name.Place,
        };
        if (_localTimes is not null)
        {
            _localTimes.Enter(position);
            _localTimes[position] = default;
        }

        Count++;
        _byKey.Enter(position);
        _byReference.Enter(position);
        return ref entry;
    }

    /// <summary>Names an entry that an earlier version wrote without a name. One that has a name keeps it.</summary>
    public void GiveName(ulong key, in PaymentName name)
    {
        int position = _byKey.Find(key);
        if (position < 0 || _ring[position].IsNamed)
        {
            return;
        }

        ref Remembered entry = ref _ring[position];
        entry.Card = name.Card;
        entry.Amount = name.Amount;
        entry.Stan = name.Stan;
        entry.Time = name.Time;
        entry.Rrn = name.Rrn;
        entry.Place = name.Place;
        _byReference.EnterLate(position, _oldest, Count);
    }

    /// <summary>
    /// By which times an entry is known to partners of either edition; 0 where nothing was kept.
    /// </summary>
    /// <param name="entry">An entry of this table.</param>
    public OriginalTimes TimesOf(ref readonly Remembered entry) =>
        new(entry.Time, _localTimes is null ? 0 : _localTimes[_byKey.Find(entry.Key)]);

    /// <summary>Keeps the local date and time, MMDDhhmmss, where the table does.</summary>
    /// <param name="entry">An entry of this table.</param>
    /// <param name="time">A number; 0: not known.</param>
    public void SetLocalTime(ref readonly Remembered entry, long time)
    {
        if (_localTimes is not null)
        {
            _localTimes[_byKey.Find(entry.Key)] = (uint)time;
        }
    }

    /// <summary>Whether local times are kept.</summary>
    public bool KeepsTimes => _localTimes is not null;

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

    private ref Remembered At(int position) =>
        ref position < 0 ? ref Unsafe.NullRef<Remembered>() : ref _ring[position];

    private int PositionAt(int number)
    {
        int position = _oldest + number;
        return position >= _ring.Length ? position - _ring.Length : position;
    }

    private void DropOldest()
    {
        int dropped = _oldest;
        _oldest = PositionAt(1);
        _byKey.DropOldest(dropped, _oldest);
        _byReference.DropOldest(dropped, _oldest);
        Count--;
        DroppedCount++;
        int newest = PositionAt(Math.Max(Count - 1, 0));
        _ring.Leave(dropped, _oldest, newest);
        _localTimes?.Leave(dropped, _oldest, newest);
        if (Count > PrefetchMin)
        {
            // What goes next, and the entry that goes some time later.
            _byKey.PrefetchAt(_oldest);
            _byReference.PrefetchAt(_oldest);
            int later = PositionAt(Math.Min(PrefetchAhead, Count));
            if (_ring.Has(later))
            {
                CacheLine.Prefetch(ref _ring[later]);
            }
        }
    }
}
