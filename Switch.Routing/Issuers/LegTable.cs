namespace Switch.Routing.Issuers;

/// <summary>Who waits for the reply that bears a STAN.</summary>
internal enum LegOwner : byte
{
    None,

    /// <summary>A transaction's request; the owner's number is its seat.</summary>
    Request,

    /// <summary>An owed advice or reversal; the owner's number is its place in the owed table.</summary>
    Owed,

    /// <summary>A sign-on or sign-off; the owner's number is the link.</summary>
    SignOn,

    /// <summary>An echo test; the owner's number is the link.</summary>
    Echo,

    /// <summary>A key that is sent to the issuer; the owner's number is the link.</summary>
    Key,
}

/// <summary>
/// The outstanding messages of one issuer by STAN: a fixed open-addressing table, at most half full, with
/// backward-shift deletion so that it needs no clean-up.
/// </summary>
/// <remarks>
/// STANs are handed out in turn. Blocks of them stay together, so that those in flight share cache lines; the blocks
/// are spread by a hash, because a deletion walks to the next free slot, and thousands in turn would be one long walk.
/// </remarks>
internal sealed class LegTable
{
    private const int BlockBits = 3;
    private const uint Spread = 0x9E37_79B1; // 2^32 over the golden ratio: blocks in turn lie far and evenly apart.

    private readonly Entry[] _entries;
    private readonly int _mask;
    private readonly int _shift;

    public LegTable(int countMax)
    {
        CountMax = countMax;
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, countMax * 2));
        _entries = new Entry[size];
        _mask = size - 1;
        _shift = 32 - System.Numerics.BitOperations.Log2((uint)size >> BlockBits);
    }

    public int CountMax { get; }

    public int Count { get; private set; }

    public int Slots => _entries.Length;

    /// <summary>Adds a STAN that is not in the table; false at the bound.</summary>
    public bool TryAdd(int stan, LegOwner kind, int owner)
    {
        if (Count >= CountMax)
        {
            return false;
        }

        int slot = Home(stan);
        while (!_entries[slot].IsFree)
        {
            slot = (slot + 1) & _mask;
        }

        _entries[slot] = new Entry(stan, kind, owner);
        Count++;
        return true;
    }

    public LegOwner Find(int stan, out int owner)
    {
        for (int slot = Home(stan); !_entries[slot].IsFree; slot = (slot + 1) & _mask)
        {
            if (_entries[slot].Stan == stan)
            {
                owner = _entries[slot].Owner;
                return _entries[slot].Kind;
            }
        }

        owner = 0;
        return LegOwner.None;
    }

    /// <summary>What stands in a slot, for walks over all outstanding messages (a lost link).</summary>
    public LegOwner At(int slot, out int stan, out int owner)
    {
        Entry entry = _entries[slot];
        stan = entry.Stan;
        owner = entry.Owner;
        return entry.Kind;
    }

    public void Remove(int stan)
    {
        int slot = Home(stan);
        while (_entries[slot].Stan != stan)
        {
            if (_entries[slot].IsFree)
            {
                return;
            }

            slot = (slot + 1) & _mask;
        }

        Count--;
        int hole = slot;
        for (int probe = (hole + 1) & _mask; !_entries[probe].IsFree; probe = (probe + 1) & _mask)
        {
            // An entry may fill the hole unless its home lies cyclically after the hole.
            int distanceFromHome = (probe - Home(_entries[probe].Stan)) & _mask;
            if (distanceFromHome >= ((probe - hole) & _mask))
            {
                _entries[hole] = _entries[probe];
                hole = probe;
            }
        }

        _entries[hole] = default;
    }

    /// <summary>Steps from a STAN's slot to the next free one: what its removal costs. For tests.</summary>
    internal int WalkOf(int stan)
    {
        int slot = Home(stan);
        int steps = 0;
        while (!_entries[(slot + steps) & _mask].IsFree)
        {
            steps++;
        }

        return steps;
    }

    private int Home(int stan)
    {
        uint block = ((uint)stan >> BlockBits) * Spread >> _shift;
        return (int)(block << BlockBits) | (stan & ((1 << BlockBits) - 1));
    }

    // Eight bytes: a STAN needs 20 bits. All zero: free, as no STAN is 0.
    private readonly struct Entry(int stan, LegOwner kind, int owner)
    {
        private const int KindBits = 8;

        private readonly uint _stanAndKind = ((uint)stan << KindBits) | (byte)kind;

        public int Owner { get; } = owner;

        public int Stan => (int)(_stanAndKind >> KindBits);

        public LegOwner Kind => (LegOwner)(byte)_stanAndKind;

        public bool IsFree => _stanAndKind == 0;
    }
}
