using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switch.Host.Files;

/// <summary>
/// The system calls that money depends on, called directly: .NET's own flush returns success when the kernel reports
/// that the disk failed, its write hides short writes by repeating them, and it cannot open a
/// directory to sync it. Linux, 64 bits.
/// </summary>
internal static partial class Posix
{
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int CreateNew = Create | 0x80;
    public const int CloseOnExec = 0x80000;
    public const int LockExclusiveNow = 2 | 4;
    public const int Unlock = 8;
    public const int SeekEnd = 2;
    public const int AdviseDontNeed = 4;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;
    public const int InputOutput = 5;
    public const int Exists = 17;
    public const int ReadOnlyFileSystem = 30;
    public const int NotSupported = 95;
    public const int InvalidArgument = 22;
    public const int WriteAccess = 2;
    public const int ExecuteAccess = 1;

    /// <summary>Bytes that a file of the process may have; a write beyond them fails.</summary>
    public const int LimitOfFileSize = 1;

    /// <summary>In place of a folder's handle: paths start from the current folder.</summary>
    public const int CurrentFolder = -100;

    /// <summary>With an empty path: of the handle itself.</summary>
    public const int EmptyPath = 0x1000;

    public const int MayWrite = 2;

    /// <summary>A thread that is woken waits for a processor, and takes none from the thread that woke it.</summary>
    public const int SchedulerBatch = 3;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    /// <summary>Of a name in a folder, whatever that folder is called by now.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenIn(SafeFileHandle folder, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> destination, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> source, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long size);

    /// <summary>Returns the error number itself.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(SafeFileHandle file, long offset, long size);

    /// <summary>Returns the error number itself.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeFileHandle file, long offset, long size, int advice);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameIn(SafeFileHandle oldFolder, string oldName, SafeFileHandle folder, string name);

    /// <summary>The flags are 0 for a file.</summary>
    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkIn(SafeFileHandle folder, string name, int flags);

    /// <summary>Whether a file of a folder may be used so. The flags are 0.</summary>
    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AccessIn(SafeFileHandle folder, string name, int use, int flags);

    /// <summary>
    /// With 0: of the calling thread, on Linux. The priority is 0 for <see cref="SchedulerBatch"/>.
    /// </summary>
    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    public static partial int SetScheduler(int thread, int policy, in int priority);

    /// <summary>With 0 and 0: of the calling thread, on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int nice);

    /// <summary>With a folder's handle and a name in it, or with <see cref="CurrentFolder"/> and a path.</summary>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Facts(int folder, string path, int flags, uint wanted, Span<byte> facts);

    /// <inheritdoc cref="Facts(int, string, int, uint, Span{byte})"/>
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Facts(SafeFileHandle folder, string path, int flags, uint wanted, Span<byte> facts);

    /// <summary>Of this process, as files see it.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint UserId();

    /// <summary>Of the whole process. Returns the mask before.</summary>
    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial int SetMask(int mask);

    /// <summary>0 when this process's user may do that with the path.</summary>
    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    /// <summary>Sends a signal to a process.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <summary>Sets and reads a limit of a process: soft, then hard. An empty span: not set, or not read.</summary>
    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    public static partial int Limit(int process, int resource, ReadOnlySpan<ulong> @new, Span<ulong> old);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFolder(string path, int mode);
}
