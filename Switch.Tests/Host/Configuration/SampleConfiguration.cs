using Microsoft.Extensions.Configuration;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Configuration;

/// <summary>The shipped sample, and what happens to it when some keys are given other values.</summary>
internal static class SampleConfiguration
{
    public static readonly ConfigurationPlace Place = new(AppContext.BaseDirectory, IsProduction: false);

    public static string Path => System.IO.Path.Combine(AppContext.BaseDirectory, ConfigurationLoader.FileName);

    /// <summary>
    /// The sample with keys (under Switch:) set over it, and every mistake that reading and judging found. The switch
    /// makes its own keys, as in the sample, unless something is said of keys.
    /// </summary>
    public static (SwitchOptions Options, ConfigurationErrors Errors) With(
        params (string Key, string? Value)[] settings) => With(Place, settings);

    public static (SwitchOptions Options, ConfigurationErrors Errors) With(
        ConfigurationPlace place, params (string Key, string? Value)[] settings)
    {
        bool namesKeys = settings.Any(s => s.Key.StartsWith("Keys:", StringComparison.Ordinal));
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddJsonFile(Path)
            .AddInMemoryCollection(
                [KeyValuePair.Create<string, string?>("Switch:Keys:Development", namesKeys ? "false" : "true")])
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Switch:{s.Key}", s.Value)))
            .Build();
        var errors = new ConfigurationErrors();
        SwitchOptions options = ConfigurationReader.Read(configuration, errors);
        ConfigurationValidator.Validate(options, errors, place);
        return (options, errors);
    }

    /// <summary>A document of its own, read and not judged.</summary>
    public static (SwitchOptions Options, ConfigurationErrors Errors) Read(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        var errors = new ConfigurationErrors();
        return (ConfigurationReader.Read(new ConfigurationBuilder().AddJsonStream(stream).Build(), errors), errors);
    }
}
