using System.Runtime.CompilerServices;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Messages whose MAC is not the one it must be: they may be of another sender, so nothing that they say is taken for a
/// fact. They are not routed and not remembered, and no record is made of them. A reply is as good as none: the
/// time-out of its request applies.
/// </summary>
internal sealed class UnverifiedMessages(CoreContext context, AnswerWriter answers, RequestFlow requests)
{
    /// <summary>Judges a message of an acquirer that is not to be believed, and gives it back.</summary>
    public void FromAcquirer(int session, int acquirer, Message message, MacState mac)
    {
        Count(mac);
        context.Effects.Raise(Incident.MacRefused, acquirer, (long)mac);
        Mti mti = message.Mti;
        if ((!mti.IsRequest && !mti.IsAdvice) || IsOfOpenQuestion(acquirer, message, mac))
        {
            context.Effects.SessionRefused(session, message, new Refusal(ReasonOf(mac), MacFieldOf(message)));
            context.Effects.Return(message);
            return;
        }

        ReadOnlySpan<byte> answer = Compose(message, mac, out ResponseCode code);
        context.Effects.SessionRefused(session, message, new Refusal(ReasonOf(mac), MacFieldOf(message), code.Value));
        answers.Send(session, message, answer, afterLsn: 0, tag: 0);
        context.Effects.Return(message);
    }

    /// <summary>Judges a message of an issuer that is not to be believed; the caller gives it back.</summary>
    public void FromIssuer(LinkRecord link, Message message, MacState mac)
    {
        Count(mac);
        context.Effects.Raise(Incident.MacRefused, -1 - link.Issuer, (long)mac);
        Mti mti = message.Mti;
        ResponseCode code = default;
        if (mti.IsRequest || mti.IsAdvice)
        {
            ReadOnlySpan<byte> answer = Compose(message, mac, out code);
            if (!answer.IsEmpty)
            {
                context.Effects.SendToLink(link.Id, answer, afterLsn: 0, tag: 0, message.ReplyHeader);
            }
        }

        context.Effects.LinkRefused(link.Id, message, new Refusal(ReasonOf(mac), MacFieldOf(message), code.Value));
    }

    // A request that is marked as a repeat, or of which a copy is known: its first may be approved, and a "no" to the
    // copy would be taken for its answer. To say nothing is safe: an acquirer that hears nothing asks again, or
    // reverses.
    private bool IsOfOpenQuestion(int acquirer, Message message, MacState mac)
    {
        if (message.Mti is not { Class: 1 or 2, IsRequest: true })
        {
            return false;
        }

        bool isRead = RequestFactsReader.TryRead(
            message, context.AcquirerHashes[acquirer], context.TransmissionTimeNow, context.Duplicates,
            out RequestFacts facts, out _, out _);
        bool isOpen = message.Mti.IsRepeat
            || (isRead && !Unsafe.IsNullRef(ref context.Duplicates.Find(facts.Key)));
        if (!isOpen && isRead && mac == MacState.Unavailable)
        {
            // It is told 96, and is most likely its acquirer's: no copy of it may be approved after that.
            requests.NoteRefused(acquirer, facts.Key);
        }

        context.Counters.CopiesUnanswered += isOpen ? 1 : 0;
        return isOpen;
    }

    private ReadOnlySpan<byte> Compose(Message message, MacState mac, out ResponseCode code)
    {
        code = mac == MacState.Unavailable ? ResponseCode.Malfunction : ResponseCode.SecurityViolation;
        MessageComposer composer = answers.Begin(message, CommonFields.Echoed, code);
        if (mac != MacState.Unavailable && message.Dialect.IsoVersion != IsoVersion.Iso1987)
        {
            composer.Set(Field.ResponseCode, "916"u8); // Only later editions have a word for it.
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out _) ? bytes : default;
    }

    private void Count(MacState mac)
    {
        switch (mac)
        {
            case MacState.Wrong:
                context.Counters.MacsWrong++;
                break;
            case MacState.Missing:
                context.Counters.MacsMissing++;
                break;
            default:
                context.Counters.MacsUnavailable++;
                break;
        }
    }

    private static RefusalReason ReasonOf(MacState mac) => mac switch
    {
        MacState.Missing => RefusalReason.MacMissing,
        MacState.Unavailable => RefusalReason.MacNotVerified,
        _ => RefusalReason.MacWrong,
    };

    private static int MacFieldOf(Message message) => message.Has(Field.Mac2) ? Field.Mac2 : Field.Mac;
}
