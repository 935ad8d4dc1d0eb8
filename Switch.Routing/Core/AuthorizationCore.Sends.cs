using Switch.Routing.Effects;
using Switch.Routing.Values;

namespace Switch.Routing.Core;

/// <summary>What becomes of messages that the core has sent, and of what it asked.</summary>
public sealed partial class AuthorizationCore
{
    /// <summary>A send that was released found its session or link gone or full: not a byte of it left.</summary>
    public void SendFailed(long tag)
    {
        var failed = new SendTag(tag);
        switch (failed.Of)
        {
            case SendTag.Kind.Leg:
                _requests.SendFailed(failed);
                break;
            case SendTag.Kind.Answer:
                _settlement.AnswerLost(failed.Place, failed.Use);
                break;
            case SendTag.Kind.Owed:
                _forward.OnSendFailed(failed.Place, failed.Use);
                break;
        }
    }

    /// <summary>
    /// An answer that was released went to a session whose peer has closed its half of the connection. Before <see
    /// cref="JournalCommitted"/>; afterwards <see cref="AnswerDelivered"/> or <see cref="SendFailed"/> may tell what
    /// became of it, and without either it counts as delivered.
    /// </summary>
    public void AnswerInDoubt(long tag)
    {
        if (new SendTag(tag) is { Of: SendTag.Kind.Answer } sent)
        {
            _doubts.Raise(sent.Place, sent.Use);
        }
    }

    /// <summary>An answer that was in doubt has reached its peer.</summary>
    public void AnswerDelivered(long tag)
    {
        if (new SendTag(tag) is { Of: SendTag.Kind.Answer } sent)
        {
            _doubts.End(sent.Place, sent.Use);
        }
    }

    /// <summary>The host has taken a key that <see cref="IEffects.ExchangeKey"/> told of, or has not.</summary>
    /// <param name="tag">Of the question.</param>
    public void KeyExchanged(long tag, KeyOutcome outcome) => _keys.Ended(new SendTag(tag), outcome);

    /// <summary>
    /// Sends a key to an issuer; <see cref="IEffects.KeyAnswered"/> tells what it says. False: surely nothing has left.
    /// </summary>
    public bool SendKey(in KeyOrder order) => _deliveries.TrySend(in order);
}
