namespace Switch.Host.Configuration;

/// <summary>The journal: the one thing that must survive.</summary>
internal sealed class JournalOptions
{
    /// <summary>A folder of its own, on a local disk; relative to the content root.</summary>
    public string Path { get; set; } = "data/journal";

    public Durability Durability { get; set; } = Durability.Fsync;

    /// <summary>Bytes of one preallocated segment file. 256 MiB: some minutes of full traffic.</summary>
    public long SegmentSize { get; set; } = 268_435_456;

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
