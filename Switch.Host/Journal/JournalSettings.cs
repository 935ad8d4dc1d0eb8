using Switch.Host.Configuration;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>Everything that opening a <see cref="JournalWriter"/> needs to know; made from the configuration.</summary>
internal sealed record JournalSettings
{
    /// <summary>A folder of its own; created when absent.</summary>
    public required string Path { get; init; }

    public required JournalIdentity Identity { get; init; }

    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>Bytes of a segment file made ahead of need.</summary>
    public long SegmentSize { get; init; } = 256L * 1024 * 1024;

    /// <summary>Bytes of one batch, which are also the bytes that may wait for the disk.</summary>
    public int BatchSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>Zero-filled segments kept ready, so that a roll costs two syncs and no filling.</summary>
    public int SparesAhead { get; init; } = 1;

    /// <summary>
    /// Batches start at multiples of this, so that no write touches a sector that holds something already durable.
    /// </summary>
    public int BlockSize { get; init; } = 512;

    /// <summary>Replay only what the last checkpoint does not cover.</summary>
    public bool ReplayFromCheckpoint { get; init; }

    /// <summary>
    /// Start in spite of damage in the middle; what is lost is listed. Only ever set by a person, for one start.
    /// </summary>
    public bool AcceptDamage { get; init; }

    /// <summary>A batch no larger than what one segment holds.</summary>
    public AppendOptions ToAppendOptions() => new()
    {
        SegmentSize = SegmentSize,
        BatchSize = (int)Math.Min(
            BatchSize, SegmentSize - JournalFormat.HeaderSize - JournalFormat.SealSize - (2 * BlockSize)),
        BlockSize = BlockSize,
        IsDurable = Durability == Durability.Fsync,
    };
}
