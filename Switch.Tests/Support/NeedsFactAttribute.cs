namespace Switch.Tests.Support;

/// <summary>
/// A fact that needs a command of the machine; without it the test is skipped, and the reason names the command.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    private const string DebianServers = "/usr/lib/postgresql";

    public NeedsFactAttribute(string command)
    {
        Command = command;
        if (Find(command) is null)
        {
            Skip = $"needs {command}";
        }
    }

    public string Command { get; }

    /// <summary>A command's file: on the path, or where Debian keeps PostgreSQL's servers. Null: not here.</summary>
    public static string? Find(string command)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        IEnumerable<string> servers = Directory.Exists(DebianServers)
            ? Directory.EnumerateDirectories(DebianServers).OrderDescending(StringComparer.Ordinal)
            : [];
        return folders.Where(folder => folder.Length > 0)
            .Concat(servers.Select(folder => Path.Combine(folder, "bin")))
            .Select(folder => Path.Combine(folder, command))
            .FirstOrDefault(File.Exists);
    }
}
