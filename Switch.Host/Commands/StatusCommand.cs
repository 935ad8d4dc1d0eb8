using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>status</c>: whether a running switch takes payments, how its issuers stand, and figures.</summary>
internal static partial class StatusCommand
{
    private static readonly string[] Groups = ["core", "edge", "journal"];

    public static Command Create()
    {
        var command = new Command(
            "status",
            "State of the running switch, its issuers and its counters. Exit code 0 when it takes "
                + "payments, 1 when it does not or does not answer, 2 for wrong usage.");
        var target = new AdminTarget();
        Option<bool> json = CommonOptions.Json();
        target.AddTo(command);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            using AdminClient client = target.Open(parsed);
            AdminAnswer answer = await client.GetAsync("/api/status", stop).ConfigureAwait(false);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (!answer.IsGood || AdminJson.Find(answer.Body, "isReady") is null)
            {
                throw new UsageException($"The server is not a switch. {answer.Outcome}".TrimEnd());
            }

            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(answer.Body, CommonOptions.JsonFormat))
                    .ConfigureAwait(false);
            }
            else
            {
                AdminAnswer issuers = await client.GetAsync("/api/issuers", stop).ConfigureAwait(false);
                Write(output, CommonOptions.ConsoleOn(output), answer.Body, issuers);
            }

            return AdminJson.Is(answer.Body, "isReady") ? ExitCode.Done : ExitCode.Problems;
        });
        return command;
    }

    /// <param name="output">For sentences.</param>
    /// <param name="console">For tables, which fit its width.</param>
    /// <param name="status">As <c>GET /api/status</c> gives it.</param>
    /// <param name="issuers">As <c>GET /api/issuers</c> gives them, or a refusal.</param>
    public static void Write(TextWriter output, IAnsiConsole console, JsonElement status, AdminAnswer issuers)
    {
        string node = AdminJson.Text(status, "node");
        output.WriteLine(AdminJson.Is(status, "isReady")
            ? $"{node} takes payments."
            : $"{node} does not take payments: {AdminJson.Text(status, "notReadyBecause")}.");
        foreach (JsonElement warning in AdminJson.List(status, "warnings"))
        {
            output.WriteLine($"Warning: {warning}.");
        }

        foreach (JsonElement acquirer in AdminJson.List(status, "acquirers"))
        {
            output.WriteLine($"Acquirer {AdminJson.Text(acquirer, "name")} {PlaceOf(acquirer)}.");
        }

        if (AdminJson.Find(status, "store") is { } store)
        {
            output.WriteLine(
                $"Store: {AdminJson.Text(store, "state").ToLowerInvariant()}, {AdminJson.Figure(store, "lagRecords")} "
                + "journal records behind.");
        }

        output.WriteLine();
        if (issuers.IsGood)
        {
            IssuersTable.Write(console, AdminJson.List(issuers.Body, "items"));
        }
        else
        {
            IssuersTable.Write(console, AdminJson.List(status, "issuers"));
            output.WriteLine($"The owed messages are not shown: {issuers.Outcome}");
        }

        output.WriteLine();
        console.Write(FiguresOf(status));
    }

    // on 127.0.0.1:8583; or: to 10.0.0.7:9001, 2/2 connections, 1/2 signed on
    private static string PlaceOf(JsonElement acquirer)
    {
        string place = AdminJson.Text(acquirer, "listen");
        if (AdminJson.Number(acquirer, "connections") is not (> 0 and var all))
        {
            return $"on {place}";
        }

        string signedOn = AdminJson.Find(acquirer, "connectionsSignedOn") is { ValueKind: JsonValueKind.Number } count
            ? $", {count.GetInt32()}/{all} signed on" : "";
        return $"{place}, {AdminJson.Number(acquirer, "connectionsOpen")}/{all} connections{signedOn}";
    }

    private static Table FiguresOf(JsonElement status)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("figure"));
        table.AddColumn(new TableColumn("value") { Alignment = Justify.Right, NoWrap = true });
        foreach (string group in Groups)
        {
            foreach (JsonProperty figure in AdminJson.Find(status, group)?.EnumerateObject() ?? default)
            {
                // Ticks of the machine's clock say nothing to people: the two times below are made of them.
                if (figure.Value is { ValueKind: JsonValueKind.Number } value && value.GetRawText() != "0"
                    && !figure.Name.EndsWith("Ticks", StringComparison.Ordinal))
                {
                    table.AddRow(
                        new Text($"{group}: {WordsOf(figure.Name)}"),
                        new Text(AdminJson.Figure(AdminJson.Find(status, group)!.Value, figure.Name)));
                }
            }
        }

        table.AddRow(
            new Text("journal: milliseconds a write, mean"), new Text(AdminJson.Figure(status, "journalWriteMeanMs")));
        table.AddRow(
            new Text("journal: milliseconds a write, longest"),
            new Text(AdminJson.Figure(status, "journalWriteLongestMs")));
        table.AddRow(new Text("journal: last record"), new Text(AdminJson.Figure(status, "journalDurableLsn")));
        table.AddRow(
            new Text("journal: bytes free on its disk"), new Text(AdminJson.Figure(status, "journalFreeBytes")));
        return table;
    }

    /// <summary>approvedByStandIn: approved by stand in.</summary>
    private static string WordsOf(string name) =>
        Capital().Replace(name, static letter => " " + letter.Value.ToLowerInvariant());

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
