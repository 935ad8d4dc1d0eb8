namespace Switch.Routing.Duplicates;

/// <summary>
/// The requests that were known when a process began, by their keys, for a while: what a <see cref="RequestMemory"/>
/// takes for copies though it did not see their firsts. Keys of all acquirers: the acquirer is a part of the key. Any
/// thread.
/// </summary>
public sealed class KnownRequests
{
    private const int SlotsMin = 64;
    private const ulong Known = 1;

    private readonly ulong _spread;
    private readonly long _until;
    private ulong[] _slots;

    /// <param name="keys">As in <see cref="RequestMemory.Arrive"/>. 16 to 32 bytes of memory each.</param>
    /// <param name="until">Monotonic ticks from which on nothing is known, and no memory is taken.</param>
    /// <param name="spread">As in <see cref="RequestMemory"/>.</param>
    public KnownRequests(IReadOnlyCollection<ulong> keys, long until, ulong spread)
    {
        ArgumentNullException.ThrowIfNull(keys);
        _until = until;
        _spread = spread;
        _slots = new ulong[Math.Max(
            SlotsMin, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)keys.Count * 2))];
        foreach (ulong key in keys)
        {
            _slots[KeySlots.Find(_slots, key, spread)] = KeySlots.Of(key, Known);
        }
    }

    /// <summary>Whether a request came before.</summary>
    /// <param name="key">As in <see cref="RequestMemory.Arrive"/>.</param>
    /// <param name="now">Monotonic ticks.</param>
    public bool Contains(ulong key, long now)
    {
        ulong[] slots = _slots;
        if (now >= _until)
        {
            _slots = [];
            return false;
        }

        return slots.Length > 0 && slots[KeySlots.Find(slots, key, _spread)] != 0;
    }
}
