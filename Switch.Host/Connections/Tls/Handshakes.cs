namespace Switch.Host.Connections.Tls;

/// <summary>The TLS handshakes of a switch that are under way: each costs a millisecond of a processor and what the
/// peer likes of time. Any thread.</summary>
internal sealed class Handshakes(SwitchClock clock)
{
    /// <summary>At once; one more is refused.</summary>
    public const int Max = 64;

    private int _now;

    /// <summary>How long one may take.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Under way.</summary>
    public int Now => Volatile.Read(ref _now);

    public TimeProvider Clock => clock.Time;

    /// <summary>False: too many are.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _now) <= Max)
        {
            return true;
        }

        Interlocked.Decrement(ref _now);
        return false;
    }

    /// <summary>One is over.</summary>
    public void Leave() => Interlocked.Decrement(ref _now);
}
