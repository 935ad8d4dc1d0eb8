using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Stores;

namespace Switch.Host.Commands;

/// <summary><c>reconcile</c>: proves that the books agree, or prints where they do not, with exit code 1.</summary>
internal static class ReconcileCommand
{
    private const int AsidesShown = 100;

    public static Command Create()
    {
        var command = new Command(
            "reconcile",
            "Check that each approval is delivered, reversed or owed. Exit code 1 if anything differs, or while a "
                + "message is parked. Written-off messages are listed.");
        Option<DateTimeOffset?> from = WindowOptions.From();
        Option<DateTimeOffset?> to = WindowOptions.To();
        Option<string?> issuer = WindowOptions.Issuer();
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        command.Add(from);
        command.Add(to);
        command.Add(issuer);
        command.Add(config);
        command.Add(json);
        command.SetAction(parsed => Run(
            HistoryLocation.Of(parsed.GetValue(config)),
            WindowOptions.Window(parsed, from, to, issuer),
            parsed.GetValue(json), parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(HistoryLocation place, BookWindow window, bool asJson, InvocationConfiguration console)
    {
        using HistorySources books = HistorySources.One(place);
        WindowOptions.RequireIssuer(window.Issuer, place, books.Main);
        var reconciler = new Reconciler(books.Main, place.Node, window);
        List<ApprovalSum> approvals = reconciler.Approvals();
        List<StandInSum> standIns = reconciler.StandIns();
        List<BookDifference> differences = reconciler.Differences();
        List<OwedAside> parked = reconciler.Parked();
        List<OwedAside> writtenOff = reconciler.WrittenOff();
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new
                {
                    books.Note, Approvals = approvals, StandIn = standIns, Differences = differences, Parked = parked,
                    WrittenOff = writtenOff,
                },
                CommonOptions.JsonFormat));
        }
        else
        {
            Print(CommonOptions.ConsoleOn(console.Output), approvals, standIns, differences);
            Print(console.Output, "Parked: an operator must retry it, release it or write it off", parked);
            Print(console.Output, "Written off", writtenOff);
            console.Output.WriteLine(Verdict(differences.Count, parked.Count));
            if (books.Note.Length > 0)
            {
                console.Output.WriteLine(books.Note);
            }
        }

        return differences.Count + parked.Count == 0 ? ExitCode.Done : ExitCode.Problems;
    }

    private static string Verdict(int differences, int parked) =>
        (differences == 0 ? "The books agree" : $"{differences} differences")
        + (parked == 0 ? "." : $", and {(parked == 1 ? "1 message is" : $"{parked} messages are")} parked.");

    private static void Print(TextWriter output, string title, List<OwedAside> asides)
    {
        foreach (OwedAside aside in asides.Take(AsidesShown))
        {
            string end = aside.Who.Length == 0 ? "" : $", by {aside.Who}: {aside.Why}";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{title}: {aside.Id}, {aside.Kind}, owed to {aside.Issuer} since {StoreNames.Time(aside.OwedMs)} UTC, "
                + $"amount {aside.Amount}{end}."));
        }

        if (asides.Count > AsidesShown)
        {
            output.WriteLine($"{title}: and {asides.Count - AsidesShown} more; --json has them all.");
        }
    }

    private static void Print(
        IAnsiConsole console, List<ApprovalSum> approvals, List<StandInSum> standIns,
        List<BookDifference> differences)
    {
        var sums = new Table { Border = TableBorder.Rounded, Title = new TableTitle("Approvals") };
        sums.AddColumns(
            "side", "party", "currency", "approved", "amount", "delivered", "reversed", "taken back", "in part",
            "amount given back");
        foreach (ApprovalSum sum in approvals)
        {
            sums.AddRow(
                sum.Side, Markup.Escape(sum.Party), Markup.Escape(sum.Currency), $"{sum.Approved}",
                $"{sum.ApprovedAmount}", $"{sum.Delivered}", $"{sum.Reversed}", $"{sum.TakenBack}",
                $"{sum.PartlyReversed}", $"{sum.ReversedAmount}");
        }

        console.Write(sums);
        if (standIns.Count > 0)
        {
            var advices = new Table { Border = TableBorder.Rounded, Title = new TableTitle("Stand-in advices") };
            advices.AddColumns(
                "issuer", "approvals", "amount", "acknowledged", "queued", "parked", "netted", "written off");
            foreach (StandInSum sum in standIns)
            {
                advices.AddRow(
                    Markup.Escape(sum.Issuer), $"{sum.Approvals}", $"{sum.Amount}", $"{sum.Acknowledged}",
                    $"{sum.Queued}", $"{sum.Parked}", $"{sum.Netted}", $"{sum.WrittenOff}");
            }

            console.Write(advices);
        }

        foreach (BookDifference difference in differences)
        {
            console.WriteLine(difference.Rule + ": " + difference.What + FormattableString.Invariant(
                $" (LSN {difference.Lsn}, id {difference.Id}, {difference.Issuer})"));
        }

    }
}

/// <summary>Options that narrow what is looked at.</summary>
internal static class WindowOptions
{
    public static Option<DateTimeOffset?> From() => new("--from")
    {
        Description = "Only records from this time on, such as 2026-11-25 or 2026-11-25T10:00Z (UTC without a zone).",
        HelpName = "TIME",
        CustomParser = Parse,
    };

    public static Option<DateTimeOffset?> To() => new("--to")
    {
        Description = "Only records before this time.", HelpName = "TIME", CustomParser = Parse,
    };

    public static Option<string?> Issuer() => new("--issuer")
    {
        Description = "Only this issuer.", HelpName = "NAME",
    };

    /// <summary>What the options say.</summary>
    /// <exception cref="UsageException">It ends before it begins.</exception>
    public static BookWindow Window(
        ParseResult parsed, Option<DateTimeOffset?> from, Option<DateTimeOffset?> to, Option<string?> issuer)
    {
        DateTimeOffset? first = parsed.GetValue(from);
        DateTimeOffset? end = parsed.GetValue(to);
        return first >= end
            ? throw new UsageException("--from must be before --to.")
            : BookWindow.Of(first, end, parsed.GetValue(issuer));
    }

    /// <summary>
    /// A name that is misspelt finds nothing wrong, and that would be taken for good news. Issuers of before, whose
    /// messages the books still have, are known too.
    /// </summary>
    /// <exception cref="UsageException">
    /// Neither the configuration nor the books have an issuer of that name.
    /// </exception>
    public static void RequireIssuer(string? name, HistoryLocation place, StoreReader books)
    {
        if (name is null || place.Issuers.Contains(name))
        {
            return;
        }

        string[] ofBooks =
        [
            .. books.Rows(
                $"SELECT issuer FROM {books.Of("decision", "@node")} WHERE issuer IS NOT NULL "
                + $"UNION SELECT issuer FROM {books.Of("owed", "@node")}",
                ("@node", place.Node)).Select(static row => (string)row[0]!),
        ];
        if (!ofBooks.Contains(name))
        {
            throw UsageException.NoIssuer(name, place.Issuers.Union(ofBooks));
        }
    }

    private static DateTimeOffset? Parse(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (DateTimeOffset.TryParse(
            text, System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
        {
            return time;
        }

        result.AddError($"'{text}' is not a time.");
        return null;
    }
}
