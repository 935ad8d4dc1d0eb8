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
}

/// <summary>
/// The outstanding messages of one issuer by STAN: a fixed open-addressing table, at most half full, with
/// backward-shift deletion so that it needs no clean-up.
/// </summary>
internal sealed class LegTable
{
    private readonly int[] _stans;
    private readonly int[] _owners;
    private readonly LegOwner[] _kinds;
    private readonly int _mask;

    public LegTable(int countMax)
    {
        CountMax = countMax;
        int size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, countMax * 2));
        _stans = new int[size];
        _owners = new int[size];
        _kinds = new LegOwner[size];
        _mask = size - 1;
    }

    public int CountMax { get; }

    public int Count { get; private set; }

    public int Slots => _stans.Length;

    /// <summary>Adds a STAN that is not in the table; false at the bound.</summary>
    public bool TryAdd(int stan, LegOwner kind, int owner)
    {
        if (Count >= CountMax)
        {
            return false;
        }

        int slot = Home(stan);
        while (_stans[slot] != 0)
        {
            slot = (slot + 1) & _mask;
        }

        _stans[slot] = stan;
        _owners[slot] = owner;
        _kinds[slot] = kind;
        Count++;
        return true;
    }

    public LegOwner Find(int stan, out int owner)
    {
        for (int slot = Home(stan); _stans[slot] != 0; slot = (slot + 1) & _mask)
        {
            if (_stans[slot] == stan)
            {
                owner = _owners[slot];
                return _kinds[slot];
            }
        }

        owner = 0;
        return LegOwner.None;
    }

    /// <summary>What stands in a slot, for walks over all outstanding messages (a lost link).</summary>
    public LegOwner At(int slot, out int stan, out int owner)
    {
        stan = _stans[slot];
        owner = _owners[slot];
        return stan == 0 ? LegOwner.None : _kinds[slot];
    }

    public void Remove(int stan)
    {
        int slot = Home(stan);
        while (_stans[slot] != stan)
        {
            if (_stans[slot] == 0)
            {
                return;
            }

            slot = (slot + 1) & _mask;
        }

        Count--;
        int hole = slot;
        for (int probe = (hole + 1) & _mask; _stans[probe] != 0; probe = (probe + 1) & _mask)
        {
            // An entry may fill the hole unless its home lies cyclically after the hole.
            int distanceFromHome = (probe - Home(_stans[probe])) & _mask;
            if (distanceFromHome >= ((probe - hole) & _mask))
            {
                (_stans[hole], _owners[hole], _kinds[hole]) = (_stans[probe], _owners[probe], _kinds[probe]);
                hole = probe;
            }
        }

        _stans[hole] = 0;
        _kinds[hole] = LegOwner.None;
    }

    // STANs are handed out in turn, so the low bits spread them without a hash.
    private int Home(int stan) => stan & _mask;
}
