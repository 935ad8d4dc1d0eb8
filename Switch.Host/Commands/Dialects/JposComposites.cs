using System.Globalization;
using System.Text.Json.Nodes;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>How a field of jPOS is divided, by the packager that it names.</summary>
/// <param name="fields">What reads the parts.</param>
/// <param name="draft">What is told.</param>
internal sealed class JposComposites(JposImport fields, DialectDraft draft)
{
    private const string Packagers = "org.jpos.iso.packager.";

    /// <summary>Null, and why, when it cannot be expressed.</summary>
    /// <param name="element">The field.</param>
    /// <param name="isBytes">Whether its value is bytes.</param>
    /// <param name="depth">Of fields, this one counted.</param>
    /// <param name="isText">Whether every byte of the value is a printable character.</param>
    /// <param name="reason">Why not.</param>
    public JsonObject? Of(JposElement element, bool isBytes, int depth, out bool isText, out string reason)
    {
        // What is not understood may be any bytes.
        isText = false;
        string packager = element.Text("packager") ?? "";
        bool isTheirs = packager.StartsWith(Packagers, StringComparison.Ordinal);
        string name = isTheirs ? packager[Packagers.Length..] : packager;
        reason = depth > CompositeSpec.DepthMax ? $"sub-fields are nested more than {CompositeSpec.DepthMax} deep"
            : element.Text("params") is not null ? "its packager is made with params, which are not known here"
            : "";
        if (reason.Length > 0)
        {
            return null;
        }

        // Data objects are bytes in a field of bytes, and hexadecimal characters in one of characters.
        if (name.EndsWith(isBytes ? ".BERTLVBinaryPackager" : ".BERTLVAsciiHexPackager", StringComparison.Ordinal))
        {
            isText = !isBytes;
            if (element.HasElements)
            {
                draft.Warn($"{element.Place}: its sub-fields are not used: data objects are shown by their tags");
            }

            return new JsonObject { ["kind"] = "ber-tlv" };
        }

        if (name is not ("GenericPackager" or "GenericSubFieldPackager" or "GenericTaggedFieldsPackager"))
        {
            reason = $"the packager '{packager}' is not supported, or not in a field of this class";
            return null;
        }

        if (element.Text("headerLength") is { } header and not "0")
        {
            reason = $"a header of {header} bytes in front of its sub-fields is not supported";
            return null;
        }

        if (!TryParts(element, out List<(JposElement Element, JposHead Head)> parts, out reason))
        {
            return null;
        }

        JsonObject? composite = name == "GenericTaggedFieldsPackager"
            ? TaggedOf(element, parts, out isText, out reason)
            : PlacedOf(element, parts, depth, out isText, out reason);
        if (composite is not null && element.TryNumber("maxValidField", out int max)
            && parts.Exists(part => part.Head.Id > max))
        {
            draft.Warn($"{element.Place}: a sub-field is beyond the maxValidField of {max}, but it is defined");
        }

        return composite;
    }

    /// <summary>The sub-fields, in the order of their numbers; of two with one number the last.</summary>
    private bool TryParts(
        JposElement element, out List<(JposElement Element, JposHead Head)> parts, out string reason)
    {
        var byNumber = new SortedDictionary<int, (JposElement Element, JposHead Head)>();
        parts = [];
        foreach (JposElement child in element.Elements)
        {
            if (!JposHead.TryRead(child, out JposHead head, out reason))
            {
                reason = $"{child.Place}: {reason}";
                return false;
            }

            if (byNumber.ContainsKey(head.Id))
            {
                draft.Warn($"{child.Place}: is given twice: the last one is used");
            }

            byNumber[head.Id] = (child, head);
        }

        parts = [.. byNumber.Values.Where(static part => !JposClasses.IsNothing(part.Head.Class))];
        reason = parts.Count == 0 ? "it has no sub-fields" : "";
        return parts.Count > 0;
    }

