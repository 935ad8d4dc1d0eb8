using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Switch.Protocol.Composites;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// Reads the field descriptions of jPOS's GenericPackager. A document type is neither fetched nor expanded. What is
/// not known is named with its line, its number and its class.
/// </summary>
/// <param name="draft">What it becomes.</param>
/// <param name="codePage">
/// What EBCDIC is read in, as dialects name it. Null: 1047, as jPOS has it, which is said.
/// </param>
internal sealed class JposImport(DialectDraft draft, string? codePage)
{
    private const string OwnPage = "ebcdic1047";
    private const int LengthMax = 999_999;
    private const string Packagers = "org.jpos.iso.packager.";

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
        MaxCharactersInDocument = 16 * 1024 * 1024,
    };

    private readonly JposClasses _classes = new(codePage ?? OwnPage);

    public void Read(TextReader text)
    {
        XDocument document;
        try
        {
            using var reader = XmlReader.Create(text, Settings);
            document = XDocument.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (XmlException e)
        {
            draft.Fail($"line {e.LineNumber}: not XML: {e.Message}");
            return;
        }

        XElement root = document.Root!;
        if (root.Name.LocalName != "isopackager")
        {
            draft.Fail($"{PlaceOf(root)}: isopackager expected");
            return;
        }

        if (ValueOf(root, "bitmapField") is not (null or "1") || IsFalse(root, "emitBitmap"))
        {
            draft.Fail($"{PlaceOf(root)}: a message without a bitmap in field 1 is none of ISO 8583");
        }

        if (ValueOf(root, "headerLength") is { } header and not "0")
        {
            draft.Warn($"{PlaceOf(root)}: the header of {header} bytes is no matter of the dialect: see --header");
        }

        foreach (XElement element in root.Elements())
        {
            ReadField(element);
        }
    }

    private void ReadField(XElement element)
    {
        if (!TryReadHead(element, out Head head, out string reason))
        {
            draft.Fail($"{PlaceOf(element)}: {reason}");
            return;
        }

        switch (head.Id)
        {
            case 0:
                draft.Mti = head.Length == 4 ? JposClasses.MtiOf(head.Class) : null;
                ExpectKnown(draft.Mti, element, head.Class, "a message type");
                break;
            case 1:
                draft.Bitmap = JposClasses.BitmapOf(head.Class);
                draft.HasThirdBitmap = head.Length == 24;
                ExpectKnown(draft.Bitmap, element, head.Class, "a bitmap");
                break;
            case 65 or 129:
                break; // Bits that announce further bitmaps, and no fields.
            default:
                if (JposClasses.IsNothing(head.Class))
                {
                    break;
                }

                if (JsonOf(element, head, isTrack: head.Id is 35 or 36, depth: 0, out reason) is { } json)
                {
                    draft.Add(head.Id, json, PlaceOf(element));
                }
                else
                {
                    draft.FailField($"{PlaceOf(element)}: {reason}");
                }

                break;
        }
    }

    /// <summary>The field with all that is inside it; null, and why, when it cannot be said.</summary>
    private JsonObject? JsonOf(XElement element, Head head, bool isTrack, int depth, out string reason)
    {
        reason = "";
        if (_classes.ShapeOf(head.Class, head.Pad, isTrack) is not { } shape)
        {
            reason = $"the class {head.Class} is not known here";
            return null;
        }

        if (head.Length is 0 or > LengthMax)
        {
            reason = $"a length of {head.Length} is beyond what a field can have";
            return null;
        }

        if (codePage is null && shape.Encoding == OwnPage)
        {
            draft.Warn($"EBCDIC is read as {OwnPage}; --code-page takes another");
        }

        JsonObject? composite = null;
        bool isDivided = element.Name.LocalName == "isofieldpackager";
        if (isDivided)
        {
            composite = CompositeOf(element, shape.Kind == "b", depth + 1, out bool isText, out string why);
            shape = isText || shape.Kind != "ans" ? shape : shape with { Content = "any" };
            if (composite is null)
            {
                draft.Warn($"{PlaceOf(element)}: {why}: its sub-fields are not described, the field is");
            }
        }

        JsonObject json = shape.ToJson(head.Length, head.Name);
        if (composite is not null)
        {
            json["composite"] = composite;
        }

        return json;
    }

    /// <summary>Null, and why, when it cannot be said.</summary>
    private JsonObject? CompositeOf(
        XElement element, bool isBytes, int depth, out bool isText, out string reason)
    {
        // What is not understood may be any bytes.
        isText = false;
        reason = "";
        string packager = ValueOf(element, "packager") ?? "";
        bool isTheirs = packager.StartsWith(Packagers, StringComparison.Ordinal);
        string name = isTheirs ? packager[Packagers.Length..] : packager;
        if (depth > CompositeSpec.DepthMax)
        {
            reason = $"sub-fields are nested more than {CompositeSpec.DepthMax} deep";
            return null;
        }

        // Data objects are bytes in a field of bytes, and hexadecimal characters in one of characters.
        if (name.EndsWith(isBytes ? ".BERTLVBinaryPackager" : ".BERTLVAsciiHexPackager", StringComparison.Ordinal))
        {
            isText = !isBytes;
            return new JsonObject { ["kind"] = "ber-tlv" };
        }

        if (name is not ("GenericPackager" or "GenericSubFieldPackager" or "GenericTaggedFieldsPackager"))
        {
            reason = $"the packager '{packager}' is not known here, or not in a field of this class";
            return null;
        }

        var parts = new List<(XElement Element, Head Head)>();
        foreach (XElement child in element.Elements())
        {
            if (!TryReadHead(child, out Head head, out reason))
            {
                reason = $"{PlaceOf(child)}: {reason}";
                return null;
            }

            if (!JposClasses.IsNothing(head.Class))
            {
                parts.Add((child, head));
            }
        }

        if (parts.Count == 0)
        {
            reason = "it has no sub-fields";
            return null;
        }

        return name == "GenericTaggedFieldsPackager"
            ? TaggedOf(element, parts, out isText, out reason)
            : PlacedOf(element, parts, depth, out isText, out reason);
    }

    /// <summary>Tags are decimal numbers: those of the sub-fields, in as many digits as the mapper says.</summary>
    private static JsonObject? TaggedOf(
        XElement element, List<(XElement Element, Head Head)> parts, out bool isText, out string reason)
    {
        isText = true;
        string mapper = ValueOf(element, "tagMapper") ?? "";
        int tag = mapper switch
        {
            Packagers + "TTDecimalTagMapper" => 2,
            Packagers + "TTTDecimalTagMapper" => 3,
            _ => 0,
        };
        if (tag == 0)
        {
            reason = $"the tag mapper '{mapper}' is not known here";
            return null;
        }

        int digits = 0;
        var fields = new JsonObject();
        foreach ((XElement child, Head head) in parts)
        {
            bool isTagged = JposClasses.TryTagged(head.Class, out int tagSize, out int lengthDigits, out string kind);
            digits = digits == 0 ? lengthDigits : digits;
            if (!isTagged || tagSize != tag || lengthDigits != digits)
            {
                reason = $"{PlaceOf(child)}: {head.Class} has no tag of {tag} and length of {digits} digits";
                return null;
            }

            isText &= kind != "b";
            string key = head.Id.ToString(CultureInfo.InvariantCulture).PadLeft(tag, '0');
            var shape = new FieldShape(kind, kind == "b" ? "binary" : "ascii", digits);
            if (!fields.TryAdd(key, shape.ToJson(head.Length, head.Name)))
            {
                reason = $"{PlaceOf(child)}: sub-field {head.Id} is there twice";
                return null;
            }
        }

        reason = "";
        return new JsonObject { ["kind"] = "tlv", ["tag"] = $"ans {tag}", ["length"] = digits, ["fields"] = fields };
    }

    private JsonObject? PlacedOf(
        XElement element, List<(XElement Element, Head Head)> parts, int depth, out bool isText, out string reason)
    {
        isText = true;
        reason = "";
        var composite = new JsonObject { ["kind"] = "positional" };
        var fields = new JsonObject();
        bool hasBitmap = !IsFalse(element, "emitBitmap");
        foreach ((XElement child, Head head) in parts)
        {
            if (JposClasses.BitmapOf(head.Class) is { } bitmap)
            {
                if (!hasBitmap || head.Id > 1 || bitmap == "hex-ebcdic" || head.Length is 0 or > 8)
                {
                    reason = $"{PlaceOf(child)}: a bitmap of the class {head.Class} with {head.Length} bytes, here";
                    return null;
                }

                isText &= bitmap == "hex";
                composite["kind"] = "bitmap";
                composite["bitmap"] = bitmap;
                composite["bits"] = 8 * head.Length;
            }
            else if (head.Id == 0)
            {
                reason = $"{PlaceOf(child)}: a sub-field 0 that is no bitmap";
                return null;
            }
            else if (JsonOf(child, head, isTrack: false, depth, out string why) is not { } json)
            {
                reason = $"{PlaceOf(child)}: {why}";
                return null;
            }
            else if (!fields.TryAdd(head.Id.ToString(CultureInfo.InvariantCulture), json))
            {
                reason = $"{PlaceOf(child)}: sub-field {head.Id} is there twice";
                return null;
            }
            else
            {
                isText &= _classes.ShapeOf(head.Class, head.Pad, isTrack: false)!.IsText
                    && json["content"]?.GetValue<string>() != "any";
            }
        }

        composite["fields"] = fields;
        return composite;
    }

    private static bool TryReadHead(XElement element, out Head head, out string reason)
    {
        head = default;
        reason = "";
        if (element.Name.LocalName is not ("isofield" or "isofieldpackager"))
        {
            reason = $"an element {element.Name.LocalName} is not known here";
            return false;
        }

        string? className = ValueOf(element, "class");
        bool hasId = TryNumber(element, "id", out int id);
        if (className is null || !hasId || !TryNumber(element, "length", out int length))
        {
            reason = "id, length and class must be there, the first two as numbers";
            return false;
        }

        bool pad = bool.TryParse(ValueOf(element, "pad"), out bool value) && value;
        head = new Head(id, length, className, pad, ValueOf(element, "name"));
        return true;
    }

    private void ExpectKnown(string? found, XElement element, string className, string what)
    {
        if (found is null)
        {
            draft.Fail($"{PlaceOf(element)}: the class {className} is not known here as {what}");
        }
    }

    private static bool TryNumber(XElement element, string attribute, out int number) => int.TryParse(
        ValueOf(element, attribute), NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool IsFalse(XElement element, string attribute) =>
        string.Equals(ValueOf(element, attribute), "false", StringComparison.OrdinalIgnoreCase);

    private static string? ValueOf(XElement element, string attribute) => (string?)element.Attribute(attribute);

    private static string PlaceOf(XElement element)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"line {((IXmlLineInfo)element).LineNumber}");
        return ValueOf(element, "id") is { } id ? $"{line}, id {id}" : line;
    }

    private readonly record struct Head(int Id, int Length, string Class, bool Pad, string? Name);
}
