namespace Switch.Host.Simulators.Faults;

/// <summary>Which way bytes go through a proxy.</summary>
[Flags]
internal enum FaultSides
{
    None = 0,

    /// <summary>From the party that connected to the party behind the proxy.</summary>
    Forth = 1,

    /// <summary>From the party behind the proxy to the party that connected.</summary>
    Back = 2,

    Both = Forth | Back,
}

/// <summary>
/// What a proxy does to the connections that it carries, at one moment. The default does nothing. Plans do not change:
/// a proxy is given another one.
/// </summary>
internal sealed record FaultPlan
{
    public static FaultPlan None { get; } = new();

    /// <summary>Added to each frame, either way. The order of frames stays.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Added to the latency, evenly from zero to this.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Bytes a second of each connection, each way, on average over its frames; 0: any.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Frames of these sides are read and lost: a one-way partition, or with both a black hole.</summary>
    public FaultSides Lost { get; init; }

    /// <summary>Share (0 to 1) of the connections that are black holes.</summary>
    public double LostConnections { get; init; }

    /// <summary>Connections are reset, and new ones as soon as they are made.</summary>
    public bool Refuses { get; init; }

    /// <summary>
    /// The party behind is gone without a word: connections stay open, and are neither read nor written. When that
    /// ends they are reset, as by a host that has come back and does not know them.
    /// </summary>
    public bool IsHalfOpen { get; init; }

    /// <summary>How long the end of a connection takes from one side to the other.</summary>
    public TimeSpan SlowClose { get; init; }

    /// <summary>Asked in order; the first that applies to a message is done.</summary>
    public IReadOnlyList<MessageFault> Messages { get; init; } = [];
}

/// <summary>What is done to a message.</summary>
internal enum MessageFaultKind
{
    /// <summary>It does not arrive.</summary>
    Lose,

    /// <summary>It arrives later; others overtake it.</summary>
    Delay,

    /// <summary>One field arrives changed in its last character.</summary>
    Corrupt,

    /// <summary>It does not arrive; the proxy answers it.</summary>
    Answer,
}

/// <summary>A fault of some messages of one side.</summary>
internal sealed record MessageFault(FaultSides Side, MessageFaultKind Kind)
{
    /// <summary>MTIs as numbers (0100 is 100), each also as a repeat (0101). Empty: any.</summary>
    public IReadOnlyList<int> Mtis { get; init; } = [];

    /// <summary>BIN ranges: only messages with a card number that starts with one of these. Empty: any.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = [];

    /// <summary>Share (0 to 1) of the messages that match.</summary>
    public double Share { get; init; } = 1;

    /// <summary>With <see cref="MessageFaultKind.Delay"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>With <see cref="MessageFaultKind.Corrupt"/>: 2 to 128. A message without it passes.</summary>
    public int Field { get; init; }

    /// <summary>With <see cref="MessageFaultKind.Answer"/>: DE 39.</summary>
    public string Code { get; init; } = SimulatorResponseCodes.Malfunction;

    /// <summary>Whether it is meant for this message, before chance decides.</summary>
    public bool Matches(FaultSides side, PlainMessage message) =>
        Side.HasFlag(side)
        && (Mtis.Count == 0 || Mtis.Contains(message.FirstMti))
        && (Kind != MessageFaultKind.Answer || !message.IsResponse)
        && (Kind != MessageFaultKind.Corrupt || message[Field] is { Length: > 0 })
        && (Prefixes.Count == 0 || (message.Pan is { } pan
            && Prefixes.Any(prefix => pan.StartsWith(prefix, StringComparison.Ordinal))));
}
