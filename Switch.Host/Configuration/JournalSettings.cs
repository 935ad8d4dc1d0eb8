using Switch.Routing.Journal;

namespace Switch.Host.Configuration;

/// <summary>Everything that opening the journal needs to know; made from the configuration.</summary>
internal sealed record JournalSettings
{
    /// <summary>A folder of its own; created when absent.</summary>
    public required string Path { get; init; }

    public required JournalIdentity Identity { get; init; }

    /// <summary>
    /// A file outside the folder that says which journal this is and how far it has got; null: there is none.
    /// </summary>
    public string? IdentityFile { get; init; }

    public Durability Durability { get; init; } = Durability.Fsync;

    /// <summary>Bytes of a segment file made ahead of need.</summary>
    public long SegmentSize { get; init; } = 256L * 1024 * 1024;

    /// <summary>Bytes of one batch, which are also the bytes that may wait for the disk.</summary>
    public int BatchSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>Zero-filled segments kept ready, so that a roll costs two syncs and no filling.</summary>
    public int SparesAhead { get; init; } = 1;

    /// <summary>Bytes below which the disk counts as nearly full; 0: it never does.</summary>
    public long FreeSpaceMin { get; init; }

    /// <summary>Bytes of sealed segments after which a checkpoint is due; 0: none is ever made.</summary>
    public long CheckpointEvery { get; init; } = 1L << 30;

    /// <summary>How long a segment is kept after it was sealed, at least.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How often every sealed segment is read again; zero: never.</summary>
    public TimeSpan ScrubEvery { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Bytes a second that reading again may take.</summary>
    public long ScrubBytesPerSecond { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// Batches start at multiples of this, so that no write touches a sector that holds something already durable.
    /// </summary>
    public int BlockSize { get; init; } = 512;

    /// <summary>
    /// Where the identity file is: beside the journal's folder, so that it survives a folder that is removed, replaced
    /// or not mounted; or where the configuration says.
    /// </summary>
    public static string IdentityFileOf(
        JournalOptions options, ConfigurationEnvironment environment) => environment.Resolve(
        options.IdentityFile ?? System.IO.Path.TrimEndingDirectorySeparator(options.Path) + ".identity");

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
