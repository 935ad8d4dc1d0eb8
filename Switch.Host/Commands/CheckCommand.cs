using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Host.Commands;

/// <summary><c>check</c>: judges a configuration and says what it means. Changes nothing.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command("check", "Validate a configuration, and print its meaning.");
        Option<string?> config = CommonOptions.ConfigOrHere();
        Option<bool> sample = CommonOptions.Sample();
        Option<bool> json = CommonOptions.Json();
        command.Add(config);
        command.Add(sample);
        command.Add(json);
        command.SetAction(parsed => Run(
            parsed.GetValue(config), parsed.GetValue(sample), parsed.GetValue(json),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(string? file, bool sample, bool json, TextWriter output)
    {
        if (json)
        {
            return RunJson(file, sample, output);
        }

        LoadedConfiguration loaded = ConfigurationLoader.Validate(RunCommand.Find(file, sample));
        string what = loaded.IsSample ? "The sample that is shipped" : loaded.Source;
        output.WriteLine($"{what} is valid. Relative paths start from {loaded.Environment.ContentRoot}.");
        output.WriteLine();
        ConfigurationExplanation.Write(CommonOptions.ConsoleOn(output), output, loaded.Options);
        foreach (ConfigurationError note in ConfigurationNotes.Of(loaded.Options, loaded.Environment))
        {
            output.WriteLine($"Note: {note}");
        }

        return ExitCode.Done;
    }

    private static int RunJson(string? file, bool sample, TextWriter output)
    {
        IReadOnlyList<ConfigurationError> errors = [];
        ConfigurationError[] notes = [];
        string? source = file;
        try
        {
            LoadedConfiguration loaded = ConfigurationLoader.Validate(RunCommand.Find(file, sample));
            source = loaded.Source;
            notes = [.. ConfigurationNotes.Of(loaded.Options, loaded.Environment)];
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
