using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// Reads the JSON of a message specification of moov-io/iso8583: fields by number, with type, length, enc, prefix and
/// padding, and for composites tag, bitmap and subfields. What is not known is named with its path, and so is what has
/// no meaning where it stands.
/// </summary>
/// <param name="draft">What it becomes.</param>
/// <param name="codePage">
/// What its encoding EBCDIC is, as dialects name it. Null: that library's table is code page 500 but for the character
/// |, which is said.
/// </param>
internal sealed class MoovImport(DialectDraft draft, string? codePage)
{
    private const int LengthMax = 999_999;
    private const int BitmapSizeDefault = 8;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    private readonly MoovShapes _shapes = new(draft, codePage);

    public void Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                draft.Fail("$: an object with \"fields\" expected");
                return;
            }

            ReadRoot(new MoovObject(document.RootElement, "", draft));
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

    private void ReadRoot(MoovObject root)
    {
        IReadOnlyList<KeyValuePair<string, JsonElement>> fields = root.Map("fields");
        IReadOnlyList<KeyValuePair<string, JsonElement>> elements = root.Map("elements");
        string? name = root.Text("name");
        if (root.Problem is not null || fields.Count + elements.Count == 0)
        {
            draft.Fail(root.Problem ?? "$: an object with \"fields\", or of early versions \"elements\", expected");
            return;
        }

        if (fields.Count == 0)
        {
            new MoovElements(draft, codePage).Read(root, elements);
        }

        if (name is not null && name != draft.Name)
        {
            draft.Warn($"name: '{name}' is not used: the dialect is called {draft.Name}, by --name or by its file");
        }

        root.Finish();

        // The bitmap says which fields there can be.
        foreach ((string number, JsonElement value) in fields.OrderBy(static field => field.Key != "1"))
        {
            string path = $"fields.{number}";
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int field)
                || value.ValueKind != JsonValueKind.Object)
            {
                draft.Fail($"{path}: a field number and an object expected");
                continue;
            }

            ReadField(field, new MoovObject(value, path, draft));
        }
    }

    private void ReadField(int field, MoovObject value)
    {
        switch (field)
        {
            case 0:
                ReadMti(value);
                break;
            case 1:
                ReadBitmap(value);
                break;
            case Field.ThirdBitmap when !draft.HasBothBitmaps:
                // The bit that announces a third bitmap: that library never reads such a field either.
                if (value.Text("type") != "Bitmap")
                {
                    draft.Warn($"{value.Path}: not used: bit 65 announces a third bitmap");
                }

                break;
            case Field.ThirdBitmap:
                draft.FailField($"{value.Path}: a field 65, with a bitmap of 16 bytes, cannot be expressed");
                break;
            default:
                draft.HasThirdBitmap |= field > Field.Max;
                if (JsonOf(value, draft.StandardOf(field), depth: 0, out _, out string reason) is { } json)
                {
                    draft.Add(field, json, value.Path);
                }
                else
                {
                    draft.FailField(reason);
                }

                break;
        }
    }

    private void ReadMti(MoovObject value)
    {
        string? enc = value.Text("enc");
        draft.Mti = (value.Number("length"), enc) switch
        {
            (4, "ASCII") => "ascii",
            (4, "BCD" or "LBCD") or (2, "ASCIIToHex") => "bcd",
            (4, "EBCDIC" or "EBCDIC1047") => "ebcdic",
            _ => null,
        };
        if (draft.Mti is null)
        {
            draft.Fail(value.Problem ?? $"{value.Path}.enc: '{enc}' is not supported for a message type of 4 digits");
        }

        ExpectFixed(value);
        value.Text("type"); // Four digits are a string and a number alike,
        value.Object("padding"); // and are never padded.
        value.Text("description");
        value.Finish();
    }

    private void ReadBitmap(MoovObject value)
    {
        string? enc = value.Text("enc");
        draft.Bitmap = MoovShapes.BitmapOf(enc);
        int size = value.Number("length") is { } stated and not 0 ? stated : BitmapSizeDefault;
        draft.HasBothBitmaps = size == 2 * BitmapSizeDefault;
        bool announcesNone = value.IsTrue("disableautoexpand");
        if (draft.Bitmap is null)
        {
            draft.Fail(value.Problem ?? $"{value.Path}.enc: '{enc}' is not supported");
        }
        else if (value.Text("type") is { } type and not "Bitmap")
        {
            draft.Fail($"{value.Path}.type: '{type}' where the bitmap belongs");
        }
        else if (size is not (BitmapSizeDefault or 2 * BitmapSizeDefault) || value.Problem is not null)
        {
            draft.Fail(value.Problem ?? $"{value.Path}.length: a bitmap of {size} bytes: 8 and 16 are supported");
        }

        draft.HasOneBitmap = announcesNone && !draft.HasBothBitmaps;
        ExpectFixed(value);
        value.Text("description");
        value.Finish();
    }

    private void ExpectFixed(MoovObject value)
    {
        if (!_shapes.TryPrefix(value, out _, out int places, out string reason) || places != 0)
        {
            draft.Fail(reason.Length > 0 ? reason : $"{value.Path}.prefix: it has a fixed length");
        }
    }

    /// <summary>The field with all that is inside it; null, and why, when it cannot be expressed.</summary>
    /// <param name="value">The object.</param>
    /// <param name="standard">What the edition calls the field; null inside a composite.</param>
    /// <param name="depth">Of composites around it.</param>
    /// <param name="shape">How it travels.</param>
    /// <param name="reason">Why not.</param>
    internal JsonObject? JsonOf(
        MoovObject value, FieldSpec? standard, int depth, out FieldShape? shape, out string reason)
    {
        shape = null;
        int length = value.Number("length") ?? 0;
        if (length is < 1 or > LengthMax)
        {
            reason = $"{value.Path}.length: a number from 1 to {LengthMax} expected";
            return null;
        }

        JsonObject? json;
        string? name = value.Text("description");
        IReadOnlyList<KeyValuePair<string, JsonElement>> subfields = value.Map("subfields");
        if (subfields.Count > 0)
        {
            json = DividedOf(value, subfields, length, name, depth, out shape, out reason);
        }
        else
        {
            shape = _shapes.Of(value, standard, ref length, out reason);
            json = shape?.ToJson(length, name);
        }

        if (json is not null && value.Problem is { } problem)
        {
            reason = problem;
            return null;
        }

        if (json is not null)
        {
            value.Finish();
        }

        return json;
    }

    private JsonObject? DividedOf(
        MoovObject value, IReadOnlyList<KeyValuePair<string, JsonElement>> subfields, int length, string? name,
        int depth, out FieldShape? shape, out string reason)
    {
        shape = null;
        if (!_shapes.TryPrefix(value, out string prefix, out int places, out reason))
        {
            return null;
        }

        if (value.Text("type") != "Composite")
        {
            reason = $"{value.Path}.type: '{value.Text("type")}' with subfields, which Composite has";
            return null;
        }

        JsonObject? composite = new MoovComposites(this, _shapes, draft)
            .Of(value, subfields, depth + 1, out bool isText, out reason);
        if (composite is null)
        {
            draft.Warn($"{reason}: the sub-fields of {value.Path} are not described, the field is");
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
}
