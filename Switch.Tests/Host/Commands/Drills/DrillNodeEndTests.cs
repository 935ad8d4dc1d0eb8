using System.Globalization;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands.Drills;

/// <summary>What a drill has started does not outlive it, whatever ends the drill.</summary>
public sealed class DrillNodeEndTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-drill-end-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Drill_Killed_ItsNodeEnds()
    {
        await using HostProcess drill = HostProcess.Start(
            "drill", "run", "issuer-silent", "--sample", "--work", _folder, "--keep");
        await Rig.UntilAsync(() => FindNode() is not null);
        int node = FindNode()!.Value;

        await drill.KillAsync();

        await Rig.UntilAsync(() => FindNode() != node);
    }

    // By its command line, which names a file in the drill's folder.
    private int? FindNode()
    {
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), CultureInfo.InvariantCulture, out int id)
                && CommandOf(process) is { } words && words.Contains("run")
                && words.Any(word => word.StartsWith(_folder, StringComparison.Ordinal)
                    && word.EndsWith(".json", StringComparison.Ordinal)))
            {
                return id;
            }
        }

        return null;
    }

    private static string[]? CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // It has ended meanwhile.
        }
    }
}
