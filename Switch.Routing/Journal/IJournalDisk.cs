namespace Switch.Routing.Journal;

/// <summary>
/// The disk as the journal sees it: one folder of files. The only door between the journal's pure code and the world,
/// so that a simulator can lose unsynced sectors, tear writes and flip bits under the code that runs in production.
/// Every failure is a <see cref="JournalDiskException"/>; a write that is cut short is a failure too.
/// </summary>
public interface IJournalDisk
{
    /// <summary>Names of all files in the folder, in no order.</summary>
    IReadOnlyList<string> List();

    IJournalFile Open(string name);

    /// <summary>Makes an empty file; fails when the name is taken.</summary>
    IJournalFile Create(string name);

    /// <summary>
    /// Replaces the name of a file at once; handles stay good. Durable after <see cref="SyncDirectory"/>.
    /// </summary>
    void Rename(string oldName, string newName);

    void Delete(string name);

    /// <summary>After it returns, created, renamed and deleted names survive a power cut.</summary>
    void SyncDirectory();

    /// <summary>Bytes that may still be written to the folder.</summary>
    long FreeBytes { get; }
}

/// <summary>One file of the journal. Used by one thread at a time.</summary>
public interface IJournalFile : IDisposable
{
    long Size { get; }

    /// <summary>Reads until the span is full or the file ends; returns the bytes read.</summary>
    int Read(long offset, Span<byte> destination);

    /// <summary>One write. All of it or an exception, never retried.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>
    /// Reserves room without changing contents or <see cref="Size"/>'s meaning: the file then has that size.
    /// </summary>
    void Allocate(long size);

    /// <summary>fdatasync. After it returns the bytes survive a power cut; after it throws nothing is known.</summary>
    void Sync();

    void Truncate(long size);

    /// <summary>
    /// Forgets cached contents, so that the next read shows what the disk holds: after a failed sync the cache may
    /// show bytes that are not on the disk.
    /// </summary>
    void DropCache();
}

/// <summary>What the operating system refused.</summary>
public sealed class JournalDiskException : JournalException
{
    public JournalDiskException()
    {
    }

    public JournalDiskException(string message)
        : base(message)
    {
    }

    public JournalDiskException(string message, Exception cause)
        : base(message, cause)
    {
    }

    public JournalDiskException(string operation, string name, int errno, string reason)
        : base($"{operation} of journal file {name} failed: {reason} (errno {errno}).")
    {
        Errno = errno;
    }

    /// <summary>0 when the system gave no reason, as after a short write.</summary>
    public int Errno { get; }
}
