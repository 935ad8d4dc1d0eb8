using System.Globalization;
using System.Text.Json;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Reads what a dialect's JSON says about how a field is divided. A composite is stated as a whole: it replaces that
/// of the dialect it extends, and kind defaults of the dialect do not reach into it, because it divides the canonical
/// text of its field and not what is on the wire.
/// </summary>
internal sealed class CompositeDeclaration(DialectReader reader, List<string> mistakes)
{
    private const int LengthDigitsMax = 6;

    private static readonly FieldText Defaults = new()
    {
        Encoding = FieldEncoding.Ascii,
        Prefix = PrefixEncoding.Ascii,
    };

    private string? _kind;
    private FieldFormat? _tag;
    private int? _lengthDigits;
    private PrefixEncoding? _prefix;
    private BitmapEncoding? _bitmap;
    private int? _bits;
    private string? _sensitive;
    private JsonElement _fields;

    /// <summary>Null when it has mistakes.</summary>
    public static CompositeSpec? Read(DialectReader reader, JsonElement value, string path, List<string> mistakes)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return CompositeSpec.None;
        }

        return reader.Expect(value, JsonValueKind.Object, path)
            ? new CompositeDeclaration(reader, mistakes).Read(value, path)
            : null;
    }

    private CompositeSpec? Read(JsonElement value, string path)
    {
        int before = mistakes.Count;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            ReadMember(property.Name, property.Value, $"{path}.{property.Name}");
        }

        CompositeSpec? empty = _kind switch
        {
            "positional" => new CompositeSpec(CompositeKind.Positional, [], []),
            "ber-tlv" => new CompositeSpec(CompositeKind.BerTlv, [], []),
            "tlv" => Tagged(path),
            "bitmap" => Announced(path),
            null => Missing(path, "kind"),
            _ => null,
        };
        if (empty is null)
        {
            return null;
        }

        CheckMembers(empty.Kind, path);
        SubField[] fields = ReadFields(empty, path);
        ulong[] sensitive = ReadSensitive(empty, path);
        bool needsFields = empty.Kind is CompositeKind.Positional or CompositeKind.Bitmap;
        if (needsFields && fields.Length == 0 && mistakes.Count == before)
        {
            mistakes.Add($"{path}.fields: a composite of this kind needs them");
        }

        return mistakes.Count > before ? null : new CompositeSpec(empty.Kind, fields, sensitive)
        {
            TagSize = empty.TagSize,
            TagKind = empty.TagKind,
            Undeclared = empty.Undeclared,
            UndeclaredRule = empty.UndeclaredRule,
            Bitmap = empty.Bitmap,
            BitmapBits = empty.BitmapBits,
        };
    }

    private void ReadMember(string name, JsonElement value, string path)
    {
        switch (name)
        {
            case "kind":
                _kind = reader.StringOf(value, path);
                if (_kind is not (null or "positional" or "tlv" or "ber-tlv" or "bitmap"))
                {
                    mistakes.Add($"{path}: positional or tlv or ber-tlv or bitmap expected");
                }

                break;
            case "tag":
                _tag = reader.FormatOf(value, path);
                break;
            case "length":
                _lengthDigits = NumberOf(value, path, 1, LengthDigitsMax);
                break;
            case "prefix":
                _prefix = reader.PrefixOf(value, path);
                break;
            case "bitmap":
                _bitmap = reader.Choice(
                    value, path, ("binary", BitmapEncoding.Binary), ("hex", BitmapEncoding.Hex));
                break;
            case "bits":
                _bits = NumberOf(value, path, 8, CompositeSpec.BitmapBitsMax);
                break;
            case "sensitive":
                _sensitive = reader.StringOf(value, path);
                break;
            case "fields" when reader.Expect(value, JsonValueKind.Object, path):
                _fields = value;
                break;
            case "fields":
                break;
            default:
                mistakes.Add($"{path}: not a property of a composite");
                break;
        }
    }

    private CompositeSpec? Tagged(string path)
    {
        if (_tag is not { } tag || _lengthDigits is not { } digits)
        {
            return Missing(path, _tag is null ? "tag" : "length");
        }

        if (tag.PrefixDigits != 0 || tag.Length > CompositeSpec.TagSizeMax || tag.Kind is FieldKind.XN or FieldKind.Z)
        {
            mistakes.Add($"{path}.tag: 'an 2' or 'b 1' expected, up to {CompositeSpec.TagSizeMax} long");
            return null;
        }

        bool isBytes = tag.Kind == FieldKind.B;
        PrefixEncoding prefix = _prefix ?? PrefixEncoding.Ascii;
        var undeclared = new FieldSpec
        {
            Number = 0,
            Name = "",
            Kind = isBytes ? FieldKind.B : FieldKind.ANS,
            LengthMax = (int)Math.Min(DialectCompiler.MaxOf(prefix, digits), FieldSlot.Max),
            PrefixDigits = digits,
            Prefix = prefix,
            Encoding = isBytes ? FieldEncoding.Binary : FieldEncoding.Ascii,
            Content = ContentRule.Any,
        };
        return new CompositeSpec(CompositeKind.Tlv, [], [])
        {
            TagSize = tag.Length,
            TagKind = tag.Kind,
            Undeclared = undeclared,
            UndeclaredRule = DialectCompiler.RuleOf(undeclared),
        };
    }

    private CompositeSpec? Announced(string path)
    {
        if (_bits is not { } bits)
        {
            return Missing(path, "bits");
        }

        if (bits % 8 != 0)
        {
            mistakes.Add($"{path}.bits: a multiple of 8 expected");
            return null;
        }

        return new CompositeSpec(CompositeKind.Bitmap, [], [])
        {
            Bitmap = _bitmap ?? BitmapEncoding.Binary,
            BitmapBits = bits,
        };
    }

    private CompositeSpec? Missing(string path, string member)
    {
        // What was stated badly has its mistake already.
        string at = $"{path}.{member}:";
        if (!mistakes.Exists(mistake => mistake.StartsWith(at, StringComparison.Ordinal)))
        {
            mistakes.Add($"{at} missing");
        }

        return null;
    }

    private void CheckMembers(CompositeKind kind, string path)
    {
        void Refuse(bool isStated, string member)
        {
            if (isStated)
            {
                mistakes.Add($"{path}.{member}: means nothing in a composite that is {_kind}");
            }
        }

        if (kind != CompositeKind.Tlv)
        {
            Refuse(_tag is not null, "tag");
            Refuse(_lengthDigits is not null, "length");
            Refuse(_prefix is not null, "prefix");
        }

        if (kind != CompositeKind.Bitmap)
        {
            Refuse(_bitmap is not null, "bitmap");
            Refuse(_bits is not null, "bits");
        }
    }

    private SubField[] ReadFields(CompositeSpec composite, string path)
    {
        var fields = new SortedDictionary<ulong, SubField>();
        if (_fields.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in _fields.EnumerateObject())
            {
                string at = $"{path}.fields.{property.Name}";
                if (!composite.TryParseKey(property.Name, out ulong code))
                {
                    mistakes.Add($"{at}: not a tag or number of this composite");
                }
                else if (ReadField(composite, property, code, at) is { } field)
                {
                    fields.Add(code, field);
                }
            }
        }

        return [.. fields.Values];
    }

    private SubField? ReadField(CompositeSpec composite, JsonProperty property, ulong code, string path)
    {
        FieldText text = reader.FieldOf(property.Value, path);
        FieldFormat? format = text.Format;
        if (composite.Kind == CompositeKind.BerTlv)
        {
            if (format is not null || text.Encoding is not null || text.Prefix is not null)
            {
                mistakes.Add($"{path}: a data object of BER-TLV has a name, and may have a composite; no more");
            }

            // What a data object holds is bytes, with their length before them.
            format = new FieldFormat(FieldKind.B, LengthDigitsMax, 999_999);
        }
        else if (format is null)
        {
            mistakes.Add($"{path}.format: missing");
            return null;
        }

        if (composite.Kind == CompositeKind.Tlv && format is { } given)
        {
            // The composite says how lengths travel. The format says what a value is and how long it may be.
            format = given with { PrefixDigits = composite.Undeclared!.PrefixDigits };
            text = text with { Prefix = composite.Undeclared.Prefix };
        }

        FieldText defaults = format!.Value.Kind == FieldKind.B ? Defaults with { Encoding = null } : Defaults;
        int number = composite.Kind is CompositeKind.Positional or CompositeKind.Bitmap ? (int)code : 0;
        FieldSpec spec = DialectCompiler.SpecOf(number, path, text.Over(defaults), format.Value, mistakes);
        spec = text.Name is null ? spec with { Name = "" } : spec;
        if (text.Counts == PrefixCount.Wire)
        {
            mistakes.Add($"{path}.counts: a length inside a composite counts units");
        }

        if (composite.Kind == CompositeKind.Tlv && spec.Encoding is FieldEncoding.Bcd or FieldEncoding.Hex)
        {
            mistakes.Add($"{path}.encoding: a length counts bytes here, so a value is characters or bytes");
        }

        return new SubField(property.Name, code, spec, DialectCompiler.RuleOf(spec));
    }

    private ulong[] ReadSensitive(CompositeSpec composite, string path)
    {
        var codes = new SortedSet<ulong>();
        foreach (string key in (_sensitive ?? "").Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (composite.TryParseKey(key, out ulong code))
            {
                codes.Add(code);
            }
            else
            {
                mistakes.Add($"{path}.sensitive: '{key}' is not a tag or number of this composite");
            }
        }

        return [.. codes];
    }

    private int? NumberOf(JsonElement value, string path, int min, int max)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            && number >= min && number <= max)
        {
            return number;
        }

        mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{path}: a number from {min} to {max} expected"));
        return null;
    }
}
