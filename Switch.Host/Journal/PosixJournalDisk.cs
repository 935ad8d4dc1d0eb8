using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// The journal's folder on a real disk. For writing it holds a lock on the file <c>lock</c>, so that two processes
/// cannot write one journal; the kernel lets go of it when the process ends, however it ends. Any thread.
/// </summary>
internal sealed class PosixJournalDisk : IJournalDisk, IDisposable
{
    private const string LockName = "lock";

    /// <summary>Only the switch's user: a journal names terminals and amounts even without its keys.</summary>
    private const int FileMode = 0x180; // 0600

    private const int FolderMode = 0x1C0; // 0700

    private readonly string _folder;
    private readonly SafeFileHandle _directory;
    private readonly SafeFileHandle? _lock;

    private PosixJournalDisk(string folder, SafeFileHandle directory, SafeFileHandle? lockHandle)
    {
        _folder = folder;
        _directory = directory;
        _lock = lockHandle;
    }

    public long FreeBytes => new DriveInfo(_folder).AvailableFreeSpace;

    /// <summary>Opens the folder for this process alone; makes it when it is not there.</summary>
    public static PosixJournalDisk OpenToWrite(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (!Directory.Exists(folder))
        {
            MakeFolder(folder);
        }

        SafeFileHandle lockHandle = OpenHandle(
            Path.Combine(folder, LockName), Posix.ReadWrite | Posix.CloseOnExec | Posix.Create, LockName);
        if (Posix.Lock(lockHandle, Posix.LockExclusiveNow) != 0)
        {
            bool isHeld = Marshal.GetLastPInvokeError() == Posix.WouldBlock;
            JournalException refusal = isHeld
                ? new JournalException($"The journal in {folder} is in use by another process.")
                : PosixJournalFile.Failed("flock", LockName);
            lockHandle.Dispose();
            throw refusal;
        }

        return new PosixJournalDisk(folder, OpenHandle(folder, Posix.CloseOnExec, folder), lockHandle);
    }

    /// <summary>Opens the folder to look at it, even while a node writes there.</summary>
    public static PosixJournalDisk OpenToRead(string folder)
    {
        folder = Path.GetFullPath(folder);
        return Directory.Exists(folder)
            ? new PosixJournalDisk(folder, OpenHandle(folder, Posix.CloseOnExec, folder), null)
            : throw new JournalException($"There is no journal in {folder}: the folder does not exist.");
    }

    public IReadOnlyList<string> List()
    {
        var names = new List<string>();
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            names.Add(Path.GetFileName(path));
        }

        return names;
    }

    public IJournalFile Open(string name)
    {
        int access = _lock is null ? 0 : Posix.ReadWrite;
        return new PosixJournalFile(OpenHandle(PathOf(name), access | Posix.CloseOnExec, name), name);
    }

    public IJournalFile Create(string name) => new PosixJournalFile(
        OpenHandle(PathOf(name), Posix.ReadWrite | Posix.CreateNew | Posix.CloseOnExec, name), name);

    public void Rename(string oldName, string newName)
    {
        if (Posix.Rename(PathOf(oldName), PathOf(newName)) != 0)
        {
            throw PosixJournalFile.Failed("rename", oldName);
        }
    }

    public void Delete(string name)
    {
        if (Posix.Unlink(PathOf(name)) != 0)
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

    public void Dispose()
    {
        _directory.Dispose();
        _lock?.Dispose();
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

    private static SafeFileHandle OpenHandle(string path, int flags, string name)
    {
        int descriptor = Posix.Open(path, flags, FileMode);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw PosixJournalFile.Failed("open", name);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
