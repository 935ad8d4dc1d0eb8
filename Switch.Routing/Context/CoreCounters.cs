namespace Switch.Routing.Context;

/// <summary>
/// What the core counted since it started. A plain struct of longs: the host copies it after a batch and publishes
/// the copy, so that no other thread reads what the core is writing.
/// </summary>
public record struct CoreCounters
{
    // Acquirer side.
    public long Requests { get; set; }
    public long Repeats { get; set; }
    public long DuplicateConflicts { get; set; }
    public long FormatErrors { get; set; }
    public long LoopsCut { get; set; }
    public long AcquirerAdvices { get; set; }
    public long AcquirerReversals { get; set; }
    public long UnmatchedReversals { get; set; }
    public long OriginalsAmbiguous { get; set; }
    public long OriginalsDisagreeing { get; set; }
    public long ReversalAmountsRefused { get; set; }
    public long ReversalAmountsCorrected { get; set; }
    public long StaleRequests { get; set; }
    public long PinsTranslated { get; set; }
    public long PinsRefused { get; set; }
    public long PinsUnreadable { get; set; }
    public long PinsFailed { get; set; }
    public long PinSerialNumbersRefused { get; set; }
    public long MacsWrong { get; set; }
    public long MacsMissing { get; set; }
    public long MacsUnavailable { get; set; }
    public long LookUps { get; set; }
    public long LookUpsFound { get; set; }
    public long LookUpsUnavailable { get; set; }
    public long LookUpsRefused { get; set; }
    public long NetworkMessages { get; set; }
    public long AdministrativeMessages { get; set; }
    public long FileActions { get; set; }
    public long Reconciliations { get; set; }
    public long ReconciliationsOut { get; set; }

    // Outcomes of requests.
    public long ApprovedByPrimary { get; set; }
    public long ApprovedByStandby { get; set; }
    public long ApprovedByStandIn { get; set; }
    public long ApprovedOnFallback { get; set; }
    public long DeclinedByIssuer { get; set; }
    public long DeclinedByStandIn { get; set; }
    public long DeclinedBySwitch { get; set; }

    /// <summary>By any of the three.</summary>
    public readonly long Declined => DeclinedByIssuer + DeclinedByStandIn + DeclinedBySwitch;

    public long Undelivered { get; set; }
    public long Expired { get; set; }
    public long ShedByWait { get; set; }
    public long CopiesUnanswered { get; set; }
    public long ReplaysDropped { get; set; }
    public long ReplaysTooLate { get; set; }

    // Issuer side.
    public long SentToIssuers { get; set; }
    public long Timeouts { get; set; }
    public long LinkLosses { get; set; }
    public long HealthChanges { get; set; }
    public long Standstills { get; set; }
    public long Hedges { get; set; }
    public long LateReplies { get; set; }
    public long UnmatchedReplies { get; set; }

    // Translation.
    public long FieldsLeftOut { get; set; }

    // Owed messages.
    public long AdvicesOwed { get; set; }
    public long AdvicesAcknowledged { get; set; }
    public long ReversalsOwed { get; set; }
    public long ReversalsAcknowledged { get; set; }
    public long Netted { get; set; }
    public long Parked { get; set; }
    public long OwedSends { get; set; }
    public long OwedTimeouts { get; set; }
    public long WrittenOff { get; set; }

    // Gauges.
    public long Pending { get; set; }
    public long OwedNow { get; set; }
    public long ParkedNow { get; set; }
    public long Remembered { get; set; }
    public long RememberedEvicted { get; set; }
    public long StandInExposure { get; set; }
    public long FormerCards { get; set; }
    public long RememberedByFormerCard { get; set; }
}
