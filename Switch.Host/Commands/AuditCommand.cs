using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Switch.Host.Admin;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Routing.Records;

namespace Switch.Host.Commands;

/// <summary>
/// <c>audit list</c>: every command of a person, from the journal itself, also while no switch runs; with --admin from
/// a running switch.
/// </summary>
internal static class AuditCommand
{
    public static Command Create() => new("audit", "Who commanded what, and why.") { List() };

    private static Command List()
    {
        var command = new Command(
            "list",
            "List the commands of people in the journal. Works while the switch runs and when it does not; with "
                + "--admin a running switch is asked, which has the last 1,000.");
        var target = new AdminTarget();
        var path = new Option<string?>("--path")
        {
            Description = "The journal's folder, for example a copy, instead of the configuration's.",
            HelpName = "FOLDER",
        };
        var after = new Option<long>("--after")
        {
            Description = "Only records after this LSN.", HelpName = "LSN",
        };
        Option<bool> json = CommonOptions.Json();
        target.AddTo(command);
        command.Add(path);
        command.Add(after);
        command.Add(json);
        command.SetAction(async (parsed, stop) =>
        {
            InvocationConfiguration console = parsed.InvocationConfiguration;
            if (!target.IsNamed(parsed))
            {
                string folder = parsed.GetValue(path) ?? FolderOf(target.ConfigOf(parsed));
                (List<AuditLine> lines, int damage) = Read(folder, parsed.GetValue(after));
                Write(
                    console.Output, JsonSerializer.SerializeToElement(lines, JsonSerializerOptions.Web),
                    parsed.GetValue(json));
                if (damage > 0)
                {
                    await console.Error.WriteLineAsync(
                        $"The journal in {folder} is damaged: records may be missing. See: switch journal verify")
                        .ConfigureAwait(false);
                }

                return damage > 0 ? ExitCode.Problems : ExitCode.Done;
            }

            using AdminClient client = target.Open(parsed);
            AdminAnswer answer = await client.GetAsync($"/api/audit?after={parsed.GetValue(after)}", stop)
                .ConfigureAwait(false);
            if (!answer.IsGood || AdminJson.Find(answer.Body, "items") is not { } items)
            {
                await console.Error.WriteLineAsync(answer.Outcome).ConfigureAwait(false);
                return ExitCode.Problems;
            }

            Write(console.Output, items, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static string FolderOf(string? config)
    {
        LoadedConfiguration loaded = ConfigurationLoader.Load(config);
        return loaded.Environment.Resolve(loaded.Options.Journal.Path);
    }

    private static (List<AuditLine> Lines, int Damage) Read(string folder, long after)
    {
        if (!Directory.Exists(folder))
        {
            throw new JournalException($"There is no journal in {folder}: the folder does not exist.");
        }

        var lines = new List<AuditLine>();
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(folder);
        JournalReport report = JournalInspector.Inspect(disk, new InspectOptions
        {
            Visit = (in JournalRecord record, string _, long _) =>
            {
                if (record.Lsn > after && AuditFact.Of(record.Lsn, record.Type, record.Open) is { } fact)
                {
                    lines.Add(AuditLine.Of(fact));
                }
            },
        });
        return (lines, report.Damage.Count);
    }

    private static void Write(TextWriter output, JsonElement items, bool asJson)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(items, CommonOptions.JsonFormat));
            return;
        }

        if (items.GetArrayLength() == 0)
        {
            output.WriteLine("No command of a person is in the journal.");
            return;
        }

        var table = new Table { Border = TableBorder.None };
        string[] columns = ["lsn", "time", "who", "role", "command", "arguments", "why", "outcome", "second"];
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column));
        }

        foreach (JsonElement item in items.EnumerateArray())
        {
            table.AddRow([.. columns.Select(column => new Text(AdminJson.Text(item, column)))]);
        }

        CommonOptions.ConsoleOn(output).Write(table);
    }
}