    /// <summary>Tags are decimal numbers: those of the sub-fields, in as many digits as the mapper says.</summary>
    private static JsonObject? TaggedOf(
        JposElement element, List<(JposElement Element, JposHead Head)> parts, out bool isText, out string reason)
    {
        isText = true;
        string mapper = element.Text("tagMapper") ?? "";
        int tag = mapper switch
        {
            Packagers + "TTDecimalTagMapper" => 2,
            Packagers + "TTTDecimalTagMapper" => 3,
            _ => 0,
        };
        if (tag == 0)
        {
            reason = $"the tag mapper '{mapper}' is not supported";
            return null;
        }

        int digits = 0;
        var json = new JsonObject();
        foreach ((JposElement child, JposHead head) in parts)
        {
            bool isTagged = JposClasses.TryTagged(head.Class, out int tagSize, out int lengthDigits, out string kind);
            digits = digits == 0 ? lengthDigits : digits;
            if (!isTagged || tagSize != tag || lengthDigits != digits)
            {
                reason = $"{child.Place}: {head.Class} has no tag of {tag} and length of {digits} digits";
                return null;
            }

            isText &= kind != "b";
            var shape = new FieldShape(kind, kind == "b" ? "binary" : "ascii", digits);
            json.Add(head.Key.PadLeft(tag, '0'), shape.ToJson(head.Length, head.Name));
            child.Finish();
        }

        // A packager of tags reads no bitmap, whatever it is told about one.
        element.Text("emitBitmap");
        reason = "";
        return new JsonObject { ["kind"] = "tlv", ["tag"] = $"ans {tag}", ["length"] = digits, ["fields"] = json };
    }

    private JsonObject? PlacedOf(
        JposElement element, List<(JposElement Element, JposHead Head)> parts, int depth, out bool isText,
        out string reason)
    {
        isText = true;
        var composite = new JsonObject { ["kind"] = "positional" };
        (JposElement Element, JposHead Head)? bitmap =
            parts[0].Head.Id <= 1 && JposClasses.BitmapOf(parts[0].Head.Class) is not null ? parts[0] : null;
        if (!TryBitmap(element, bitmap, parts, composite, ref isText, out reason))
        {
            return null;
        }

        var json = new JsonObject();
        foreach ((JposElement child, JposHead head) in parts.Skip(bitmap is null ? 0 : 1))
        {
            if (head.Id == 0 || JposClasses.BitmapOf(head.Class) is not null)
            {
                reason = $"{child.Place}: a sub-field 0, or a bitmap of the class {head.Class}, here";
                return null;
            }

            if (head.Id > CompositeSpec.CountMax)
            {
                reason = $"{child.Place}: a sub-field beyond {CompositeSpec.CountMax}";
                return null;
            }

            if (fields.JsonOf(child, head, isTrack: false, depth, out bool isPartText, out string why) is not { } part)
            {
                reason = $"{child.Place}: {why}";
                return null;
            }

            json.Add(head.Key, part);
            isText &= isPartText;
        }

        composite["fields"] = json;
        return composite;
    }

    /// <summary>
    /// Whether the bitmap, or that there is none, can be said. A bitmap in field 1 has its first bit to announce
    /// another one, as a message has; here it is of one size as long as no sub-field lies beyond it.
    /// </summary>
    private static bool TryBitmap(
        JposElement element, (JposElement Element, JposHead Head)? bitmap,
        List<(JposElement Element, JposHead Head)> parts, JsonObject composite, ref bool isText, out string reason)
    {
        bool? emits = element.Flag("emitBitmap");
        string? bitmapField = element.Text("bitmapField");
        string? firstField = element.Text("firstField");
        string? third = element.Text("thirdBitmapField");
        if (bitmap is not { } found)
        {
            reason = emits != false ? "emitBitmap is not false, and no bitmap is described in sub-field 0 or 1"
                : firstField is not null && firstField != parts[0].Head.Key
                    ? $"a firstField of {firstField}, where {parts[0].Head.Key} is the first"
                : "";
            return reason.Length == 0;
        }

        (JposElement place, JposHead head) = found;
        string encoding = JposClasses.BitmapOf(head.Class)!;
        bool mayAnnounce = head.Length == 16 && (head.Id == 1 || parts.TrueForAll(part => part.Head.Id != 1));
        int bits = mayAnnounce ? 64 : 8 * head.Length;
        string first = (head.Id + 1).ToString(CultureInfo.InvariantCulture);
        reason = emits == false ? $"{place.Place}: a bitmap, with an emitBitmap of false"
            : bitmapField is not null && bitmapField != head.Key
                ? $"{place.Place}: a bitmap, with a bitmapField of {bitmapField}"
            : firstField is not null && firstField != first
                ? $"a firstField of {firstField} behind a bitmap in sub-field {head.Key}"
            : third is not null ? "a third bitmap in a field of its own is not supported"
            : encoding == "hex-ebcdic" || (!mayAnnounce && head.Length is 0 or > 8)
                ? $"{place.Place}: a bitmap of the class {head.Class} with {head.Length} bytes, here"
            : parts[^1].Head.Id > bits ? $"{parts[^1].Element.Place}: a sub-field beyond a bitmap of {bits} bits"
            : "";
        if (reason.Length > 0)
        {
            return false;
        }

        place.Finish();
        isText &= encoding == "hex";
        composite["kind"] = "bitmap";
        composite["bitmap"] = encoding;
        composite["bits"] = bits;
        return true;
    }
}
