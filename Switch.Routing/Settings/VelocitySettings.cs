namespace Switch.Routing.Settings;

/// <summary>What a rule of velocity counts by.</summary>
public enum VelocityScope : byte
{
    /// <summary>DE 41 at one acquirer.</summary>
    Terminal = 1,

    /// <summary>DE 42 at one acquirer.</summary>
    Merchant,

    /// <summary>The leading digits of the card number (ISO/IEC 7812-1), over all acquirers.</summary>
    Bin,

    /// <summary>All that one acquirer sends.</summary>
    Acquirer,
}

/// <summary>What is done about a key that is over its rule.</summary>
public enum VelocityAction : byte
{
    /// <summary>It is counted, for figures alone: a rule on trial.</summary>
    Count = 1,

    /// <summary>It is counted, and people are told when it begins and ends.</summary>
    Alert,

    /// <summary>As <see cref="Alert"/>, and its requests are declined.</summary>
    Decline,
}

/// <summary>Rules against card testing.</summary>
public sealed record VelocitySettings
{
    /// <summary>No rules: nothing is counted.</summary>
    public static VelocitySettings None { get; } = new();

    /// <summary>Digits of a BIN: 8 since ISO/IEC 7812-1:2017, 6 before.</summary>
    public int BinDigits { get; init; } = 8;

    /// <summary>In the order in which they are asked; the first that declines gives the response code.</summary>
    public IReadOnlyList<VelocityRule> Rules { get; init; } = [];
}

/// <summary>
/// One rule: a key is over it when it has reached every limit that is not 0 within the window. Counts are of a window
/// that moves in quarters, so they cover the last three to four quarters of it.
/// </summary>
public sealed record VelocityRule
{
    /// <summary>Its name in logs and metrics.</summary>
    public required string Name { get; init; }

    public required VelocityScope Per { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>Requests; 0: any number.</summary>
    public int Requests { get; init; }

    /// <summary>Different cards; 0: any number.</summary>
    public int DistinctCards { get; init; }

    /// <summary>Declines by an issuer or by stand-in; 0: any number.</summary>
    public int Declines { get; init; }

    /// <summary>Requests with a small amount; 0: any number.</summary>
    public int SmallAmounts { get; init; }

    /// <summary>An amount up to this is small, in minor units of <see cref="Currency"/>. Zero always is.</summary>
    public long SmallAmountMax { get; init; }

    /// <summary>DE 49 as a number; 0: only amounts of zero are small.</summary>
    public int Currency { get; init; }

    public VelocityAction Action { get; init; } = VelocityAction.Count;

    /// <summary>DE 39 of what the rule declines: two characters.</summary>
    public string ResponseCode { get; init; } = "59";

    /// <summary>How long a key stays over after its counts were last at the limits.</summary>
    public TimeSpan For { get; init; }

    /// <summary>Keys that are counted at once, rounded up to a power of two; one more displaces another.</summary>
    public int KeysMax { get; init; } = 65_536;

    /// <summary>Indexes of the acquirers it is about; empty: all.</summary>
    public IReadOnlyList<int> Acquirers { get; init; } = [];
}
