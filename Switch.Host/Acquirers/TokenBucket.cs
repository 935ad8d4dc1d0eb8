namespace Switch.Host.Acquirers;

/// <summary>
/// Requests a second of one acquirer over all its connections, with one second's worth of burst. A rate of 0 means no
/// limit. Any thread.
/// </summary>
internal sealed class TokenBucket
{
    private readonly Lock _gate = new();
    private readonly long _ticksPerToken;
    private readonly long _full;
    private long _balance;
    private long _countedAt;

    public TokenBucket(int perSecond, long nowTicks)
    {
        _ticksPerToken = perSecond > 0 ? Math.Max(TimeSpan.TicksPerSecond / perSecond, 1) : 0;
        _full = Math.Max(TimeSpan.TicksPerSecond, _ticksPerToken);
        _balance = _full;
        _countedAt = nowTicks;
    }

    /// <summary>False: over the rate.</summary>
    public bool TryTake(long nowTicks)
    {
        if (_ticksPerToken == 0)
        {
            return true;
        }

        lock (_gate)
        {
            // Threads read the clock before the lock, so one may come with an older time than the last.
            long passed = Math.Max(nowTicks - _countedAt, 0);
            _balance = Math.Min(_balance + passed, _full);
            _countedAt += passed;
            if (_balance < _ticksPerToken)
            {
                return false;
            }

            _balance -= _ticksPerToken;
            return true;
        }
    }
}
