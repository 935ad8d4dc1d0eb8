using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// How a field of moov-io/iso8583 is divided: one part after the other, by tags, by BER-TLV, or by a bitmap.
/// </summary>
/// <param name="fields">What reads the parts.</param>
/// <param name="shapes">How lengths and bitmaps travel.</param>
/// <param name="draft">What is told.</param>
internal sealed class MoovComposites(MoovImport fields, MoovShapes shapes, DialectDraft draft)
{
    private const int BitmapSizeDefault = 8;
    private const int BitmapSizeMax = 16;
    private const int TagSizeMax = 8;

    /// <summary>Null, and why, when it cannot be expressed.</summary>
    /// <param name="value">The composite.</param>
    /// <param name="subfields">Its parts, by number or tag.</param>
    /// <param name="depth">Of composites, this one counted.</param>
    /// <param name="isText">Whether every byte of it is a printable character.</param>
    /// <param name="reason">Why not.</param>
    public JsonObject? Of(
        MoovObject value, IReadOnlyList<KeyValuePair<string, JsonElement>> subfields, int depth, out bool isText,
        out string reason)
    {
        isText = false;
        if (depth > CompositeSpec.DepthMax)
        {
            reason = $"{value.Path}.subfields: nested more than {CompositeSpec.DepthMax} deep";
            return null;
        }

        MoovObject? tag = value.Object("tag");
        MoovObject? bitmap = value.Object("bitmap");
        Tags? tags = TagsOf(tag, out reason);
        reason = value.Problem ?? reason;
        if (reason.Length == 0 && tags?.Enc.Length > 0 && bitmap is not null)
        {
            reason = $"{value.Path}.bitmap: beside a tag.enc only one of the two counts";
        }

        return reason.Length > 0 ? null
            : tags?.Enc == "BerTLVTag" ? ObjectsOf(subfields, $"{value.Path}.subfields", depth, out reason)
            : tags?.Enc.Length > 0 ? TaggedOf(tags, subfields, value.Path, depth, out isText, out reason)
            : PlacedOf(bitmap, subfields, value.Path, depth, out isText, out reason);
    }

    private static Tags? TagsOf(MoovObject? tag, out string reason)
    {
        reason = "";
        if (tag is null)
        {
            return null;
        }

        string enc = tag.Text("enc") ?? "";
        string sort = tag.Text("sort") ?? "";
        if (sort is not ("" or "StringsByInt" or "StringsByHex"))
        {
            reason = $"{tag.Path}.sort: '{sort}' is not supported";
        }

        // Tags that are not described are read and shown here whatever these say.
        tag.IsTrue("skipunknowntlvtags");
        tag.IsTrue("storeunknowntlvtags");
        if (enc is "" or "BerTLVTag")
        {
            reason = tag.Problem ?? reason;
            tag.Finish(); // A length, a padding or a form of lengths has no meaning without tags of one width.
            return new Tags(enc, 0, null, false, null, tag.Path);
        }

        MoovObject? padding = tag.Object("padding");
        string? type = padding?.Text("type");
        string? pad = padding?.Text("pad");
        if (padding is not null && type != "None" && (type is not ("Left" or "Right") || pad?.Length != 1))
        {
            reason = $"{tag.Path}.padding: Left or Right with one character expected";
        }

        var tags = new Tags(
            enc, tag.Number("length") ?? 0, type is "Left" or "Right" ? pad : null, type == "Right",
            tag.Text("prefunknowntlv"), tag.Path);
        reason = padding?.Problem ?? tag.Problem ?? reason;
        padding?.Finish();
        tag.Finish();
        return tags;
    }

