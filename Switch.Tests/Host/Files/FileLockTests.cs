using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Switch.Host.Files;
using Switch.Host.Journal;

namespace Switch.Tests.Host.Files;

/// <summary>
/// A lock ends with its owner, also while a child process that is being started has the same open file: here a second
/// descriptor stands for the child's.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class FileLockTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-locks-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Lock_ReleasedWhileAChildHasTheFile_IsFree()
    {
        string path = Path.Combine(_folder.FullName, "keys.json");
        FileLock held = DurableFile.Lock(path);
        Assert.Throws<IOException>(() => DurableFile.Lock(path));
        int ofChild = Duplicate(DescriptorOf(path + ".lock"));

        held.Dispose();

        DurableFile.Lock(path).Dispose();
        Assert.Equal([ofChild], DescriptorsOf(path + ".lock")); // Neither those that had it nor the refused one's.
        Assert.Equal(0, Close(ofChild));
    }

    [Fact]
    public void Journal_ClosedWhileAChildHasItsLocks_IsFree()
    {
        string path = Path.Combine(_folder.FullName, "journal");
        PosixJournalDisk held = PosixJournalDisk.OpenToWrite(path);
        int[] ofChild =
            [.. Directory.GetFiles(path).Append(path).Select(static file => Duplicate(DescriptorOf(file)))];
        Assert.Equal(2, ofChild.Length);

        held.Dispose();

        PosixJournalDisk.OpenToWrite(path).Dispose();
        Assert.All(ofChild, static one => Assert.Equal(0, Close(one)));
    }

    private static int DescriptorOf(string path) => DescriptorsOf(path).First();

    private static IEnumerable<int> DescriptorsOf(string path) => Directory.GetFileSystemEntries("/proc/self/fd")
        .Where(link => TargetOf(link) == path)
        .Select(static link => int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture));

    private static string? TargetOf(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null; // Closed by another test meanwhile.
        }
    }

    private static int Duplicate(int descriptor)
    {
        int copy = Dup(descriptor);
        Assert.NotEqual(-1, copy);
        return copy;
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Dup(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
