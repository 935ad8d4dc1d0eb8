namespace Switch.Routing.Duplicates;

/// <summary>
/// What stays of transactions that were reversed in part, by key. Rare, so a dictionary beside the duplicate table
/// rather than eight more bytes in each of its entries. At the bound the oldest goes: its next partial reversal is then
/// measured against the original amount.
/// </summary>
internal sealed class PartialReversals(int countMax)
{
    private readonly Dictionary<ulong, long> _rests = [];
    private readonly Queue<ulong> _order = [];

    /// <summary>What may still be reversed: the rest, or the original amount when nothing was reversed yet.</summary>
    public long RestOf(ulong key, long originalAmount) => _rests.GetValueOrDefault(key, originalAmount);

    public bool Has(ulong key) => _rests.ContainsKey(key);

    public void Set(ulong key, long rest)
    {
        if (!_rests.ContainsKey(key))
        {
            _order.Enqueue(key);
            while (_order.Count > countMax)
            {
                _rests.Remove(_order.Dequeue());
            }
        }

        _rests[key] = rest;
    }

    public void Forget(ulong key) => _rests.Remove(key);
}