    /// <summary>Data objects have names, and may be divided; what they hold is bytes.</summary>
    private JsonObject? ObjectsOf(
        IReadOnlyList<KeyValuePair<string, JsonElement>> subfields, string path, int depth, out string reason)
    {
        var parts = new JsonObject();
        bool isShownOtherwise = false;
        foreach ((string tag, JsonElement element) in subfields)
        {
            string at = $"{path}.{tag}";
            if (element.ValueKind != JsonValueKind.Object)
            {
                reason = $"{at}: an object expected";
                return null;
            }

            var value = new MoovObject(element, at, draft);
            string prefix = value.Text("prefix") ?? "";
            string type = value.Text("type") ?? "";
            bool isBytes = type is "Binary" or "Hex" && value.Text("enc") == "Binary";
            IReadOnlyList<KeyValuePair<string, JsonElement>> inside = value.Map("subfields");
            isShownOtherwise |= !isBytes && inside.Count == 0;
            value.Number("length"); // The greatest length: a data object here has any.
            value.Text("enc");
            var part = new JsonObject { ["name"] = value.Text("description") ?? tag };
            if (prefix != "BerTLV")
            {
                reason = $"{at}.prefix: '{prefix}' where BerTLV belongs";
                return null;
            }

            if (inside.Count > 0 && Of(value, inside, depth + 1, out _, out string why) is { } composite)
            {
                part["composite"] = composite;
            }
            else if (inside.Count > 0)
            {
                draft.Warn($"{value.Problem ?? at}: its sub-fields are not described, the data object is");
            }

            value.Finish();
            if (!parts.TryAdd(tag.ToUpperInvariant(), part))
            {
                draft.Fail($"{at}: is there twice");
            }
        }

        if (isShownOtherwise)
        {
            draft.Warn($"{path}: type, enc and length of data objects are not used: their values are shown as bytes");
        }

        reason = "";
        return new JsonObject { ["kind"] = "ber-tlv", ["fields"] = parts };
    }

    private JsonObject? TaggedOf(
        Tags tags, IReadOnlyList<KeyValuePair<string, JsonElement>> subfields, string path, int depth,
        out bool isText, out string reason)
    {
        isText = tags.Enc == "ASCII";
        if (tags.Enc is not ("ASCII" or "ASCIIToHex") || tags.Size is < 1 or > TagSizeMax)
        {
            reason = $"{tags.Path}.enc: '{tags.Enc}' with a length of {tags.Size} is not supported";
            return null;
        }

        var parts = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        FieldShape? first = null;
        foreach ((string tag, JsonElement element) in subfields)
        {
            string at = $"{path}.subfields.{tag}";
            if (PartOf(element, at, depth, out FieldShape? shape, out reason) is not { } json)
            {
                return null;
            }

            first ??= shape!;
            string key = tags.KeyOf(tag);
            int size = tags.Enc == "ASCII" ? tags.Size : 2 * tags.Size;
            if (key.Length != size)
            {
                reason = $"{at}: a tag of {size} characters expected";
                return null;
            }

            if (shape!.Places == 0 || shape.Places != first.Places || shape.Prefix != first.Prefix)
            {
                reason = $"{at}.prefix: all parts with tags must have a length of one form";
                return null;
            }

            isText &= shape.IsText;
            if (!parts.TryAdd(key, json))
            {
                draft.Fail($"{at}: is there twice");
            }
        }

        if (tags.UnknownPrefix is { Length: > 0 } unknown)
        {
            draft.Warn($"{tags.Path}.prefunknowntlv: '{unknown}' is not used: tags that are not described have the "
                + "length of those that are");
        }

        reason = "";
        return new JsonObject
        {
            ["kind"] = "tlv",
            ["tag"] = $"{(tags.Enc == "ASCII" ? "ans" : "b")} {tags.Size}",
            ["length"] = first!.Places,
            ["prefix"] = first.Prefix,
            ["fields"] = FieldsOf(parts),
        };
    }

