namespace Switch.Host.Acquirers;

/// <summary>
/// Which requests the edge has told no (96) lately, so that no copy of one is taken in afterwards: whoever is told no
/// does not reverse. Either the no is said or a copy goes on, never both, whichever comes first, on whichever thread.
/// Remembered for two minutes, which no deadline exceeds, unless a million others are refused before.
/// </summary>
/// <remarks>
/// Who refuses notes that and then looks for copies; who brings a copy notes that and then looks for refusals. So of
/// two at the same moment one at least sees the other, and falls silent.
/// </remarks>
internal sealed class RefusedRequests(int share = RefusedRequests.Share)
{
    /// <summary>How many are remembered at least: they take 8 MiB together.</summary>
    public const int Share = 1 << 20;

    private static readonly long Span = TimeSpan.FromMinutes(2).Ticks;

    private readonly SeenRequests _refused = new(share);
    private readonly SeenRequests _copied = new(share);
    private long _turnedAt;

    /// <summary>
    /// A copy has come. False: its first was told no, so the copy goes no further and is not answered. Any thread.
    /// </summary>
    /// <param name="key">As in <see cref="SeenRequests.Note"/>.</param>
    /// <param name="now">Monotonic ticks.</param>
    public bool TryTakeCopy(ulong key, long now)
    {
        Age(now);
        _copied.Note(key);
        return !_refused.Knows(key);
    }

    /// <summary>
    /// A request that is no copy finds no room. False: a copy of it may have been taken in, so nothing may be said. Any
    /// thread.
    /// </summary>
    /// <param name="key">As in <see cref="SeenRequests.Note"/>.</param>
    /// <param name="now">Monotonic ticks.</param>
    public bool TryRefuse(ulong key, long now)
    {
        Age(now);
        if (_copied.Knows(key))
        {
            return false;
        }

        _refused.Note(key);
        return !_copied.Knows(key);
    }

    private void Age(long now)
    {
        long turnedAt = Volatile.Read(ref _turnedAt);
        if (now - turnedAt < Span || Interlocked.CompareExchange(ref _turnedAt, now, turnedAt) != turnedAt)
        {
            return;
        }

        _refused.Turn();
        _copied.Turn();
        if (now - turnedAt >= 2 * Span)
        {
            _refused.Turn(); // Nothing came for so long that the other half is too old as well.
            _copied.Turn();
        }
    }
}
