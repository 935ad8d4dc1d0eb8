namespace Switch.Routing.Issuers;

/// <summary>
/// One issuer as it was counted since the start, and how it stands. A plain struct of numbers, copied and published as
/// <c>CoreCounters</c> are.
/// </summary>
public record struct IssuerCounters
{
    /// <summary>Requests handed to it.</summary>
    public long Requests { get; set; }

    /// <summary>Requests that it approved in time.</summary>
    public long Approved { get; set; }

    /// <summary>Requests that it answered in time and did not approve.</summary>
    public long NotApproved { get; set; }

    /// <summary>Requests that it did not answer in time.</summary>
    public long Timeouts { get; set; }

    /// <summary>Requests that were in flight when their link broke.</summary>
    public long LinkLosses { get; set; }

    /// <summary>Replies that came after their request had ended.</summary>
    public long LateReplies { get; set; }

    /// <summary>Sendings of owed messages that it did not answer in time.</summary>
    public long OwedTimeouts { get; set; }

    // Levels.
    public long InFlight { get; set; }
    public long OwedNow { get; set; }
    public long ParkedNow { get; set; }
    public long StandInExposure { get; set; }
    public bool IsBreakerOpen { get; set; }
    public bool IsSignedOff { get; set; }
    public bool IsForcedToStandIn { get; set; }
}
