using Switch.Protocol.Composites;

namespace Switch.Protocol.Emv;

/// <summary>What in chip data (DE 55) must not be kept or shown, and how to take it out.</summary>
public static class IccData
{
    /// <summary>Templates inside templates beyond this depth are malformed.</summary>
    public const int DepthMax = CompositeSpec.DepthMax;

    /// <summary>Data objects beyond this count are malformed.</summary>
    public const int CountMax = CompositeSpec.CountMax;

    /// <summary>
    /// Whether a data object holds a card number, a track or its equivalent, or a PIN: 5A, 57, 56, 9F6B, 9F1F, 9F20,
    /// 99.
    /// </summary>
    public static bool IsSensitive(uint tag) => tag is 0x5A or 0x57 or 0x56 or 0x99 or 0x9F1F or 0x9F20 or 0x9F6B;

    /// <summary>
    /// Copies the data objects that may be kept, in their order. A template with a sensitive object inside is left
    /// out whole. False when the bytes are not BER-TLV: then nothing in them can be vouched for, and nothing may be
    /// kept. Source and destination may be the same bytes.
    /// </summary>
    public static bool TryScrub(ReadOnlySpan<byte> data, Span<byte> destination, out int written) =>
        CompositeScrubber.TryScrub(CompositeSpec.IccData, data, destination, out written);
}
