namespace Switch.Routing.Duplicates;

/// <summary>
/// What the core has refused one acquirer with a code, and remembers nothing else of: no copy of it may be approved
/// while the acquirer may still believe the code. For <see cref="RequestMemory.Span"/>; exactly for 1.5 million of it
/// (16 to 32 MiB then), and beyond that with some that were not refused as well (32 MiB more).
/// </summary>
/// <remarks>In small parts, so that no event pays for the growth of all.</remarks>
internal sealed class RefusedRequests
{
    private const int PartBits = 5;
    private const int SlotsMax = 1 << 16;

    private readonly RequestMemory?[] _parts = new RequestMemory?[1 << PartBits];

    /// <summary>Whether it was refused lately.</summary>
    public bool Contains(ulong key, long now) => _parts[PartOf(key)]?.IsRefused(key, now) ?? false;

    /// <summary>It is refused.</summary>
    public void Add(ulong key, long now) =>
        (_parts[PartOf(key)] ??= new RequestMemory(SlotsMax, spread: 0)).NoteRefusal(key, now);

    private static int PartOf(ulong key) => (int)(key >> (64 - PartBits));
}
