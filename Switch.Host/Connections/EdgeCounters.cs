namespace Switch.Host.Connections;

/// <summary>
/// What the edge counted since it started, read at one moment. Values grow, save those under "Now", which are levels.
/// </summary>
internal record struct EdgeCounters
{
    // Acquirers.
    public long SessionsAccepted;
    public long SessionsRefusedAddress;
    public long SessionsRefusedCap;
    public long SessionsRefusedAddressCap;

    /// <summary>Connections closed because more came to the listeners of one side than may in a second.</summary>
    public long SessionsRefusedRate;

    /// <summary>Connections closed because their turn, at the rate of their address, was too far off.</summary>
    public long SessionsRefusedAddressRate;

    /// <summary>Connections that waited for their turn: too many came from their address at once.</summary>
    public long SessionsDelayed;

    /// <summary>Connections kept for an answer after their peer had closed its half.</summary>
    public long SessionsHalfClosed;

    /// <summary>Times that accepting stopped for want of descriptors.</summary>
    public long AcceptPauses;

    /// <summary>Connections of the switch's own links that led to its own listeners.</summary>
    public long OwnConnections;
    public long SessionsNow;
    public long AcquirerFramesIn;
    public long AcquirerFramesOut;

    /// <summary>Messages that came at a stop after the switch had ended its side of their connections.</summary>
    public long AcquirerFramesLate;
    public long AcquirerParseFaults;

    // Requests answered 96 by the edge itself, by what was full.
    public long ShedInbox;
    public long ShedInFlight;
    public long ShedRate;

    /// <summary>Reads that waited for their turn in an overload.</summary>
    public long ReadsHeldBack;
    public long ShedPool;

    /// <summary>
    /// Copies of requests that came before, at one of those bounds: left unanswered, because the first may be approved.
    /// </summary>
    public long ShedCopies;

    /// <summary>
    /// Requests that are remembered by a filter, because more came of their acquirer than the table takes.
    /// </summary>
    public long RequestsNotRemembered;

    /// <summary>
    /// Messages that could be neither taken nor answered: a malformed one, or a full outbound buffer.
    /// </summary>
    public long ShedSilently;

    // Issuers.
    public long LinkConnects;
    public long LinkConnectFailures;
    public long LinkLosses;
    public long LinksNow;
    public long IssuerFramesIn;
    public long IssuerFramesOut;
    public long IssuerParseFaults;

    /// <summary>Replies dropped because no message object was free; the time-out of each request takes over.</summary>
    public long IssuerFramesDropped;

    // Both sides: how connections ended, other than by their peers or by us.
    public long KeepAlives;
    public long FramesOverLimit;
    public long FramesMalformed;
    public long FramesTruncated;
    public long FramesTooSlow;
    public long SessionsWithoutMessage;
    public long SessionsIdle;
    public long SessionsDisplaced;
    public long KeepAliveFloods;
    public long WritesStalled;
    public long WriteBuffersFull;

    // The way out.
    public long SendsRefused;
    public long SendsFailed;
    public long SendsCancelled;
    public long IncidentsNotLogged;
    public long RefusalsNotTraced;

    /// <summary>Durations left out of the histograms: more came at once than wait for them.</summary>
    public long LatenciesNotMeasured;

    // Levels.
    public long InboxNow;
    public long OutboxNow;
    public long MessagesLentNow;
}
