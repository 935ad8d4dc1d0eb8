using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>What in chip data (DE 55) must not be kept or shown, and how to take it out.</summary>
public static class IccData
{
    /// <summary>Templates inside templates beyond this depth are malformed.</summary>
    public const int DepthMax = CompositeSpec.DepthMax;

    /// <summary>Data objects beyond this count are malformed.</summary>
    public const int CountMax = CompositeSpec.CountMax;

    /// <summary>
    /// Copies the data objects that may be kept, in their order. A template with a sensitive object inside is left
    /// out whole. False when the bytes are not BER-TLV: then nothing in them can be vouched for, and nothing may be
    /// kept. Source and destination may be the same bytes.
    /// </summary>
    public static bool TryScrub(ReadOnlySpan<byte> data, Span<byte> destination, out int written) =>
        CompositeScrubber.TryScrub(CompositeSpec.IccData, data, destination, out written);
}
