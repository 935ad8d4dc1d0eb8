namespace Switch.Host.Acquirers;

/// <summary>
/// Which requests have come to the edge lately, so that a copy of one is never refused there: its first may be approved
/// by now, and an acquirer that is told no would not reverse it. Nothing that came is forgotten before two million
/// others have come; what did not come is taken for a copy two or three times in a hundred, and that costs it a quick
/// no, never money.
/// </summary>
/// <remarks>
/// Two Bloom filters: one is filled, and takes the place of the other when it has had its share. A request is two bits
/// of one word, so that a look is one access to memory and one atomic operation.
/// </remarks>
internal sealed class SeenRequests
{
    /// <summary>How many requests fill one of the two filters: they take 8 MiB together.</summary>
    public const int Share = 1 << 21;

    private const int BitsPerRequest = 16;
    private const int WordBits = 64;

    private readonly Lock _turning = new();
    private readonly int _share;
    private ulong[] _filling;
    private ulong[] _full;
    private int _count;

    /// <param name="share">How many requests fill one filter. A power of two, at least 64.</param>
    public SeenRequests(int share = Share)
    {
        _share = share;
        _filling = new ulong[share * BitsPerRequest / WordBits];
        _full = new ulong[_filling.Length];
    }

    /// <summary>Notes a request; true when it had come before. Any thread.</summary>
    /// <param name="key">A well mixed hash of what names it.</param>
    public bool Note(ulong key)
    {
        ulong bits = BitsOf(key);
        ulong[] filling = Volatile.Read(ref _filling);
        int word = WordOf(key);
        bool isNew = (Interlocked.Or(ref filling[word], bits) & bits) != bits;
        if (isNew && Interlocked.Increment(ref _count) >= _share)
        {
            Turn(_share);
        }

        return !isNew || (Volatile.Read(ref Volatile.Read(ref _full)[word]) & bits) == bits;
    }

    /// <summary>Whether a request has come; notes nothing. Any thread.</summary>
    /// <param name="key">As in <see cref="Note"/>.</param>
    public bool Knows(ulong key)
    {
        ulong bits = BitsOf(key);
        int word = WordOf(key);

        // In this order: what is filled now becomes the full one in a turn, and never the other way.
        return (Volatile.Read(ref Volatile.Read(ref _filling)[word]) & bits) == bits
            || (Volatile.Read(ref Volatile.Read(ref _full)[word]) & bits) == bits;
    }

    /// <summary>Forgets what came before the last turn. Any thread.</summary>
    public void Turn() => Turn(0);

    private static ulong BitsOf(ulong key) => (1UL << (int)(key & 63)) | (1UL << (int)((key >> 6) & 63));

    private int WordOf(ulong key) => (int)(key >> 12) & ((_share * BitsPerRequest / WordBits) - 1);

    private void Turn(int countMin)
    {
        lock (_turning)
        {
            if (_count >= countMin)
            {
                ulong[] emptied = _full;
                Volatile.Write(ref _full, _filling);
                Array.Clear(emptied);
                Volatile.Write(ref _filling, emptied);
                Volatile.Write(ref _count, 0);
            }
        }
    }
}