    private JsonObject? PlacedOf(
        MoovObject? bitmap, IReadOnlyList<KeyValuePair<string, JsonElement>> subfields, string path, int depth,
        out bool isText, out string reason)
    {
        isText = true;
        var parts = new SortedDictionary<int, JsonObject>();
        foreach ((string name, JsonElement element) in subfields)
        {
            string at = $"{path}.subfields.{name}";
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || number is < 1 or > CompositeSpec.CountMax)
            {
                reason = $"{at}: a number from 1 to {CompositeSpec.CountMax} expected";
                return null;
            }

            if (PartOf(element, at, depth, out FieldShape? shape, out reason) is not { } json)
            {
                return null;
            }

            isText &= shape!.IsText;
            if (!parts.TryAdd(number, json))
            {
                draft.Fail($"{at}: is there twice");
            }
        }

        var composite = new JsonObject { ["kind"] = "positional" };
        if (bitmap is not null && !TryBitmap(composite, bitmap, parts.Keys, ref isText, out reason))
        {
            return null;
        }

        composite["fields"] = FieldsOf(parts.Select(static part => KeyValuePair.Create(
            part.Key.ToString(CultureInfo.InvariantCulture), part.Value)));
        reason = "";
        return composite;
    }

    /// <summary>
    /// A bitmap of one size. One that may announce another has its first bit for that, and is of one size as long as no
    /// part lies beyond it.
    /// </summary>
    private bool TryBitmap(
        JsonObject composite, MoovObject bitmap, IReadOnlyCollection<int> parts, ref bool isText, out string reason)
    {
        int size = bitmap.Number("length") is { } stated and not 0 ? stated : BitmapSizeDefault;
        bool isAlone = bitmap.IsTrue("disableautoexpand");
        string? enc = bitmap.Text("enc");
        string type = bitmap.Text("type") ?? "";
        bitmap.Text("description");
        bool isFixed = shapes.TryPrefix(bitmap, out _, out int places, out string why) && places == 0;
        reason = bitmap.Problem
            ?? (!isFixed ? why.Length > 0 ? why : $"{bitmap.Path}.prefix: a bitmap has a fixed length"
                : MoovShapes.BitmapOf(enc) is null ? $"{bitmap.Path}.enc: '{enc}' is not supported"
                : type != "Bitmap" ? $"{bitmap.Path}.type: '{type}' where a bitmap belongs"
                : size is < 1 or > BitmapSizeMax ? $"{bitmap.Path}.length: {size}: 1 to {BitmapSizeMax} bytes are known"
                : parts.Any(part => part > 8 * size) ? $"{bitmap.Path}.length: a part lies beyond {8 * size} bits"
                : !isAlone && parts.Contains(1) ? $"{bitmap.Path}: its first bit announces another bitmap, and part 1"
                : "");
        if (reason.Length > 0)
        {
            return false;
        }

        bitmap.Finish();
        isText &= MoovShapes.BitmapOf(enc) == "hex";
        composite["kind"] = "bitmap";
        composite["bitmap"] = MoovShapes.BitmapOf(enc);
        composite["bits"] = 8 * size;
        return true;
    }

    private JsonObject? PartOf(
        JsonElement element, string path, int depth, out FieldShape? shape, out string reason)
    {
        shape = null;
        reason = $"{path}: an object expected";
        return element.ValueKind == JsonValueKind.Object
            ? fields.JsonOf(new MoovObject(element, path, draft), standard: null, depth, out shape, out reason)
            : null;
    }

    private static JsonObject FieldsOf(IEnumerable<KeyValuePair<string, JsonObject>> parts) =>
        new(parts.Select(static part => KeyValuePair.Create(part.Key, (JsonNode?)part.Value)));

    /// <summary>What is said about tags.</summary>
    private sealed record Tags(
        string Enc, int Size, string? Pad, bool PadsRight, string? UnknownPrefix, string Path)
    {
        /// <summary>A tag is written without the characters that fill it up; here with them.</summary>
        public string KeyOf(string name) => Pad is null ? name
            : PadsRight ? name.PadRight(Size, Pad[0])
            : name.PadLeft(Size, Pad[0]);
    }
}
