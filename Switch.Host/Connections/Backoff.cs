namespace Switch.Host.Connections;

/// <summary>
/// How long to wait before the next attempt: doubling, bounded, and spread so that links do not come back in step.
/// </summary>
/// <param name="min">The first step.</param>
/// <param name="max">The longest step.</param>
/// <param name="random">From 0 to 1, exclusive.</param>
internal sealed class Backoff(TimeSpan min, TimeSpan max, Func<double> random)
{
    private TimeSpan _last;

    /// <summary>Attempts since the last reset.</summary>
    public int Attempts { get; private set; }

    /// <summary>The next delay: between half of its step and all of it.</summary>
    public TimeSpan Next()
    {
        TimeSpan step = Attempts++ == 0 ? min : _last * 2;
        _last = step < max ? step : max;
        return _last * (0.5 + (random() / 2));
    }

    public void Reset() => Attempts = 0;
}
