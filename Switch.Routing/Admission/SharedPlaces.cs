namespace Switch.Routing.Admission;

/// <summary>
/// Places that acquirers share by weight: the seats of pending transactions, and the requests in flight to one issuer.
/// An acquirer that holds less than its share finds a place for as long as one is free. One that holds its share or
/// more leaves an eighth of them free while another acquirer uses them too, for the other to find one at once.
/// </summary>
public sealed class SharedPlaces
{
    /// <summary>How long an acquirer is counted as one that uses the places, after it asked for one.</summary>
    public const long UsesFor = 10 * TimeSpan.TicksPerSecond;

    private const int ReservePart = 8;

    private readonly int[] _weights;
    private readonly int[] _held;
    private readonly int _weightOfAll;

    // The two acquirers that asked last, so that each knows whether there is another.
    private int _latest = -1;
    private long _latestAt;
    private int _other = -1;
    private long _otherAt;

    /// <param name="weights">Of each acquirer: at least 1.</param>
    public SharedPlaces(IReadOnlyList<int> weights)
    {
        _weights = [.. weights];
        _held = new int[_weights.Length];
        _weightOfAll = _weights.Sum();
    }

    /// <summary>Places that are held.</summary>
    public int Held { get; private set; }

    /// <summary>Places that an acquirer holds.</summary>
    public int HeldBy(int acquirer) => _held[acquirer];

    /// <summary>Whether an acquirer may take one more. It counts as one that uses them from here on.</summary>
    /// <param name="capacity">How many places there are now.</param>
    /// <param name="now">In monotonic ticks.</param>
    public bool MayTake(int acquirer, int capacity, long now)
    {
        bool hasOther = NoteUse(acquirer, now);
        int free = capacity - Held;
        return free > 0
            && (!hasOther || free > capacity / ReservePart || _held[acquirer] < ShareOf(acquirer, capacity));
    }

    /// <summary>It takes one.</summary>
    public void Take(int acquirer)
    {
        _held[acquirer]++;
        Held++;
    }

    /// <summary>It gives one back.</summary>
    public void Release(int acquirer)
    {
        _held[acquirer]--;
        Held--;
    }

    private long ShareOf(int acquirer, int capacity) =>
        Math.Max(1, (long)capacity * _weights[acquirer] / _weightOfAll);

    // Whether another has asked lately.
    private bool NoteUse(int acquirer, long now)
    {
        if (_latest != acquirer)
        {
            (_other, _otherAt) = (_latest, _latestAt);
            _latest = acquirer;
        }

        _latestAt = now;
        return _other >= 0 && now - _otherAt < UsesFor;
    }
}
