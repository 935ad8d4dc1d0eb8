using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switch.Protocol.Composites;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// Reads the message specification of moov-io/iso8583 from its JSON: fields with type, length, enc, prefix and padding,
/// and for composites tag, bitmap and subfields. What is not known is named with its path.
/// </summary>
/// <param name="draft">What it becomes.</param>
/// <param name="codePage">
/// What its encoding EBCDIC is, as dialects name it. Null: that library's table is code page 500 but for the character
/// |, which is said.
/// </param>
internal sealed class MoovImport(DialectDraft draft, string? codePage)
{
    private const string OwnPage = "ebcdic500";
    private const int LengthMax = 999_999;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public void Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (Member(document.RootElement, "fields") is not { ValueKind: JsonValueKind.Object } fields)
            {
                draft.Fail("$: an object with \"fields\" expected");
                return;
            }

            foreach (JsonProperty property in fields.EnumerateObject())
            {
                ReadField(property);
            }
        }
        catch (JsonException e)
        {
            draft.Fail($"line {e.LineNumber + 1}: not JSON, or nested too deeply");
        }
        catch (InvalidOperationException)
        {
            // What JsonDocument throws for it, as late as the text is asked for.
            draft.Fail("a name or value is no text: \\ud800 to \\udfff come in pairs only");
        }
    }

    private void ReadField(JsonProperty property)
    {
        string path = $"fields.{property.Name}";
        JsonElement value = property.Value;
        if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int field)
            || value.ValueKind != JsonValueKind.Object)
        {
            draft.Fail($"{path}: a field number and an object expected");
            return;
        }

        switch (field)
        {
            case 0:
                draft.Mti = TextOf(value, "enc") switch
                {
                    _ when NumberOf(value, "length") != 4 => null,
                    "ASCII" => "ascii",
                    "BCD" or "LBCD" => "bcd",
                    "EBCDIC" or "EBCDIC1047" => "ebcdic",
                    _ => null,
                };
                ExpectKnown(draft.Mti, $"{path}.enc", value, "enc");
                break;
            case 1:
                draft.Bitmap = BitmapOf(value);
                ExpectKnown(draft.Bitmap, $"{path}.enc", value, "enc");
                if (IsTrue(value, "disableautoexpand"))
                {
                    draft.Fail($"{path}.disableautoexpand: a bitmap that announces no further one is none of ISO 8583");
                }

                break;
            case 65:
                break; // The bit that would announce a third bitmap.
            default:
                draft.HasThirdBitmap |= field > Field.Max;
                if (JsonOf(value, path, isTrack: field is 35 or 36, depth: 0, out _, out string reason) is { } json)
                {
                    draft.Add(field, json, path);
                }
                else
                {
                    draft.FailField(reason);
                }

                break;
        }
    }

    /// <summary>The field with all that is inside it; null, and why, when it cannot be said.</summary>
    private JsonObject? JsonOf(
        JsonElement value, string path, bool isTrack, int depth, out FieldShape? shape, out string reason)
    {
        shape = null;
        int length = NumberOf(value, "length") ?? 0;
        if (length is < 1 or > LengthMax)
        {
            reason = $"{path}.length: a number from 1 to {LengthMax} expected";
            return null;
        }

        if (!TryPrefix(value, out string prefix, out int places))
        {
            reason = $"{path}.prefix: '{TextOf(value, "prefix")}' is not known here";
            return null;
        }

        string? name = TextOf(value, "description");
        if (Member(value, "subfields") is { ValueKind: JsonValueKind.Object } subfields)
        {
            JsonObject? composite = CompositeOf(value, subfields, path, depth + 1, out bool isText, out reason);
            if (composite is null)
            {
                draft.Warn($"{reason}: the sub-fields of {path} are not described, the field is");
            }

            // A field that is there for its parts: characters where all of them are, else bytes.
            shape = isText ? new("ans", "ascii", places, prefix) : new("b", "binary", places, prefix);
            JsonObject json = shape.ToJson(length, name);
            if (composite is not null)
            {
                json["composite"] = composite;
            }

            return json;
        }

        shape = ShapeOf(value, path, isTrack, places, prefix, out reason);
        return shape?.ToJson(length, name);
    }

    private FieldShape? ShapeOf(
        JsonElement value, string path, bool isTrack, int places, string prefix, out string reason)
    {
        string type = TextOf(value, "type") ?? "";
        string enc = TextOf(value, "enc") ?? "";
        reason = "";
        if (type is not ("String" or "Numeric" or "Binary" or "Hex" or "Track1" or "Track2" or "Track3"))
        {
            reason = $"{path}.type: '{type}' is not known here";
            return null;
        }

        bool isBytes = type is "Binary" or "Hex";

        // A string of characters is no more than that; packed, a track is told from digits by its separator.
        string kind = type switch { "Track2" => "z", "Numeric" => "n", _ => "ans" };
        string digits = isTrack || type == "Track2" ? "z" : "n";
        FieldShape? shape = enc switch
        {
            "ASCII" when !isBytes => new(kind, "ascii", places, prefix),
            "EBCDIC" when !isBytes => new(kind, codePage ?? OwnPage, places, prefix),
            "EBCDIC1047" when !isBytes => new(kind, "ebcdic1047", places, prefix),
            "BCD" when !isBytes => new(digits, "bcd", places, prefix) { Odd = "left" },
            "LBCD" when !isBytes => new(digits, "bcd", places, prefix) { Odd = "right" },
            "Binary" => new("b", "binary", places, prefix),
            "HexToASCII" or "Hex" => new("b", "hex", places, prefix),
            _ => null,
        };
        if (shape is null)
        {
            reason = $"{path}.enc: '{enc}' of the type {type} is not known here";
            return null;
        }

        if (enc == "EBCDIC" && codePage is null)
        {
            draft.Warn($"EBCDIC is read as {OwnPage}, where only | is another byte; --code-page takes another");
        }

        return Padded(shape, value, path, out reason);
    }

    private static FieldShape? Padded(FieldShape shape, JsonElement value, string path, out string reason)
    {
        reason = "";
        JsonElement? padding = Member(value, "padding");
        string type = padding is { } stated ? TextOf(stated, "type") ?? "" : "None";
        if (type == "None")
        {
            return shape;
        }

        string? pad = TextOf(padding!.Value, "pad");
        if (type is not ("Left" or "Right") || pad?.Length != 1)
        {
            reason = $"{path}.padding: Left or Right with one character expected";
            return null;
        }

        if (shape.Places != 0 || shape.Kind is "b" or "z")
        {
            reason = $"{path}.padding: only digits and characters of a fixed length are padded here";
            return null;
        }

        return shape with { Fill = pad, Align = type == "Left" ? "right" : "left" };
    }

    /// <summary>Null, and why, when it cannot be said.</summary>
    private JsonObject? CompositeOf(
        JsonElement value, JsonElement subfields, string path, int depth, out bool isText, out string reason)
    {
        isText = false;
        JsonElement? tag = Member(value, "tag");
        string? tagEncoding = tag is { } given ? TextOf(given, "enc") : null;
        if (depth > CompositeSpec.DepthMax)
        {
            reason = $"{path}.subfields: nested more than {CompositeSpec.DepthMax} deep";
            return null;
        }

        if (tagEncoding == "BerTLVTag")
        {
            reason = "";
            return Named(subfields, path);
        }

        int tagSize = tag is { } sized ? NumberOf(sized, "length") ?? 0 : 0;
        bool isTagged = tagEncoding is not (null or "");
        bool isTextWhole = true;
        var fields = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        FieldShape? first = null;
        foreach (JsonProperty property in subfields.EnumerateObject())
        {
            string at = $"{path}.subfields.{property.Name}";
            if (JsonOf(property.Value, at, isTrack: false, depth, out FieldShape? shape, out reason) is not { } json)
            {
                return null;
            }

            first ??= shape;
            if (isTagged && (shape!.Places == 0 || shape.Places != first!.Places || shape.Prefix != first.Prefix))
            {
                reason = $"{at}.prefix: all parts with tags must have a length of one form";
                return null;
            }

            isTextWhole &= shape!.IsText;
            if (!fields.TryAdd(isTagged ? TagOf(property.Name, tag!.Value, tagSize) : NumberText(property.Name), json))
            {
                draft.Fail($"{at}: is there twice");
            }
        }

        var composite = new JsonObject();
        if (Member(value, "bitmap") is { } bitmap)
        {
            if (!TryBitmap(composite, bitmap, isFirstUsed: fields.ContainsKey("1")))
            {
                reason = $"{path}.bitmap: only one of a fixed size up to 8 bytes can be said";
                return null;
            }

            isTextWhole &= composite["bitmap"]!.GetValue<string>() == "hex";
        }
        else if (!isTagged)
        {
            composite["kind"] = "positional";
        }
        else if (tagEncoding is "ASCII" or "ASCIIToHex" && first is not null && tagSize > 0)
        {
            isTextWhole &= tagEncoding == "ASCII";
            composite["kind"] = "tlv";
            composite["tag"] = $"{(tagEncoding == "ASCII" ? "ans" : "b")} {tagSize}";
            composite["length"] = first.Places;
            composite["prefix"] = first.Prefix;
        }
        else
        {
            reason = $"{path}.tag.enc: '{tagEncoding}' is not known here";
            return null;
        }

        composite["fields"] = new JsonObject(fields.Select(field =>
            KeyValuePair.Create(field.Key, (JsonNode?)field.Value)));
        isText = isTextWhole;
        reason = "";
        return composite;
    }

    /// <summary>
    /// Whether the bitmap is one alone: it is where it says so, or where no part needs the bit that would announce
    /// another.
    /// </summary>
    private static bool TryBitmap(JsonObject composite, JsonElement bitmap, bool isFirstUsed)
    {
        int size = NumberOf(bitmap, "length") ?? 8;
        bool isAlone = IsTrue(bitmap, "disableautoexpand") || !isFirstUsed;
        if (BitmapOf(bitmap) is not { } encoding || size is < 1 or > 8 || !isAlone)
        {
            return false;
        }

        composite["kind"] = "bitmap";
        composite["bitmap"] = encoding;
        composite["bits"] = 8 * size;
        return true;
    }

    /// <summary>Data objects have names; what they hold is bytes.</summary>
    private JsonObject Named(JsonElement subfields, string path)
    {
        var fields = new JsonObject();
        foreach (JsonProperty property in subfields.EnumerateObject())
        {
            var part = new JsonObject { ["name"] = TextOf(property.Value, "description") ?? property.Name };
            if (!fields.TryAdd(property.Name.ToUpperInvariant(), part))
            {
                draft.Fail($"{path}.subfields.{property.Name}: is there twice");
            }
        }

        return new JsonObject { ["kind"] = "ber-tlv", ["fields"] = fields };
    }

    /// <summary>A tag is written without the characters that fill it up; here with them.</summary>
    private static string TagOf(string name, JsonElement tag, int size)
    {
        if (Member(tag, "padding") is not { } padding || TextOf(padding, "pad") is not { Length: 1 } pad)
        {
            return name;
        }

        return TextOf(padding, "type") == "Right" ? name.PadRight(size, pad[0]) : name.PadLeft(size, pad[0]);
    }

    /// <summary>"01" is 1.</summary>
    private static string NumberText(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : name;

    /// <summary>
    /// Lengths in hexadecimal are not taken: what their digits are differs between versions of that library.
    /// </summary>
    private static bool TryPrefix(JsonElement value, out string prefix, out int places)
    {
        string[] parts = (TextOf(value, "prefix") ?? "").Split('.');
        bool isFixed = parts is ["ASCII" or "BCD" or "EBCDIC" or "EBCDIC1047" or "Binary" or "Hex", "Fixed"];
        int letters = parts.Length == 2 && parts[1].Trim('L').Length == 0 ? parts[1].Length : 0;
        (prefix, places) = parts[0] switch
        {
            _ when isFixed || letters is < 1 or > 6 => ("ascii", 0),
            "ASCII" => ("ascii", letters),
            "BCD" => ("bcd", letters),
            "EBCDIC" or "EBCDIC1047" => ("ebcdic", letters),
            "Binary" when letters <= 4 => ("binary", 2 * letters),
            _ => ("ascii", 0),
        };
        return isFixed || places > 0;
    }

    private static string? BitmapOf(JsonElement value) => TextOf(value, "enc") switch
    {
        "Binary" => "binary",
        "HexToASCII" or "Hex" => "hex",
        _ => null,
    };

    private void ExpectKnown(string? found, string path, JsonElement value, string member)
    {
        if (found is null)
        {
            draft.Fail($"{path}: '{TextOf(value, member)}' is not known here");
        }
    }

    private static bool IsTrue(JsonElement value, string member) =>
        Member(value, member) is { ValueKind: JsonValueKind.True };

    private static int? NumberOf(JsonElement value, string member) =>
        Member(value, member) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int result)
            ? result
            : null;

    private static string? TextOf(JsonElement value, string member) =>
        Member(value, member) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Member(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) ? member : null;
}
