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
