using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Admin;
using Switch.Host.Commands.Common;

namespace Switch.Host.Commands;

/// <summary><c>approvals [list|approve|reject]</c>: commands that wait for another person.</summary>
internal static class ApprovalsCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "approvals", "Commands that wait for another person. Without a subcommand it lists them.",
            "Each command that waits: who requested it, why, and until when it waits.");
        operators.SetList(async (client, parsed, stop) =>
        {
            AdminAnswer answer = await client.GetAsync("/api/approvals", stop).ConfigureAwait(false);
            JsonElement[] items = [.. AdminJson.List(answer.Body, "items")];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (!answer.IsGood)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(answer.Outcome).ConfigureAwait(false);
                return ExitCode.Problems;
            }

            if (parsed.GetValue(operators.Json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(items, CommonOptions.JsonFormat))
                    .ConfigureAwait(false);
            }
            else if (items.Length == 0)
            {
                await output.WriteLineAsync("No command waits for approval.").ConfigureAwait(false);
            }
            else
            {
                Write(output, items);
            }

            return ExitCode.Done;
        });
        operators.AddChange<string>(
            "approve", "Have a command of another person done. For approvers.", Id(), CommandTable.Approve,
            static id => new { item = id });
        operators.AddChange<string>(
            "reject", "Reject a command of another person, or withdraw one's own.", Id(), CommandTable.Reject,
            static id => new { item = id });
        return operators.Command;
    }

    private static Argument<string> Id() => new("id")
    {
        Description = "Of the request, as the list has it.", HelpName = "ID",
    };

    private static void Write(TextWriter output, JsonElement[] items)
    {
        var table = new Table { Border = TableBorder.None };
        string[] columns = ["id", "command", "arguments", "who", "why", "ends"];
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column));
        }

        foreach (JsonElement item in items)
        {
            table.AddRow([.. columns.Select(column => new Text(AdminJson.Text(item, column)))]);
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
