namespace Switch.Routing.Settings;

/// <summary>
/// How the core judges an issuer by its real traffic, and how it lets traffic come back. Shares are fractions of 1.
/// </summary>
public sealed record HealthSettings
{
    /// <summary>Only the circuit breaker of consecutive time-outs acts.</summary>
    public static HealthSettings Off { get; } = new() { IsOn = false };

    /// <summary>For most issuers.</summary>
    public static HealthSettings Default { get; } = new();

    /// <summary>For issuers whose failures are not to be felt: diverts on less evidence.</summary>
    public static HealthSettings Aggressive { get; } = new()
    {
        SilentRequests = 3, SilentFor = TimeSpan.FromMilliseconds(300), SlowAfter = TimeSpan.FromMilliseconds(500),
        UsualShare = 0.01, SmallShare = 0.05, LargeShare = 0.2, Certainty = 7,
    };

    /// <summary>For issuers that are often slow or away for a moment: diverts on more evidence.</summary>
    public static HealthSettings Lenient { get; } = new()
    {
        SilentRequests = 8, SilentFor = TimeSpan.FromMilliseconds(1_500), OverdueMin = TimeSpan.FromMilliseconds(500),
        SlowAfter = TimeSpan.FromSeconds(2), UsualShare = 0.05, SmallShare = 0.2, LargeShare = 0.5, Certainty = 11,
        MoneyShare = 0.6,
    };

    /// <summary>Whether it acts at all.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>
    /// Silence: so many requests in a row without a good reply, and no good reply for <see cref="SilentFor"/>.
    /// </summary>
    public int SilentRequests { get; init; } = 4;

    /// <summary>See <see cref="SilentRequests"/>.</summary>
    public TimeSpan SilentFor { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// A request is overdue after four times the usual latency (of 99 in 100), and not before this.
    /// </summary>
    public TimeSpan OverdueMin { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>A request has failed when it is overdue and this has passed, whether its reply comes or not.</summary>
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromMilliseconds(750);

    /// <summary>The share of failed requests that is usual.</summary>
    public double UsualShare { get; init; } = 0.02;

    /// <summary>The smaller share to find, in some seconds.</summary>
    public double SmallShare { get; init; } = 0.1;

    /// <summary>The larger share to find, at once.</summary>
    public double LargeShare { get; init; } = 0.3;

    /// <summary>
    /// How much likelier the share must be than what is usual, as a natural logarithm, after a first failure.
    /// </summary>
    public int Certainty { get; init; } = 8;

    /// <summary>The share of the money in failed requests that is as bad as <see cref="SmallShare"/>.</summary>
    public double MoneyShare { get; init; } = 0.3;

    /// <summary>
    /// While traffic is diverted one request goes there that often, to see. It is waited for no longer than <see
    /// cref="SlowAfter"/> where a standby or stand-in is behind it.
    /// </summary>
    public TimeSpan ProbeEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long each step of the way back (5, 25, 50, 100 %) lasts at least.</summary>
    public TimeSpan RampStep { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long traffic is diverted at least; twice as long each time that it fails again soon.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest hold.</summary>
    public TimeSpan HoldMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests in flight that a sick issuer or route may always have.</summary>
    public int InFlightMin { get; init; } = 16;
}
