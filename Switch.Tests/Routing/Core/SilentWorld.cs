using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Journal;

namespace Switch.Tests.Routing.Core;

/// <summary>A world that keeps nothing and allocates nothing: to measure the core alone.</summary>
internal sealed class SilentWorld : IEffects
{
    public long Lsn { get; private set; }

    public int ToSessions { get; private set; }

    public int ToLinks { get; private set; }

    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) => ++Lsn;

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
    {
        ToSessions++;
        return new SendTicket(-1);
    }

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default)
    {
        ToLinks++;
        return new SendTicket(-1);
    }

    public bool TryCancel(SendTicket ticket) => false;

    public void CloseSession(int session, CloseReason why)
    {
    }

    public void CloseLink(int link, CloseReason why)
    {
    }

    public void Return(Message message)
    {
    }

    public void Raise(Incident incident, long subject, long value)
    {
    }
}
