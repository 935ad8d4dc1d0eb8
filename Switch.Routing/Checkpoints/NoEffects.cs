using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Routing.Journal;

namespace Switch.Routing.Checkpoints;

/// <summary>
/// The world of a core that only recovers, to make a checkpoint of what it then knows: nothing leaves it.
/// </summary>
public sealed class NoEffects : IEffects
{
    public long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) => throw Unexpected();

    public SendTicket SendToSession(
        int session, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        throw Unexpected();

    public SendTicket SendToLink(
        int link, ReadOnlySpan<byte> message, long afterLsn, long tag, in FrameHeader header = default) =>
        throw Unexpected();

    public bool TryCancel(SendTicket ticket) => throw Unexpected();

    public void CloseSession(int session, CloseReason why) => throw Unexpected();

    public void CloseLink(int link, CloseReason why) => throw Unexpected();

    public void Return(Message message) => throw Unexpected();

    /// <summary>What recovery reports was reported when it happened.</summary>
    public void Raise(Incident incident, long subject, long value)
    {
    }

    private static InvalidOperationException Unexpected() => new("A core in recovery acted on the world.");
}
