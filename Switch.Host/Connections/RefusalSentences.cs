using Switch.Routing.Values;

namespace Switch.Host.Connections;

/// <summary>Refusals in words: clauses, for people who send what was refused.</summary>
internal static class RefusalSentences
{
    /// <summary>What the core gave as reason.</summary>
    public static string Of(in Refusal refusal) => refusal.Reason switch
    {
        RefusalReason.None => OfCode(CodeOf(refusal.Code)),
        RefusalReason.FieldMissing =>
            $"field {refusal.Field} is missing, or is not as every message of its type needs it",
        RefusalReason.FieldAgainstDialect =>
            $"field {refusal.Field} is missing or may not be there: the dialect says so for this message type",
        RefusalReason.UnknownType => "no such message type is taken from an acquirer",
        RefusalReason.NothingAsked => "nothing waits for it: a reply to nothing, or a type that asks for no answer",
        RefusalReason.ContentDiffers =>
            "an earlier message has the same trace number, time and terminal, and another amount, card or field 3",
        RefusalReason.ReversedBefore => "its reversal came before it",
        RefusalReason.NoRoute => "no route begins with the card's digits",
        RefusalReason.NoRoom => "as many requests are open, or messages owed, as may be",
        RefusalReason.Behind => "it waited in line for too long: there are more requests than the switch can do",
        RefusalReason.TooOld => "it waited in line until its sender had given it up",
        RefusalReason.CopyOfRefused =>
            "an earlier copy of this request was refused, or it is marked as a repeat and cannot be taken",
        RefusalReason.JournalFailed => "the journal cannot write",
        RefusalReason.ShuttingDown => "the switch goes down",
        RefusalReason.Loop => "the switch itself sent it to an issuer: an endpoint leads back here",
        RefusalReason.LookUpUnavailable => "what it names has to be asked of the store, and that did not answer",
        RefusalReason.NotAReply => "its type is no reply, and no request that an issuer may send",
        RefusalReason.UnknownTraceNumber => "no message with its trace number (field 11) waits for a reply",
        RefusalReason.OtherLink => "the message with its trace number was sent on another link",
        RefusalReason.OtherType => "its type does not answer the message with its trace number",
        RefusalReason.NoResponseCode => "it has no response code (field 39)",
        RefusalReason.FieldDisagrees => $"field {refusal.Field} is not as in the message with its trace number",
        RefusalReason.Velocity => "its terminal, merchant, BIN or acquirer is over a rule of Velocity",
        RefusalReason.PinNotTaken => "it has a PIN (field 52), and Pin of its acquirer does not say what to do with it",
        RefusalReason.PinUnreadable =>
            "the security module cannot read its PIN block (field 52) with the acquirer's key",
        RefusalReason.PinSerialNumber =>
            "it has a PIN (field 52), and its key serial number is missing, of the wrong length, or not one that a "
            + "terminal can have",
        RefusalReason.MacWrong =>
            $"its MAC (field {refusal.Field}) is not the one that its sender's key gives, or is none",
        RefusalReason.MacMissing => $"it has no MAC (field {refusal.Field}), and its sender's messages must have one",
        RefusalReason.MacNotVerified =>
            $"the security module could not say whether its MAC (field {refusal.Field}) is right",
        RefusalReason.NotFresh =>
            $"by field {refusal.Field} it is too old or too far ahead for a new request, or that is no date",
        _ => refusal.Reason.ToString(),
    };

    /// <summary>DE 39 as text; empty: nothing was answered.</summary>
    public static string CodeOf(ushort code) => code == 0 ? "" : $"{(char)(code & 0xFF)}{(char)(code >> 8)}";

    private static string OfCode(string code) => code switch
    {
        "12" => "a transaction that cannot be: the reversal of a reversal, say",
        "25" => "no such original is known",
        "30" => "a format error",
        "40" => "this function is not supported",
        "64" => "its amount is not possible for its original",
        "91" => "the issuer or the switch cannot decide now",
        "92" => "no route begins with the card's digits",
        "94" => "a duplicate",
        "96" => "it cannot be taken or stored now: send it again",
        "" => "not taken, and not answered",
        _ => $"refused with {code}",
    };
}
