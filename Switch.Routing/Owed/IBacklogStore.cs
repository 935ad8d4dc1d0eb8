using System.Buffers;

namespace Switch.Routing.Owed;

/// <summary>
/// Where the messages of a backlog lie that is too long for memory. Not durable: the journal and its checkpoints have
/// them, and a start lays them down anew. Called on the core's thread only.
/// </summary>
/// <remarks>
/// Entries hold card numbers: a store enciphers what it writes to a disk, and zeroes what it leaves in memory.
/// </remarks>
public interface IBacklogStore
{
    /// <summary>The longest entry that it takes, in bytes.</summary>
    int EntryMax { get; }

    /// <summary>Keeps an entry; returns its place. On a core that takes payments it never waits for a disk.</summary>
    /// <param name="entry">At most <see cref="EntryMax"/> bytes.</param>
    uint Append(ReadOnlySpan<byte> entry);

    /// <summary>
    /// Gives an entry that is in memory, until the next call. False: it is not; it is being read, so ask again.
    /// </summary>
    bool TryRead(uint place, out ReadOnlySpan<byte> entry);

    /// <summary>Gives an entry until the next call, and waits for the disk where it must.</summary>
    ReadOnlySpan<byte> Read(uint place);

    /// <summary>An entry is not asked for any more.</summary>
    void Drop(uint place);

    /// <summary>Zeroed memory for an index of the entries, which is free again once it is disposed of.</summary>
    /// <param name="size">In bytes.</param>
    MemoryManager<byte> NewPage(int size);

    /// <summary>Zeroes what is in memory. Of no use afterwards.</summary>
    void Forget();
}
