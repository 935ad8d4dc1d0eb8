namespace Switch.Host.Configuration;

/// <summary>
/// How old or how far ahead a new request may be by its DE 7. One sent again after the duplicate window has passed
/// would be a new request.
/// </summary>
internal sealed class FreshnessOptions
{
    /// <summary>Written in place of the group: age and date of requests are not looked at.</summary>
    public const string Off = "Off";

    private static readonly TimeSpan BackDefault = TimeSpan.FromHours(24);

    /// <summary>How old; null: 24 hours, or the duplicate window where that is shorter.</summary>
    public TimeSpan? Back { get; set; }

    /// <summary>How far ahead of the switch's clock.</summary>
    public TimeSpan Ahead { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The group of an acquirer that wants none.</summary>
    public static FreshnessOptions None() => new() { Back = TimeSpan.Zero, Ahead = TimeSpan.Zero };

    /// <summary>What counts.</summary>
    /// <param name="window">How long requests are remembered.</param>
    public TimeSpan BackWithin(TimeSpan window) => Back ?? (window < BackDefault ? window : BackDefault);
}
