namespace Switch.Host.Files;

/// <summary>
/// Why a file that a configuration or a command line names cannot be used, for the person who named it.
/// </summary>
internal static class FileFault
{
    /// <summary>
    /// The platform says of a folder that access to it is denied, which sends people to look for permissions.
    /// </summary>
    /// <returns>A sentence without its full stop.</returns>
    public static string Describe(string path, Exception problem) => Directory.Exists(path)
        ? $"'{path}' is a folder, where a file is expected"
        : problem.Message.TrimEnd('.');
}
