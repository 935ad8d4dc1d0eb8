using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Switch.Host.Configuration;

/// <summary>A configuration as it was found, with the place it applies to. Not yet judged as a whole.</summary>
/// <param name="Options">What it says.</param>
/// <param name="Place">What its relative paths start from.</param>
/// <param name="Source">The file it came from.</param>
/// <param name="Errors">What could not be read.</param>
internal sealed record LoadedConfiguration(
    SwitchOptions Options, ConfigurationPlace Place, string Source, ConfigurationErrors Errors);

/// <summary>Finds and reads the configuration: file first, then the environment over it.</summary>
internal static class ConfigurationLoader
{
    public const string FileName = "appsettings.json";

    private const string EnvironmentPrefix = "Switch__";

    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true,
    };

    /// <summary>
    /// Reads <paramref name="file"/>; without one, appsettings.json of the current folder; without that, the sample
    /// that is shipped with the program. Every mistake found so far is in the result's errors.
    /// </summary>
    public static LoadedConfiguration Load(string? file)
    {
        var errors = new ConfigurationErrors();
        string current = Environment.CurrentDirectory;
        string source = file is not null ? Path.GetFullPath(file)
            : File.Exists(Path.Combine(current, FileName)) ? Path.Combine(current, FileName)
            : Path.Combine(AppContext.BaseDirectory, FileName);
        string contentRoot = file is not null ? Path.GetDirectoryName(source)! : current;
        SwitchOptions options = Read(source, errors);
        return new LoadedConfiguration(options, ConfigurationPlace.Of(contentRoot), source, errors);
    }

    /// <summary>
    /// The sample that is shipped with the program, for who asked for it by name: it may make its own keys, whatever
    /// the environment. Relative paths start from the current folder.
    /// </summary>
    public static LoadedConfiguration LoadSample()
    {
        var errors = new ConfigurationErrors();
        string source = Path.Combine(AppContext.BaseDirectory, FileName);
        SwitchOptions options = Read(source, errors);
        options.Keys.Development = options.Keys is { Journal: null, Cards: null };
        return new LoadedConfiguration(options, ConfigurationPlace.ForTestCards(null), source, errors);
    }

    /// <summary>Adds the judgement of the whole to what reading found, and throws if there is anything wrong.</summary>
    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static LoadedConfiguration LoadAndValidate(string? file)
    {
        LoadedConfiguration loaded = Load(file);
        ConfigurationValidator.Validate(loaded.Options, loaded.Errors, loaded.Place);
        loaded.Errors.ThrowIfAny();
        return loaded;
    }

    private static SwitchOptions Read(string source, ConfigurationErrors errors)
    {
        IConfigurationRoot json;
        try
        {
            // Through a stream: the file provider hides files whose names start with a dot, and watches the others.
            using var stream = new MemoryStream(
                BoundedFile.ReadBytes(source, BoundedFile.DocumentSizeMax));
            using (JsonDocument.Parse(stream, Strict))
            {
                // The platform merges a section that stands there twice: nobody would know which value counts.
            }

            stream.Position = 0;
            json = new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            // There is nothing to judge without the document, and a second list of errors would only confuse.
            throw new ConfigurationException(source, $"cannot be read: {e.Message}");
        }

        foreach (IConfigurationSection section in json.GetChildren())
        {
            errors.Require(
                section.Key.Equals(ConfigurationReader.Root, StringComparison.OrdinalIgnoreCase)
                || section.Key == "$schema",
                section.Path,
                $"is not a known key. Everything stands under \"{ConfigurationReader.Root}\".");
        }

        // Only our own variables, and by our own rules: any other variable of the process is none of our business.
        IConfigurationRoot environment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        IConfigurationRoot whole = new ConfigurationBuilder()
            .AddConfiguration(json)
            .AddInMemoryCollection(environment.AsEnumerable().Where(pair => pair.Value is not null).Select(
                pair => KeyValuePair.Create($"{ConfigurationReader.Root}:{pair.Key}", pair.Value)))
            .Build();
        return ConfigurationReader.Read(whole, errors);
    }
}
