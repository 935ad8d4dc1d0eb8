namespace Switch.Host.Connections;

/// <summary>
/// So many entries of the refusal trace a second and no more: a peer can cause them at will, and a flood must not take
/// time from payments. What is left out is counted by the caller.
/// </summary>
internal sealed class TraceBudget(int perSecond)
{
    private long _second = long.MinValue;
    private int _spent;

    /// <summary>True: keep it. Any thread; exact enough for its purpose.</summary>
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
