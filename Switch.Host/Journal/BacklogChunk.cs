namespace Switch.Host.Journal;

/// <summary>What is to be done with a chunk.</summary>
internal enum BacklogChunkState
{
    Filling,
    Unwritten,
    Loading,
    Cached,
    Failed,
}

/// <summary>A part of a backlog's file that is in memory. The file guards what changes.</summary>
internal sealed class BacklogChunk
{
    /// <summary>Bytes of each.</summary>
    public const int Size = 64 * 1_024;

    public BacklogChunk()
    {
        InWork = new LinkedListNode<BacklogChunk>(this);
        InCache = new LinkedListNode<BacklogChunk>(this);
    }

    // Pinned: the collector would leave a card number behind where it moves one.
    public byte[] Bytes { get; } = GC.AllocateArray<byte>(Size, pinned: true);

    public LinkedListNode<BacklogChunk> InWork { get; }

    public LinkedListNode<BacklogChunk> InCache { get; }

    public int Slot { get; set; }

    public ulong Seal { get; set; }

    public BacklogChunkState State { get; set; }

    public bool IsAbandoned { get; set; }

    public Exception? Failure { get; set; }
}
