namespace Switch.Host.Security;

/// <summary>How a request to a security module ended. Anything that is not <see cref="Done"/> has no result.</summary>
internal enum SecurityStatus : byte
{
    Done,

    /// <summary>The MAC that was to be verified is another one.</summary>
    NotVerified,

    /// <summary>
    /// The PIN block, deciphered, is not of its format: another key, another account or another
    /// format.
    /// </summary>
    PinBlockInvalid,

    /// <summary>The PIN has fewer than 4 or more than 12 digits.</summary>
    PinLengthInvalid,

    /// <summary>The module does not take the account number.</summary>
    AccountInvalid,

    /// <summary>A key serial number of the wrong length, or with a counter that no terminal has.</summary>
    KsnInvalid,

    /// <summary>The PIN block's format is unknown, or must not become the other one.</summary>
    FormatNotAllowed,

    /// <summary>The first key: its parity, its check value or its usage is wrong.</summary>
    SourceKeyRejected,

    /// <summary>The second key, likewise: the one under which the result is to be.</summary>
    DestinationKeyRejected,

    /// <summary>A request that the module cannot take as it is: a defect of ours.</summary>
    InputRefused,

    /// <summary>The module does not do this: a command that is disabled or not authorized.</summary>
    NotAuthorized,

    /// <summary>No module gave an answer in time that can be used.</summary>
    Unavailable,
}

/// <summary>What the switch does after a PIN translation.</summary>
internal enum PinConsequence : byte
{
    /// <summary>Send the message with the new block.</summary>
    Proceed,

    /// <summary>The terminal's or the acquirer's mistake: decline, ask no other issuer, and do not try again.</summary>
    Decline,

    /// <summary>This issuer's key cannot be used: ask the next one, else stand-in.</summary>
    NextLeg,

    /// <summary>The switch's own trouble: 96, or its like in the profile.</summary>
    SystemError,
}

internal static class SecurityStatuses
{
    /// <summary>What follows for a payment, from how its PIN's translation ended.</summary>
    public static PinConsequence OfPin(this SecurityStatus status) => status switch
    {
        SecurityStatus.Done => PinConsequence.Proceed,
        SecurityStatus.PinBlockInvalid or SecurityStatus.PinLengthInvalid or SecurityStatus.AccountInvalid
            or SecurityStatus.KsnInvalid or SecurityStatus.SourceKeyRejected => PinConsequence.Decline,
        SecurityStatus.DestinationKeyRejected => PinConsequence.NextLeg,
        _ => PinConsequence.SystemError,
    };

    /// <summary>
    /// Whether it says something about the PIN block itself. Many of them from one acquirer may be a search for PINs by
    /// the answers of the module, so each is counted.
    /// </summary>
    public static bool IsOfPinBlock(this SecurityStatus status) =>
        status is SecurityStatus.PinBlockInvalid or SecurityStatus.PinLengthInvalid or SecurityStatus.AccountInvalid;
}
