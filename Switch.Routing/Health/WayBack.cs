namespace Switch.Routing.Health;

/// <summary>
/// Whether one that failed is well again: a sequential test (SPRT) between the share of failures that it had and what
/// is usual. On each step of the way back it is passed, or failed, or goes on. While there are only probes it cannot
/// fail, and more is needed to pass.
/// </summary>
internal struct WayBack
{
    // Fixed point, so that every machine decides the same.
    private const double Unit = 1_024;

    // 20 to 1 either way.
    private const int Bound = (int)(3 * Unit);
    private const int ProbesFloor = (int)(-4 * Unit);

    // More than that is all: the share itself is not to be found again, it must be told from what is usual.
    private const int AllPercent = 90;

    private readonly int _ofGood;
    private readonly int _ofBad;
    private int _sum;
    private bool _hasProbesOnly;

    /// <param name="usual">The share that is usual.</param>
    /// <param name="least">The least share that is tested for.</param>
    /// <param name="badPercent">The share that it had.</param>
    public WayBack(double usual, double least, int badPercent)
    {
        // Half of what was seen, as what was seen at the moment of an alarm is more than there is.
        double share = badPercent >= AllPercent ? AllPercent / 100.0 : Math.Max(least, badPercent / 200.0);
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
