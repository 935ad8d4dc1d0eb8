using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Stores;

namespace Switch.Host.Commands;

/// <summary><c>explain KEY</c>: everything that happened to one payment, in order, with the card masked.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var command = new Command(
            "explain", "Show everything that happened to a payment. Works while the switch runs and when it does not.");
        var key = new Argument<string>("KEY")
        {
            Description = "A retrieval reference number (DE 37), STAN@TERMINAL (DE 11 and 41), or the switch's own id.",
        };
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        command.Add(key);
        command.Add(config);
        command.Add(json);
        command.SetAction(parsed => Explain(
            parsed.GetRequiredValue(key), HistoryLocation.Of(parsed.GetValue(config)), parsed.GetValue(json),
            parsed.InvocationConfiguration));
        return command;
    }

    private static int Explain(string text, HistoryLocation place, bool asJson, InvocationConfiguration console)
    {
        TimelineKey key = TimelineKey.Parse(text) ?? throw new UsageException(
            $"'{text}' is not a valid key. Give an RRN (at most 12 characters), STAN@TERMINAL, or an id (15 digits "
            + "or more).");
        using HistorySources books = HistorySources.Whole(place);
        List<StoreRow> rows = Timeline.Of(books, key);
        if (books.Note.Length > 0)
        {
            console.Error.WriteLine(books.Note);
        }

        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                rows.Select(row => new { What = row.Table.Name, Text = TimelineText.Of(row), row.Values }),
                CommonOptions.JsonFormat));
        }
        else if (rows.Count == 0)
        {
            console.Error.WriteLine($"No payment was found for {text}.");
        }
        else
        {
            Print(rows, CommonOptions.ConsoleOn(console.Output));
        }

        return rows.Count == 0 ? ExitCode.Problems : ExitCode.Done;
    }

    private static void Print(List<StoreRow> rows, IAnsiConsole console)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("time (UTC)", "LSN", "id", "what happened");
        foreach (StoreRow row in rows)
        {
            string id = row.Values.TryGetValue("id", out object? number) ? $"{number}" : "";
            table.AddRow(
                StoreNames.Time(row.AtMs), $"{row.Lsn}", id, Markup.Escape(TimelineText.Of(row)));
        }

        console.Write(table);
    }
}
