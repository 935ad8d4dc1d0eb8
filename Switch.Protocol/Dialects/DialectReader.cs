using System.Globalization;
using System.Text.Json;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Reads the JSON of a dialect into <see cref="DialectText"/> and notes every mistake with the path of its place, so
/// that an author sees all of them at once.
/// </summary>
internal sealed class DialectReader(List<string> mistakes)
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false, // The second of two "4" would silently win.
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 4 + (3 * CompositeSpec.DepthMax), // Three levels for each: field, composite, fields.
    };

    private readonly EditionReader _editions = new(mistakes);

    public DialectText Read(string json)
    {
        var text = new DialectText();
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (Expect(document.RootElement, JsonValueKind.Object, "$"))
            {
                foreach (JsonProperty property in document.RootElement.EnumerateObject())
                {
                    ReadMember(text, property);
                }
            }
        }
        catch (JsonException error)
        {
            mistakes.Add($"$: not JSON: {error.Message}");
        }

        return text;
    }

    private void ReadMember(DialectText text, JsonProperty property)
    {
        string path = property.Name;
        JsonElement value = property.Value;
        switch (path)
        {
            case "name":
                text.Name = StringOf(value, path);
                break;
            case "extends":
                text.Extends = StringOf(value, path);
                break;
            case "version":
                text.Version = VersionOf(value, path);
                break;
            case "mti":
                text.Mti = Choice<MtiEncoding>(
                    value, path, ("ascii", MtiEncoding.Ascii), ("bcd", MtiEncoding.Bcd),
                    ("ebcdic", MtiEncoding.Ebcdic));
                break;
            case "bitmap":
                text.Bitmap = Choice<BitmapEncoding>(
                    value, path, ("binary", BitmapEncoding.Binary), ("hex", BitmapEncoding.Hex),
                    ("hex-ebcdic", BitmapEncoding.HexEbcdic));
                break;
            case "bitmaps":
                int? count = Choice<int>(value, path, ("2", 2), ("3", 3), ("both", 0));
                text.HasBothBitmaps = count == 0;
                text.BitmapMax = count == 0 ? DialectText.BitmapMaxDefault : count;
                break;
            case "sensitive":
                text.Sensitive = SetOf(value, path);
                break;
            case "private":
                text.Private = SetOf(value, path);
                break;
            case "storable":
                text.Storable = SetOf(value, path);
                break;
            case "responseCodes":
                text.ResponseCodes = _editions.ResponseCodesOf(value, path);
                break;
            case "networkCodes":
                text.NetworkCodes = _editions.NetworkCodesOf(value, path);
                break;
            case "networkDefault":
                text.NetworkDefault = _editions.NetworkCodeOf(value, path);
                break;
            case "echo":
                text.Echo = SetOf(value, path);
                break;
            case "carry":
                _editions.ReadCarry(text.Carry, value, path);
                break;
            case "match":
                text.Match = SetOf(value, path);
                break;
            case "key":
                text.Key = SetOf(value, path);
                break;
            case "cardlessReversals":
                text.CardlessReversals = YesOrNo(value, path);
                break;
            case "keepsRrn":
                text.KeepsRrn = YesOrNo(value, path);
                break;
            case "messages":
                ReadMessages(text, value);
                break;
            case "defaults":
                ReadDefaults(text, value);
                break;
            case "fields":
                ReadFields(text, value);
                break;
            default:
                mistakes.Add($"{path}: not a property of a dialect");
                break;
        }
    }

    private void ReadMessages(DialectText text, JsonElement value)
    {
        if (!Expect(value, JsonValueKind.Object, "messages"))
        {
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string path = $"messages.{property.Name}";
            if (!MessageRules.IsPattern(property.Name))
            {
                mistakes.Add($"{path}: not four digits of an MTI, with x for any digit");
                continue;
            }

            bool isRemoved = property.Value.ValueKind == JsonValueKind.Null;
            text.Messages[property.Name] = isRemoved ? null : MessageOf(property.Value, path);
        }
    }

    private MessageText MessageOf(JsonElement value, string path)
    {
        var message = new MessageText(default, null, default);
        if (!Expect(value, JsonValueKind.Object, path))
        {
            return message;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string at = $"{path}.{property.Name}";
            switch (property.Name)
            {
                case "mandatory":
                    message = message with { Mandatory = SetOf(property.Value, at) ?? default };
                    break;
                case "optional":
                    message = message with { Optional = SetOf(property.Value, at) };
                    break;
                case "forbidden":
                    message = message with { Forbidden = SetOf(property.Value, at) ?? default };
                    break;
                default:
                    mistakes.Add($"{at}: not mandatory, optional or forbidden");
                    break;
            }
        }

        return message;
    }

    private void ReadDefaults(DialectText text, JsonElement value)
    {
        if (!Expect(value, JsonValueKind.Object, "defaults"))
        {
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string path = $"defaults.{property.Name}";
            bool isVariable = property.Name.EndsWith("..", StringComparison.Ordinal);
            string kind = isVariable ? property.Name[..^2] : property.Name;
            if (property.Name != "*" && FieldFormat.KindOf(kind) is null)
            {
                mistakes.Add($"{path}: not a kind; *, n, x+n, a, an, ans, z, b are, and n.. for all variable n");
                continue;
            }

            FieldText defaults = FieldOf(property.Value, path);
            if (defaults.Format is not null || defaults.Name is not null || defaults.Composite is not null)
            {
                mistakes.Add($"{path}: a name, a format or a composite belongs to one field, not to a kind");
            }

            text.Defaults[property.Name] = defaults;
        }
    }

    private void ReadFields(DialectText text, JsonElement value)
    {
        if (!Expect(value, JsonValueKind.Object, "fields"))
        {
            return;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string path = $"fields.{property.Name}";
            if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int field)
                || field is < 2 or > Field.MaxWithThirdBitmap)
            {
                mistakes.Add($"{path}: not a field number from 2 to {Field.MaxWithThirdBitmap}");
                continue;
            }

            bool isRemoved = property.Value.ValueKind == JsonValueKind.Null;
            text.Fields[field] = isRemoved ? null : FieldOf(property.Value, path);
        }
    }

    internal FieldText FieldOf(JsonElement value, string path)
    {
        var field = new FieldText();
        if (!Expect(value, JsonValueKind.Object, path))
        {
            return field;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string at = $"{path}.{property.Name}";
            JsonElement member = property.Value;
            field = property.Name switch
            {
                "name" => field with { Name = StringOf(member, at) },
                "format" => field with { Format = FormatOf(member, at) },
                "encoding" => field with
                {
                    Encoding = Choice<FieldEncoding>(
                        member, at,
                        ("ascii", FieldEncoding.Ascii), ("bcd", FieldEncoding.Bcd),
                        ("binary", FieldEncoding.Binary), ("hex", FieldEncoding.Hex),
                        ("ebcdic", FieldEncoding.Ebcdic), ("ebcdic500", FieldEncoding.Ebcdic500),
                        ("ebcdic1047", FieldEncoding.Ebcdic1047), ("hex-ebcdic", FieldEncoding.HexEbcdic),
                        ("shift-jis", FieldEncoding.ShiftJis), ("jis201", FieldEncoding.Jis201),
                        ("ebcdic930", FieldEncoding.Ebcdic930), ("ebcdic939", FieldEncoding.Ebcdic939)),
                },
                "prefix" => field with { Prefix = PrefixOf(member, at) },
                "counts" => field with
                {
                    Counts = Choice<PrefixCount>(
                        member, at, ("units", PrefixCount.Units), ("wire", PrefixCount.Wire)),
                },
                "fill" => field with { Fill = FillOf(member, at) },
                "align" => field with { FillsLeft = Choice<bool>(member, at, ("left", false), ("right", true)) },
                "separator" => field with { Separator = Choice<byte>(member, at, ("=", (byte)'='), ("D", (byte)'D')) },
                "odd" => field with
                {
                    Odd = Choice<OddDigit>(member, at, ("left", OddDigit.Left), ("right", OddDigit.Right)),
                },
                "pad" => field with { Pad = Choice<byte>(member, at, ("0", (byte)0), ("F", (byte)15)) },
                "content" => field with
                {
                    Content = Choice<ContentRule>(
                        member, at,
                        ("printable", ContentRule.Printable), ("narrow", ContentRule.Narrow),
                        ("any", ContentRule.Any)),
                },
                "composite" => field with { Composite = CompositeDeclaration.Read(this, member, at, mistakes) },
                _ => Unknown(field, at),
            };
        }

        return field;
    }

    internal PrefixEncoding? PrefixOf(JsonElement value, string path) =>
        Choice(
            value, path,
            ("ascii", PrefixEncoding.Ascii), ("bcd", PrefixEncoding.Bcd), ("ebcdic", PrefixEncoding.Ebcdic),
            ("binary", PrefixEncoding.Binary), ("hex", PrefixEncoding.Hex));

    private FieldText Unknown(FieldText field, string path)
    {
        mistakes.Add($"{path}: not a property of a field");
        return field;
    }

    internal FieldFormat? FormatOf(JsonElement value, string path)
    {
        if (StringOf(value, path) is not { } text)
        {
            return null;
        }

        FieldFormat? format = FieldFormat.Parse(text, out string reason);
        if (format is null)
        {
            mistakes.Add($"{path}: {reason}");
        }

        return format;
    }

    private IsoVersion? VersionOf(JsonElement value, string path)
    {
        IsoVersion? version = value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int year)
            ? year switch
            {
                1987 => IsoVersion.Iso1987,
                1993 => IsoVersion.Iso1993,
                2003 => IsoVersion.Iso2003,
                _ => null,
            }
            : null;
        if (version is null)
        {
            mistakes.Add($"{path}: 1987, 1993 or 2003 expected");
        }

        return version;
    }

    private bool? YesOrNo(JsonElement value, string path)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        mistakes.Add($"{path}: true or false expected");
        return null;
    }

    /// <summary>Reads "35,36,46-48".</summary>
    private FieldSet? SetOf(JsonElement value, string path)
    {
        if (StringOf(value, path) is not { } text)
        {
            return null;
        }

        FieldSet set = default;
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || first < 2 || last > Field.MaxWithThirdBitmap || first > last)
            {
                mistakes.Add($"{path}: '{part}' is not a field number or a range of them");
                continue;
            }

            set |= FieldSet.Range(first, last);
        }

        return set;
    }

    private byte? FillOf(JsonElement value, string path)
    {
        string? text = StringOf(value, path);
        if (text is [>= ' ' and <= '~'])
        {
            return (byte)text[0];
        }

        mistakes.Add($"{path}: one printable character expected");
        return null;
    }

    internal string? StringOf(JsonElement value, string path) =>
        Expect(value, JsonValueKind.String, path) ? value.GetString() : null;

    internal T? Choice<T>(JsonElement value, string path, params ReadOnlySpan<(string Text, T Value)> choices)
        where T : struct
    {
        string? given = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        var names = new List<string>(choices.Length);
        foreach ((string text, T choice) in choices)
        {
            if (text == given)
            {
                return choice;
            }

            names.Add(text);
        }

        mistakes.Add($"{path}: {string.Join(" or ", names)} expected");
        return null;
    }

    internal bool Expect(JsonElement value, JsonValueKind kind, string path)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }

        mistakes.Add($"{path}: {kind.ToString().ToLowerInvariant()} expected");
        return false;
    }
}
