using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>How the bytes of a field in one dialect become its bytes in another.</summary>
internal enum FieldWay : byte
{
    /// <summary>By its canonical text, which is checked and brought to its length.</summary>
    Text,

    /// <summary>They are the same bytes.</summary>
    Copy,

    /// <summary>The source's bytes are the text.</summary>
    Encode,

    /// <summary>The text is the target's bytes.</summary>
    Decode,

    /// <summary>The source's bytes are digits that the target packs.</summary>
    Pack,

    /// <summary>Packed digits of the source are the target's bytes when they are unpacked.</summary>
    Unpack,

    /// <summary>Decoded first, then encoded: neither side's bytes are the text.</summary>
    Both,

    /// <summary>Bytes that the target has as hexadecimal characters.</summary>
    ToHex,

    /// <summary>Characters that the target has as bytes, when they are hexadecimal.</summary>
    FromHex,
}

/// <summary>
/// What is done with one field. Neighbours with the same <see cref="Run"/>, which is not 0, have a fixed length that is
/// the same on both sides, and are converted together as one long field of the first one's rule.
/// </summary>
internal readonly record struct TranscodingStep(FieldWay Way, byte Run, ushort Units, ushort FromSize, ushort ToSize);

/// <summary>
/// Which fields of one dialect can become those of another without a look at their content: it was checked for the
/// same class when the source was loaded. Worked out once for each pair of dialects.
/// </summary>
internal sealed class TranscodingPlan
{
    private readonly TranscodingStep[] _steps;

    public TranscodingPlan(Dialect from, Dialect to)
    {
        From = from;
        _steps = new TranscodingStep[Math.Max(from.Rules.Length, to.Rules.Length)];
        var runs = new List<(FieldWay Way, FieldEncoding From, FieldEncoding To)>();
        foreach (int field in from.Defined & to.Defined)
        {
            ref readonly FieldRule source = ref from.Rule(field);
            ref readonly FieldRule target = ref to.Rule(field);
            FieldWay way = WayOf(in source, in target);
            if (!CanRun(way, in source, in target))
            {
                _steps[field] = new TranscodingStep(way, 0, 0, 0, 0);
                continue;
            }

            // A copy is one whatever the bytes stand for.
            (FieldWay, FieldEncoding, FieldEncoding) kind =
                way == FieldWay.Copy ? (way, default, default) : (way, source.Encoding, target.Encoding);
            int run = runs.IndexOf(kind);
            if (run < 0)
            {
                run = runs.Count;
                runs.Add(kind);
            }

            _steps[field] = new TranscodingStep(
                way, (byte)(run + 1), (ushort)source.LengthMax, (ushort)source.FixedSize, (ushort)target.FixedSize);
        }
    }

    /// <summary>The dialect of the source.</summary>
    public Dialect From { get; }

    /// <summary>
    /// By the field. A way is only for a length that fits the target as it is; any other goes by its text.
    /// </summary>
    public ReadOnlySpan<TranscodingStep> Steps => _steps;

    private static FieldWay WayOf(in FieldRule from, in FieldRule to)
    {
        bool fromVerbatim = FieldCodec.IsVerbatim(in from);
        bool toVerbatim = FieldCodec.IsVerbatim(in to);
        if (from.Kind != to.Kind && fromVerbatim && toVerbatim)
        {
            return from.Kind == FieldKind.B && IsPlain(in to) ? FieldWay.ToHex
                : to.Kind == FieldKind.B && IsPlain(in from) ? FieldWay.FromHex
                : FieldWay.Text;
        }

        return from.TextClass != to.TextClass || from.Kind != to.Kind ? FieldWay.Text
            : fromVerbatim ? (toVerbatim ? FieldWay.Copy : IsPacked(in to) ? FieldWay.Pack : FieldWay.Encode)
            : toVerbatim ? (IsPacked(in from) ? FieldWay.Unpack : FieldWay.Decode)
            : IsSamePacking(in from, in to) ? FieldWay.Copy
            : FieldWay.Both;
    }

    /// <summary>Whether hexadecimal characters may stand in the field, and nothing in it is more than a byte.</summary>
    private static bool IsPlain(in FieldRule rule) =>
        rule.TextClass == ByteClassName.Printable && rule.Kind == FieldKind.ANS;

    /// <summary>Whether its bytes are packed digits and nothing else.</summary>
    private static bool IsPacked(in FieldRule rule) =>
        rule.Encoding == FieldEncoding.Bcd && (rule.Quirks & ContentQuirks.Sign) == 0 && !rule.SeparatesByD;

    /// <summary>Packed digits with the same pad at the same end.</summary>
    private static bool IsSamePacking(in FieldRule from, in FieldRule to)
    {
        const ContentQuirks Packing = ContentQuirks.Sign | ContentQuirks.PadLeft | ContentQuirks.PadRight;
        return from.Encoding == FieldEncoding.Bcd && to.Encoding == FieldEncoding.Bcd
            && (from.Quirks & Packing) == (to.Quirks & Packing) && from.KindAndPad == to.KindAndPad
            && from.SignC == to.SignC && from.SeparatesByD == to.SeparatesByD;
    }

    /// <summary>
    /// Whether several such fields, one behind the other, are converted as one is: nothing in them depends on where one
    /// begins or ends.
    /// </summary>
    private static bool CanRun(FieldWay way, in FieldRule from, in FieldRule to)
    {
        if (from.IsVariable || to.IsVariable || from.LengthMax != to.LengthMax || from.LengthMax == 0
            || way is FieldWay.Text or FieldWay.ToHex or FieldWay.FromHex)
        {
            return false;
        }

        bool isPacked = from.Encoding == FieldEncoding.Bcd || to.Encoding == FieldEncoding.Bcd;
        bool isSigned = ((from.Quirks | to.Quirks) & ContentQuirks.Sign) != 0;
        bool isWhole = !isPacked || ((from.LengthMax & 1) == 0 && !isSigned);
        return way == FieldWay.Copy || (isWhole && !from.SeparatesByD && !to.SeparatesByD);
    }
}
