using Switch.Host.Simulators;
using Switch.Routing.Context;

namespace Switch.Host.Commands;

/// <summary>
/// What the demo has to show. Sent, answered, declined and the latencies are the acquirer's; who approved, what is owed
/// and late answers are the switch's own counters; the books are compared by neither.
/// </summary>
internal sealed record DemoFigures
{
    public required long Sent { get; init; }

    public required long Answered { get; init; }

    public required long ApprovedByPrimary { get; init; }

    public required long ApprovedByStandby { get; init; }

    public required long ApprovedByStandIn { get; init; }

    public required long Declined { get; init; }

    public required long Unanswered { get; init; }

    /// <summary>The switch's answers that came after the acquirer had given the request up.</summary>
    public required long LateAnswers { get; init; }

    /// <summary>Issuers' replies that came after the switch had decided without them.</summary>
    public required long LateReplies { get; init; }

    public required long AdvicesOwed { get; init; }

    public required long AdvicesAcknowledged { get; init; }

    public required long ReversalsOwed { get; init; }

    public required long ReversalsAcknowledged { get; init; }

    /// <summary>
    /// Advices that were cancelled against their own reversal before either was sent: not owed any more.
    /// </summary>
    public required long Netted { get; init; }

    public required long Parked { get; init; }

    public required bool BooksAgree { get; init; }

    public required int Cards { get; init; }

    /// <summary>What the cards owe at the end, in minor units, as the acquirer was told.</summary>
    public required long AcquirerTotal { get; init; }

    /// <summary>The same, as both issuers booked it.</summary>
    public required long IssuersTotal { get; init; }

    /// <summary>Mistakes that a party saw in what the switch sent it.</summary>
    public required long Mistakes { get; init; }

    /// <summary>Requests of the acquirer with a PIN, enciphered under its own key.</summary>
    public required long PinsSent { get; init; }

    /// <summary>PIN blocks in which an issuer found the card's PIN, under its own key.</summary>
    public required long PinsRight { get; init; }

    /// <summary>PIN blocks in which an issuer found another PIN, or none.</summary>
    public required long PinsWrong { get; init; }

    /// <summary>Messages of which the switch or a party found the MAC right.</summary>
    public required long MacsVerified { get; init; }

    /// <summary>Messages that the switch did not believe; those of a party are among the mistakes.</summary>
    public required long MacsWrong { get; init; }

    public required double P50Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>Nothing unanswered, nothing owed, nothing wrong, every PIN right, and the books agree.</summary>
    public bool IsClean =>
        BooksAgree && Unanswered == 0 && Mistakes == 0 && Parked == 0 && PinsWrong == 0 && MacsWrong == 0
        && AdvicesOwed == AdvicesAcknowledged && ReversalsOwed == ReversalsAcknowledged;

    public static DemoFigures Of(
        AcquirerSimulator acquirer, IReadOnlyList<IssuerSimulator> issuers, CoreCounters core, long macsVerified)
    {
        BooksReport books = BooksComparison.Compare(
            acquirer.Read(static desk => BooksComparison.Of(desk).ToArray()),
            issuers.SelectMany(
                static issuer => issuer.Read(ledger => BooksComparison.Of(issuer.Name, ledger).ToArray())));
        AcquirerReport report = acquirer.Read(AcquirerReport.Of);
        return new DemoFigures
        {
            Sent = report.Sent,
            Answered = report.Answered,
            ApprovedByPrimary = core.ApprovedByPrimary,
            ApprovedByStandby = core.ApprovedByStandby,
            ApprovedByStandIn = core.ApprovedByStandIn,
            Declined = report.Declined,
            Unanswered = report.Unanswered,
            LateAnswers = report.LateAnswers,
            LateReplies = core.LateReplies,
            AdvicesOwed = core.AdvicesOwed,
            AdvicesAcknowledged = core.AdvicesAcknowledged,
            ReversalsOwed = core.ReversalsOwed,
            ReversalsAcknowledged = core.ReversalsAcknowledged,
            Netted = core.Netted,
            Parked = core.Parked,
            BooksAgree = books.Agrees,
            Cards = books.Cards,
            AcquirerTotal = books.Acquirers,
            IssuersTotal = books.Issuers,
            Mistakes = report.Violations + Sum(issuers, static counters => counters.Complaints),
            PinsSent = report.PinsSent,
            PinsRight = Sum(issuers, static counters => counters.PinsRight),
            PinsWrong = Sum(issuers, static counters => counters.PinsWrong + counters.PinsUnreadable),
            MacsVerified = macsVerified + report.MacsRight + Sum(issuers, static counters => counters.MacsRight),
            MacsWrong = core.MacsWrong + core.MacsMissing,
            P50Ms = report.P50Ms,
            P99Ms = report.P99Ms,
            MaxMs = report.MaxMs,
        };
    }

    /// <summary>One count over all issuers.</summary>
    public static long Sum(IReadOnlyList<IssuerSimulator> issuers, Func<SimulatedIssuerCounters, long> count) =>
        issuers.Sum(issuer => issuer.Read(ledger => count(ledger.Counters)));
}
