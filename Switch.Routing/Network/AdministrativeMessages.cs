using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Values;

namespace Switch.Routing.Network;

/// <summary>
/// Administrative messages (0600, 0620 and their repeats) from either side: text from people to people. Answered with
/// 00 and reported as an incident; their text is not read here and not kept.
/// </summary>
internal sealed class AdministrativeMessages(CoreContext context, AnswerWriter answers)
{
    /// <summary>One came from an acquirer. It is given back here.</summary>
    public void FromAcquirer(int session, int acquirer, Message message)
    {
        Report(acquirer, message);
        answers.Refuse(session, message, ResponseCode.Approved);
    }

    /// <summary>One came from an issuer. The caller gives it back.</summary>
    public void FromIssuer(LinkRecord link, Message message)
    {
        Report(-1 - link.Issuer, message);
        ReadOnlySpan<byte> bytes = answers.Compose(message, ResponseCode.Approved);
        if (!bytes.IsEmpty)
        {
            context.Effects.SendToLink(link.Id, bytes, afterLsn: 0, tag: 0, message.ReplyHeader);
        }
    }

    private void Report(int party, Message message)
    {
        context.Counters.AdministrativeMessages++;
        context.Effects.Raise(Incident.AdministrativeMessage, party, message.Mti.Value);
    }
}
