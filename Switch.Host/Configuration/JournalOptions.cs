namespace Switch.Host.Configuration;

/// <summary>The journal: the one thing that must survive.</summary>
internal sealed class JournalOptions
{
    /// <summary>A folder of its own, on a local disk; relative to the content root.</summary>
    public string Path { get; set; } = "data/journal";

    /// <summary>
    /// A file outside the folder that says which journal this node has. Null: PATH.identity, beside the folder.
    /// </summary>
    public string? IdentityFile { get; set; }

    public Durability Durability { get; set; } = Durability.Fsync;

    /// <summary>Bytes of one preallocated segment file. 256 MiB: some minutes of full traffic.</summary>
    public long SegmentSize { get; set; } = 268_435_456;

    /// <summary>
    /// Bytes free on the journal's disk below which stand-in approves nothing; 0: there is no such bound. 1 GiB: what
    /// is owed anyway, reversals above all, must still find room.
    /// </summary>
    public long FreeSpaceMin { get; set; } = 1_073_741_824;

    /// <summary>Bytes of sealed segments after which a checkpoint is made; 0: none is.</summary>
    public long CheckpointEvery { get; set; } = 1_073_741_824;

    /// <summary>How long segments are kept at least, though nothing needs them any more.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often each sealed segment is read again; zero: never.</summary>
    public TimeSpan ScrubEvery { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Bytes a second that reading again takes from the disk at most.</summary>
    public long ScrubBytesPerSecond { get; set; } = 16_777_216;

    /// <summary>Bytes that may wait for the disk; beyond it sessions shed.</summary>
    public int BufferSize { get; set; } = 8 * 1024 * 1024;
}

/// <summary>What must have happened before an answer may leave.</summary>
internal enum Durability
{
    /// <summary>Its record is on the disk: fdatasync returned.</summary>
    Fsync,

    /// <summary>
    /// Its record was handed to the operating system. Loses money in a power cut: for benchmarks only.
    /// </summary>
    None,
}
