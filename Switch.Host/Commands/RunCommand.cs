using System.CommandLine;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Server;

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
        Option<string?> config = CommonOptions.ConfigOrHere();
        Option<bool> sample = CommonOptions.Sample();
        command.Add(config);
        command.Add(sample);
        var newJournal = new Option<string?>("--new-journal")
        {
            Description = "Start with an empty journal after the permanent loss of this node's journal. The "
                + "reason is written to the journal.",
            HelpName = "REASON",
        };
        var olderJournal = new Option<string?>("--older-journal")
        {
            Description = "Continue with a restored copy of the journal after the permanent loss of newer records. "
                + "The reason is written to the journal.",
            HelpName = "REASON",
        };
        command.Add(newJournal);
        command.Add(olderJournal);
        var changedSettings = new Option<string?>(SettingsGuard.Option)
        {
            Description = "Start although settings that need two persons have changed and no other person has approved "
                + "it. The reason is written to the journal.",
            HelpName = "REASON",
        };
        command.Add(changedSettings);
        var inputEnds = new Option<bool>(CommonOptions.UntilInputEnds) { Hidden = true };
        command.Add(inputEnds);
        command.SetAction(async (parsed, cancelled) =>
        {
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
            CancellationToken stop = parsed.GetValue(inputEnds) ? WatchInput(end) : cancelled;
            var orders = new JournalOrders(
                ReasonOf(parsed, newJournal), ReasonOf(parsed, olderJournal))
            {
                ChangedSettings = ReasonOf(parsed, changedSettings),
            };
            LoadedConfiguration loaded = ConfigurationLoader.ValidateToCompile(
                Find(parsed.GetValue(config), parsed.GetValue(sample)));
            return await SwitchRun.RunAsync(
                loaded, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, stop, orders)
                .ConfigureAwait(false);
        });
    }

    /// <summary>
    /// What is named, or the sample where that is asked for. A switch that runs the sample because its file was not
    /// found would take payments with rules that its owner never saw, and begin a journal of its own.
    /// </summary>
    /// <exception cref="UsageException">Neither is named, and there is none here.</exception>
    /// <exception cref="ConfigurationException">It cannot be read at all.</exception>
    public static LoadedConfiguration Find(string? file, bool isSample)
    {
        if (isSample && file is not null)
        {
            throw new UsageException("--sample and --config exclude each other.");
        }

        if (!isSample && file is null && !ConfigurationLoader.IsHere)
        {
            throw new UsageException(
                $"No configuration: --config names none, and there is no {ConfigurationLoader.FileName} in "
                + $"{Environment.CurrentDirectory}.\n"
                + "Start with: run --config FILE. To try it out: run --sample, or demo.");
        }

        return isSample ? ConfigurationLoader.LoadSample() : ConfigurationLoader.Load(file);
    }

    private static CancellationToken WatchInput(CancellationTokenSource end)
    {
        var watch = new Thread(() =>
        {
            using Stream input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
                // Nothing is meant by what comes.
            }

            try
            {
                end.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended before.
            }
        })
        {
            IsBackground = true, Name = "until input ends",
        };
        watch.Start();
        return end.Token;
    }

    private static string? ReasonOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } reason ? null
        : string.IsNullOrWhiteSpace(reason) ? throw new UsageException($"{option.Name} needs a reason.")
        : reason.Trim();
}
