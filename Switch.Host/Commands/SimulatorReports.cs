using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;

namespace Switch.Host.Commands;

/// <summary>What an issuer's simulator says at its end; printed as a table or as one line of JSON.</summary>
internal sealed record IssuerReport
{
    public required string Name { get; init; }
    public required long Requests { get; init; }
    public required long Approved { get; init; }
    public required long Declined { get; init; }
    public required long Advices { get; init; }
    public required long AdvicesPosted { get; init; }
    public required long AdvicesCovered { get; init; }
    public required long Reversals { get; init; }
    public required long ReversalsEffective { get; init; }
    public required long ReversalsUnknown { get; init; }
    public required long Repeats { get; init; }
    public required long Swallowed { get; init; }
    public required long AnswersDropped { get; init; }
    public required long AnswersLate { get; init; }
    public required long FormatErrors { get; init; }
    public required long PinsRight { get; init; }
    public required long PinsWrong { get; init; }
    public required long PinsUnreadable { get; init; }
    public required long MacsRight { get; init; }
    public required long Cards { get; init; }
    public required long Balance { get; init; }
    public required long Complaints { get; init; }

    public static IssuerReport Of(string name, IssuerLedger ledger)
    {
        SimulatedIssuerCounters counters = ledger.Counters;
        return new IssuerReport
        {
            Name = name,
            Requests = counters.Requests,
            Approved = counters.Approved,
            Declined = counters.Declined,
            Advices = counters.Advices,
            AdvicesPosted = counters.AdvicesPosted,
            AdvicesCovered = counters.AdvicesCovered,
            Reversals = counters.Reversals,
            ReversalsEffective = counters.ReversalsEffective,
            ReversalsUnknown = counters.ReversalsUnknown,
            Repeats = counters.Repeats,
            Swallowed = counters.Swallowed,
            AnswersDropped = counters.AnswersDropped,
            AnswersLate = counters.AnswersLate,
            FormatErrors = counters.FormatErrors,
            PinsRight = counters.PinsRight,
            PinsWrong = counters.PinsWrong,
            PinsUnreadable = counters.PinsUnreadable,
            MacsRight = counters.MacsRight,
            Cards = ledger.Accounts.Count,
            Balance = ledger.Accounts.Sum(static account => account.Balance),
            Complaints = counters.Complaints,
        };
    }
}

/// <summary>What an acquirer's simulator says at its end.</summary>
internal sealed record AcquirerReport
{
    public required long Sent { get; init; }
    public required long NotSent { get; init; }
    public required long Answered { get; init; }
    public required long Approved { get; init; }
    public required long Declined { get; init; }
    public required long Unanswered { get; init; }
    public required long TimedOut { get; init; }
    public required long LateAnswers { get; init; }
    public required long Repeats { get; init; }
    public required long Cancelled { get; init; }
    public required long Reversals { get; init; }
    public required long ReversalRepeats { get; init; }
    public required long ReversalsAcknowledged { get; init; }
    public required long Reconnects { get; init; }
    public required long PinsSent { get; init; }
    public required long WrongPinsSent { get; init; }
    public required long WrongPinsApproved { get; init; }
    public required long MacsRight { get; init; }
    public required long Open { get; init; }
    public required long Net { get; init; }
    public required long Violations { get; init; }
    public required double P50Ms { get; init; }
    public required double P90Ms { get; init; }
    public required double P99Ms { get; init; }
    public required double P999Ms { get; init; }
    public required double MaxMs { get; init; }
    public required IReadOnlyDictionary<string, long> ByResponseCode { get; init; }

