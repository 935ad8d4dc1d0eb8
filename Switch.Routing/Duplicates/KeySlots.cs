namespace Switch.Routing.Duplicates;

/// <summary>
/// Open addressing over an array of keys with a state of two bits each; zero is an empty slot. The caller keeps an
/// empty slot in the array, and its length a power of two.
/// </summary>
internal static class KeySlots
{
    /// <summary>The state in an entry; never zero in one that is there.</summary>
    public const ulong StateMask = 3;

    private const ulong Mix = 0x9E3779B97F4A7C15;
    private const int HighBits = 32;

    public static ulong Of(ulong key, ulong state) => (key & ~StateMask) | state;

    /// <summary>Where a key stands, or the empty slot where it would.</summary>
    public static int Find(ulong[] slots, ulong key, ulong spread)
    {
        ulong name = key & ~StateMask;
        int mask = slots.Length - 1;
        ulong high = Math.BigMul(name ^ spread, Mix, out ulong low);
        int slot = (int)((high ^ low) >> HighBits) & mask;
        while (slots[slot] is var entry && entry != 0 && (entry & ~StateMask) != name)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }
}
