using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>
/// What the switch may approve in an issuer's place. Amounts are minor units of <see cref="Currency"/>.
/// </summary>
internal sealed class StandInOptions
{
    /// <summary>ISO 4217 numeric code as in DE 49; other currencies are declined.</summary>
    public string Currency { get; set; } = "";

    /// <summary>
    /// The largest single approval. The default of this and the other limits, zero, approves nothing.
    /// </summary>
    public long PerTransaction { get; set; }

    public PerCardOptions PerCard { get; set; } = new();

    /// <summary>Sum of approvals that an issuer has not acknowledged yet.</summary>
    public long IssuerExposure { get; set; }

    /// <summary>First two digits of DE 3 that may be approved. Null: purchases only (00).</summary>
    public List<string>? AllowProcessingCodes { get; set; }

    /// <summary>Values of DE 18 that are declined.</summary>
    public List<string> DenyMcc { get; set; } = [];

    /// <summary>Countries that are declined: digits as in DE 19, or letters as at the end of DE 43.</summary>
    public List<string> DenyCountry { get; set; } = [];

    /// <summary>When stand-in may approve, as 08:00-22:30 on the issuer's clock; empty: at any time.</summary>
    public List<string> AllowHours { get; set; } = [];

    /// <summary>First two digits of DE 22 that may be approved; empty: any.</summary>
    public List<string> AllowEntryModes { get; set; } = [];

    /// <summary>What becomes of a request with a PIN, which cannot be verified here.</summary>
    public StandInPin Pin { get; set; } = StandInPin.Decline;

    /// <summary>Path of a CSV file of what to decline, relative to the content root; null: none.</summary>
    public string? NegativeFile { get; set; }

    /// <summary>Path of a CSV file of cards whose limits are raised; null: none.</summary>
    public string? PositiveFile { get; set; }

    /// <summary>For which reasons stand-in may decide. Null: for every reason.</summary>
    public List<StandInTriggers>? Triggers { get; set; }

    /// <summary>Further limits, asked in this order after the ones above.</summary>
    public List<StandInLimitOptions> Limits { get; set; } = [];

    /// <summary>Merchant categories by the name under which limits refer to them.</summary>
    public Dictionary<string, List<string>> MccGroups { get; set; } = new(StringComparer.Ordinal);

    /// <summary>What may be approved while approvals cannot be counted; 0: nothing.</summary>
    public long FallbackPerTransaction { get; set; }

    /// <summary>Declines are advised to the issuer as approvals are.</summary>
    public bool AdviseDeclines { get; set; }
}

/// <summary>Limits that count one card's stand-in approvals over a rolling window.</summary>
internal sealed class PerCardOptions
{
    public TimeSpan Window { get; set; } = TimeSpan.FromHours(24);

    public int Count { get; set; }

    public long Amount { get; set; }
}

/// <summary>One further limit of a profile.</summary>
internal sealed class StandInLimitOptions
{
    /// <summary>Approvals with the same value of it share the limit.</summary>
    public LimitScope Scope { get; set; }

    public LimitWindow Window { get; set; }

    /// <summary>Of a rolling window: how long. Null for the other windows.</summary>
    public TimeSpan? Span { get; set; }

    /// <summary>Approvals in the window; null: any number.</summary>
    public int? Count { get; set; }

    /// <summary>Sum in the window, in minor units; null: any.</summary>
    public long? Amount { get; set; }

    /// <summary>Only merchant categories of this group; null: any.</summary>
    public string? MccGroup { get; set; }

    /// <summary>Only this type, the first two digits of DE 3; null: any.</summary>
    public string? ProcessingCode { get; set; }

    /// <summary>Only this entry mode, the first two digits of DE 22; null: any.</summary>
    public string? EntryMode { get; set; }
}
