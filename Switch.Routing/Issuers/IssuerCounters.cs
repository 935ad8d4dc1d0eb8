using Switch.Routing.Health;

namespace Switch.Routing.Issuers;

/// <summary>
/// One issuer as it was counted since the start, and how it stands. A plain struct of numbers, copied and published as
/// <c>CoreCounters</c> are. A count with a help text is a metric: <see cref="LateReplies"/> is
/// <c>switch_late_replies_by_issuer_total</c>, so its name is a promise.
/// </summary>
public record struct IssuerCounters
{
    [IssuerMetric("Requests handed to an issuer.")]
    public long Requests { get; set; }

    /// <summary>Requests that it approved in time.</summary>
    public long Approved { get; set; }

    /// <summary>Requests that it answered in time and did not approve.</summary>
    public long NotApproved { get; set; }

    [IssuerMetric("Requests that an issuer did not answer in time.")]
    public long Timeouts { get; set; }

    [IssuerMetric("Requests that were in flight when their link broke.")]
    public long LinkLosses { get; set; }

    [IssuerMetric("Requests that an issuer's health kept from it: they went to the standby or to stand-in.")]
    public long Diverted { get; set; }

    [IssuerMetric("Requests with a short time-out that an issuer of bad health got, to see whether it is well again.")]
    public long Probes { get; set; }

    /// <summary>Requests that it answered with a technical decline, which is no decision.</summary>
    public long TechnicalDeclines { get; set; }

    [IssuerMetric("Replies that came after their request had ended.")]
    public long LateReplies { get; set; }

    [IssuerMetric("Sendings of owed messages that an issuer did not answer in time.")]
    public long OwedTimeouts { get; set; }

    // Levels.
    public long InFlight { get; set; }
    public long OwedNow { get; set; }
    public long OwedOnDisk { get; set; }
    public long ParkedNow { get; set; }
    public long StandInExposure { get; set; }
    public bool IsBreakerOpen { get; set; }

    /// <summary>Of the issuer as a whole; of its links and routes see the log.</summary>
    public HealthState Health { get; set; }

    /// <summary>The share of requests that it gets, in percent.</summary>
    public int TrafficPercent { get; set; }

    /// <summary>How many requests may be in flight.</summary>
    public long InFlightCap { get; set; }
    public bool IsSignedOff { get; set; }
    public bool IsForcedToStandIn { get; set; }
}

/// <summary>This count is a metric under its own name.</summary>
/// <param name="help">What it counts, for readers of the metrics page.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IssuerMetricAttribute(string help) : Attribute
{
    public string Help { get; } = help;
}
