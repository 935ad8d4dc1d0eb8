namespace Switch.Routing.Values;

/// <summary>
/// Why a message was refused, or dropped without an answer: for the people who send it. Nothing depends on it.
/// </summary>
public enum RefusalReason : byte
{
    /// <summary>The response code says it.</summary>
    None = 0,

    /// <summary>A field that every message of its type needs is not there, or its number does not fit.</summary>
    FieldMissing,

    /// <summary>The dialect asks for the field in messages of this type and it is absent, or forbids it.</summary>
    FieldAgainstDialect,

    /// <summary>No such message type is taken from an acquirer.</summary>
    UnknownType,

    /// <summary>A reply that nothing waits for, or a type that asks for no answer.</summary>
    NothingAsked,

    /// <summary>An earlier message has the same key and another amount, card or processing code.</summary>
    ContentDiffers,

    /// <summary>Its reversal came first.</summary>
    ReversedBefore,

    /// <summary>No route begins with the card's digits.</summary>
    NoRoute,

    /// <summary>As many requests are open, or messages owed, as may be.</summary>
    NoRoom,

    /// <summary>It stood in line for so long that its answer would have been late.</summary>
    Behind,

    /// <summary>It stood in line until its sender had given it up. Not answered.</summary>
    TooOld,

    /// <summary>An earlier copy was told no. Not answered.</summary>
    CopyOfRefused,

    /// <summary>The journal cannot write.</summary>
    JournalFailed,

    /// <summary>The switch goes down.</summary>
    ShuttingDown,

    /// <summary>The switch itself has sent it to an issuer.</summary>
    Loop,

    /// <summary>Too many messages wait for the store, or it has not answered.</summary>
    LookUpUnavailable,

    /// <summary>It does not have the type of a reply.</summary>
    NotAReply,

    /// <summary>It has no trace number, or one that no message bears that waits for a reply.</summary>
    UnknownTraceNumber,

    /// <summary>What it answers was sent on another link.</summary>
    OtherLink,

    /// <summary>It does not answer a message of the type that its trace number names.</summary>
    OtherType,

    /// <summary>It has no response code.</summary>
    NoResponseCode,

    /// <summary>The field is not as in the message that it answers.</summary>
    FieldDisagrees,

    /// <summary>By its date and time it is too old, or too far ahead, or these are no date.</summary>
    NotFresh,

    /// <summary>Its terminal, merchant, BIN or acquirer is over a rule of velocity.</summary>
    Velocity,

    /// <summary>It has a PIN, and no key is configured for those of its acquirer.</summary>
    PinNotTaken,

    /// <summary>Its PIN block is not what the acquirer's key gives.</summary>
    PinUnreadable,

    /// <summary>It has a PIN, and no key serial number that a terminal can have.</summary>
    PinSerialNumber,

    /// <summary>Its MAC is not the one that its sender's key gives, or is none.</summary>
    MacWrong,

    /// <summary>It has no MAC, and its sender's messages must have one.</summary>
    MacMissing,

    /// <summary>The security module could not say whether its MAC is right.</summary>
    MacNotVerified,
}

/// <summary>One refusal.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Field">The field at fault; 0: none.</param>
/// <param name="Code">DE 39 that was answered: two ASCII bytes, the first in the low byte; 0: no answer.</param>
public readonly record struct Refusal(RefusalReason Reason, int Field = 0, ushort Code = 0);
