using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Switch.Host.Files;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>A journal file on a real disk.</summary>
/// <param name="handle">Its own.</param>
/// <param name="name">For messages.</param>
/// <param name="onCut">Told the file and its size to be, before it is cut; null: no one needs to know.</param>
internal sealed class PosixJournalFile(
    SafeFileHandle handle, string name, Action<SafeFileHandle, long>? onCut = null) : IJournalFile
{
    public long Size
    {
        get
        {
            long size = Posix.Seek(handle, 0, Posix.SeekEnd);
            return size >= 0 ? size : throw Failed("lseek", name);
        }
    }

    public int Read(long offset, Span<byte> destination) => ReadAt(handle, name, offset, destination);

    /// <summary>Reads until the span is full or the file ends; returns the bytes read.</summary>
    public static int ReadAt(SafeFileHandle handle, string name, long offset, Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            Span<byte> rest = destination[total..];
            nint read = Posix.Read(handle, rest, rest.Length, offset + total);
            if (read == 0)
            {
                break;
            }

            if (read < 0 && Marshal.GetLastPInvokeError() != Posix.Interrupted)
            {
                throw Failed("pread", name);
            }

            total += (int)Math.Max(read, 0);
        }

        return total;
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        nint written;
        do
        {
            written = Posix.Write(handle, source, source.Length, offset);
        }
        while (written < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted); // Nothing was written: not a retry.

        if (written < 0)
        {
            throw Failed("pwrite", name);
        }

        if (written != source.Length)
        {
            throw new JournalDiskException("pwrite", name, 0, $"only {written} of {source.Length} bytes were written");
        }
    }

    public void Allocate(long size)
    {
        int errno = Posix.Allocate(handle, 0, size);
        if (errno is not (0 or Posix.NotSupported or Posix.InvalidArgument))
        {
            // Where the file system cannot reserve, the zeros that are written next take the room all the same.
            throw new JournalDiskException("posix_fallocate", name, errno, Marshal.GetPInvokeErrorMessage(errno));
        }
    }

    public void Sync()
    {
        // Never repeated. After a failure the kernel marks the pages clean, and a second call succeeds for nothing.
        if (Posix.SyncData(handle) != 0)
        {
            throw Failed("fdatasync", name);
        }

        // Synced, and in no folder: the next start will not find it, so nothing in it is durable.
        if (FileFacts.TryOf(handle, out FileFacts facts) && facts.Links == 0)
        {
            throw new JournalDiskException("fdatasync", name, 0, "the file has been deleted");
        }
    }

    public void Truncate(long size)
    {
        onCut?.Invoke(handle, size);
        if (Posix.Truncate(handle, size) != 0)
        {
            throw Failed("ftruncate", name);
        }
    }

    public void DropCache()
    {
        // Advice: a file system that keeps no cache may refuse it, and then there is nothing to drop.
        _ = Posix.Advise(handle, 0, 0, Posix.AdviseDontNeed);
    }

    public void Dispose() => handle.Dispose();

    internal static JournalDiskException Failed(string operation, string name)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new JournalDiskException(operation, name, errno, Marshal.GetPInvokeErrorMessage(errno));
    }
}
