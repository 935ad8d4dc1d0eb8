namespace Switch.Host.Connections;

/// <summary>
/// So many log lines a second and no more, for lines that a peer can cause at will: a flood must not become a flood of
/// logs. What is left out is counted by the caller.
/// </summary>
internal sealed class LogBudget(int perSecond)
{
    private long _second = long.MinValue;
    private int _spent;

    /// <summary>True: log it. Any thread; exact enough for its purpose.</summary>
    public bool TrySpend(long nowTicks)
    {
        long second = nowTicks / TimeSpan.TicksPerSecond;
        if (Interlocked.Exchange(ref _second, second) != second)
        {
            Volatile.Write(ref _spent, 0);
        }

        return Interlocked.Increment(ref _spent) <= perSecond;
    }
}
