using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Switch.Host.Files;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// The journal's folder on a real disk. For writing it holds a lock on the file <c>lock</c>, and on the folder itself
/// should that file be deleted, so that two processes cannot write one journal; the kernel lets go of them when the
/// process ends, however it ends. Any thread.
/// </summary>
/// <remarks>
/// Everything is done by the folder's handle, never by its path: should another folder come to stand there, not a file
/// of that one is touched. <see cref="FindProblem"/> is what looks at the path.
/// </remarks>
internal sealed class PosixJournalDisk : IJournalDisk, IWatchedDisk, IDisposable
{
    private const string LockName = "lock";

    private const string SegmentEnding = ".segment";

    /// <summary>Looks from one write to the next: a second.</summary>
    private const int LooksPerWrite = 4;

    /// <summary>Only the switch's user: a journal names terminals and amounts even without its keys.</summary>
    private const int FileMode = 0x180; // 0600

    private const int FolderMode = 0x1C0; // 0700

    private readonly string _folder;
    private readonly SafeFileHandle _directory;
    private readonly SafeFileHandle? _lock;
    private readonly FileFacts _self;
    private readonly string _byHandle;
    private readonly Lock _watching = new();
    private int _looks;
    private volatile NewestSegment? _newest;

    private PosixJournalDisk(string folder, SafeFileHandle directory, SafeFileHandle? lockHandle)
    {
        _folder = folder;
        _directory = directory;
        _lock = lockHandle;
        if (!FileFacts.TryOf(directory, out _self))
        {
            throw PosixJournalFile.Failed("statx", folder);
        }

        // The same folder by its handle, for what the platform can only do with a path.
        string link = $"/proc/self/fd/{directory.DangerousGetHandle()}";
        _byHandle = Directory.Exists(link) ? link : folder;
    }

    public long FreeBytes => new DriveInfo(_byHandle).AvailableFreeSpace;

