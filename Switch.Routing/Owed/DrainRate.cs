using Switch.Routing.Values;

namespace Switch.Routing.Owed;

/// <summary>
/// How fast a backlog goes to an issuer, in messages a second: between a sixteenth of the configured rate and the whole
/// of it. Every tenth of a second it grows by a thirty-second of the configured rate, or is halved when the issuer
/// shows strain: live requests slower than usual, live requests at their bound, or an owed message unanswered or
/// refused for now. So traffic that a cardholder waits for comes first, and the backlog still never stands still
/// (docs/domain.md section 5.4).
/// </summary>
/// <remarks>
/// Latency in whole ticks. An interval's mean moves the fast average by a quarter and the slow one, which says what is
/// usual, by a 512th upward (a minute or so) and by a sixteenth downward.
/// </remarks>
internal sealed class DrainRate
{
    public const int FloorDivisor = 16;
    public const long IntervalTicks = 100 * Instant.TicksPerMs;

    private const int IncreaseDivisor = 32;
    private const int FastShift = 2;
    private const int UsualShiftUp = 9;
    private const int UsualShiftDown = 4;

    // Twice the usual and this much more: a usual latency of a fraction of a millisecond doubles for no reason at all.
    private const long SlackTicks = 5 * Instant.TicksPerMs;

    private readonly int _max;
    private readonly int _min;
    private readonly int _increase;
    private long _fast;
    private long _usual;
    private long _sum;
    private int _count;
    private bool _isStrained;
    private long _nextStep;

    public DrainRate(int ratePerSecond)
    {
        _max = Math.Max(1, ratePerSecond);
        _min = Math.Max(1, _max / FloorDivisor);
        _increase = Math.Max(1, _max / IncreaseDivisor);
        PerSecond = _max;
    }

    /// <summary>Messages a second now.</summary>
    public int PerSecond { get; private set; }

    /// <summary>The time that one message takes at this rate.</summary>
    public long CostTicks => TimeSpan.TicksPerSecond / PerSecond;

    /// <summary>A live request was answered, or given up, after so many ticks.</summary>
    public void LiveEnded(long ticks)
    {
        _sum += Math.Max(0, ticks);
        _count++;
    }

    /// <summary>An owed message was not answered in time, or was refused for now.</summary>
    public void Strained() => _isStrained = true;

    /// <summary>Time passed: at the end of an interval the rate moves.</summary>
    /// <param name="isLiveFull">Live requests are near their bound: the room that is left is theirs.</param>
    public void Step(long now, bool isLiveFull)
    {
        if (now < _nextStep)
        {
            return;
        }

        _nextStep = now + IntervalTicks;
        bool isStrained = IsSlower() || isLiveFull || _isStrained;
        _isStrained = false;
        PerSecond = isStrained ? Math.Max(_min, PerSecond / 2) : Math.Min(_max, PerSecond + _increase);
    }

    // Without live traffic there is nothing to be slow.
    private bool IsSlower()
    {
        if (_count == 0)
        {
            return false;
        }

        long mean = Math.Max(1, _sum / _count);
        _sum = 0;
        _count = 0;
        _fast += _fast == 0 ? mean : (mean - _fast) >> FastShift;
        _usual += _usual == 0 ? mean : (mean - _usual) >> (mean > _usual ? UsualShiftUp : UsualShiftDown);
        return _fast > (2 * _usual) + SlackTicks;
    }
}
