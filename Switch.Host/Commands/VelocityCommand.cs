using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary>
/// <c>velocity [list|clear]</c>: the rules against card testing of a running switch, and the keys that are over them.
/// </summary>
internal static class VelocityCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "velocity", "The rules against card testing of the running switch. Without a subcommand it lists them.",
            "What each rule has counted, and the keys that are over it or near it. Exit code 1 when any is over.");
        Option<int> max = new("--max")
        {
            Description = "Show at most this many keys.", DefaultValueFactory = static _ => 20, HelpName = "COUNT",
        };
        Option<int> near = new("--near")
        {
            Description = "Show keys that have this percentage of every limit of the rule.",
            DefaultValueFactory = static _ => 50, HelpName = "PERCENT",
        };
        operators.SetList(
            async (client, parsed, stop) =>
            {
                AdminAnswer status = await client.GetAsync("/api/status", stop).ConfigureAwait(false);
                AdminAnswer keys = await client.GetAsync(
                    $"/api/velocity?count={parsed.GetValue(max)}&percent={parsed.GetValue(near)}", stop)
                    .ConfigureAwait(false);
                if (!keys.IsGood)
                {
                    throw new UsageException(keys.Outcome);
                }

                JsonElement[] rules = [.. AdminJson.List(status.Body, "velocity")];
                JsonElement[] items = [.. AdminJson.List(keys.Body, "items")];
                TextWriter output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(operators.Json))
                {
                    await output.WriteLineAsync(
                        JsonSerializer.Serialize(new { rules, items }, CommonOptions.JsonFormat)).ConfigureAwait(false);
                }
                else
                {
                    Write(output, rules, items, AdminJson.Number(keys.Body, "found"));
                }

                return items.Any(static item => AdminJson.Is(item, "isOver")) ? ExitCode.Problems : ExitCode.Done;
            },
            max, near);
        operators.AddChange(
            "clear", "Let a key that is over a rule go on: its counts begin anew.",
            new Argument<string[]>("rule-and-key")
            {
                Description = "The rule's name, and the key as it is listed, such as acq-a/T0000001.",
                Arity = new ArgumentArity(2, 2),
            },
            "clear-velocity", static names => new { rule = names![0], key = names[1] });
        return operators.Command;
    }

    private static void Write(TextWriter output, JsonElement[] rules, JsonElement[] items, long found)
    {
        if (rules.Length == 0)
        {
            output.WriteLine("No rules are configured (Switch:Velocity:Rules).");
            return;
        }

        IAnsiConsole console = CommonOptions.ConsoleOn(output);
        console.Write(RulesOf(rules));
        if (items.Length > 0)
        {
            output.WriteLine();
            console.Write(KeysOf(items));
        }

        int over = items.Count(static item => AdminJson.Is(item, "isOver"));
        output.WriteLine();
        output.WriteLine(over switch
        {
            0 => "No key is over a rule.",
            1 => "1 key is over its rule.",
            _ => $"{over} keys are over their rules.",
        });
        if (found > items.Length)
        {
            output.WriteLine($"{found - items.Length} more are over or near: raise --max.");
        }
    }

    private static Table RulesOf(JsonElement[] rules)
    {
        Table table = NewTable("rule", "per", "action");
        Add(table, "keys", "over", "begun", "hits", "declined", "evicted");
        foreach (JsonElement rule in rules)
        {
            JsonElement counters = AdminJson.Find(rule, "counters") ?? default;
            table.AddRow(
                Cell(rule, "name"), Cell(rule, "per"), Cell(rule, "action"), Figure(counters, "keys"),
                Figure(counters, "overNow"), Figure(counters, "begun"), Figure(counters, "hits"),
                Figure(counters, "declined"), Figure(counters, "evicted"));
        }

        return table;
    }

    private static Table KeysOf(JsonElement[] items)
    {
        Table table = NewTable("rule", "key", "state");
        Add(table, "%", "cards", "declines", "small");
        foreach (JsonElement item in items)
        {
            table.AddRow(
                Cell(item, "rule"), Cell(item, "key"), new Text(StateOf(item)), Figure(item, "percent"),
                Figure(item, "cards"), Figure(item, "declines"), Figure(item, "smallAmounts"));
        }

        return table;
    }

    private static string StateOf(JsonElement item) => !AdminJson.Is(item, "isOver") ? "near"
        : $"over, {AdminJson.Figure(item, "secondsLeft")} s";

    private static Table NewTable(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column));
        }

        return table;
    }

    private static void Add(Table table, params string[] columns)
    {
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column) { Alignment = Justify.Right });
        }
    }

    private static Text Cell(JsonElement item, string name) => new(AdminJson.Text(item, name));

    private static Text Figure(JsonElement item, string name) => new(AdminJson.Figure(item, name));
}
