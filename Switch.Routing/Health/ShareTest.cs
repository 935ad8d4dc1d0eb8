namespace Switch.Routing.Health;

/// <summary>
/// A sequential test (CUSUM) on a stream of good and bad outcomes: has the share of bad ones risen from what is usual
/// to a given share? Each outcome adds the logarithm of how much likelier it is under the greater share; the sum never
/// falls below nothing. So a large share is found after a few requests, a small one after more, and an odd bad outcome
/// is forgotten.
/// </summary>
internal struct ShareTest
{
    // Fixed point, so that every machine decides the same.
    private const double Unit = 1_024;

    private readonly int _ofGood;
    private readonly int _ofBad;
    private readonly int _bound;
    private int _sum;
    private int _count;
    private int _badCount;
    private long _since;

    /// <param name="usual">The share that is usual, above 0.</param>
    /// <param name="share">The share to find, above it and below 1.</param>
    /// <param name="certainty">
    /// How much likelier the share must be than what is usual, as a natural logarithm, after a first failure.
    /// </param>
    public ShareTest(double usual, double share, int certainty)
    {
        _ofGood = (int)(Math.Log((1 - share) / (1 - usual)) * Unit);
        _ofBad = (int)(Math.Log(share / usual) * Unit);
        _bound = (int)(certainty * Unit) + _ofBad;
    }

    public readonly bool IsReached => _sum >= _bound;

    /// <summary>Nothing bad is remembered: a good outcome changes nothing.</summary>
    public readonly bool IsCalm => _count == 0;

    /// <summary>Bad outcomes since the change, if there was one: since the sum was nothing.</summary>
    public readonly int BadCount => _badCount;

    /// <summary>When the first of them was sent.</summary>
    public readonly long Since => _since;

    /// <summary>Their share since then, in percent.</summary>
    public readonly int BadPercent => _badCount * 100 / Math.Max(1, _count);

    public void Good()
    {
        _sum += _ofGood;
        _count++;
        if (_sum <= 0)
        {
            Reset();
        }
    }

    /// <param name="sentAt">When the request was sent.</param>
    public void Bad(long sentAt)
    {
        _since = _badCount == 0 ? sentAt : _since;
        _sum = Math.Min(_bound, _sum + _ofBad);
        _count++;
        _badCount++;
    }

    public void Reset()
    {
        _sum = 0;
        _count = 0;
        _badCount = 0;
    }
}
