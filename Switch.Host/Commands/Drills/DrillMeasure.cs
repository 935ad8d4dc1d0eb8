namespace Switch.Host.Commands.Drills;

/// <summary>The times of one drill, by the acquirer's clock.</summary>
/// <param name="WarmAt">From here on the node is as in use.</param>
/// <param name="FaultAt">The fault began.</param>
/// <param name="FaultEnd">It ended.</param>
/// <param name="SlowAfter">A customer who waits longer has waited.</param>
internal sealed record DrillTimes(TimeSpan WarmAt, TimeSpan FaultAt, TimeSpan FaultEnd, TimeSpan SlowAfter)
{
    /// <summary>When the machine did not run the drill.</summary>
    public IReadOnlyList<Standstill> Standstills { get; init; } = [];

    /// <summary>Whether a payment was to be sent, or was under way, while the machine stood still.</summary>
    public bool HasStoodStill(DrillPayment one) =>
        Standstills.Any(still => one.SentAt < still.To && (one.AnsweredAt is not { } at || at > still.From));
}

/// <summary>Makes figures of books. Pure: the same books give the same figures.</summary>
internal static class DrillMeasure
{
    /// <summary>Payments that are looked at together.</summary>
    public const int Row = 20;

    /// <summary>Of a row: a few are probes, or were under way.</summary>
    public const int HurtMax = 2;

    /// <summary>A fault that still hurts this long before its end was not detected.</summary>
    private static readonly TimeSpan EndMargin = TimeSpan.FromSeconds(1);

    /// <param name="books">Of all parties, at the end.</param>
    /// <param name="times">Of the drill.</param>
    /// <param name="affected">Whether a payment's customer is one that the fault is about.</param>
    /// <param name="isOfIssuer">The fault is an issuer's: payments go elsewhere, and come back to it.</param>
    public static DrillFigures Of(
        DrillBooks books, DrillTimes times, Func<DrillPayment, bool> affected, bool isOfIssuer)
    {
        DrillPayment[] all = [.. books.Payments];
        DrillPayment[] from = [.. all.Where(one => one.SentAt >= times.FaultAt)];
        DrillPayment[] sick = [.. from.Where(affected)];
        DrillPayment[] during = [.. sick.Where(one => one.SentAt < times.FaultEnd)];
        DrillPayment[] after = [.. sick.Where(one => one.SentAt >= times.FaultEnd)];
        DrillPayment[] well = [.. all.Where(one => !affected(one))];
        DrillPayment[] measured = [.. well.Where(one => !times.HasStoodStill(one))];
        TimeSpan? detected = DetectedAfter(during, times);
        TimeSpan? recovered = RecoveredAfter(
            after, times, one => !isOfIssuer || books.IsDecidedByItsIssuer(one));
        DrillPayment[] uncertain = [.. from.Where(books.IsUncertain)];
        return new DrillFigures
        {
            Sent = all.Length,
            Waited = from.Count(one => HasWaited(one, times)),
            Declined = from.Count(static one => one.Code is not null && !one.IsApproved),
            SlowestMs = Math.Round(
                from.Select(static one => one.Latency?.TotalMilliseconds ?? 0).DefaultIfEmpty().Max()),
            Unanswered = all.Count(static one => one.Code is null),
            FirstDivertedMs = isOfIssuer ? FirstDiverted(books, sick, times) : null,
            DetectedMs = detected?.TotalMilliseconds is { } ms ? Math.Round(ms) : null,
            IsDetected = during.Length < Row ? null : detected is not null,
            RecoveredMs = recovered?.TotalMilliseconds is { } back ? Math.Round(back) : null,
            IsRecovered = after.Length < Row ? null : recovered is not null,
            Uncertain = uncertain.Length,
            UncertainAmount = uncertain.Sum(static one => one.Amount),
            StoodInAmount = from.Where(books.IsStoodIn).Sum(static one => one.Amount),
            NeighboursHurt = well.Count(one => one.SentAt >= times.FaultAt
                && (!one.IsApproved || (HasWaited(one, times) && !times.HasStoodStill(one)))),
            NeighboursNotMeasured = well.Length - measured.Length,
            Standstills = times.Standstills.Count,
            StandstillMaxMs = Math.Round(
                times.Standstills.Select(static one => one.Length.TotalMilliseconds).DefaultIfEmpty().Max()),
            NeighboursBefore = well.Length == 0 ? null : DrillLatency.Of(
                measured.Where(one => one.SentAt >= times.WarmAt && one.SentAt < times.FaultAt)
                    .Select(static one => one.Latency).OfType<TimeSpan>()),
            NeighboursDuring = well.Length == 0 ? null : DrillLatency.Of(
                measured.Where(one => one.SentAt >= times.FaultAt && one.SentAt < times.FaultEnd)
                    .Select(static one => one.Latency).OfType<TimeSpan>()),
        };
    }

    /// <summary>Whether the last payments that were sent go as before the fault.</summary>
    public static bool IsBack(
        DrillBooks books, DrillTimes times, Func<DrillPayment, bool> affected, bool isOfIssuer) => RecoveredAfter(
            [.. books.Payments.Where(one => one.SentAt >= times.FaultEnd && affected(one))], times,
            one => !isOfIssuer || books.IsDecidedByItsIssuer(one)) is not null;

    private static bool HasWaited(DrillPayment one, DrillTimes times) =>
        one.Latency is not { } latency || latency > times.SlowAfter;

    private static bool IsHurt(DrillPayment one, DrillTimes times) => HasWaited(one, times) || !one.IsApproved;

    // The sending of the last payment of a row in which more were hurt than probes explain; null: until the end.
    private static TimeSpan? DetectedAfter(DrillPayment[] during, DrillTimes times)
    {
        TimeSpan last = TimeSpan.Zero;
        int hurt = 0;
        for (int i = 0; i < during.Length; i++)
        {
            hurt += IsHurt(during[i], times) ? 1 : 0;
            hurt -= i >= Row && IsHurt(during[i - Row], times) ? 1 : 0;
            if (hurt > HurtMax && IsHurt(during[i], times))
            {
                last = during[i].SentAt - times.FaultAt;
            }
        }

        return last <= times.FaultEnd - times.FaultAt - EndMargin ? last : null;
    }

    private static TimeSpan? RecoveredAfter(DrillPayment[] after, DrillTimes times, Func<DrillPayment, bool> isUsual)
    {
        int good = 0;
        for (int i = 0; i < after.Length; i++)
        {
            good = !IsHurt(after[i], times) && isUsual(after[i]) ? good + 1 : 0;
            if (good == Row)
            {
                return after[i - Row + 1].SentAt - times.FaultEnd;
            }
        }

        return null;
    }

    private static double? FirstDiverted(DrillBooks books, DrillPayment[] sick, DrillTimes times)
    {
        TimeSpan? first = sick.Where(one => one.IsApproved && books.IsDecidedElsewhere(one))
            .Select(static one => one.AnsweredAt).Min();
        return first is { } at ? Math.Round((at - times.FaultAt).TotalMilliseconds) : null;
    }
}
