using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Stores;

namespace Switch.Host.Commands;

/// <summary><c>reconcile</c>: proves that the books agree, or prints where they do not, with exit code 1.</summary>
internal static class ReconcileCommand
{
    public static Command Create()
    {
        var command = new Command(
            "reconcile", "Check that each approval is delivered, reversed or owed. Exit code 1 if anything differs.");
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
            BookPlace.Of(parsed.GetValue(config)),
            BookWindow.Of(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(issuer)),
            parsed.GetValue(json), parsed.InvocationConfiguration));
        return command;
    }

    private static int Run(BookPlace place, BookWindow window, bool asJson, InvocationConfiguration console)
    {
        using Books books = Books.One(place);
        var reconciler = new Reconciler(books.Main, place.Node, window);
        List<ApprovalSum> approvals = reconciler.Approvals();
        List<StandInSum> standIns = reconciler.StandIns();
        List<BookDifference> differences = reconciler.Differences();
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                new { books.Note, Approvals = approvals, StandIn = standIns, Differences = differences },
                CommonOptions.JsonFormat));
        }
        else
        {
            Print(CommonOptions.ConsoleOn(console.Output), approvals, standIns, differences);
            if (books.Note.Length > 0)
            {
                console.Output.WriteLine(books.Note);
            }
        }

        return differences.Count == 0 ? ExitCode.Done : ExitCode.Problems;
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

        console.WriteLine(differences.Count == 0 ? "The books agree." : $"{differences.Count} differences.");
    }
}

/// <summary>Options that narrow what is looked at.</summary>
internal static class WindowOptions
{
    public static Option<DateTimeOffset?> From() => new("--from")
    {
        Description = "Only what came from here on, such as 2026-11-25 or 2026-11-25T10:00Z (UTC without a zone).",
        HelpName = "TIME",
        CustomParser = Parse,
    };

    public static Option<DateTimeOffset?> To() => new("--to")
    {
        Description = "Only what came before.", HelpName = "TIME", CustomParser = Parse,
    };

    public static Option<string?> Issuer() => new("--issuer")
    {
        Description = "Only this issuer.", HelpName = "NAME",
    };

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
