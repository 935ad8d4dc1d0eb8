namespace Switch.Host.Security.Macs;

/// <summary>What was done with MACs since the start. Any thread.</summary>
internal sealed class MacCounters
{
    private long _verified;
    private long _byFormerKey;
    private long _sealed;
    private long _notSealed;

    /// <summary>MACs of messages that came, and were right.</summary>
    public long Verified => Volatile.Read(ref _verified);

    /// <summary>Of them, those made with a key that is being replaced.</summary>
    public long ByFormerKey => Volatile.Read(ref _byFormerKey);

    /// <summary>Messages that got one.</summary>
    public long Sealed => Volatile.Read(ref _sealed);

    /// <summary>Messages that needed one and could get none: they were not sent.</summary>
    public long NotSealed => Volatile.Read(ref _notSealed);

    public void CountVerified(bool isByFormerKey)
    {
        Interlocked.Increment(ref _verified);
        if (isByFormerKey)
        {
            Interlocked.Increment(ref _byFormerKey);
        }
    }

    public void CountSealed(bool isDone) => Interlocked.Increment(ref isDone ? ref _sealed : ref _notSealed);
}
