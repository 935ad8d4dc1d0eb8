using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>
/// Stand-in and PINs: one cannot be verified here, because the issuer's keys are not the switch's (docs/domain.md
/// section 4.2).
/// </summary>
public enum StandInPin : byte
{
    /// <summary>A request with a PIN is declined.</summary>
    Decline,

    /// <summary>It is judged as if it had none: the terminal is believed.</summary>
    AllowUnverified,
}

/// <summary>
/// The stand-in rules of a route (docs/domain.md section 4.2). Amounts in minor units of <see cref="Currency"/>.
/// </summary>
public sealed record StandInProfile
{
    /// <summary>Limits in <see cref="Limits"/>: a decision looks at each of them.</summary>
    public const int LimitsMax = 31;

    public required string Name { get; init; }

    /// <summary>ISO 4217 numeric code as in DE 49; other currencies are declined.</summary>
    public required string Currency { get; init; }

    /// <summary>
    /// For which reasons stand-in may decide; for others the request is declined as if it had no profile.
    /// </summary>
    public StandInTriggers Triggers { get; init; } = StandInTriggers.All;

    public long PerTransaction { get; init; }

    /// <summary>The rolling window of the two per-card limits.</summary>
    public TimeSpan PerCardWindow { get; init; } = TimeSpan.FromHours(24);

    public int PerCardCount { get; init; }

    public long PerCardAmount { get; init; }

    /// <summary>Sum of approvals that an issuer has not acknowledged yet.</summary>
    public long IssuerExposure { get; init; }

    /// <summary>
    /// Further limits, checked in this order after the ones above; the first that is exceeded declines.
    /// </summary>
    public IReadOnlyList<StandInLimit> Limits { get; init; } = [];

    /// <summary>Merchant categories (DE 18) by the name under which limits refer to them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> MccGroups { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>
    /// What may be approved while approvals cannot be counted because the ledger is full; 0: nothing. Limits that are
    /// exceeded still decline.
    /// </summary>
    public long FallbackPerTransaction { get; init; }

    /// <summary>The issuer is sent an advice of each decline too, with the DE 39 given.</summary>
    public bool AdviseDeclines { get; init; }

    /// <summary>First two digits of DE 3 that may be approved.</summary>
    public IReadOnlyList<string> AllowProcessingCodes { get; init; } = ["00"];

    /// <summary>Values of DE 18 that are declined.</summary>
    public IReadOnlyList<string> DenyMcc { get; init; } = [];

    /// <summary>
    /// Countries that are declined: three digits as in DE 19, or two letters as at the end of DE 43. A request that
    /// states none passes.
    /// </summary>
    public IReadOnlyList<string> DenyCountry { get; init; } = [];

    /// <summary>When stand-in may approve, on the issuer's clock; empty: at any time.</summary>
    public IReadOnlyList<HourSpan> AllowHours { get; init; } = [];

    /// <summary>First two digits of DE 22 that may be approved; empty: any.</summary>
    public IReadOnlyList<string> AllowEntryModes { get; init; } = [];

    /// <summary>What becomes of a request with a PIN.</summary>
    public StandInPin Pin { get; init; }

    /// <summary>
    /// What is declined, with the response code of each entry. Null: a configured file could not be loaded, so
    /// stand-in is off.
    /// </summary>
    public NegativeList? NegativeFile { get; init; } = NegativeList.Empty;

    /// <summary>
    /// Cards whose limits are raised. Null: a configured file could not be loaded, so stand-in is off.
    /// </summary>
    public PositiveList? PositiveFile { get; init; } = PositiveList.Empty;
}

/// <summary>Why a request came to stand-in (docs/domain.md section 4.1), as a set.</summary>
[Flags]
public enum StandInTriggers
{
    None = 0,

    /// <summary>The issuer signed itself off.</summary>
    SignedOff = 1,

    /// <summary>The issuer was asked and said nothing in time.</summary>
    TimedOut = 2,

    /// <summary>It could not be asked: no link, a breaker that is open, no time left, its bounds reached.</summary>
    Unavailable = 4,

    /// <summary>The issuer answered 91 or N0.</summary>
    Asked = 8,

    /// <summary>An operator ordered stand-in.</summary>
    Forced = 16,

    All = SignedOff | TimedOut | Unavailable | Asked | Forced,
}

/// <summary>What the approvals are counted for: those with the same value of it share a limit.</summary>
public enum LimitScope
{
    Card = 1,

    /// <summary>The primary issuer of the route.</summary>
    Issuer = 2,

    /// <summary>The route's prefix.</summary>
    Range = 3,

    /// <summary>All merchants whose category is in <see cref="StandInLimit.MccGroup"/>, together.</summary>
    MccGroup = 4,

    /// <summary>DE 42.</summary>
    Merchant = 5,

    /// <summary>DE 41.</summary>
    Terminal = 6,

    Acquirer = 7,
}

/// <summary>
/// How long an approval counts. A day or an outage is an issuer's, so those count the cards of each issuer apart.
/// </summary>
public enum LimitWindow
{
    /// <summary>For <see cref="StandInLimit.Span"/> after the approval.</summary>
    Rolling = 1,

    /// <summary>Until midnight at the issuer (<c>IssuerSettings.Clock</c>).</summary>
    Day = 2,

    /// <summary>Until the issuer decides a request again.</summary>
    Outage = 3,
}

/// <summary>
/// One limit on what a profile approves. Counts what this profile approved, and nothing of other profiles.
/// </summary>
public sealed record StandInLimit
{
    public required LimitScope Scope { get; init; }

    public required LimitWindow Window { get; init; }

    /// <summary>Of a rolling window: how long.</summary>
    public TimeSpan Span { get; init; }

    /// <summary>Approvals in the window; one more is declined 65.</summary>
    public int Count { get; init; } = int.MaxValue;

    /// <summary>Sum in the window; what would exceed it is declined 61.</summary>
    public long Amount { get; init; } = long.MaxValue;

    /// <summary>
    /// Only merchant categories of this group; a key of <see cref="StandInProfile.MccGroups"/>. Null: any.
    /// </summary>
    public string? MccGroup { get; init; }

    /// <summary>Only this type of transaction, the first two digits of DE 3. Null: any.</summary>
    public string? ProcessingCode { get; init; }

    /// <summary>Only this entry mode, the first two digits of DE 22. Null: any.</summary>
    public string? EntryMode { get; init; }
}
