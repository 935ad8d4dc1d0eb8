namespace Switch.Routing.Health;

/// <summary>
/// Whether one that failed is well again: a sequential test (SPRT) between a share of failures of the settings, by what
/// was found, and what is usual. So the number of good replies that it takes is the settings', not chance's. On each
/// step of the way back it is passed, or failed, or goes on. While there are only probes it cannot fail, and more is
/// needed to pass.
/// </summary>
internal struct WayBack
{
    // Fixed point, so that every machine decides the same.
    private const double Unit = 1_024;

    // 20 to 1 either way.
    private const int Bound = (int)(3 * Unit);
    private const int ProbesFloor = (int)(-4 * Unit);

    private readonly int _ofGood;
    private readonly int _ofBad;
    private int _sum;
    private bool _hasProbesOnly;

    /// <param name="usual">The share that is usual.</param>
    /// <param name="share">The share that it is held against, above it and below 1.</param>
    public WayBack(double usual, double share)
    {
        _ofGood = (int)(Math.Log((1 - usual) / (1 - share)) * Unit);
        _ofBad = (int)(Math.Log(share / usual) * Unit);
        _hasProbesOnly = true;
        _sum = ProbesFloor;
    }

    public readonly bool IsPassed => _sum >= Bound;

    public readonly bool IsFailed => !_hasProbesOnly && _sum <= -Bound;

    /// <summary>A step begins.</summary>
    public void Begin(int level)
    {
        _hasProbesOnly = level == 0;
        _sum = _hasProbesOnly ? ProbesFloor : 0;
    }

    public void Count(bool isGood) =>
        _sum = Math.Clamp(_sum + (isGood ? _ofGood : -_ofBad), _hasProbesOnly ? ProbesFloor : -Bound, Bound);
}
