using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Health;
using Switch.Routing.Journal;
using Switch.Routing.Values;
using Switch.Routing.Velocity;

namespace Switch.Host.Core;

/// <summary>The core's effects as they are, and how long payments took. Core thread.</summary>
/// <param name="inner">What carries them out.</param>
/// <param name="samples">Takes the durations.</param>
/// <param name="acquirerOf">The acquirer of a session; less than 0: it is gone.</param>
internal sealed class MeasuredEffects(
    IEffects inner, LatencySamples samples, Func<int, int> acquirerOf) : IEffects
{
    public void Answering(int session, Message request, long afterLsn)
    {
        // A person waits for these alone: authorization (class 1) and financial (class 2) requests.
        bool isPayment = request.Mti is { IsRequest: true, Class: 1 or 2 };
        if (isPayment && request.ReceivedAt != 0 && acquirerOf(session) is >= 0 and var acquirer)
        {
            samples.Answering(acquirer, request.ReceivedAt, afterLsn);
        }
    }

    public void IssuerTook(int issuer, long ticks, bool isAnswered) => samples.IssuerTook(issuer, ticks, isAnswered);

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        inner.Append(type, open, secret);

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        inner.SendToSession(session, message, afterLsn, tag, in header);

    public SendTicket AskSession(int session, ReadOnlySpan<byte> message) => inner.AskSession(session, message);

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        inner.SendToLink(link, message, afterLsn, tag, in header);

    public bool TryCancel(SendTicket ticket) => inner.TryCancel(ticket);

    public void CloseSession(int session, CloseReason why) => inner.CloseSession(session, why);

    public void CloseLink(int link, CloseReason why) => inner.CloseLink(link, why);

    public bool LookUpOriginal(OriginalQuery query) => inner.LookUpOriginal(query);

    public bool ExchangeKey(in KeyQuestion ask) => inner.ExchangeKey(in ask);

    public void KeyAnswered(in KeyReply reply) => inner.KeyAnswered(in reply);

    public bool TranslatePin(in PinQuestion ask) => inner.TranslatePin(in ask);

    public void SessionRefused(int session, Message message, in Refusal refusal) =>
        inner.SessionRefused(session, message, in refusal);

    public void LinkRefused(int link, Message message, in Refusal refusal) =>
        inner.LinkRefused(link, message, in refusal);

    public void HealthChanged(in HealthChange change) => inner.HealthChanged(change);

    public void VelocityChanged(in VelocityChange change) => inner.VelocityChanged(change);

    public void Return(Message message) => inner.Return(message);

    public void Raise(Incident incident, long subject, long value) => inner.Raise(incident, subject, value);
}
