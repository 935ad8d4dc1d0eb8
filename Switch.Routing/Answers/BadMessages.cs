using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Values;

namespace Switch.Routing.Answers;

/// <summary>
/// Frames that were no messages of their dialect, from either side. What asks for an answer is told 30 and the field;
/// the connection goes on, because the frame's end was known and its neighbours are good. Only where the type or the
/// bitmap could not be read does nothing say what the bytes were to be: then an acquirer's connection closes, and a
/// link does after some of them in a row.
/// </summary>
internal sealed class BadMessages(CoreContext context, AnswerWriter answers)
{
    /// <summary>One came from an acquirer. It is given back here.</summary>
    public void FromAcquirer(int session, Message message, ParseFault fault)
    {
        context.Counters.FormatErrors++;
        if (AsksForAnswer(message, fault))
        {
            answers.Refuse(session, message, ResponseCode.FormatError, fault.Field);
            return;
        }

        if (IsReply(message, fault))
        {
            context.Counters.UnmatchedReplies++;
        }
        else
        {
            context.Effects.CloseSession(session, CloseReason.Malformed);
        }

        context.Effects.Return(message);
    }

    /// <summary>
    /// One came from an issuer. A reply is dropped, so that the time-out of its request takes over; so is what claims
    /// to be a payment, which no issuer begins: it may be a reply whose type is the fault. It is given back here.
    /// </summary>
    public void FromIssuer(LinkRecord link, Message message, ParseFault fault)
    {
        if (message.Mti.Class is 3 or 5 or 6 or 8 && AsksForAnswer(message, fault))
        {
            context.Counters.FormatErrors++;
            ReadOnlySpan<byte> bytes = answers.Compose(message, ResponseCode.FormatError, fault: fault.Field);
            if (!bytes.IsEmpty)
            {
                context.Effects.LinkRefused(
                    link.Id, message, new Refusal(RefusalReason.None, fault.Field, ResponseCode.FormatError.Value));
                context.Effects.SendToLink(link.Id, bytes, afterLsn: 0, tag: 0, message.ReplyHeader);
            }
        }
        else
        {
            context.Counters.UnmatchedReplies++;
        }

        Report(link, message, fault);
        context.Effects.Return(message);
    }

    private void Report(LinkRecord link, Message message, ParseFault fault)
    {
        if (fault.Error == ParseError.WrongEdition)
        {
            context.Effects.Raise(Incident.WrongEdition, link.Id, message.WireMti.Value);
        }
        else
        {
            context.Effects.Raise(Incident.BadMessage, link.Id, fault.Field);
        }
    }

    private static bool AsksForAnswer(Message message, ParseFault fault) =>
        (message.Mti.IsRequest || message.Mti.IsAdvice) && IsMessage(message, fault);

    private static bool IsReply(Message message, ParseFault fault) =>
        message.Mti.IsResponse && IsMessage(message, fault);

    // Four digits may be chance, above all packed ones. They are believed where they name a class there is, and are of
    // the dialect's edition or followed by a trace number.
    private static bool IsMessage(Message message, ParseFault fault) =>
        !fault.IsInHeader && message.Mti.Class is >= 1 and <= 8
        && (fault.Error != ParseError.WrongEdition || message.Has(Field.Stan));
}
