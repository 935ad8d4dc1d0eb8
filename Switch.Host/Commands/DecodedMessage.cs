using Switch.Host.Wording;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>What became of some bytes: a message, whole or up to its fault, or only the mistake.</summary>
/// <param name="Message">Valid until the next one.</param>
/// <param name="Header">What stood between length and message.</param>
/// <param name="Mistake">Why it is not a whole message; null when it is.</param>
/// <param name="Flow">Who sent it to whom, where that is known.</param>
internal readonly record struct DecodedMessage(
    Message? Message, FrameHeader Header, MessageMistake? Mistake, MessageFlow? Flow);

/// <summary>Where a captured message went.</summary>
internal sealed record MessageFlow(DateTimeOffset Time, string From, string To);

/// <summary>How decoded messages are shown.</summary>
internal interface IDecodeView
{
    void Show(in DecodedMessage decoded);
}
