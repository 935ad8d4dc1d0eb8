using System.CommandLine;
using Switch.Host.Configuration;
using Switch.Host.Journal;

namespace Switch.Host.Commands;

/// <summary><c>run</c>: the switch, until a signal ends it. What happens without a command.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var command = new Command("run", "Run the switch until SIGTERM or SIGINT, then drain and stop.");
        Configure(command);
        return command;
    }

    /// <summary>Makes any command run the switch: the root does when no other is named.</summary>
    public static void Configure(Command command)
    {
        Option<string?> config = CommonOptions.Config();
        command.Add(config);
        var newJournal = new Option<string?>("--new-journal")
        {
            Description = "Begin an empty journal although this node had one, because that is lost for good. The "
                + "reason stands in the new one.",
            HelpName = "REASON",
        };
        var olderJournal = new Option<string?>("--older-journal")
        {
            Description = "Go on with a journal that lacks its end, a restored copy, because the end is lost for good. "
                + "The reason stands in it.",
            HelpName = "REASON",
        };
        command.Add(newJournal);
        command.Add(olderJournal);
        command.SetAction(async (parsed, stop) =>
        {
            var orders = new JournalOrders(
                ReasonOf(parsed, newJournal), ReasonOf(parsed, olderJournal));
            LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(parsed.GetValue(config));
            return await SwitchRun.RunAsync(loaded, parsed.InvocationConfiguration.Output, stop, orders)
                .ConfigureAwait(false);
        });
    }

    private static string? ReasonOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } reason ? null
        : string.IsNullOrWhiteSpace(reason) ? throw new UsageException($"{option.Name} takes a reason in words.")
        : reason.Trim();
}
