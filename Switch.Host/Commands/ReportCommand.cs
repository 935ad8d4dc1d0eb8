using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Stores;

namespace Switch.Host.Commands;

/// <summary><c>report stand-in</c>: what was decided in each outage of an issuer, and how far it is advised.</summary>
internal static class ReportCommand
{
    public static Command Create() => new("report", "Reports for people and other banks.") { StandIn() };

    private static Command StandIn()
    {
        var command = new Command(
            "stand-in", "For each issuer outage: its cause, approvals and declines, and the state of the advices.");
        Option<DateTimeOffset?> from = WindowOptions.From();
        Option<DateTimeOffset?> to = WindowOptions.To();
        Option<string?> issuer = WindowOptions.Issuer();
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        var csv = new Option<bool>("--csv") { Description = "Print comma-separated values with a heading." };
        foreach (Option option in (Option[])[from, to, issuer, config, json, csv])
        {
            command.Add(option);
        }

        command.SetAction(parsed =>
        {
            HistoryLocation place = HistoryLocation.Of(parsed.GetValue(config));
            BookWindow window = WindowOptions.Window(parsed, from, to, issuer);
            using HistorySources books = HistorySources.One(place);
            WindowOptions.RequireIssuer(window.Issuer, place, books.Main);
            List<OutageReport> outages = StandInReport.Of(books.Main, place.Node, window);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(
                    new { books.Note, Outages = outages }, CommonOptions.JsonFormat));
                return ExitCode.Done;
            }

            if (parsed.GetValue(csv))
            {
                WriteCsv(output, outages);
            }
            else
            {
                Print(CommonOptions.ConsoleOn(output), outages);
            }

            if (books.Note.Length > 0)
            {
                parsed.InvocationConfiguration.Error.WriteLine(books.Note);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteCsv(TextWriter output, List<OutageReport> outages)
    {
        PropertyInfo[] columns = typeof(OutageReport).GetProperties();
        output.WriteLine(
            string.Join(',', columns.Select(column => JsonNamingPolicy.CamelCase.ConvertName(column.Name))));
        foreach (OutageReport outage in outages)
        {
            output.WriteLine(string.Join(',', columns.Select(column => Cell(column.GetValue(outage)!))));
        }
    }

    private static string Cell(object value) => value is string text
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static void Print(IAnsiConsole console, List<OutageReport> outages)
    {
        foreach (OutageReport outage in outages)
        {
            var table = new Table { Border = TableBorder.Rounded };
            table.Title = new TableTitle(Markup.Escape($"{outage.Issuer}: {StoreNames.Time(outage.BeganMs)}"));
            table.AddColumns("what", "value");
            table.AddRow("decisions", $"{StoreNames.Time(outage.FirstMs)} to {StoreNames.Time(outage.LastMs)}");
            table.AddRow("why", Markup.Escape(outage.Triggers));
            table.AddRow("approved", $"{outage.Approved}, amount {outage.ApprovedAmount}");
            table.AddRow("declined", $"{outage.Declined}, amount {outage.DeclinedAmount}");
            table.AddRow("advices acknowledged", $"{outage.Acknowledged}, with an exception {outage.Exceptions}");
            table.AddRow("advices queued", $"{outage.Queued}");
            table.AddRow("advices parked", $"{outage.Parked}, written off {outage.WrittenOff}");
            table.AddRow("cancelled with their reversal", $"{outage.Netted}");
            table.AddRow("reversed by acquirers", $"{outage.Reversed}");
            table.AddRow(
                "late answers of the issuer",
                $"{outage.LateApprovals} approved, {outage.LateDeclines} declined what was approved");
            console.Write(table);
        }

        console.WriteLine(outages.Count == 0 ? "No outage." : $"{outages.Count} outages.");
    }
}
