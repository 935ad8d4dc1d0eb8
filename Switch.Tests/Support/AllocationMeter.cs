namespace Switch.Tests.Support;

/// <summary>
/// What work allocates on this thread, without what only happens beside it. A collection that another test causes ends
/// the thread's allocation buffer, and what was left of it counts as allocated, once; so does what the runtime needs to
/// compile a method anew. What the work itself allocates shows in every block, so the least of several is its own.
/// </summary>
internal sealed class AllocationMeter
{
    private const int Blocks = 5;
    private long _before;
    private long _block;

    /// <summary>Bytes of the block that allocated least.</summary>
    public long Least { get; private set; } = long.MaxValue;

    /// <summary>Bytes that so many rounds allocate once they are warm.</summary>
    public static long Of(Action round, int warmUp = 1_000, int rounds = 1_000)
    {
        for (int i = 0; i < warmUp; i++)
        {
            round();
        }

        var meter = new AllocationMeter();
        for (int block = 0; block < Blocks; block++)
        {
            meter.Begin();
            for (int i = 0; i < rounds; i++)
            {
                round();
            }

            meter.End();
        }

        return meter.Least;
    }

    public void Begin() => _before = GC.GetAllocatedBytesForCurrentThread();

    /// <summary>What follows does not count, until the next <see cref="Begin"/> in the same block.</summary>
    public void Pause() => _block += GC.GetAllocatedBytesForCurrentThread() - _before;

    public void End()
    {
        Pause();
        Least = Math.Min(Least, _block);
        _block = 0;
    }
}
