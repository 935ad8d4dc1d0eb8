namespace Switch.Host.Configuration;

/// <summary>
/// Where the configuration applies: what relative paths start from, and whether real cards are meant.
/// </summary>
/// <param name="ContentRoot">The configuration file's folder with --config, else the current folder.</param>
/// <param name="IsProduction">DOTNET_ENVIRONMENT (or ASPNETCORE_ENVIRONMENT) says Production.</param>
internal sealed record ConfigurationPlace(string ContentRoot, bool IsProduction)
{
    public static ConfigurationPlace Of(string? contentRoot)
    {
        string? environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT");
        return new ConfigurationPlace(
            contentRoot ?? Environment.CurrentDirectory,
            "Production".Equals(environment, StringComparison.OrdinalIgnoreCase));
    }

    public string Resolve(string path) => Path.GetFullPath(path, Path.GetFullPath(ContentRoot));
}
