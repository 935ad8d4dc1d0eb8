using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>The shipped sample, and what happens to it when some keys are given other values.</summary>
internal static class SampleConfiguration
{
    public static readonly ConfigurationEnvironment Place = new(AppContext.BaseDirectory, IsProduction: false);

    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, ConfigurationLoader.FileName);

    /// <summary>
    /// The sample with keys (under Switch:) set over it, and every mistake that reading and judging found. The switch
    /// makes its own keys, as in the sample, unless something is said of keys.
    /// </summary>
    public static (SwitchOptions Options, ConfigurationErrors Errors) With(
        params (string Key, string? Value)[] settings) => With(Place, settings);

    public static (SwitchOptions Options, ConfigurationErrors Errors) With(
        ConfigurationEnvironment place, params (string Key, string? Value)[] settings)
    {
        const string Development = "Keys:Development";
        bool namesKeys = settings.Any(s => s.Key.StartsWith("Keys:", StringComparison.Ordinal));
        (string Key, string? Value)[] keys = settings.Any(s => s.Key == Development)
            ? [] : [(Development, namesKeys ? "false" : "true")];
        var errors = new ConfigurationErrors();
        SwitchOptions options = ConfigurationLoader.Read(
            File.ReadAllBytes(Path),
            keys.Concat(settings).Select(s => KeyValuePair.Create(s.Key, s.Value)), errors);
        ConfigurationValidator.Validate(options, errors, place);
        return (options, errors);
    }

    /// <summary>A document of its own, read and not judged.</summary>
    public static (SwitchOptions Options, ConfigurationErrors Errors) Read(string json)
    {
        var errors = new ConfigurationErrors();
        return (ConfigurationLoader.Read(System.Text.Encoding.UTF8.GetBytes(json), [], errors), errors);
    }
}
