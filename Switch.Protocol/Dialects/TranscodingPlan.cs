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

    /// <summary>Decoded first, then encoded: neither side's bytes are the text.</summary>
    Both,
}

/// <summary>
/// Which fields of one dialect can become those of another without a look at their content: it was checked for the
/// same class when the source was loaded. Worked out once for each pair of dialects.
/// </summary>
internal sealed class TranscodingPlan
{
    private readonly FieldWay[] _ways;

    public TranscodingPlan(Dialect from, Dialect to)
    {
        From = from;
        _ways = new FieldWay[Math.Max(from.Rules.Length, to.Rules.Length)];
        foreach (int field in from.Defined & to.Defined)
        {
            _ways[field] = WayOf(in from.Rule(field), in to.Rule(field));
        }
    }

    /// <summary>The dialect of the source.</summary>
    public Dialect From { get; }

    /// <summary>Only where the field's length fits the target as it is; else by its text.</summary>
    public FieldWay WayOf(int field) => _ways[field];

    private static FieldWay WayOf(in FieldRule from, in FieldRule to) =>
        from.TextClass != to.TextClass || from.Kind != to.Kind ? FieldWay.Text
        : FieldCodec.IsVerbatim(in from) ? (FieldCodec.IsVerbatim(in to) ? FieldWay.Copy : FieldWay.Encode)
        : FieldCodec.IsVerbatim(in to) ? FieldWay.Decode
        : FieldWay.Both;
}
