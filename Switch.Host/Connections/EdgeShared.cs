using Microsoft.Extensions.Logging.Abstractions;

namespace Switch.Host.Connections;

/// <summary>What all connections of a switch share.</summary>
internal sealed record EdgeShared(
    Inbox Inbox, MessagePool Pool, EdgeMeters Meters, SwitchClock Clock, Heartbeat Heartbeat)
{
    /// <summary>What was refused lately, for people.</summary>
    public RefusalTrace Trace { get; init; } = new(Clock, Meters, NullLogger.Instance);

    /// <summary>What the switch connects and accepts, to find what is both.</summary>
    public OwnConnections Own { get; } = new();

    /// <summary>Makes the tokens of cards in issuers' file actions; null where none are taken.</summary>
    public CardStamps? Cards { get; init; }
}
