using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Admin;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands;

/// <summary><c>settings [list|changes|request]</c>: settings that two persons change.</summary>
internal static class SettingsCommand
{
    public static Command Create()
    {
        var operators = new OperatorGroup(
            "settings", "Settings that two persons change. Without a subcommand it lists those of the running switch.",
            "Each guarded setting of the running switch that is not as by default, and the hash of all.");
        operators.SetList(async (client, parsed, stop) =>
        {
            AdminAnswer answer = await client.GetAsync("/api/settings", stop).ConfigureAwait(false);
            await WriteAsync(parsed, operators.Json, answer.Body, ["path", "value"]).ConfigureAwait(false);
            return answer.IsGood ? ExitCode.Done : ExitCode.Problems;
        });
        Argument<string> file = FileArgument();
        operators.AddLook(
            "changes", "What a configuration file would change. Exit code 1 when another person has to approve it.",
            file,
            async (client, parsed, stop) =>
            {
                AdminAnswer answer = await client.GetAsync("/api/settings", stop).ConfigureAwait(false);
                if (!answer.IsGood)
                {
                    await parsed.InvocationConfiguration.Error.WriteLineAsync(answer.Outcome).ConfigureAwait(false);
                    return ExitCode.Problems;
                }

                GuardedSettings next = Read(parsed.GetValue(file)!);
                IReadOnlyList<GuardedChange> changes = next.ChangesFrom(
                    AdminJson.List(answer.Body, "items").ToDictionary(
                        static one => AdminJson.Text(one, "path"), static one => AdminJson.Text(one, "value"),
                        StringComparer.Ordinal));
                var shown = JsonSerializer.SerializeToElement(new
                {
                    hash = next.Hash,
                    items = changes.Select(static one => new
                    {
                        path = one.Path, from = one.From, to = one.To, persons = one.NeedsTwo ? "two" : "one",
                    }),
                });
                await WriteAsync(parsed, operators.Json, shown, ["path", "persons", "from", "to"])
                    .ConfigureAwait(false);
                return changes.Any(static one => one.NeedsTwo) ? ExitCode.Problems : ExitCode.Done;
            });
        operators.AddChange(
            "request", "Request another person's approval of a configuration file's settings for the next start.",
            FileArgument(), CommandTable.ApproveSettings, static path => new { item = Read(path!).Hash });
        return operators.Command;
    }

    private static Argument<string> FileArgument() => new("file")
    {
        Description = "The configuration file that the switch is to start with.", HelpName = "FILE",
    };

    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    private static GuardedSettings Read(string path)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Load(path);
        loaded.Errors.ThrowIfAny();
        return GuardedSettings.Of(loaded.Options);
    }

    private static async Task WriteAsync(
        ParseResult parsed, Option<bool> json, JsonElement body, IReadOnlyList<string> columns)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(body, CommonOptions.JsonFormat)).ConfigureAwait(false);
            return;
        }

        JsonElement[] items = [.. AdminJson.List(body, "items")];
        if (items.Length == 0)
        {
            await output.WriteLineAsync("No guarded setting.").ConfigureAwait(false);
        }
        else
        {
            var table = new Table { Border = TableBorder.None };
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

        await output.WriteLineAsync($"Hash: {AdminJson.Text(body, "hash")}").ConfigureAwait(false);
    }
}
