namespace Switch.Protocol.Fields;

/// <summary>
/// Brings a canonical text to the length of its field. Padding is added or taken away by the standard's rules;
/// anything that carries meaning is never cut.
/// </summary>
internal static class FieldFit
{
    /// <summary>The longest text that may need padding.</summary>
    public const int PaddedMax = FieldSpec.FixedLengthMax;

    /// <summary>Whether the text has a length that the field takes as it is.</summary>
    public static bool Fits(in FieldRule rule, int length) =>
        rule.IsVariable ? length <= rule.LengthMax : length == rule.LengthMax;

    /// <summary>
    /// Gives the text at the field's length: a part of <paramref name="text"/> when padding went, or
    /// <paramref name="padded"/> when padding came.
    /// </summary>
    public static ParseError TryFit(
        in FieldRule rule, ReadOnlySpan<byte> text, Span<byte> padded, out ReadOnlySpan<byte> fitted)
    {
        fitted = text;
        return Fits(in rule, text.Length) ? ParseError.None
            : text.Length > rule.LengthMax ? Shorten(in rule, text, padded, out fitted)
            : Lengthen(in rule, text, padded[..rule.LengthMax], out fitted);
    }

    private static ParseError Lengthen(
        in FieldRule rule, ReadOnlySpan<byte> text, Span<byte> padded, out ReadOnlySpan<byte> fitted)
    {
        fitted = padded;
        int missing = padded.Length - text.Length;
        switch (rule.Kind)
        {
            case FieldKind.XN when !text.IsEmpty:
                padded[0] = text[0];
                padded.Slice(1, missing).Fill((byte)'0');
                text[1..].CopyTo(padded[(1 + missing)..]);
                return ParseError.None;
            case FieldKind.N or FieldKind.A or FieldKind.AN or FieldKind.ANS:
                (rule.FillsLeft ? padded[..missing] : padded[text.Length..]).Fill(rule.Fill);
                text.CopyTo(rule.FillsLeft ? padded[missing..] : padded);
                return ParseError.None;
            default:
                return ParseError.TooShort; // Bytes and tracks have no neutral padding.
        }
    }

    private static ParseError Shorten(
        in FieldRule rule, ReadOnlySpan<byte> text, Span<byte> padded, out ReadOnlySpan<byte> fitted)
    {
        fitted = text;
        int excess = text.Length - rule.LengthMax;
        switch (rule.Kind)
        {
            // A variable n is an identifier, whose leading zeros count.
            case FieldKind.N when rule.IsVariable:
                return ParseError.TooLong;
            case FieldKind.XN when !text.Slice(1, excess).ContainsAnyExcept((byte)'0'):
                padded[0] = text[0];
                text[(1 + excess)..].CopyTo(padded[1..]);
                fitted = padded[..rule.LengthMax];
                return ParseError.None;
            case FieldKind.N or FieldKind.A or FieldKind.AN or FieldKind.ANS
                when rule.FillsLeft && !text[..excess].ContainsAnyExcept(rule.Fill):
                fitted = text[excess..];
                return ParseError.None;
            case FieldKind.N or FieldKind.A or FieldKind.AN or FieldKind.ANS
                when !rule.FillsLeft && !text[rule.LengthMax..].ContainsAnyExcept(rule.Fill):
                fitted = text[..rule.LengthMax];
                return ParseError.None;
            default:
                return ParseError.TooLong;
        }
    }
}
