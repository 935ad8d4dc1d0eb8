using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Switch.Host.Connections;

/// <summary>Work that goes to other threads and comes back, used again and again; a bounded number of it at once.
/// </summary>
/// <param name="max">At once.</param>
/// <param name="make">Makes one more, when all that there are are in use.</param>
internal sealed class WorkPool<T>(int max, Func<T> make)
    where T : class
{
    private readonly ConcurrentBag<T> _spare = [];
    private int _taken;

    /// <summary>Any thread. False: as many as may be are under way.</summary>
    public bool TryTake([NotNullWhen(true)] out T? work)
    {
        if (Interlocked.Increment(ref _taken) > max)
        {
            Interlocked.Decrement(ref _taken);
            work = null;
            return false;
        }

        if (!_spare.TryTake(out work))
        {
            work = make();
        }

        return true;
    }

    /// <summary>Any thread: it is not in use any more, and holds nothing that must not stay in memory.</summary>
    public void Return(T work)
    {
        Interlocked.Decrement(ref _taken);
        _spare.Add(work);
    }
}
