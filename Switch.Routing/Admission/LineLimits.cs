using Switch.Routing.Values;

namespace Switch.Routing.Admission;

/// <summary>
/// How many requests of each acquirer may wait for the core: as many as are served in <c>waitMax</c> at the pace seen
/// lately and at the acquirer's share of it. One more is refused when it comes, at once, instead of after a wait.
/// Inquiries are refused from half of that on, and authorizations from three quarters on, so that what is left is for
/// financial requests (docs/domain.md section 3.8).
/// </summary>
public sealed class LineLimits
{
    /// <summary>So many may always wait: an estimate must not shut out an acquirer, or end a burst.</summary>
    public const int Least = 32;

    // What one request is thought to take until it was seen, and the bounds of what is believed.
    private const long FirstTicks = 20 * Instant.TicksPerMs / 1_000;
    private const long ShortestTicks = Instant.TicksPerMs / 1_000;
    private const long LongestTicks = 20 * Instant.TicksPerMs;

    // A turn of a stalled process says little of the next: no estimate grows by more than this at once.
    private const int GrowthMax = 4;

    // The estimate's memory, in requests.
    private const int Memory = 1_024;

    // Of what the estimate is above the first one, a turn forgets so much in which all were served. Else limits that a
    // slow spell made small would stay so: a line that they keep short is never busy from end to end.
    private const int ForgottenPart = 16;

    // In parts of a tick: a request may take less than a hundred ticks.
    private const int Part = 16;

    private readonly int[] _weights;
    private readonly int[] _limits;
    private readonly long _waitMax;
    private long _parts = FirstTicks * Part;
    private long _lastTurn;
    private bool _wasWaiting;

    /// <param name="weights">Of each acquirer: at least 1.</param>
    /// <param name="waitMax">How long a request may wait, in ticks: more than 0.</param>
    public LineLimits(IReadOnlyList<int> weights, long waitMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(waitMax, 1);
        _weights = [.. weights];
        _waitMax = waitMax;
        _limits = new int[_weights.Length];
        for (int i = 0; i < _limits.Length; i++)
        {
            _limits[i] = LimitOf(i, weightOfOthers: 0);
        }
    }

    /// <summary>A slow spell is not forgotten yet: every turn is to be told.</summary>
    public bool IsNarrow => _parts > FirstTicks * Part;

    /// <summary>Acquirers that have limits.</summary>
    public int Count => _limits.Length;

    /// <summary>How many of an acquirer's financial requests may wait.</summary>
    public int Of(int acquirer) => _limits[acquirer];

    /// <summary>Whether one more of an acquirer may wait behind those that do.</summary>
    public bool Takes(int acquirer, ShedClass of, int waiting)
    {
        int limit = _limits[acquirer];
        return waiting < of switch
        {
            ShedClass.Inquiry => limit / 2,
            ShedClass.Authorization => limit - (limit / 4),
            _ => limit,
        };
    }

    /// <summary>Whether <see cref="Takes"/> needs to know the class: below that it takes all.</summary>
    public bool TakesAny(int acquirer, int waiting) => waiting < _limits[acquirer] / 2;

    /// <summary>A turn has ended.</summary>
    /// <param name="now">In ticks.</param>
    /// <param name="served">Requests that were taken from the line in it.</param>
    /// <param name="line">What is left.</param>
    public void Turned<T>(long now, int served, RequestLine<T> line)
    {
        bool isWaiting = line.Count > 0;

        // Only where it was busy from end to end: else it is the pace at which requests came.
        if (_wasWaiting && served > 0 && now > _lastTurn)
        {
            See((now - _lastTurn) * Part / served, served);
        }

        bool forgets = !isWaiting && IsNarrow;
        if (forgets)
        {
            long above = _parts - (FirstTicks * Part);
            _parts -= Math.Max(above / ForgottenPart, 1);
        }

        if (isWaiting || _wasWaiting || forgets)
        {
            SetLimits(line);
        }

        _wasWaiting = isWaiting;
        _lastTurn = now;
    }

    private void See(long parts, int served)
    {
        long seen = Math.Clamp(
            Math.Min(parts, _parts * GrowthMax), ShortestTicks * Part, LongestTicks * Part);
        int weight = Math.Min(served, Memory);
        _parts = ((_parts * (Memory - weight)) + (seen * weight)) / Memory;
    }

    private void SetLimits<T>(RequestLine<T> line)
    {
        for (int i = 0; i < _limits.Length; i++)
        {
            _limits[i] = LimitOf(i, line.WeightWaiting - (line.CountOf(i) > 0 ? _weights[i] : 0));
        }
    }

    private int LimitOf(int acquirer, int weightOfOthers)
    {
        int weight = _weights[acquirer];
        return (int)Math.Clamp(_waitMax * Part / _parts * weight / (weightOfOthers + weight), Least, int.MaxValue);
    }
}
