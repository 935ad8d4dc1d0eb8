using Switch.Routing.Operations;

namespace Switch.Host.Admin;

/// <summary>The foremost of many keys: those that are over a rule first, then those nearest to their limits.</summary>
internal sealed class TopKeys(int countMax)
{
    private readonly PriorityQueue<VelocityListing, (bool, int, int)> _kept = new();

    /// <summary>How many were given.</summary>
    public int Found { get; private set; }

    public void Add(VelocityListing key)
    {
        Found++;
        (bool, int, int) rank = RankOf(key);
        if (_kept.Count < countMax)
        {
            _kept.Enqueue(key, rank);
        }
        else
        {
            _kept.EnqueueDequeue(key, rank);
        }
    }

    /// <summary>The foremost first.</summary>
    public IReadOnlyList<VelocityListing> Sorted() =>
        [.. _kept.UnorderedItems.OrderByDescending(static one => one.Priority).Select(static one => one.Element)];

    private static (bool IsOver, int Percent, int Requests) RankOf(VelocityListing key) =>
        (key.IsOver, key.Percent, key.Requests);
}
