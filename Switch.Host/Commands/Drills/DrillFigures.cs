namespace Switch.Host.Commands.Drills;

/// <summary>Latencies of answers in a time, as the acquirer saw them.</summary>
internal sealed record DrillLatency(int Count, double P50Ms, double P99Ms)
{
    public static DrillLatency Of(IEnumerable<TimeSpan> latencies)
    {
        double[] sorted = [.. latencies.Select(static one => one.TotalMilliseconds).Order()];
        double At(double share) => sorted.Length == 0
            ? 0 : Math.Round(sorted[(int)Math.Ceiling(share * sorted.Length) - 1], 1);
        return new DrillLatency(sorted.Length, At(0.5), At(0.99));
    }
}

/// <summary>
/// What a drill measured. Times and counts are the simulators' own; the switch's word is taken only for its exposure
/// and for when it said that something was wrong. Null: this drill does not measure it, or it did not happen.
/// </summary>
internal sealed record DrillFigures
{
    public long Sent { get; init; }

    /// <summary>From the fault on: answers later than the limit, or none.</summary>
    public long Waited { get; init; }

    /// <summary>From the fault on: answers that did not approve. No simulated issuer declines by itself.</summary>
    public long Declined { get; init; }

    /// <summary>From the fault on: the latest answer, in milliseconds.</summary>
    public double SlowestMs { get; init; }

    /// <summary>No answer at all.</summary>
    public long Unanswered { get; init; }

    /// <summary>
    /// Of those: the node had ended its side of the connection in good order when they came, by the node's log.
    /// </summary>
    public long CameAfterTheEnd { get; init; }

    /// <summary>There was no connection to send it on.</summary>
    public long NotSent { get; init; }

    /// <summary>From the fault to the first answer that another issuer or stand-in gave.</summary>
    public double? FirstDivertedMs { get; init; }

    /// <summary>From the fault to the first look at the switch's status, or line of its log, that showed it.</summary>
    public double? SwitchSaidMs { get; init; }

    /// <summary>
    /// From the fault to the sending of the last of the requests that it hurt in numbers: after it at most 2 of 20 in a
    /// row are. Zero: it hurt none in numbers.
    /// </summary>
    public double? DetectedMs { get; init; }

    /// <summary>False: customers were hurt for as long as it lasted. Null: not measured.</summary>
    public bool? IsDetected { get; init; }

    /// <summary>
    /// From the end of the fault to the sending of the first of 20 in a row that went as before it. A fault that ends
    /// the node is over at once: what follows is the recovery.
    /// </summary>
    public double? RecoveredMs { get; init; }

    public bool? IsRecovered { get; init; }

    /// <summary>Payments that had to be reversed or advised because an issuer may have acted on them.</summary>
    public long Uncertain { get; init; }

    /// <summary>Their sum, in minor units.</summary>
    public long UncertainAmount { get; init; }

    /// <summary>Approved by stand-in, in minor units.</summary>
    public long StoodInAmount { get; init; }

    /// <summary>The most that stand-in had approved and issuers had not acknowledged, by the switch's status.</summary>
    public long ExposurePeak { get; init; }

    /// <summary>The most messages that were owed at once, by the switch's status.</summary>
    public long OwedPeak { get; init; }

    /// <summary>Customers of the issuers that are well: waited, declined or unanswered from the fault on.</summary>
    public long NeighboursHurt { get; init; }

    /// <summary>
    /// Of them: under way while the machine stood still. What they waited is in no latency and hurt none.
    /// </summary>
    public long NeighboursNotMeasured { get; init; }

    /// <summary>Times that the machine did not run the drill for 100 ms or more, and the longest.</summary>
    public int Standstills { get; init; }

    public double StandstillMaxMs { get; init; }

    public DrillLatency? NeighboursBefore { get; init; }

    public DrillLatency? NeighboursDuring { get; init; }

    /// <summary>The acquirers' books and the issuers' agree, card by card.</summary>
    public bool? BooksAgree { get; init; }

    /// <summary>Every byte of the journal was read and is as it was written.</summary>
    public bool? IsJournalWhole { get; init; }

    /// <summary>Owed messages that wait for a person.</summary>
    public long Parked { get; init; }
}
