using Switch.Routing.Values;

namespace Switch.Routing.Admission;

/// <summary>
/// How many requests may be in flight to one issuer: as many as it can work on, so that what is too much is refused at
/// once instead of standing in the issuer's own line. While the window is full and even the fastest replies are late,
/// a line stands there; then the window is what the issuer answers in the time that it usually takes (Little's law).
/// </summary>
/// <remarks>
/// The fastest replies, because a slow disk of the switch or a slow card delays some replies and a line delays all.
/// When fewer in flight make an issuer do less, and none faster, it is just slower than before: that is usual then.
/// Times in ticks of 100 ns.
/// </remarks>
internal sealed class AdaptiveWindow
{
    /// <summary>The window of an issuer of which nothing is known, at most.</summary>
    public const int ColdMax = 1_024;

    /// <summary>An issuer that was never too slow may always have so many.</summary>
    public const int BurstMax = 128;

    /// <summary>The narrowest window.</summary>
    public const int Least = 8;

    // A look takes so many replies, and so long, or as long as a reply takes.
    private const int RepliesLeast = 16;
    private const long LookLeast = 50 * Instant.TicksPerMs;
    private const long LookMax = TimeSpan.TicksPerSecond;

    // So few came that they say nothing of how many an issuer can do.
    private const long LookTooLong = 2 * LookMax;

    // What may stand in the issuer's line: while more comes than it can do, and for a burst.
    private const long LineLeast = 50 * Instant.TicksPerMs;
    private const long SharedLineLeast = 5 * Instant.TicksPerMs;
    private const long BurstLine = 100 * Instant.TicksPerMs;
    private const long FirstBurstLine = 200 * Instant.TicksPerMs;

    // A switch that is late itself by some time cannot tell a line of that time, and by more nothing at all.
    private const long OwnDelayMax = 50 * Instant.TicksPerMs;

    // Of what is usual, and of the most that came, a look changes so much.
    private const int Learned = 256;
    private const int Forgotten = 32;
    private const int FullForgotten = 16;

    // So many looks in a row tell a slower issuer from one with a line.
    private const int JustSlowerLooks = 3;

    private const long CalmAfter = TimeSpan.TicksPerSecond;

    private readonly int _max;
    private long _usual;
    private long _lookBegan;
    private long _sent;
    private long _replies;
    private long _sum;
    private long _fastest = long.MaxValue;
    private long _latest;
    private bool _wasFull;
    private long _fullAt;
    private bool _isNarrow;

    // Replies a second: the most that came, and how many came when more was asked than the issuer could do.
    private long _mostRate;
    private long _fullRate;

    // As it was before the window was made narrower.
    private long _rateBefore;
    private long _fastestBefore;
    private int _sizeBefore;
    private int _justSlower;

    /// <param name="max">The widest window: at least 1.</param>
    public AdaptiveWindow(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        _max = max;
        Size = Math.Min(max, ColdMax);
    }

    /// <summary>How many requests may be in flight now.</summary>
    public int Size { get; private set; }

    /// <summary>A request found no place.</summary>
    public void Full(long now)
    {
        _wasFull = true;
        _fullAt = now;
    }

    /// <summary>A request took a place.</summary>
    public void Sent() => _sent++;

    /// <summary>A request was answered.</summary>
    /// <param name="ticks">So long after it was sent.</param>
    /// <param name="ownDelay">By which the switch itself is late.</param>
    /// <param name="isShared">Several acquirers use it: one that is calm is to notice little of the others.</param>
    /// <param name="now">In monotonic ticks.</param>
    public void Answered(long ticks, long ownDelay, bool isShared, long now)
    {
        _replies++;
        _sum += ticks;
        _fastest = Math.Min(_fastest, ticks);
        _latest = ticks;
        long took = now - _lookBegan;
        if (took < LookLeast)
        {
            return;
        }

        if (_replies >= RepliesLeast)
        {
            long mean = _sum / _replies;
            if (took < Math.Clamp(mean, LookLeast, LookMax))
            {
                return;
            }

            if (ownDelay <= OwnDelayMax && took <= LookTooLong)
            {
                Look(mean, ownDelay, isShared, now);
            }

            Begin(now);
        }
        else if (took > LookTooLong)
        {
            Begin(now);
        }
    }

    private void Begin(long now)
    {
        _lookBegan = now;
        _sent = 0;
        _replies = 0;
        _sum = 0;
        _fastest = long.MaxValue;
        _wasFull = false;
    }

    private void Look(long mean, long ownDelay, bool isShared, long now)
    {
        long rate = _replies * TimeSpan.TicksPerSecond / (now - _lookBegan);
        long line = isShared ? Math.Max(_usual / 4, SharedLineLeast) : Math.Max(_usual / 2, LineLeast);
        bool isMore = _sent > _replies + (_replies / 4) && _fastest > _usual + LineLeast + ownDelay;
        if (_usual == 0 || _fastest < _usual)
        {
            _usual = _fastest;
        }
        else if (isMore || (_wasFull && _fastest > _usual + line + ownDelay))
        {
            Narrow(rate, mean, line, now);
            return;
        }
        else if (!_wasFull)
        {
            _usual += (_fastest - _usual) / Learned;
        }

        _rateBefore = 0;
        _mostRate = rate > _mostRate ? rate : _mostRate - ((_mostRate - rate) / Forgotten);
        if (_wasFull && _fullRate != 0)
        {
            // It does more than it did, or the window is too narrow.
            _isNarrow = true;
            _fullRate = Math.Max(_fullRate, rate);
            Size = (int)Math.Clamp(AnsweredIn(_fullRate, mean - _fastest + _usual + line), Size, _max);
        }
        else if (_wasFull)
        {
            // Unless a line has begun to grow, as the next look will show.
            Size = (int)Math.Min(_max, _latest > _usual + (line / 2) ? Size : Size * 2L);
        }
        else if (!_isNarrow || now - _fullAt >= CalmAfter)
        {
            _isNarrow = false;
            long taken = mean - _fastest + _usual;
            long burst = _fullRate == 0
                ? Math.Max(BurstMax, AnsweredIn(_mostRate, FirstBurstLine + taken))
                : AnsweredIn(Math.Max(_fullRate, rate), BurstLine + taken);
            Size = (int)Math.Min(_max, Math.Max(burst, _fullRate == 0 ? 0 : Size));
        }
    }

    private void Narrow(long rate, long mean, long line, long now)
    {
        _fullAt = now;
        if (_rateBefore == 0)
        {
            _rateBefore = rate;
            _fastestBefore = 0;
            _sizeBefore = Size;
        }

        bool isJustSlower =
            rate < _rateBefore - (_rateBefore / 4) && _fastest > _fastestBefore - (_fastestBefore / 10);
        _fastestBefore = Math.Max(_fastestBefore, _fastest);
        _justSlower = isJustSlower ? _justSlower + 1 : 0;
        if (_justSlower == JustSlowerLooks)
        {
            _justSlower = 0;
            _usual = _fastest;
            Size = _sizeBefore;
            _rateBefore = 0;
            return;
        }

        // A single look may fall into a stall.
        _fullRate = _isNarrow ? Math.Max(rate, _fullRate - (_fullRate / FullForgotten)) : rate;
        _isNarrow = true;
        long narrow = AnsweredIn(_fullRate, mean - _fastest + _usual + line);
        Size = (int)Math.Clamp(narrow, Math.Min(Least, _max), Size);
    }

    private static long AnsweredIn(long rate, long ticks) => rate * ticks / TimeSpan.TicksPerSecond;
}
