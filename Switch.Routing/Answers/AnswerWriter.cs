using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Answers;

/// <summary>
/// Makes and sends what acquirers get to read. Bytes handed on are valid until the next message is made.
/// </summary>
internal sealed class AnswerWriter(CoreContext context)
{
    private const int FieldNumberDigits = 3;

    private static readonly FieldSet OurIdentity = FieldSet.Of(Field.TransmissionDateTime, Field.Stan);

    private static readonly FieldSet EchoedButAmount = CommonFields.Echoed.Without(Field.Amount);

    /// <summary>
    /// The issuer's reply with the acquirer's identity put back. False when it does not fit the acquirer's dialect:
    /// the caller then answers in the switch's own words.
    /// </summary>
    public bool TryCompose(Message request, Message reply, ResponseCode code, out ReadOnlySpan<byte> bytes)
    {
        Dialect dialect = request.Dialect;
        MessageComposer composer = context.Composer;
        composer.Start(dialect, request.Mti.Response());
        composer.Take(reply, RequestImage.ForAcquirer(reply, dialect));
        FieldSet echoed = code == ResponseCode.PartialApproval ? EchoedButAmount : CommonFields.Echoed;
        composer.Take(request, echoed | dialect.Edition.Echoed);

        // What the switch gave the request for the issuer's sake is none of the acquirer's.
        composer.Drop(OurIdentity.Except(request.Fields));
        bool isWritten = composer.TryWrite(out bytes, out _);
        context.CountLeftOut();
        return isWritten;
    }

    /// <summary>
    /// The switch's own answer: what the request says of itself, a response code and an approval code.
    /// </summary>
    /// <param name="approved">Of a partial approval: the amount that was approved, in minor units.</param>
    public ReadOnlySpan<byte> Compose(
        Message request, ResponseCode code, ApprovalCode approval = default, int fault = 0, long approved = 0)
    {
        MessageComposer composer = Begin(request, CommonFields.Echoed, code, fault);
        if (code == ResponseCode.PartialApproval)
        {
            composer.SetNumber(Field.Amount, approved);
        }

        if (!approval.IsNone)
        {
            Span<byte> text = stackalloc byte[ApprovalCode.Size];
            composer.TrySet(Field.ApprovalCode, text[..approval.CopyTo(text)]);
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
    }

    /// <summary>Begins an answer of the switch's own, for the caller to add to and to write.</summary>
    /// <param name="echoed">What it repeats of the request.</param>
    /// <param name="fault">The field at fault; 0: none.</param>
    public MessageComposer Begin(Message request, in FieldSet echoed, ResponseCode code, int fault = 0)
    {
        MessageComposer composer = context.Composer;
        composer.Start(request.Dialect, request.Mti.Response());
        composer.Take(request, (echoed | request.Dialect.Edition.Echoed) & request.Fields);
        Span<byte> text = stackalloc byte[ApprovalCode.Size];
        composer.Set(Field.ResponseCode, text[..code.CopyTo(text)]);
        if (fault > 0)
        {
            // Additional response data names the field at fault by its three-digit number (docs/domain.md section 1.3).
            for (int i = FieldNumberDigits - 1, rest = fault; i >= 0; i--, rest /= 10)
            {
                text[i] = (byte)('0' + (rest % 10));
            }

            composer.TrySet(Field.AdditionalResponse, text[..FieldNumberDigits]);
        }

        return composer;
    }

    /// <summary>Answers at once what changes nothing and so needs no record, and gives the message back.</summary>
    public void Refuse(
        int session, Message message, ResponseCode code, int fault = 0, RefusalReason reason = RefusalReason.None)
    {
        if (!code.IsApproval)
        {
            context.Effects.SessionRefused(session, message, new Refusal(reason, fault, code.Value));
        }

        Send(session, message, Compose(message, code, fault: fault), afterLsn: 0, tag: 0);
        context.Effects.Return(message);
    }

    /// <summary>Sends the answer to a request, headed as that request asks; no bytes are surely not sent.</summary>
    public SendTicket Send(int session, Message request, ReadOnlySpan<byte> bytes, long afterLsn, long tag)
    {
        if (bytes.IsEmpty)
        {
            return SendTicket.None;
        }

        context.Effects.Answering(session, request, afterLsn);
        return context.Effects.SendToSession(session, bytes, afterLsn, tag, request.ReplyHeader);
    }
}
