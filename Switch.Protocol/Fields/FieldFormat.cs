namespace Switch.Protocol.Fields;

/// <summary>
/// The standard's notation for a field: "n 6" is six digits, "n..19" up to nineteen behind a two-digit length,
/// "ans...999" up to 999 characters behind a three-digit one, "x+n 8" a sign and eight digits. How much the length
/// can state depends on its encoding, so that is judged where the encoding is known.
/// </summary>
internal readonly record struct FieldFormat(FieldKind Kind, int PrefixDigits, int Length)
{
    /// <summary>Eight only where the prefix is binary, then four bytes, or hexadecimal.</summary>
    public const int PrefixDigitsMax = 8;

    /// <summary>Length in units: the sign of x+n is one.</summary>
    public int LengthMax => Kind == FieldKind.XN ? Length + 1 : Length;

    public static FieldFormat Of(FieldSpec spec) =>
        new(spec.Kind, spec.PrefixDigits, spec.Kind == FieldKind.XN ? spec.LengthMax - 1 : spec.LengthMax);

    /// <summary>Returns null and the reason when the text is not a format.</summary>
    public static FieldFormat? Parse(string text, out string reason)
    {
        string kindText = text.TrimEnd("0123456789".ToCharArray()).TrimEnd('.', ' ');
        FieldKind? kind = KindOf(kindText);
        if (kind is null)
        {
            reason = $"'{kindText}' is not a kind; n, x+n, a, an, ans, z and b are";
            return null;
        }

        string rest = text[kindText.Length..];
        string digits = rest.TrimStart('.');
        int dots = rest.Length - digits.Length;
        digits = digits.TrimStart(' ');
        if (!int.TryParse(digits, System.Globalization.NumberStyles.None, null, out int length) || length == 0)
        {
            reason = $"'{text}' does not end in a length, as 'n 6' and 'n..19' do";
            return null;
        }

        reason = dots switch
        {
            0 when length > FieldSpec.FixedLengthMax => $"a fixed field is at most {FieldSpec.FixedLengthMax} long",
            > PrefixDigitsMax => $"a length prefix has at most {PrefixDigitsMax} places",
            > 0 when length > FieldSlot.Max => $"a field is at most {FieldSlot.Max} long",
            _ => "",
        };
        return reason.Length == 0 ? new FieldFormat(kind.Value, dots, length) : null;
    }

    public static FieldKind? KindOf(string text) => text switch
    {
        "n" => FieldKind.N,
        "x+n" => FieldKind.XN,
        "a" => FieldKind.A,
        "an" => FieldKind.AN,
        "ans" => FieldKind.ANS,
        "z" => FieldKind.Z,
        "b" => FieldKind.B,
        _ => null,
    };

    public static string NameOf(FieldKind kind) => kind switch
    {
        FieldKind.N => "n",
        FieldKind.XN => "x+n",
        FieldKind.A => "a",
        FieldKind.AN => "an",
        FieldKind.ANS => "ans",
        FieldKind.Z => "z",
        _ => "b",
    };

    /// <summary>The notation again: what <see cref="Parse"/> reads.</summary>
    public override string ToString() => PrefixDigits == 0
        ? $"{NameOf(Kind)} {Length}"
        : $"{NameOf(Kind)}{new string('.', PrefixDigits)}{Length}";
}
