using Microsoft.Extensions.Logging.Abstractions;

namespace Switch.Host.Connections;

/// <summary>What all connections of a switch share.</summary>
internal sealed record EdgeShared(
    Inbox Inbox, MessagePool Pool, EdgeMeters Meters, SwitchClock Clock, Heartbeat Heartbeat)
{
    /// <summary>What was refused lately, for people.</summary>
    public RefusalTrace Trace { get; init; } = new(Clock, Meters, NullLogger.Instance);

    /// <summary>Whose turn it is to be read, when more comes than can be answered.</summary>
    public ReadingTurns Turns { get; } = new();

    /// <summary>How fast connections may come to the listeners of all acquirers.</summary>
    public ArrivalRate AcquirerArrivals { get; init; } = ArrivalRate.Any;

    /// <summary>As <see cref="AcquirerArrivals"/>, of all issuers that connect.</summary>
    public ArrivalRate IssuerArrivals { get; init; } = ArrivalRate.Any;

    /// <summary>What the switch connects and accepts, to find what is both.</summary>
    public OwnConnections Own { get; } = new();

    /// <summary>
    /// The thread that reads sockets, decides and writes, where one does it all; null: several threads do.
    /// </summary>
    public GateOwner? Owner { get; init; }

    /// <summary>Makes the MACs of what goes out; null where no partner has any.</summary>
    public SealDesk? Seals { get; init; }

    /// <summary>Makes the tokens of cards in issuers' file actions; null where none are taken.</summary>
    public CardStamps? Cards { get; init; }
}
