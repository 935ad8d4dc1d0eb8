using Switch.Protocol.Emv;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>Of which parts a tree has the texts.</summary>
internal enum PartTexts : byte
{
    All,

    /// <summary>Of what people may see.</summary>
    Masked,

    /// <summary>Of none: what is asked is whether it reads.</summary>
    None,
}

/// <summary>Takes one composite apart. Values that it decodes to do so are zeroed when it is done.</summary>
internal sealed class CompositeTreeReader(PartTexts texts, PartMask mask)
{
    private int _count;

    /// <summary>See <see cref="CompositeTree.TryRead"/>.</summary>
    public bool TryRead(
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, out IReadOnlyList<CompositePart> parts)
    {
        _count = 0;
        using var room = new ClearedBytes(text.Length);
        return TryRead(spec, text, isBytes, room.Span, depth: 1, texts, out parts);
    }

    private bool TryRead(
        CompositeSpec spec, ReadOnlySpan<byte> text, bool isBytes, Span<byte> room, int depth, PartTexts shown,
        out IReadOnlyList<CompositePart> parts)
    {
        var found = new List<CompositePart>();
        parts = found;
        ReadOnlySpan<byte> data = text;
        if (!CompositeText.TryCross(spec, isBytes, room, ref data))
        {
            return false;
        }

        var reader = new CompositeReader(spec, data);
        while (reader.TryRead())
        {
            if (++_count > CompositeSpec.CountMax || IsStrange(spec, reader.Code))
            {
                return false;
            }

            found.Add(PartOf(spec, in reader, depth, shown));
        }

        return reader.Status == CompositeStatus.End;
    }

    private CompositePart PartOf(CompositeSpec spec, in CompositeReader reader, int depth, PartTexts shown)
    {
        FieldRule rule = reader.Field?.Rule ?? spec.UndeclaredRule;
        bool isBytes = spec.Kind == CompositeKind.BerTlv || rule.Kind == FieldKind.B;
        int length = spec.Kind == CompositeKind.BerTlv ? reader.Value.Length : reader.Units;
        using var room = new ClearedBytes(2 * length);
        Span<byte> value = room.Span[..length];
        if (spec.Kind == CompositeKind.BerTlv)
        {
            reader.Value.CopyTo(value);
        }
        else
        {
            FieldCodec.Decode(in rule, reader.Value, reader.Units, value);
        }

        string declared = reader.Field?.Spec.Name ?? "";
        string known = spec.Kind == CompositeKind.BerTlv ? EmvTags.NameOf(reader.Code) : "";
        bool isDeclared = reader.Field is not null || known.Length != 0;
        bool isSensitive = spec.IsSensitive(reader.Code);
        bool isHidden = isSensitive || (mask.IsPrivate && !isDeclared);
        CompositeSpec? inner = reader.Field?.Spec.Composite ?? (reader.IsConstructed ? spec : null);
        IReadOnlyList<CompositePart>? inside = null;
        if (inner is not null && depth < CompositeSpec.DepthMax)
        {
            PartTexts innerTexts = shown == PartTexts.Masked && isHidden ? PartTexts.None : shown;
            inside = Inside(inner, value, isBytes, room.Span[length..], depth + 1, innerTexts);
        }

        isSensitive |= inner is { HasSensitive: true } && inside is null && length != 0;
        bool hasText = shown == PartTexts.All
            || (shown == PartTexts.Masked && inside is null && !isHidden && !isSensitive
                && !(mask.HidesNumbers && LongNumber.IsIn(value, isBytes)));
        return new CompositePart
        {
            Key = spec.KeyOf(reader.Code),
            Name = declared.Length == 0 ? known : declared,
            Text = !hasText ? CompositePart.Hidden
                : isBytes ? Convert.ToHexString(value)
                : Characters.Of(reader.Field?.Spec, value),
            Parts = inside,
            Offset = reader.Next - reader.Value.Length,
            Size = reader.Value.Length,
            IsSensitive = isSensitive,
            IsDeclared = isDeclared,
        };
    }

    // The parts of a part; null when it does not read as a composite. Texts of a masked one are made when it does.
    private IReadOnlyList<CompositePart>? Inside(
        CompositeSpec inner, ReadOnlySpan<byte> value, bool isBytes, Span<byte> room, int depth, PartTexts shown)
    {
        int before = _count;
        PartTexts first = shown == PartTexts.Masked ? PartTexts.None : shown;
        bool reads = TryRead(inner, value, isBytes, room, depth, first, out IReadOnlyList<CompositePart> parts)
            && !value.IsEmpty;
        if (reads && shown == PartTexts.Masked)
        {
            _count = before;
            reads = TryRead(inner, value, isBytes, room, depth, shown, out parts);
        }

        return reads ? parts : null;
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
