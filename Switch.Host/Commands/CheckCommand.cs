using System.CommandLine;
using System.Text.Json;
using Switch.Host.Configuration;

namespace Switch.Host.Commands;

/// <summary><c>check</c>: judges a configuration and says what it means. Changes nothing.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Judge a configuration, and print what it means.");
        Option<string?> config = CommonOptions.Config();
        Option<bool> json = CommonOptions.Json();
        command.Add(config);
        command.Add(json);
        command.SetAction(parsed => Run(
            parsed.GetValue(config), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string? file, bool json, TextWriter output)
    {
        if (json)
        {
            return RunJson(file, output);
        }

        LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(file);
        output.WriteLine($"{loaded.Source} is valid. Relative paths start from {loaded.Place.ContentRoot}.");
        output.WriteLine();
        ConfigurationExplanation.Write(CommonOptions.ConsoleOn(output), output, loaded.Options);
        foreach (ConfigurationError note in ConfigurationNotes.Of(loaded.Options))
        {
            output.WriteLine($"Note: {note}");
        }

        return ExitCode.Done;
    }

    private static int RunJson(string? file, TextWriter output)
    {
        IReadOnlyList<ConfigurationError> errors = [];
        ConfigurationError[] notes = [];
        string? source = file;
        try
        {
            LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(file);
            source = loaded.Source;
            notes = [.. ConfigurationNotes.Of(loaded.Options)];
        }
        catch (ConfigurationException e)
        {
            errors = e.Errors;
        }

        output.WriteLine(JsonSerializer.Serialize(
            new { valid = errors.Count == 0, source, errors, notes }, CommonOptions.JsonFormat));
        return errors.Count == 0 ? ExitCode.Done : ExitCode.Usage;
    }
}
