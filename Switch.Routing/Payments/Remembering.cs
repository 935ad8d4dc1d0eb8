using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Values;

namespace Switch.Routing.Payments;

/// <summary>Packs an answer into a remembered transaction and takes it out again.</summary>
internal static class Remembering
{
    private const int ApprovalBits = 48;

    public static ResponseCode ResponseOf(in Remembered known) => new((ushort)(known.Answer >> ApprovalBits));

    public static ApprovalCode ApprovalOf(in Remembered known) => new(known.Answer & ((1UL << ApprovalBits) - 1));

    public static ulong Pack(ResponseCode code, ApprovalCode approval) =>
        ((ulong)code.Value << ApprovalBits) | approval.Value;

    /// <summary>The flag that tells 02xx from the others.</summary>
    public static RememberedFlags ClassOf(Mti mti) =>
        mti.Class == Mti.FinancialRequest.Class ? RememberedFlags.Financial : RememberedFlags.None;

    /// <summary>
    /// Whether a message says the same as the one that is remembered under its key, which may have come with the card's
    /// former token.
    /// </summary>
    public static bool IsSameContent(in Remembered known, Message message, in RequestFacts facts) =>
        known.Content == facts.Content
        || (!message.FormerCard.IsNone
            && known.Content == TransactionKey.ContentOf(message, facts.Amount, message.FormerCard));

    /// <summary>It was approved, and that was taken back since: nothing may be given for it any more.</summary>
    public static bool IsTakenBack(in Remembered known) =>
        (known.Flags & RememberedFlags.Reversed) != 0 && ResponseOf(known).IsApproval;
}
