namespace Switch.Routing.Admission;

/// <summary>
/// Places that acquirers share by weight: the seats of pending transactions, and the requests in flight to one issuer.
/// An acquirer that holds less than its share finds a place for as long as one is free. One that holds its share or
/// more leaves an eighth of them (of few, up to a quarter) free while another acquirer uses them too, for the other to
/// find one at once.
/// </summary>
public sealed class SharedPlaces
{
    /// <summary>How long an acquirer is counted as one that uses the places, after it asked for one.</summary>
    public const long UsesFor = 10 * TimeSpan.TicksPerSecond;

    private const int ReservePart = 8;
    private const int ReservePartOfFew = 4;
    private const int ReserveLeast = 4;

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
    public bool MayTake(int acquirer, int capacity, long now) => MayTake(acquirer, capacity, now, capacity);

    /// <summary>
    /// As <see cref="MayTake(int, int, long)"/>, where there are more places than should be used: one that holds less
    /// than its share may have one of them.
    /// </summary>
    /// <param name="most">At least <paramref name="capacity"/>.</param>
    public bool MayTake(int acquirer, int capacity, long now, int most)
    {
        NoteUse(acquirer, now);
        int free = capacity - Held;
        return (free > 0 && (!IsShared(now) || free > ReserveOf(capacity)))
            || (Held < most && _held[acquirer] < ShareOf(acquirer, capacity));
    }

    /// <summary>Whether more than one acquirer has asked for a place lately.</summary>
    public bool IsShared(long now) => _other >= 0 && now - _otherAt < UsesFor;

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

    // Of few places a greater part, so that more than one request at once finds one.
    private static int ReserveOf(int capacity) =>
        Math.Max(capacity / ReservePart, Math.Min(ReserveLeast, capacity / ReservePartOfFew));

    private long ShareOf(int acquirer, int capacity) =>
        Math.Max(1, (long)capacity * _weights[acquirer] / _weightOfAll);

    private void NoteUse(int acquirer, long now)
    {
        if (_latest != acquirer)
        {
            (_other, _otherAt) = (_latest, _latestAt);
            _latest = acquirer;
        }

        _latestAt = now;
    }
}
