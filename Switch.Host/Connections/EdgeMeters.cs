namespace Switch.Host.Connections;

/// <summary>
/// The edge's counters while they count. Socket threads add once per read, not once per message; what only the core
/// thread counts (the way out) it adds without a lock.
/// </summary>
internal sealed class EdgeMeters
{
    private EdgeCounters _live;

    /// <summary>The counters themselves, for <see cref="Add"/>.</summary>
    public ref EdgeCounters Live => ref _live;

    /// <summary>Adds from any thread.</summary>
    public static void Add(ref long counter, long count = 1) => Interlocked.Add(ref counter, count);

    /// <summary>
    /// A copy. Each value is whole; they are not all of one instant. Refusals of the edge itself left on the wire too,
    /// and the core thread, which counts what leaves without a lock, knows nothing of them.
    /// </summary>
    public EdgeCounters Read()
    {
        EdgeCounters read = _live;
        read.AcquirerFramesOut += read.ShedInbox + read.ShedInFlight + read.ShedRate + read.ShedPool;
        return read;
    }
}
