namespace Switch.Host.Configuration;

/// <summary>
/// Where the configuration applies: what relative paths start from, and whether real cards are meant.
/// </summary>
/// <param name="ContentRoot">The configuration file's folder with --config, else the current folder.</param>
/// <param name="IsProduction">
/// Real cards may come. So everywhere but where DOTNET_ENVIRONMENT (or ASPNETCORE_ENVIRONMENT) says Development: an
/// environment that is not named, or whose name is misspelt, must not be the one with the weaker rules.
/// </param>
internal sealed record ConfigurationEnvironment(string ContentRoot, bool IsProduction)
{
    private const string Development = "Development";

    /// <summary>
    /// The environment's name where it is set and is not Development. There the switch makes no keys of its own even
    /// when the configuration asks for them: the two contradict each other.
    /// </summary>
    public string? NamedProduction { get; init; }

    /// <summary>
    /// Files in this folder may be readable by their group: systemd hands credentials over through an access list,
    /// which shows as the group's bits. Null: there is no such folder.
    /// </summary>
    public string? CredentialsFolder { get; init; }

    public static ConfigurationEnvironment Of(string? contentRoot) => Of(
        contentRoot,
        Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT"));

    /// <summary>The same in a named environment; null or empty: none is named.</summary>
    public static ConfigurationEnvironment Of(string? contentRoot, string? environment)
    {
        bool isProduction = !Development.Equals(environment, StringComparison.OrdinalIgnoreCase);
        return new ConfigurationEnvironment(contentRoot ?? Environment.CurrentDirectory, isProduction)
        {
            NamedProduction = isProduction && !string.IsNullOrEmpty(environment) ? environment : null,
            CredentialsFolder = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY"),
        };
    }

    /// <summary>
    /// For what can only meet test cards, whatever the environment: the demo and the shipped sample.
    /// </summary>
    public static ConfigurationEnvironment ForTestCards(string? contentRoot) => Of(contentRoot, Development);

    public string Resolve(string path) => Path.GetFullPath(path, Path.GetFullPath(ContentRoot));
}
