namespace Switch.Routing.Duplicates;

/// <summary>
/// Amounts of the few transactions that need one beside their entry in the duplicate table: what was approved of a
/// partial approval, what stays after a partial reversal. Rare, so a dictionary rather than eight more bytes in each of
/// twenty million entries. At the bound the oldest goes, and the amount of the message in hand counts again.
/// </summary>
internal sealed class KeptAmounts(int countMax)
{
    private readonly Dictionary<ulong, long> _amounts = [];
    private readonly Queue<ulong> _order = [];

    /// <summary>The amount kept for a transaction, or another when none is.</summary>
    public long Of(ulong key, long otherwise) => _amounts.GetValueOrDefault(key, otherwise);

    public bool Has(ulong key) => _amounts.ContainsKey(key);

    public void Set(ulong key, long amount)
    {
        if (!_amounts.ContainsKey(key))
        {
            _order.Enqueue(key);
            while (_order.Count > countMax)
            {
                _amounts.Remove(_order.Dequeue());
            }
        }

        _amounts[key] = amount;
    }

    /// <summary>All of them, in the order in which they would go at the bound.</summary>
    public IEnumerable<(ulong Key, long Amount)> InOrder()
    {
        var given = new HashSet<ulong>();
        foreach (ulong key in _order)
        {
            if (_amounts.TryGetValue(key, out long amount) && given.Add(key))
            {
                yield return (key, amount);
            }
        }
    }
}
