namespace Switch.Host.Connections;

/// <summary>Why a connection ended: the first cause is kept, whatever follows from it.</summary>
internal enum EndCause
{
    None = 0,

    /// <summary>The peer closed between two frames: a clean end.</summary>
    PeerClosed,

    /// <summary>The peer, or the network, reset the connection.</summary>
    PeerReset,

    /// <summary>A header claimed more than the limit.</summary>
    FrameOverLimit,

    /// <summary>Bytes that are no header of the configured framing.</summary>
    FrameMalformed,

    /// <summary>The stream ended inside a frame.</summary>
    FrameTruncated,

    /// <summary>A frame was begun and not finished in time.</summary>
    FrameTooSlow,

    /// <summary>Too many frames in a row were not messages.</summary>
    NotMessages,

    /// <summary>It was open for long, and no message came.</summary>
    NoMessage,

    /// <summary>Nothing came for long.</summary>
    Idle,

    /// <summary>It had sent no message, and gave way to another at the bound of connections.</summary>
    Displaced,

    /// <summary>More empty frames a second than are borne.</summary>
    KeepAliveFlood,

    /// <summary>The peer took nothing for too long.</summary>
    WriteStalled,

    /// <summary>More waited to be written than the connection's bound.</summary>
    WriteBufferFull,

    /// <summary>The core asked: see its reason in the log.</summary>
    ClosedByCore,

    /// <summary>Its TLS peer is allowed no longer.</summary>
    Withdrawn,

    /// <summary>The switch is going down.</summary>
    Stopping,

    /// <summary>A defect of ours: logged with its exception.</summary>
    Failed,
}

/// <summary>The bounds of one connection.</summary>
internal sealed record ConnectionLimits
{
    public required int FrameSizeMax { get; init; }

    /// <summary>Bytes that may wait to be written.</summary>
    public int WriteBufferMax { get; init; } = 256 * 1024;

    /// <summary>From a frame's first byte to its last.</summary>
    public TimeSpan FrameTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Empty frames a second: one for each message would be plenty.</summary>
    public int KeepAlivesPerSecond { get; init; } = 100;

    /// <summary>How long one write may wait for the peer.</summary>
    public TimeSpan WriteTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After its end, how long the last bytes may take to reach the peer.</summary>
    public TimeSpan LingerTime { get; init; } = TimeSpan.FromSeconds(5);
}
