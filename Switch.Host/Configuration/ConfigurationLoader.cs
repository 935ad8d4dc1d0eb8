using Microsoft.Extensions.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Configuration;

/// <summary>A configuration as it was found, with its environment. It is not validated yet.</summary>
/// <param name="Options">What it says.</param>
/// <param name="Environment">What its relative paths start from.</param>
/// <param name="Source">The file it came from.</param>
/// <param name="Errors">What could not be read.</param>
internal sealed record LoadedConfiguration(
    SwitchOptions Options, ConfigurationEnvironment Environment, string Source, ConfigurationErrors Errors)
{
    /// <summary>It is the sample that is shipped for trying the switch, and no configuration of this machine.</summary>
    public bool IsSample => Source == ConfigurationLoader.SampleFile;
}

/// <summary>Finds and reads the configuration: file first, then the environment over it.</summary>
internal static class ConfigurationLoader
{
    public const string FileName = "appsettings.json";

    private const string EnvironmentPrefix = "Switch__";

    /// <summary>The sample that is shipped with the program.</summary>
    public static string SampleFile => Path.Combine(AppContext.BaseDirectory, FileName);

    /// <summary>Whether there is a configuration in the current folder.</summary>
    public static bool IsHere => Path.Exists(FileHere);

    private static string FileHere => Path.Combine(Environment.CurrentDirectory, FileName);

    /// <summary>
    /// Reads <paramref name="file"/>; without one, appsettings.json of the current folder; without that, the sample
    /// that is shipped with the program. Every mistake found so far is in the result's errors.
    /// </summary>
    public static LoadedConfiguration Load(string? file)
    {
        string source = file is not null ? Path.GetFullPath(file) : IsHere ? FileHere : SampleFile;
        return Load(source, file is not null ? Path.GetDirectoryName(source)! : Environment.CurrentDirectory);
    }

    /// <summary>
    /// The sample that is shipped with the program, for who asked for it by name: it may make its own keys, whatever
    /// the environment. Relative paths start from the current folder.
    /// </summary>
    public static LoadedConfiguration LoadSample()
    {
        var errors = new ConfigurationErrors();
        SwitchOptions options = Read(SampleFile, errors);
        options.Keys.Development = options.Keys is { Journal: null, Cards: null };
        return new LoadedConfiguration(options, ConfigurationEnvironment.ForTestCards(null), SampleFile, errors);
    }

    /// <summary>Adds the judgement of the whole to what reading found, and throws if there is anything wrong.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static LoadedConfiguration LoadAndValidate(string? file) => Validate(Load(file));

    /// <inheritdoc cref="LoadAndValidate"/>
    public static LoadedConfiguration Validate(LoadedConfiguration loaded)
    {
        ConfigurationValidator.Validate(loaded.Options, loaded.Errors, loaded.Environment);
        loaded.Errors.ThrowIfAny();
        return loaded;
    }

    /// <summary>As <see cref="Validate"/>, for what is compiled next; that judges the card files.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static LoadedConfiguration ValidateToCompile(LoadedConfiguration loaded)
    {
        ConfigurationValidator.ValidateToCompile(loaded.Options, loaded.Errors, loaded.Environment);
        loaded.Errors.ThrowIfAny();
        return loaded;
    }

    /// <summary>What a file says, and the environment over it.</summary>
    /// <param name="utf8">The file.</param>
    /// <param name="environment">Values by path, from below the root.</param>
    /// <param name="errors">Takes every mistake.</param>
    /// <exception cref="FormatException">The file is not JSON.</exception>
    public static SwitchOptions Read(
        ReadOnlySpan<byte> utf8, IEnumerable<KeyValuePair<string, string?>> environment, ConfigurationErrors errors)
    {
        KeyValuePair<string, string?>[] over =
            [.. environment.Select(pair => KeyValuePair.Create($"{ConfigurationReader.Root}:{pair.Key}", pair.Value))];
        errors.EnvironmentPaths = [.. over.Select(static pair => pair.Key)];
        IConfigurationRoot whole = new ConfigurationBuilder()
            .AddInMemoryCollection(ConfigurationDocument.Read(utf8, errors))
            .AddInMemoryCollection(over)
            .Build();
        foreach (IConfigurationSection section in whole.GetChildren())
        {
            errors.Require(
                section.Key.Equals(ConfigurationReader.Root, StringComparison.OrdinalIgnoreCase)
                || section.Key == "$schema",
                section.Path,
                $"is not a known key. All keys must be under \"{ConfigurationReader.Root}\".");
        }

        return ConfigurationReader.Read(whole, errors);
    }

    private static LoadedConfiguration Load(string source, string contentRoot)
    {
        var errors = new ConfigurationErrors();
        SwitchOptions options = Read(source, errors);
        return new LoadedConfiguration(options, ConfigurationEnvironment.Of(contentRoot), source, errors);
    }

    private static SwitchOptions Read(string source, ConfigurationErrors errors)
    {
        // Only our own variables, and by our own rules: any other variable of the process is none of our business.
        IConfigurationRoot environment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        try
        {
            return Read(
                BoundedFile.ReadBytes(source, BoundedFile.DocumentSizeMax),
                environment.AsEnumerable().Where(pair => pair.Value is not null), errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // There is nothing to judge without the document, and a second list of errors would only confuse.
            throw new ConfigurationException(source, $"cannot be read: {FileFault.Describe(source, e)}.");
        }
    }
}
