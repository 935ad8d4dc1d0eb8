using System.CommandLine;
using Switch.Host.Configuration;

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
        command.SetAction(async (parsed, stop) =>
        {
            LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(parsed.GetValue(config));
            return await SwitchRun.RunAsync(loaded, parsed.InvocationConfiguration.Output, stop).ConfigureAwait(false);
        });
    }
}
