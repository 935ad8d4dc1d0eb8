using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>One part of a composite that was taken apart for people.</summary>
public sealed record CompositePart
{
    /// <summary>What stands for a value that is not shown.</summary>
    public const string Hidden = "***";

    /// <summary>Its number or tag, as people write it.</summary>
    public required string Key { get; init; }

    /// <summary>What is declared about it, or known of an EMV tag; empty otherwise.</summary>
    public required string Name { get; init; }

    /// <summary>The value: characters, or hexadecimal digits where it is bytes.</summary>
    public required string Text { get; init; }

    /// <summary>The parts of a part that is a composite itself and reads as one; null otherwise.</summary>
    public IReadOnlyList<CompositePart>? Parts { get; init; }

    /// <summary>
    /// Where its value lies in the data of the composite it is in, in bytes; -1 in a part that was not read.
    /// </summary>
    public int Offset { get; init; } = -1;

    /// <summary>Bytes of the value there.</summary>
    public int Size { get; init; }

    /// <summary>
    /// Whether it is sensitive by its own tag or number, or should hold parts that may be and cannot be read.
    /// </summary>
    public bool IsSensitive { get; init; }

    /// <summary>Whether the dialect declares it, or EMV does: then it is known what it holds.</summary>
    public bool IsDeclared { get; init; }
}

/// <summary>
/// Takes composites apart into parts with names and puts parts together again. Cold path: tools and masking.
/// </summary>
public static class CompositeTree
{
    /// <summary>
    /// Reads the canonical text of a field, <paramref name="isBytes"/> when the field is b. False when it is not what
    /// the composite declares; the parts before the fault are there all the same.
    /// </summary>
    public static bool TryRead(
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, out IReadOnlyList<CompositePart> parts) =>
        new CompositeTreeReader(PartTexts.All, default).TryRead(spec, text, isBytes, out parts);

    /// <summary>
    /// As above, with texts of what people may see alone: of other values nothing is left in memory. False, without any
    /// parts, when it is not what the composite declares: then nothing is known of what its values are.
    /// </summary>
    public static bool TryReadMasked(
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, PartMask mask,
        out IReadOnlyList<CompositePart> parts)
    {
        if (new CompositeTreeReader(PartTexts.None, mask).TryRead(spec, text, isBytes, out parts))
        {
            return new CompositeTreeReader(PartTexts.Masked, mask).TryRead(spec, text, isBytes, out parts);
        }

        parts = [];
        return false;
    }

    /// <summary>
    /// Writes the canonical text of a field from parts, in their order. False, and why, when a part does not fit what
    /// is declared.
    /// </summary>
    public static bool TryWrite(
        CompositeSpec spec, IReadOnlyList<CompositePart> parts, bool isBytes, out byte[] text, out string reason)
    {
        var output = new List<byte>();
        bool good = new CompositeWriter(output).TryWrite(spec, parts, depth: 1, out reason);
        text = good ? [.. output] : [];
        if (good && spec.Kind == CompositeKind.BerTlv && !isBytes)
        {
            text = Encoding.ASCII.GetBytes(Convert.ToHexString(text));
        }

        return good;
    }

    /// <summary>
    /// Whether a text reads as the composite and its parts say everything about it: written again they give the same
    /// bytes. Then the parts may stand for it.
    /// </summary>
    public static bool TryReadExactly(
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, out IReadOnlyList<CompositePart> parts) =>
        TryRead(spec, text, isBytes, out parts) && !text.IsEmpty
        && TryWrite(spec, parts, isBytes, out byte[] again, out _) && text.SequenceEqual(again);
}
