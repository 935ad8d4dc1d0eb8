using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Routing.Core;

/// <summary>The beginning and the end of acquirers' connections.</summary>
public sealed partial class AuthorizationCore
{
    /// <summary>An acquirer's connection stands. Before its first message.</summary>
    public void SessionOpened(int session, int acquirer) => _signOns.Opened(session, acquirer);

    /// <summary>An acquirer's connection is gone. What it had sent before may still come.</summary>
    public void SessionClosed(int session) => _signOns.Closed(session);

    // A response, or a type that asks for no answer: no answer is due.
    private void AcquirerAnswered(int session, Message message)
    {
        Refusal refusal = message.Mti == Mti.NetworkResponse
            ? _signOns.OnReply(session, message)
            : new Refusal(RefusalReason.NothingAsked);
        if (refusal.Reason != RefusalReason.None)
        {
            _context.Counters.UnmatchedReplies++;
            _context.Effects.SessionRefused(session, message, refusal);
        }

        _context.Effects.Return(message);
    }
}
