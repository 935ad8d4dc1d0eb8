using Microsoft.Win32.SafeHandles;

namespace Switch.Host.Files;

/// <summary>Small files that are replaced as a whole: after a crash there is the old one or the new one.</summary>
internal static class DurableFile
{
    private const int Mode = 0x180; // 0600: the switch's user only.

    /// <summary>
    /// Writes aside, syncs, renames, and syncs the folder. It returns when a power cut loses
    /// nothing.
    /// </summary>
    /// <exception cref="IOException">The disk does not take it; the old file stands.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        OwnFiles.MakeFolder(folder);
        string aside = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(aside, options))
        {
            stream.Write(bytes);
            Require(Posix.Sync(stream.SafeFileHandle) == 0, aside);
        }

        File.Move(aside, path, overwrite: true);
        using SafeFileHandle directory = Open(folder, Posix.CloseOnExec);
        Require(Posix.Sync(directory) == 0, folder);
    }

    /// <summary>Keeps other processes out until it is disposed of, by a file beside the one that is changed.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    public static FileLock Lock(string path)
    {
        OwnFiles.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        SafeFileHandle handle = Open(path + ".lock", Posix.ReadWrite | Posix.Create | Posix.CloseOnExec);
        if (Posix.Lock(handle, Posix.LockExclusiveNow) == 0)
        {
            return new FileLock(handle);
        }

        handle.Dispose();
        throw new IOException($"{path} is being changed by another process. Try again.");
    }

    private static SafeFileHandle Open(string path, int flags)
    {
        int descriptor = Posix.Open(path, flags, Mode);
        Require(descriptor >= 0, path);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    // .NET's own flush reports no error of fsync on Linux.
    private static void Require(bool isDone, string path)
    {
        if (!isDone)
        {
            throw new IOException($"{path} could not be written to disk.");
        }
    }
}
