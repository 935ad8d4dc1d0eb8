using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Core;

namespace Switch.Host.Simulators.World;

internal enum ArrivalKind
{
    Message,
    Fault,
    Command,
    SessionOpened,
    LinkUp,
    Closed,
}

/// <summary>What waits for the node's core.</summary>
internal readonly record struct Arrival(ArrivalKind Kind, Line Line, Message? Message)
{
    public ParseFault ParseFault { get; init; }

    public Action<AuthorizationCore>? Command { get; init; }
}
