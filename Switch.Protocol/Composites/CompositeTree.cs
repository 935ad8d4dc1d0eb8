using System.Text;
using Switch.Protocol.Emv;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>One part of a composite that was taken apart for people.</summary>
public sealed record CompositePart
{
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
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, out IReadOnlyList<CompositePart> parts)
    {
        int count = 0;
        ReadOnlySpan<byte> data = text;
        if (CompositeText.TryCross(spec, isBytes, new byte[text.Length], ref data))
        {
            return TryRead(spec, data, depth: 1, ref count, out parts);
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

    private static bool TryRead(
        CompositeSpec spec, ReadOnlySpan<byte> data, int depth, ref int count, out IReadOnlyList<CompositePart> parts)
    {
        var found = new List<CompositePart>();
        parts = found;
        var reader = new CompositeReader(spec, data);
        while (reader.TryRead())
        {
            if (++count > CompositeSpec.CountMax || IsStrange(spec, reader.Code))
            {
                return false;
            }

            found.Add(PartOf(spec, in reader, depth, ref count));
        }

        return reader.Status == CompositeStatus.End;
    }

    private static CompositePart PartOf(CompositeSpec spec, in CompositeReader reader, int depth, ref int count)
    {
        FieldRule rule = reader.Field?.Rule ?? spec.UndeclaredRule;
        bool isBytes = spec.Kind == CompositeKind.BerTlv || rule.Kind == FieldKind.B;
        byte[] value = reader.Value.ToArray();
        if (spec.Kind != CompositeKind.BerTlv)
        {
            value = new byte[reader.Units];
            FieldCodec.Decode(in rule, reader.Value, reader.Units, value);
        }

        IReadOnlyList<CompositePart>? inside = null;
        CompositeSpec? inner = reader.Field?.Spec.Composite ?? (reader.IsConstructed ? spec : null);
        if (inner is not null && depth < CompositeSpec.DepthMax)
        {
            ReadOnlySpan<byte> data = value;
            bool isInside = CompositeText.TryCross(inner, isBytes, new byte[value.Length], ref data)
                && TryRead(inner, data, depth + 1, ref count, out inside);
            inside = isInside && value.Length != 0 ? inside : null;
        }

        string declared = reader.Field?.Spec.Name ?? "";
        string known = spec.Kind == CompositeKind.BerTlv ? EmvTags.NameOf(reader.Code) : "";
        return new CompositePart
        {
            Key = spec.KeyOf(reader.Code),
            Name = declared.Length == 0 ? known : declared,
            Text = isBytes ? Convert.ToHexString(value) : Characters.Of(reader.Field?.Spec, value),
            Parts = inside,
            Offset = reader.Next - reader.Value.Length,
            Size = reader.Value.Length,
            IsSensitive = spec.IsSensitive(reader.Code)
                || (inner is { HasSensitive: true } && inside is null && value.Length != 0),
            IsDeclared = reader.Field is not null || known.Length != 0,
        };
    }

    /// <summary>
    /// EMV uses the application, context and private classes of tags only: a tag of the universal class says that
    /// these bytes are something else which happens to have the lengths of BER-TLV.
    /// </summary>
    private static bool IsStrange(CompositeSpec spec, ulong code)
    {
        if (spec.Kind != CompositeKind.BerTlv)
        {
            return false;
        }

        while (code > byte.MaxValue)
        {
            code >>= 8;
        }

        return code < 0x40;
    }
}
