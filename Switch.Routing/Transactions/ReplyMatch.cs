using System.Buffers.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Whether a reply that bears the right trace number belongs to what was sent: its type, its DE 39, and all that its
/// dialect matches by (DE 7, terminal, amount and card, unless it says otherwise). DE 7 must be there; any other may be
/// absent, and must agree where it is there. The same holds for requests and for what is owed: an advice or a reversal
/// that is taken for acknowledged by the reply to another one never reaches its issuer.
/// </summary>
internal static class ReplyMatch
{
    private const int CodeMax = 64;

    /// <summary>Says what of a reply disagrees with the request; nothing, by a reason of none.</summary>
    public static Refusal Compare(Transaction transaction, Message reply, out ResponseCode code)
    {
        ref readonly RequestFacts facts = ref transaction.Facts;
        Refusal refusal = Begin(reply, facts.Mti, out code);
        if (refusal.Reason != RefusalReason.None)
        {
            return refusal;
        }

        foreach (int field in reply.Dialect.Match)
        {
            bool agrees = field switch
            {
                Field.TransmissionDateTime => reply.TryGetNumber(field, out long time) && time == facts.Time,
                Field.Amount => !reply.TryGetNumber(field, out long amount) || amount == facts.Amount
                    || (code == ResponseCode.PartialApproval && amount < facts.Amount),
                _ => SentText.Agrees(transaction.Request, reply, field),
            };
            if (!agrees)
            {
                return new Refusal(RefusalReason.FieldDisagrees, field);
            }
        }

        return default;
    }

    /// <summary>Says what of a reply disagrees with the advice or reversal; nothing, by a reason of none.</summary>
    public static Refusal Compare(OwedItem item, Message reply, out ResponseCode code)
    {
        Refusal refusal = Begin(reply, item.Mti, out code);
        if (refusal.Reason != RefusalReason.None)
        {
            return refusal;
        }

        ReadOnlySpan<byte> image = item.Image.AsSpan(0, item.ImageSize);
        foreach (int field in reply.Dialect.Match)
        {
            bool isSent = FieldImage.TryRead(image, field, out ReadOnlySpan<byte> text);
            bool agrees = field switch
            {
                Field.TransmissionDateTime => reply.TryGetNumber(field, out long time) && time == item.Time,
                Field.Amount => !isSent || !reply.TryGetNumber(field, out long amount)
                    || (Utf8Parser.TryParse(text, out long sent, out _) && sent == amount),
                _ => SentText.Agrees(text, reply, field),
            };
            if (!agrees)
            {
                return new Refusal(RefusalReason.FieldDisagrees, field);
            }
        }

        return default;
    }

    private static Refusal Begin(Message reply, Mti asked, out ResponseCode code)
    {
        Span<byte> text = stackalloc byte[CodeMax];
        code = ResponseCode.Read(reply.ReadText(Field.ResponseCode, text));
        return code.IsNone ? new Refusal(RefusalReason.NoResponseCode, Field.ResponseCode)
            : reply.Mti != asked.Response() ? new Refusal(RefusalReason.OtherType)
            : default;
    }
}
