using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Core;
using Switch.Routing.Effects;

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

    /// <summary>Of an acquirer's message: its place among all that came of that acquirer, from 1.</summary>
    public long Number { get; init; }

    public Action<AuthorizationCore>? Command { get; init; }

    /// <summary>Of a message.</summary>
    public MacState Mac { get; init; }
}