    /// <summary>Opens the folder for this process alone; makes it when it is not there.</summary>
    public static PosixJournalDisk OpenToWrite(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
        {
            MakeFolder(folder);
        }

        SafeFileHandle directory = OpenHandle(folder, Posix.CloseOnExec, folder);
        SafeFileHandle? lockHandle = null;
        try
        {
            lockHandle = OpenIn(directory, LockName, Posix.ReadWrite | Posix.CloseOnExec | Posix.Create);
            LockOrThrow(lockHandle, folder, isCertain: true);
            LockOrThrow(directory, folder, isCertain: false);
            return new PosixJournalDisk(folder, directory, lockHandle);
        }
        catch
        {
            lockHandle?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Opens the folder to look at it, even while a node writes there.</summary>
    public static PosixJournalDisk OpenToRead(string folder)
    {
        folder = Path.GetFullPath(folder);
        return Directory.Exists(folder)
            ? new PosixJournalDisk(folder, OpenHandle(folder, Posix.CloseOnExec, folder), null)
            : throw new JournalException($"There is no journal in {folder}: the folder does not exist.");
    }

    /// <summary>Whether segments lie in a folder; false also when there is no such folder.</summary>
    public static bool HasSegments(string folder) => HasFiles(folder, SegmentEnding);

    /// <summary>Whether files whose names end so lie in a folder; false also when there is no such folder.</summary>
    public static bool HasFiles(string folder, string ending)
    {
        try
        {
            return Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*" + ending).Any();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal's folder {folder} cannot be read: {refused.Message}", refused);
        }
    }

    public IReadOnlyList<string> List()
    {
        try
        {
            var names = new List<string>();
            foreach (string path in Directory.EnumerateFiles(_byHandle))
            {
                names.Add(Path.GetFileName(path));
            }

            return names;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new JournalDiskException("readdir", _folder, 0, refused.Message);
        }
    }

    public IJournalFile Open(string name)
    {
        int access = _lock is null ? 0 : Posix.ReadWrite;
        return new PosixJournalFile(OpenIn(_directory, name, access | Posix.CloseOnExec), name, OnCut);
    }

    public IJournalFile Create(string name) => new PosixJournalFile(
        OpenIn(_directory, name, Posix.ReadWrite | Posix.CreateNew | Posix.CloseOnExec), name, OnCut);

    public void Rename(string oldName, string newName)
    {
        if (Posix.RenameIn(_directory, oldName, _directory, newName) != 0)
        {
            throw PosixJournalFile.Failed("rename", oldName);
        }

        if (newName.EndsWith(SegmentEnding, StringComparison.Ordinal))
        {
            Remember(newName);
        }
    }

    public void Delete(string name)
    {
        if (Posix.UnlinkIn(_directory, name, 0) != 0)
        {
            throw PosixJournalFile.Failed("unlink", name);
        }
    }

    public void SyncDirectory()
    {
        if (Posix.Sync(_directory) != 0)
        {
            throw PosixJournalFile.Failed("fsync", _folder);
        }
    }

    public string? FindProblem()
    {
        lock (_watching)
        {
            if (!FileFacts.TryOf(_folder, out FileFacts now))
            {
                return $"its folder {_folder} is gone";
            }

            if (!now.IsSame(_self))
            {
                return $"another folder has replaced {_folder}";
            }

            return _newest is { } newest && ProblemOf(newest) is { } problem
                ? $"{Path.Combine(_folder, newest.Name)}: {problem}"
                : ++_looks % LooksPerWrite == 0 ? TryWrite() : null;
        }
    }

    public void Dispose()
    {
        lock (_watching)
        {
            _newest?.Dispose();
            _newest = null;
        }

        if (_lock is null)
        {
            _directory.Dispose();
            return;
        }

        FileLock.Release(_directory);
        FileLock.Release(_lock);
    }

    private string? ProblemOf(NewestSegment newest)
    {
        if (!FileFacts.TryOf(_directory, newest.Name, out FileFacts now))
        {
            return "the file is gone";
        }

        if (newest.Differs(now) is { } difference)
        {
            return difference;
        }

        // A file system that became read-only says so when asked, before the next record needs it.
        return Posix.AccessIn(_directory, newest.Name, Posix.MayWrite, 0) == 0
            ? null
            : $"it is no longer writable: {Marshal.GetLastPInvokeErrorMessage()}";
    }

    // A file system that met an error may refuse writes and still look writable, and a quiet hour has no record that
    // would find out. One byte of a file that holds nothing, and no sync.
    private string? TryWrite()
    {
        if (_lock is null || Posix.Write(_lock, " "u8, 1, 0) == 1)
        {
            return null;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno is Posix.ReadOnlyFileSystem or Posix.InputOutput
            ? $"its folder {_folder} is no longer writable: {Marshal.GetPInvokeErrorMessage(errno)}"
            : null;
    }

    private void Remember(string name)
    {
        SafeFileHandle handle = OpenIn(_directory, name, Posix.CloseOnExec);
        NewestSegment next;
        try
        {
            next = FileFacts.TryOf(handle, out FileFacts facts)
                ? new NewestSegment(name, handle, facts)
                : throw PosixJournalFile.Failed("statx", name);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        lock (_watching)
        {
            _newest?.Dispose();
            _newest = next;
        }
    }

    private void OnCut(SafeFileHandle file, long size)
    {
        if (_newest is { } newest && FileFacts.TryOf(file, out FileFacts facts) && facts.IsSame(newest.Facts))
        {
            newest.ExpectCut(size);
        }
    }

    /// <param name="isCertain">False: a file system that cannot lock this is no reason to refuse.</param>
    private static void LockOrThrow(SafeFileHandle handle, string folder, bool isCertain)
    {
        if (Posix.Lock(handle, Posix.LockExclusiveNow) == 0)
        {
            return;
        }

        if (Marshal.GetLastPInvokeError() == Posix.WouldBlock)
        {
            throw new JournalException($"The journal in {folder} is in use by another process.");
        }

        if (isCertain)
        {
            throw PosixJournalFile.Failed("flock", LockName);
        }
    }

    /// <summary>
    /// Makes the folder and those above it durable: a journal in a folder that vanishes is no journal.
    /// </summary>
    private static void MakeFolder(string folder)
    {
        string? parent = Path.GetDirectoryName(folder);
        if (parent is not null && !Directory.Exists(parent))
        {
            MakeFolder(parent);
        }

        if (Posix.MakeFolder(folder, FolderMode) != 0 && Marshal.GetLastPInvokeError() != Posix.Exists)
        {
            throw PosixJournalFile.Failed("mkdir", folder);
        }

        using SafeFileHandle handle = OpenHandle(parent ?? folder, Posix.CloseOnExec, folder);
        if (Posix.Sync(handle) != 0)
        {
            throw PosixJournalFile.Failed("fsync", folder);
        }
    }

    private static SafeFileHandle OpenHandle(string path, int flags, string name) =>
        HandleOf(Posix.Open(path, flags, FileMode), name);

    private static SafeFileHandle OpenIn(SafeFileHandle folder, string name, int flags) =>
        HandleOf(Posix.OpenIn(folder, name, flags, FileMode), name);

    private static SafeFileHandle HandleOf(int descriptor, string name) => descriptor >= 0
        ? new SafeFileHandle(descriptor, ownsHandle: true)
        : throw PosixJournalFile.Failed("open", name);
}
