using System.CommandLine;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;
using Switch.Routing.Settings;

namespace Switch.Host.Commands;

/// <summary>
/// <c>journal verify|stat|export</c> looks at a journal and changes nothing, even while the switch runs;
/// <c>journal repair|reseal|checkpoint</c> changes it, and only while no switch runs on it.
/// </summary>
internal static class JournalCommand
{
    public static Command Create() => new(
        "journal", "Inspect the journal, or repair it while the switch is stopped.")
    {
        Verify(), Stat(), Export(), Repair(), Reseal(), Checkpoint(),
    };

    private static Command Verify()
    {
        var command = new Command(
            "verify", "Verify every byte and the keys. Exit code 1 when anything is damaged.");
        Option<bool> json = CommonOptions.Json();
        var secrets = new Option<bool>("--secrets")
        {
            Description = "Decrypt every secret part, not only the first of each key in each segment. This is "
                + "slower, and it finds records that were changed deliberately.",
        };
        command.Add(json);
        command.Add(secrets);
        SetAction(command, (parsed, place) => JournalTool.Verify(
            place.Path, place.Identity, place.Keys, parsed.InvocationConfiguration.Output, parsed.GetValue(json),
            parsed.GetValue(secrets)));
        return command;
    }

    private static Command Stat()
    {
        var command = new Command("stat", "List the segments: records, sizes, times.");
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        SetAction(command, (parsed, place) =>
            JournalTool.Stat(place.Path, parsed.InvocationConfiguration.Output, parsed.GetValue(json)));
        return command;
    }

    private static Command Export()
    {
        var command = new Command(
            "export", "Print one line of JSON for each record, in order, without its secret part.");
        SetAction(command, (parsed, place) => JournalTool.Export(place.Path, parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Command Repair()
    {
        var command = new Command(
            "repair",
            "Repair damaged segments from a copy, or record the loss. Exit code 1 when records would be "
            + "lost and that was not accepted. Damaged files are kept under another name.");
        Option<bool> json = CommonOptions.Json();
        var from = new Option<string?>("--from")
        {
            Description = "A folder with another copy of the journal: a backup, a snapshot.", HelpName = "FOLDER",
        };
        var acceptLoss = new Option<bool>("--accept-loss")
        {
            Description = "Continue without the records that no copy has. The loss is listed and written to the "
                + "journal.",
        };
        command.Add(json);
        command.Add(from);
        command.Add(acceptLoss);
        SetUpkeep(command, json, (parsed, upkeep, _) =>
            upkeep.Repair(parsed.GetValue(from), parsed.GetValue(acceptLoss)));
        return command;
    }

    private static Command Reseal()
    {
        var command = new Command(
            "reseal",
            "After a key change: encrypt the segments again with the current key. The old key is then no longer "
            + "needed.");
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        SetUpkeep(command, json, static (_, upkeep, _) => upkeep.Reseal());
        return command;
    }

    private static Command Checkpoint()
    {
        var command = new Command(
            "checkpoint", "Write a checkpoint of all sealed segments, so that the next start is fast.");
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        SetUpkeep(command, json, static (_, upkeep, configuration) =>
            upkeep.Checkpoint(configuration));
        return command;
    }

    private static void SetUpkeep(
        Command command, Option<bool> json, Func<ParseResult, JournalUpkeep, CoreConfiguration, int> action)
    {
        Option<string?> config = CommonOptions.Config();
        command.Add(config);
        command.SetAction(parsed =>
        {
            LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(parsed.GetValue(config));
            string folder = loaded.Environment.Resolve(loaded.Options.Journal.Path);
            if (!Directory.Exists(folder))
            {
                // Else loading would make the folder, and development keys in it: a new journal, and no look at one.
                throw new JournalException($"There is no journal in {folder}: the folder does not exist.");
            }

            CompiledConfiguration compiled = CoreConfigurationBuilder.Compile(
                loaded.Options, loaded.Environment, loaded.Errors);
            var upkeep = new JournalUpkeep(
                compiled.Journal.Path, compiled.Journal.Identity, compiled.Keys.Journal, TimeProvider.System,
                parsed.InvocationConfiguration.Output, parsed.GetValue(json), compiled.Journal.IdentityFile);
            return action(parsed, upkeep, compiled.Core);
        });
    }

    private static void SetAction(Command command, Func<ParseResult, JournalPlace, int> action)
    {
        Option<string?> config = CommonOptions.Config();
        var path = new Option<string?>("--path")
        {
            Description = "The journal's folder, for example a copy, instead of the configuration's. "
                + "Secret parts are not decrypted.",
            HelpName = "FOLDER",
        };
        command.Add(config);
        command.Add(path);
        command.SetAction(parsed => action(parsed, PlaceOf(parsed.GetValue(config), parsed.GetValue(path))));
    }

    private static JournalPlace PlaceOf(string? config, string? path)
    {
        if (path is not null)
        {
            return new JournalPlace(path, null, null);
        }

        LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(config);
        KeyMaterial? keys = KeyFile.LoadExisting(loaded.Options, loaded.Environment);
        JournalIdentity? identity = keys?.IdentityOf(loaded.Options.Node);
        return new JournalPlace(loaded.Environment.Resolve(loaded.Options.Journal.Path), identity, keys?.Journal);
    }

    private sealed record JournalPlace(string Path, JournalIdentity? Identity, JournalKeyRing? Keys);
}
