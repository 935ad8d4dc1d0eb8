namespace Switch.Tests.Support;

/// <summary>
/// A fact that needs a command of the machine; without it the test is skipped, and the reason names the command.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(string command)
    {
        Command = command;
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!Array.Exists(folders, folder => folder.Length > 0 && File.Exists(Path.Combine(folder, command))))
        {
            Skip = $"needs {command}";
        }
    }

    public string Command { get; }
}
