namespace Switch.Routing.Records;

/// <summary>What a person may tell the core to do. Values of changes are written to the journal.</summary>
public enum CoreCommandKind : byte
{
    None = 0,

    /// <summary>A parked message goes to the end of its line.</summary>
    RetryParked = 1,

    /// <summary>A parked message goes next: before all that waits for the same card, and before other cards.</summary>
    ReleaseParked = 2,

    /// <summary>A parked message is given up: it is not sent any more, and its numbers are free.</summary>
    WriteOffParked = 3,

    /// <summary>The issuer gets no new requests: standbys and stand-in decide, until it is restored.</summary>
    ForceStandIn = 4,

    /// <summary>Ends <see cref="ForceStandIn"/>.</summary>
    RestoreIssuer = 5,

    /// <summary>What the issuer is owed waits, until it is resumed.</summary>
    PauseAdvices = 6,

    /// <summary>Ends <see cref="PauseAdvices"/>; a stop that the issuer itself asked for stays.</summary>
    ResumeAdvices = 7,

    /// <summary>Other card lists for every stand-in profile, from the next decision on.</summary>
    ReplaceCardLists = 8,

    /// <summary>
    /// The issuer's links that are down connect at once. Recorded for who and why; the rest is the host's.
    /// </summary>
    ReconnectIssuer = 9,

    /// <summary>
    /// A key is over no rule of velocity any more, and its counts begin anew. Recorded for who and why; the issuer's
    /// place in the record has the rule and the key. Recovery passes over it.
    /// </summary>
    ClearVelocity = 10,

    /// <summary>Writes what a person did outside the core, and nothing else.</summary>
    Audit = 63,

    /// <summary>Shows what an issuer is owed, a page at a time. Changes nothing and is not recorded.</summary>
    ListOwed = 64,

    /// <summary>Shows how every issuer stands. Changes nothing and is not recorded.</summary>
    ListIssuers = 65,

    /// <summary>Shows the keys that are over a rule of velocity, or near it, a page at a time. As above.</summary>
    ListVelocity = 66,

    /// <summary>Says whether a message is parked. As above.</summary>
    FindParked = 67,
}
