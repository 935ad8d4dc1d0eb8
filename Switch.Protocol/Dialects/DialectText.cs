using Switch.Protocol.Composites;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// A dialect as its JSON states it, before anything is worked out: what is not stated is null and comes from the
/// dialect it extends, then from the defaults by kind.
/// </summary>
internal sealed class DialectText
{
    public const int BitmapMaxDefault = 2;
    public const int EchoTest = 301;

    public string? Name { get; set; }

    public string? Extends { get; set; }

    public IsoVersion? Version { get; set; }

    public MtiEncoding? Mti { get; set; }

    public BitmapEncoding? Bitmap { get; set; }

    public int? BitmapMax { get; set; }

    /// <summary>Stated with <see cref="BitmapMax"/>, which is 2 then.</summary>
    public bool? HasBothBitmaps { get; set; }

    public FieldSet? Sensitive { get; set; }

    public FieldSet? Private { get; set; }

    public FieldSet? Storable { get; set; }

    /// <summary>DE 39 on the wire to the two characters of 1987; null: as the edition has it.</summary>
    public Dictionary<string, string>? ResponseCodes { get; set; }

    /// <summary>The network management code on the wire to DE 70 of 1987; null: as the edition has it.</summary>
    public Dictionary<string, string>? NetworkCodes { get; set; }

    /// <summary>DE 70 of 1987 that a network message without one stands for; null: an echo test.</summary>
    public int? NetworkDefault { get; set; }

    public FieldSet? Echo { get; set; }

    /// <summary>Private fields taken over from other dialects, by the name of the dialect.</summary>
    public Dictionary<string, CarriedField[]> Carry { get; } = new(StringComparer.Ordinal);

    public EditionText Edition => new(ResponseCodes, NetworkCodes, Echo ?? default, Carry);

    /// <summary>Fields that a reply must agree in with its request.</summary>
    public FieldSet? Match { get; set; }

    /// <summary>DE 37 stays the same from a request to its reversals: one that differs names another payment.</summary>
    public bool? KeepsRrn { get; set; }

    /// <summary>The elements that tell one transaction from another; null: 7, 11, 32 and 41.</summary>
    public FieldSet? Key { get; set; }

    public bool? CardlessReversals { get; set; }

    /// <summary>By MTI, with x for any digit. Null: what the parent states under this key is gone.</summary>
    public SortedDictionary<string, MessageText?> Messages { get; } = new(StringComparer.Ordinal);

    /// <summary>By kind: "*" for all, "n" for a kind, "n.." for its variable fields. The narrower key wins.</summary>
    public Dictionary<string, FieldText> Defaults { get; } = new(StringComparer.Ordinal);

    /// <summary>A null field is one that the parent has and this dialect does not.</summary>
    public SortedDictionary<int, FieldText?> Fields { get; } = [];

    /// <summary>This text on top of the one it extends.</summary>
    public DialectText Over(DialectText parent)
    {
        var merged = new DialectText
        {
            Name = Name,
            Version = Version ?? parent.Version,
            Mti = Mti ?? parent.Mti,
            Bitmap = Bitmap ?? parent.Bitmap,
            BitmapMax = BitmapMax ?? parent.BitmapMax,
            HasBothBitmaps = BitmapMax is null ? parent.HasBothBitmaps : HasBothBitmaps,
            Private = Private ?? parent.Private,
            Storable = Storable ?? parent.Storable,
            ResponseCodes = ResponseCodes ?? parent.ResponseCodes,
            NetworkCodes = NetworkCodes ?? parent.NetworkCodes,
            NetworkDefault = NetworkDefault ?? parent.NetworkDefault,
            Echo = Echo ?? parent.Echo,
            Match = Match ?? parent.Match,
            KeepsRrn = KeepsRrn ?? parent.KeepsRrn,
            Key = Key ?? parent.Key,
            CardlessReversals = CardlessReversals ?? parent.CardlessReversals,

            // A partner's dialect may add to what must never be stored; it cannot take a track or a PIN block off the
            // list.
            Sensitive = (Sensitive ?? FieldSet.Empty) | (parent.Sensitive ?? FieldSet.Empty),
        };

        foreach ((string from, CarriedField[] fields) in Carry.Count == 0 ? parent.Carry : Carry)
        {
            merged.Carry[from] = fields;
        }

        foreach ((string pattern, MessageText? text) in parent.Messages)
        {
            merged.Messages[pattern] = text;
        }

        foreach ((string pattern, MessageText? text) in Messages)
        {
            merged.Messages[pattern] = text;
        }

        foreach ((string kind, FieldText text) in parent.Defaults)
        {
            merged.Defaults[kind] = text;
        }

        foreach ((string kind, FieldText text) in Defaults)
        {
            merged.Defaults[kind] = merged.Defaults.TryGetValue(kind, out FieldText? under) ? text.Over(under) : text;
        }

        foreach ((int field, FieldText? text) in parent.Fields)
        {
            merged.Fields[field] = text;
        }

        foreach ((int field, FieldText? text) in Fields)
        {
            merged.Fields.TryGetValue(field, out FieldText? under);
            merged.Fields[field] = text is null || under is null ? text : text.Over(under);
        }

        return merged;
    }
}

/// <summary>What JSON states about one field, or about all fields of a kind.</summary>
internal sealed record FieldText
{
    public string? Name { get; init; }

    public FieldFormat? Format { get; init; }

    public FieldEncoding? Encoding { get; init; }

    public PrefixEncoding? Prefix { get; init; }

    public OddDigit? Odd { get; init; }

    public byte? Pad { get; init; }

    public ContentRule? Content { get; init; }

    public PrefixCount? Counts { get; init; }

    public byte? Fill { get; init; }

    public bool? FillsLeft { get; init; }

    public byte? Separator { get; init; }

    /// <summary><see cref="CompositeSpec.None"/> takes away what the parent has.</summary>
    public CompositeSpec? Composite { get; init; }

    public FieldText Over(FieldText under) => new()
    {
        Name = Name ?? under.Name,
        Format = Format ?? under.Format,
        Encoding = Encoding ?? under.Encoding,
        Prefix = Prefix ?? under.Prefix,
        Odd = Odd ?? under.Odd,
        Pad = Pad ?? under.Pad,
        Content = Content ?? under.Content,
        Counts = Counts ?? under.Counts,
        Fill = Fill ?? under.Fill,
        FillsLeft = FillsLeft ?? under.FillsLeft,
        Separator = Separator ?? under.Separator,
        Composite = Composite ?? under.Composite,
    };
}

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
