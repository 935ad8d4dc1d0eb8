using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>
/// The rule that decided a request in stand-in, in the order in which rules are asked. Values are written to the
/// journal and stay what they are.
/// </summary>
internal enum StandInRule : byte
{
    /// <summary>Stand-in was not asked.</summary>
    None = 0,

    // Whether stand-in may decide at all. A request that ends here is declined by the switch, not by stand-in.
    NoProfile = 1,
    TriggerNotAllowed = 2,
    CardListsLost = 3,
    NoTraceNumbers = 4,
    LedgerFull = 5,
    DiskLow = 6,

    /// <summary>A rule of velocity declined it before stand-in or an issuer was thought of.</summary>
    Velocity = 7,

    // Format.
    CardNumber = 10,
    Expired = 11,
    Currency = 12,
    Amount = 13,

    // Product and channel.
    ProcessingCode = 20,
    EntryMode = 21,
    MerchantCategory = 22,
    Country = 23,
    Hours = 24,

    // Negative file.
    ListedCard = 30,
    ListedRange = 31,
    ListedMerchant = 32,
    ListedTerminal = 33,
    ListedAcquirer = 34,

    /// <summary>Authentication: a PIN cannot be verified here.</summary>
    PinPresent = 40,

    // Limits.
    PerTransaction = 50,
    PerCardCount = 51,
    PerCardAmount = 52,
    IssuerExposure = 53,
    LimitCount = 54,
    LimitAmount = 55,

    /// <summary>Every rule passed.</summary>
    Approved = 100,

    /// <summary>Approvals cannot be counted, and the amount is within the fallback limit.</summary>
    ApprovedOnFallback = 101,
}

/// <summary>What a rule of velocity counts. Values are written to the journal.</summary>
internal enum VelocityCount : byte
{
    Cards = 0,
    Declines = 1,
    SmallAmounts = 2,
    Requests = 3,
}

/// <summary>What stand-in or a rule of velocity decided, and why: all that the journal must know of it.</summary>
internal readonly record struct StandInVerdict
{
    /// <summary><see cref="Limit"/> when no limit of the list decided.</summary>
    public const byte NoLimit = byte.MaxValue;

    public StandInVerdict()
    {
    }

    public StandInRule Rule { get; init; }

    public ResponseCode Code { get; init; }

    /// <summary>
    /// Position in <see cref="StandInProfile.Limits"/> of the limit that decided. Of velocity: what its rule counts
    /// (see <see cref="VelocityCount"/>).
    /// </summary>
    public byte Limit { get; init; } = NoLimit;

    /// <summary>What a limit had counted before this request, when a limit decided.</summary>
    public long Use { get; init; }

    /// <summary>What that limit allows.</summary>
    public long Bound { get; init; }

    /// <summary>
    /// Wall-clock milliseconds at which the issuer's present outage began; 0: stand-in was not allowed.
    /// </summary>
    public long Outage { get; init; }

    public ScopeKeys Keys { get; init; }

    /// <summary>With <see cref="StandInRule.Velocity"/>: the rule's position in the configuration.</summary>
    public int VelocityRule { get; init; }

    /// <summary>Whether the rules were asked: else the request ends as if there were no stand-in.</summary>
    public bool IsRuled => Rule >= StandInRule.CardNumber;

    /// <summary>Whether it is an approval that the ledger counts.</summary>
    public bool IsCounted => Rule == StandInRule.Approved;
}
