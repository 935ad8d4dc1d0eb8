using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>cards [list|reload]</c>: the negative and positive files of a running switch.</summary>
internal static class CardsCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "cards", "The card lists of the running switch. Without a subcommand it lists them.",
            "Each stand-in profile: whether its card files are in use. Exit code 1 when one is lost or was refused.");
        operators.SetList(async (client, parsed, stop) =>
        {
            AdminAnswer answer = await client.GetAsync("/api/status", stop).ConfigureAwait(false);
            JsonElement lists = AdminJson.Find(answer.Body, "cardLists")
                ?? throw new UsageException("The switch does not report card lists: it is an older version.");
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(operators.Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(lists, CommonOptions.JsonFormat))
                    .ConfigureAwait(false);
            }
            else
            {
                Write(output, lists);
            }

            bool isWell = !AdminJson.List(lists, "refused").Any()
                && !AdminJson.List(lists, "profiles").Any(static profile => AdminJson.Is(profile, "isOff"));
            return isWell ? ExitCode.Done : ExitCode.Problems;
        });
        operators.AddChange<string>(
            "reload",
            "Reload the negative and positive files, as SIGHUP does. A file with an error changes nothing.",
            about: null, "replace-card-lists", static _ => new { });
        return operators.Command;
    }

    private static void Write(TextWriter output, JsonElement lists)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(new TableColumn("profile") { NoWrap = true });
        table.AddColumn(new TableColumn("stand-in") { NoWrap = true });
        table.AddColumn(new TableColumn("why"));
        foreach (JsonElement profile in AdminJson.List(lists, "profiles"))
        {
            bool isOff = AdminJson.Is(profile, "isOff");
            table.AddRow(
                new Text(AdminJson.Text(profile, "profile")), new Text(isOff ? "off" : "on"),
                new Text(AdminJson.Text(profile, "because")));
        }

        CommonOptions.ConsoleOn(output).Write(table);
        JsonElement[] refused = [.. AdminJson.List(lists, "refused")];
        foreach (JsonElement mistake in refused)
        {
            output.WriteLine($"Refused: {mistake}");
        }

        output.WriteLine(refused.Length > 0
            ? "The last reload was refused: the previous lists are in use."
            : $"Reloaded {AdminJson.Number(lists, "replacements")} times since the start.");
    }
}
