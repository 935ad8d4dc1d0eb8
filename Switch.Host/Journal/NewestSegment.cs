using Microsoft.Win32.SafeHandles;
using Switch.Host.Files;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>The segment that was begun last, as it was then: what the file of that name must be ever after.</summary>
/// <param name="name">In the journal's folder.</param>
/// <param name="handle">Of its own, to read.</param>
/// <param name="facts">Which file it is, and its full size.</param>
internal sealed class NewestSegment(string name, SafeFileHandle handle, FileFacts facts) : IDisposable
{
    private const int HeaderSize = 4_096;

    private readonly byte[] _header = HeaderOf(handle, name);
    private readonly byte[] _now = new byte[HeaderSize];
    private long _cutTo = facts.Size;

    public string Name => name;

    public FileFacts Facts => facts;

    /// <summary>The journal itself is about to cut this file: at its seal, when it is full.</summary>
    public void ExpectCut(long size) => Volatile.Write(ref _cutTo, size);

    /// <summary>What differs, given what the file system says of the name now; null: nothing. One thread.</summary>
    public string? Differs(in FileFacts now)
    {
        if (!now.IsSame(facts))
        {
            return "another file has its name";
        }

        if (now.Size != facts.Size && now.Size != Volatile.Read(ref _cutTo))
        {
            return $"its size was changed to {now.Size} bytes by another program";
        }

        return PosixJournalFile.ReadAt(handle, name, 0, _now) == HeaderSize && _now.AsSpan().SequenceEqual(_header)
            ? null
            : "its header was overwritten";
    }

    public void Dispose() => handle.Dispose();

    private static byte[] HeaderOf(SafeFileHandle handle, string name)
    {
        var header = new byte[HeaderSize];
        return PosixJournalFile.ReadAt(handle, name, 0, header) == HeaderSize
            ? header
            : throw new JournalDiskException("pread", name, 0, "the header that was just written is not there");
    }
}
