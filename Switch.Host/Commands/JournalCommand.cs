using System.CommandLine;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Journal;

namespace Switch.Host.Commands;

/// <summary>
/// <c>journal verify|stat|export</c>: looks at a journal and changes nothing, even while the switch runs.
/// </summary>
internal static class JournalCommand
{
    public static Command Create() => new(
        "journal", "Look at the journal. Changes nothing; works while the switch runs.")
    {
        Verify(), Stat(), Export(),
    };

    private static Command Verify()
    {
        var command = new Command(
            "verify", "Read every record and open every secret part. Exit code 1 when anything durable is damaged.");
        Option<bool> json = CommonOptions.Json();
        command.Add(json);
        SetAction(command, (parsed, place) => JournalTool.Verify(
            place.Path, place.Identity, place.Keys, parsed.InvocationConfiguration.Output, parsed.GetValue(json)));
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

    private static void SetAction(Command command, Func<ParseResult, JournalPlace, int> action)
    {
        Option<string?> config = CommonOptions.Config();
        var path = new Option<string?>("--path")
        {
            Description = "The journal's folder, instead of the configuration's: a copy, say. "
                + "Secret parts stay closed.",
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
        KeyMaterial? keys = KeyFile.LoadExisting(loaded.Options, loaded.Place);
        JournalIdentity? identity = keys is null ? null
            : new JournalIdentity(loaded.Options.Node.Cluster, loaded.Options.Node.Name, keys.TokenCheck);
        return new JournalPlace(loaded.Place.Resolve(loaded.Options.Journal.Path), identity, keys?.Journal);
    }

    private sealed record JournalPlace(string Path, JournalIdentity? Identity, JournalKeyRing? Keys);
}
