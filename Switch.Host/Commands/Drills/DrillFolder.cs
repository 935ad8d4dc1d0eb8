using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// Where drills write: a folder with the drill's marker, and in it one for each drill that is played. Nothing is
/// written or deleted in a folder without the marker.
/// </summary>
internal sealed class DrillFolder : IDisposable
{
    public const string Marker = "switch-drill.marker";

    private readonly bool _keeps;
    private readonly bool _isTemporary;

    private DrillFolder(string path, bool isTemporary, bool keeps)
    {
        Path = path;
        _isTemporary = isTemporary;
        _keeps = keeps;
    }

    public string Path { get; }

    /// <param name="work">The user's folder; null: a temporary one, deleted at the end.</param>
    /// <param name="loaded">Whose journal it must not be.</param>
    /// <param name="keeps">What is written stays.</param>
    /// <exception cref="UsageException">The folder is another's.</exception>
    public static DrillFolder Open(string? work, LoadedConfiguration loaded, bool keeps)
    {
        if (work is null)
        {
            string temporary = Directory.CreateTempSubdirectory("switch-drill-").FullName;
            Mark(temporary);
            return new DrillFolder(temporary, isTemporary: true, keeps);
        }

        string path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(work));
        string journal = loaded.Environment.Resolve(loaded.Options.Journal.Path);
        if (IsWithin(path, journal) || IsWithin(journal, path))
        {
            throw new UsageException($"--work {path} is in the way of the configured journal, {journal}.");
        }

        if (File.Exists(path))
        {
            throw new UsageException($"--work {path} is a file.");
        }

        if (Directory.Exists(path) && !IsMarked(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new UsageException(
                $"--work {path} was not made by a drill: it has no file {Marker}. Name a new or empty folder.");
        }

        OwnFiles.MakeFolder(path);
        Mark(path);
        return new DrillFolder(path, isTemporary: false, keeps);
    }

    public static bool IsMarked(string folder) => File.Exists(System.IO.Path.Combine(folder, Marker));

    /// <summary>A folder for one drill.</summary>
    /// <exception cref="UsageException">It is there already: of a run that was kept, or that goes on.</exception>
    public string Begin(string drill)
    {
        string path = System.IO.Path.Combine(Path, drill);
        if (System.IO.Path.Exists(path))
        {
            throw new UsageException($"{path} exists: of another run. Remove it, or name another --work.");
        }

        OwnFiles.MakeFolder(path);
        Mark(path);
        return path;
    }

    /// <summary>Deletes what one drill wrote, unless it is to be kept.</summary>
    public void End(string path)
    {
        if (!_keeps && IsMarked(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose()
    {
        if (_isTemporary && !_keeps && IsMarked(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private static void Mark(string folder) => File.WriteAllText(
        System.IO.Path.Combine(folder, Marker),
        "Made by 'switch drill'. What lies beside this file belongs to drills, and is deleted by them.\n");

    private static bool IsWithin(string inner, string outer)
    {
        string folder = System.IO.Path.TrimEndingDirectorySeparator(outer) + System.IO.Path.DirectorySeparatorChar;
        return (inner + System.IO.Path.DirectorySeparatorChar).StartsWith(folder, StringComparison.Ordinal);
    }
}
