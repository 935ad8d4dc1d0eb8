using Microsoft.Win32.SafeHandles;
using Switch.Host.Files;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// The file outside the journal's folder that says which journal this node has. Written in place: it is one sector.
/// One thread at a time.
/// </summary>
internal sealed class JournalMarkFile(string path) : IDisposable
{
    private const int FileMode = 0x180; // 0600: the switch's user only.

    private SafeFileHandle? _file;
    private FileFacts _facts;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>What it says; null when it says nothing that can be read, or is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isThere">Something stands there, whatever it says.</param>
    public static JournalMark? Read(string path, out bool isThere)
    {
        try
        {
            isThere = File.Exists(path);
            if (!isThere)
            {
                return null;
            }

            using FileStream file = File.OpenRead(path);
            var bytes = new byte[JournalMark.FileSize];
            int size = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return JournalMark.TryRead(bytes.AsSpan(0, size));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal's identity file cannot be read: {refused.Message}", refused);
        }
    }

    /// <summary>What was written last still stands under its name.</summary>
    public bool IsInPlace => _file is not null && FileFacts.TryOf(Path, out FileFacts now) && now.IsSame(_facts);

    /// <summary>Writes it where it should be, also when it was deleted or replaced meanwhile.</summary>
    /// <param name="mark">What it shall say.</param>
    /// <param name="isDurable">Have it survive a power cut; else only the end of the process.</param>
    /// <exception cref="JournalDiskException">It cannot be written.</exception>
    public void Write(JournalMark mark, bool isDurable)
    {
        if (!IsInPlace)
        {
            Reopen();
            isDurable = true;
        }

        byte[] bytes = mark.ToBytes();
        if (Posix.Write(_file!, bytes, bytes.Length, 0) != bytes.Length)
        {
            throw PosixJournalFile.Failed("pwrite", Path);
        }

        if (isDurable && Posix.Sync(_file!) != 0)
        {
            throw PosixJournalFile.Failed("fsync", Path);
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Reopen()
    {
        _file?.Dispose();
        _file = null;
        string folder = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(folder);
        int descriptor = Posix.Open(Path, Posix.ReadWrite | Posix.Create | Posix.CloseOnExec, FileMode);
        if (descriptor < 0)
        {
            throw PosixJournalFile.Failed("open", Path);
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        int directory = Posix.Open(folder, Posix.CloseOnExec, 0);
        using var folderHandle = new SafeFileHandle(directory, ownsHandle: true);
        if (!FileFacts.TryOf(file, out _facts) || directory < 0 || Posix.Sync(folderHandle) != 0)
        {
            JournalDiskException failed = PosixJournalFile.Failed("fsync", folder);
            file.Dispose();
            throw failed;
        }

        _file = file;
    }
}
