namespace Switch.Routing.Outbox;

/// <summary>How much may wait for the journal.</summary>
public sealed record SendLimits
{
    /// <summary>Sends that wait: a power of two. As many as transactions may be open.</summary>
    public int EntriesMax { get; init; } = 131_072;

    /// <summary>
    /// 64 MiB at most: at 200,000 transactions a second, a sync of 200 ms keeps 80,000 messages waiting.
    /// </summary>
    public int ChunksMax { get; init; } = 256;

    /// <summary>A quarter of a MiB: two or three of them, in use in turn, stay in the cache.</summary>
    public int ChunkSize { get; init; } = 256 * 1024;

    /// <summary>
    /// Sends whose MAC is being made: at 20,000 a second, as many as a security module has before its deadline.
    /// </summary>
    public int SealsMax { get; init; } = 8_192;
}