    public static AcquirerReport Of(AcquirerDesk desk)
    {
        AcquirerCounters counters = desk.Counters;
        return new AcquirerReport
        {
            Sent = counters.Sent,
            NotSent = counters.NotSent,
            Answered = counters.Answered,
            Approved = counters.Approved,
            Declined = counters.Declined,
            Unanswered = counters.Unanswered,
            TimedOut = counters.TimedOut,
            LateAnswers = counters.Late,
            Repeats = counters.Repeats,
            Cancelled = counters.Cancelled,
            Reversals = counters.Reversals,
            ReversalRepeats = counters.ReversalRepeats,
            ReversalsAcknowledged = counters.ReversalsAcknowledged,
            Reconnects = counters.Reconnects,
            PinsSent = counters.PinsSent,
            WrongPinsSent = counters.WrongPinsSent,
            WrongPinsApproved = counters.WrongPinsApproved,
            MacsRight = counters.MacsRight,
            Open = desk.Open,
            Net = desk.Transactions.Sum(static transaction => transaction.Net),
            Violations = counters.Violations,
            P50Ms = Rounded(counters.Latency.PercentileMs(0.50)),
            P90Ms = Rounded(counters.Latency.PercentileMs(0.90)),
            P99Ms = Rounded(counters.Latency.PercentileMs(0.99)),
            P999Ms = Rounded(counters.Latency.PercentileMs(0.999)),
            MaxMs = Rounded(counters.Latency.MaxMs),
            ByResponseCode = new SortedDictionary<string, long>(counters.ByResponseCode, StringComparer.Ordinal),
        };
    }

    private static double Rounded(double milliseconds) => Math.Round(milliseconds, 2);
}

/// <summary>Prints reports for people.</summary>
internal static class SimulatorReports
{
    /// <summary>One row per figure, under the names that the JSON has.</summary>
    public static void Write(IAnsiConsole console, string title, object report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(title));
        table.AddColumn("figure").AddColumn(new TableColumn("value").RightAligned());
        foreach (System.Reflection.PropertyInfo property in report.GetType().GetProperties())
        {
            object? value = property.GetValue(report);
            string text = value switch
            {
                IReadOnlyDictionary<string, long> counts =>
                    string.Join("  ", counts.Select(static count => $"{count.Key}: {count.Value}")),
                _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
            };
            string name = CommonOptions.JsonFormat.PropertyNamingPolicy!.ConvertName(property.Name);
            table.AddRow(Markup.Escape(name), Markup.Escape(text));
        }

        console.Write(table);
    }

    /// <summary>The mistakes that a simulator saw, one a line.</summary>
    public static void WriteMistakes(TextWriter output, string who, IReadOnlyList<string> texts, long count)
    {
        foreach (string text in texts)
        {
            output.WriteLine($"{who}: {text}");
        }

        if (count > texts.Count)
        {
            output.WriteLine($"{who}: and {count - texts.Count} more");
        }
    }

    /// <summary>The cards about which the parties disagree, and the transactions that make it so.</summary>
    public static void WriteBooks(IAnsiConsole console, BooksReport report)
    {
        const int CardsMax = 50;
        if (report.Agrees)
        {
            console.MarkupLineInterpolated(
                $"[green]The books agree[/]: {report.Cards} cards, {report.Acquirers} minor units on both sides.");
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).Title("The books differ");
        table.AddColumns("card", "transaction", "acquirer", "issuers", "acquirer says", "issuers say");
        foreach (CardDifference card in report.Differences.Take(CardsMax))
        {
            table.AddRow(Cells(card.Pan, "all", card.Acquirers, card.Issuers, "", ""));
            foreach (TransactionDifference one in card.Transactions)
            {
                table.AddRow(Cells("", one.Rrn, one.Acquirers, one.Issuers, one.AcquirersStory, one.IssuersStory));
            }
        }

        console.Write(table);
        console.MarkupLineInterpolated(
            $"[red]{report.Differences.Count} of {report.Cards} cards differ[/].");
        console.MarkupLineInterpolated($"{report.Acquirers} at the acquirer, {report.Issuers} at the issuers.");
    }

    private static string[] Cells(
        string card, string rrn, long acquirers, long issuers, string acquirersStory, string issuersStory) =>
    [
        Markup.Escape(card),
        Markup.Escape(rrn),
        acquirers.ToString(System.Globalization.CultureInfo.InvariantCulture),
        issuers.ToString(System.Globalization.CultureInfo.InvariantCulture),
        Markup.Escape(acquirersStory),
        Markup.Escape(issuersStory),
    ];
}
