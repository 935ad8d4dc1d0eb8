namespace Switch.Host.Connections.Tls;

/// <summary>
/// TLS handshakes that peers have begun and that are under way: each costs a millisecond of a processor and what the
/// peer likes of time. Those of one side, acquirers or issuers: neither keeps the other out. Any thread.
/// </summary>
internal sealed class Handshakes(SwitchClock clock)
{
    /// <summary>At once; one more is refused.</summary>
    public const int Max = 64;

    /// <summary>Of them, of one partner: at its listener many may stand who are not the partner.</summary>
    public const int MaxOfOne = Max / 2;

    private int _now;

    /// <summary>How long one may take.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Under way.</summary>
    public int Now => Volatile.Read(ref _now);

    public TimeProvider Clock => clock.Time;

    /// <summary>False: too many are.</summary>
    /// <param name="ofPartner">How many are of the partner: counted here.</param>
    public bool TryEnter(ref int ofPartner)
    {
        if (Interlocked.Increment(ref ofPartner) > MaxOfOne)
        {
            Interlocked.Decrement(ref ofPartner);
            return false;
        }

        if (Interlocked.Increment(ref _now) > Max)
        {
            Leave(ref ofPartner);
            return false;
        }

        return true;
    }

    /// <summary>One is over.</summary>
    public void Leave(ref int ofPartner)
    {
        Interlocked.Decrement(ref _now);
        Interlocked.Decrement(ref ofPartner);
    }
}
