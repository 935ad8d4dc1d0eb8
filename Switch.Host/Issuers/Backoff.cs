namespace Switch.Host.Issuers;

/// <summary>
/// How long to wait before the next attempt: doubling, bounded, and spread so that links do not come back in step.
/// </summary>
/// <param name="random">From 0 to 1, exclusive.</param>
internal sealed class Backoff(Func<double> random)
{
    public static readonly TimeSpan DelayMin = TimeSpan.FromMilliseconds(250);
    public static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(30);

    private TimeSpan _next = DelayMin;

    /// <summary>Attempts since the last reset.</summary>
    public int Attempts { get; private set; }

    /// <summary>The next delay: between half of its step and all of it.</summary>
    public TimeSpan Next()
    {
        Attempts++;
        TimeSpan delay = _next * (0.5 + (random() / 2));
        _next = _next * 2 < DelayMax ? _next * 2 : DelayMax;
        return delay;
    }

    public void Reset()
    {
        Attempts = 0;
        _next = DelayMin;
    }
}
