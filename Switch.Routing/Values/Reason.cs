using Switch.Protocol.Editions;
using Switch.Protocol.Messages;

namespace Switch.Routing.Values;

/// <summary>
/// Why the switch decided itself, or undid what may have been done: the ISO 8583:1993 message reason codes (DE 25),
/// which are the switch's own vocabulary (docs/domain.md section 1.6). Values are written to the journal.
/// </summary>
internal enum Reason : ushort
{
    None = 0,
    IssuerAsked = 1000,
    IssuerSignedOff = 1001,
    IssuerTimedOut = 1002,
    IssuerUnavailable = 1003,

    /// <summary>Of the private range: the standard knows no operators.</summary>
    ForcedByOperator = 1900,
    CustomerCancellation = 4000,
    ResponseTooLate = 4006,
    UndeliverableResponse = 4013,
    TimedOutWaiting = 4021,
}

internal static class Reasons
{
    /// <summary>What a later edition says in DE 25: the number itself, or the nearest that the standard has.</summary>
    public static int Later(Reason reason) =>
        (int)(reason == Reason.ForcedByOperator ? Reason.IssuerUnavailable : reason);

    /// <summary>The reason that a message of a later edition states, when the switch knows it.</summary>
    public static Reason Read(Message message) =>
        message.TryGetNumber(LaterField.MessageReason, out long number)
        && (Reason)number is var reason && !In1987(reason).IsEmpty
            ? reason
            : Reason.None;

    /// <summary>
    /// What a 1987 message says in DE 60: the three-digit advice reasons of docs/domain.md section 1.6 (200s of
    /// stand-in, 400s of reversals). The 1987 edition has no message reason element of its own.
    /// </summary>
    public static ReadOnlySpan<byte> In1987(Reason reason) => reason switch
    {
        Reason.IssuerAsked => "200"u8,
        Reason.IssuerSignedOff => "201"u8,
        Reason.IssuerTimedOut => "202"u8,
        Reason.IssuerUnavailable or Reason.ForcedByOperator => "203"u8,
        Reason.UndeliverableResponse => "400"u8,
        Reason.TimedOutWaiting or Reason.ResponseTooLate => "402"u8,
        Reason.CustomerCancellation => "453"u8,
        _ => default,
    };
}
