using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// Reads the field descriptions of jPOS's GenericPackager. A document type is neither fetched nor expanded. What is
/// not known is named with its line, its number and its class, and so is an attribute that has no meaning where it
/// stands.
/// </summary>
/// <param name="draft">What it becomes.</param>
/// <param name="codePage">
/// What EBCDIC is read in, as dialects name it. Null: 1047, as jPOS has it, which is said.
/// </param>
internal sealed class JposImport(DialectDraft draft, string? codePage)
{
    private const string OwnPage = "ebcdic1047";
    private const int LengthMax = 999_999;

    /// <summary>
    /// Elements in elements that are read. A tree of elements costs a walk to its root for each that is added.
    /// </summary>
    private const int DepthMax = 64;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Ignore,
        XmlResolver = null,
        MaxCharactersInDocument = 16 * 1024 * 1024,
    };

    private readonly JposClasses _classes = new(codePage ?? OwnPage);

    public void Read(string text)
    {
        XDocument document;
        try
        {
            if (LineTooDeep(text) is > 0 and var line)
            {
                draft.Fail($"line {line}: elements nested more than {DepthMax} deep");
                return;
            }

            using var reader = XmlReader.Create(new StringReader(text), Settings);
            document = XDocument.Load(reader, LoadOptions.SetLineInfo);
        }
        catch (XmlException e)
        {
            draft.Fail($"line {e.LineNumber}: not XML: {e.Message}");
            return;
        }

        var root = new JposElement(document.Root!, draft);
        if (root.Name != "isopackager")
        {
            draft.Fail($"{root.Place}: isopackager expected");
            return;
        }

        int maxValid = ReadRoot(root);
        var fields = new OrderedDictionary<int, (JposElement Element, JposHead Head)>();
        foreach (JposElement element in root.Elements)
        {
            if (!JposHead.TryRead(element, out JposHead head, out string reason))
            {
                draft.Fail($"{element.Place}: {reason}");
                continue;
            }

            if (fields.ContainsKey(head.Id))
            {
                draft.Warn($"{element.Place}: is given twice: the last one is used");
            }

            fields[head.Id] = (element, head);
        }

        foreach ((JposElement element, JposHead head) in fields.Values)
        {
            ReadField(element, head);
            if (head.Id > maxValid)
            {
                draft.Warn($"{element.Place}: is beyond the maxValidField of {maxValid}, but it is defined");
            }
        }
    }

    /// <summary>The line of the first element that is nested too deeply; 0: none is.</summary>
    private static int LineTooDeep(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), Settings);
        while (reader.Read())
        {
            if (reader.Depth > DepthMax)
            {
                return ((IXmlLineInfo)reader).LineNumber;
            }
        }

        return 0;
    }

    /// <summary>What is said about all fields. Gives the highest number that a field may have.</summary>
    private int ReadRoot(JposElement root)
    {
        if (root.Text("bitmapField") is not (null or "1") || root.Flag("emitBitmap") == false
            || root.Text("firstField") is not (null or "2"))
        {
            draft.Fail($"{root.Place}: a message without a bitmap in field 1, or fields before the second, are none of "
                + "ISO 8583");
        }

        if (root.Text("thirdBitmapField") is { } third)
        {
            draft.Fail($"{root.Place}: a third bitmap that stands as field {third} cannot be expressed");
        }

        if (root.Text("headerLength") is { } header and not "0")
        {
            draft.Warn($"{root.Place}: the header of {header} bytes is not part of a dialect: see --header");
        }

        int max = root.TryNumber("maxValidField", out int stated) ? stated : int.MaxValue;
        root.Finish();
        return max;
    }

    private void ReadField(JposElement element, JposHead head)
    {
        switch (head.Id)
        {
            case 0:
                draft.Mti = head.Length == 4 ? JposClasses.MtiOf(head.Class) : null;
                ExpectKnown(draft.Mti, element, head.Class, "a message type");
                Finish(element, head);
                break;
            case 1:
                draft.Bitmap = JposClasses.BitmapOf(head.Class);
                draft.HasThirdBitmap = head.Length == 24;
                draft.HasOneBitmap = head.Length == 8;
                ExpectKnown(draft.Bitmap, element, head.Class, "a bitmap");
                if (draft.Bitmap is not null && head.Length is not (8 or 16 or 24))
                {
                    draft.Fail($"{element.Place}: a bitmap of {head.Length} bytes: 8, 16 and 24 are supported");
                }

                Finish(element, head);
                break;
            case Field.ThirdBitmap or Field.FourthBitmap:
                // Bits that announce further bitmaps, and no fields.
                if (JposClasses.BitmapOf(head.Class) is null && !JposClasses.IsNothing(head.Class))
                {
                    draft.Warn($"{element.Place}: not used: bit {head.Id} announces a further bitmap");
                }

                break;
            default:
                if (JposClasses.IsNothing(head.Class))
                {
                    break;
                }

                bool isTrack = head.Id is Field.Track2 or Field.Track3;
                if (JsonOf(element, head, isTrack, depth: 0, out _, out string reason) is { } json)
                {
                    draft.Add(head.Id, json, element.Place);
                }
                else
                {
                    draft.FailField($"{element.Place}: {reason}");
                }

                break;
        }
    }

    /// <summary>The field with all that is inside it; null, and why, when it cannot be expressed.</summary>
    /// <param name="element">The field.</param>
    /// <param name="head">What it is called and what class it has.</param>
    /// <param name="isTrack">Whether what its class calls a number has a separator in it.</param>
    /// <param name="depth">Of fields around it.</param>
    /// <param name="isText">Whether every byte of it is a printable character.</param>
    /// <param name="reason">Why not.</param>
    internal JsonObject? JsonOf(
        JposElement element, JposHead head, bool isTrack, int depth, out bool isText, out string reason)
    {
        isText = false;
        reason = "";
        if (_classes.ShapeOf(head.Class, head.Pad, isTrack) is not { } shape)
        {
            reason = $"the class {head.Class} is not supported";
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

        bool isDivided = element.Name == "isofieldpackager";
        if (!isDivided && (element.HasElements || element.Text("params") is not null
            || element.Text("encoding") is not null))
        {
            reason = element.HasElements ? "an isofield with elements inside"
                : "its class is made with params, or has an encoding, which is not supported";
            return null;
        }

        JsonObject? composite = null;
        isText = shape.IsText;
        if (isDivided)
        {
            composite = new JposComposites(this, draft)
                .Of(element, shape.Kind == "b", depth + 1, out bool isDividedText, out string why);
            shape = isDividedText || shape.Kind != "ans" ? shape : shape with { Content = "any" };
            isText &= isDividedText;
            if (composite is null)
            {
                draft.Warn($"{element.Place}: {why}: its sub-fields are not described, the field is");
            }
        }

        JsonObject json = shape.ToJson(head.Length, head.Name);
        if (composite is not null)
        {
            json["composite"] = composite;
        }

        Finish(element, head);
        return json;
    }

    private void Finish(JposElement element, JposHead head)
    {
        if (element.Flag("trim") == true)
        {
            draft.Warn($"{element.Place}: trim is not used: values are shown with their padding");
        }

        if (head.IsPadStrange)
        {
            draft.Warn($"{element.Place}: pad is neither true nor false, and read as false, as that library does");
        }

        element.Finish();
    }

    private void ExpectKnown(string? found, JposElement element, string className, string what)
    {
        if (found is null)
        {
            draft.Fail($"{element.Place}: the class {className} is not supported as {what}");
        }
    }
}

/// <summary>What every field has: number, length, class, where an odd digit is padded, and a name.</summary>
internal readonly record struct JposHead(
    int Id, int Length, string Class, bool Pad, bool IsPadStrange, string? Name)
{
    public static bool TryRead(JposElement element, out JposHead head, out string reason)
    {
        head = default;
        reason = "";
        if (element.Name is not ("isofield" or "isofieldpackager"))
        {
            reason = $"an element {element.Name} is not supported";
            return false;
        }

        string? className = element.Text("class");
        bool hasId = element.TryNumber("id", out int id);
        if (className is null || !hasId || !element.TryNumber("length", out int length))
        {
            reason = "id, length and class are required, and the first two must be numbers";
            return false;
        }

        head = new JposHead(
            id, length, className, element.Flag("pad") ?? false, element.IsStrangeFlag("pad"), element.Text("name"));
        return true;
    }

    /// <summary>The number as a key of JSON.</summary>
    public string Key => Id.ToString(CultureInfo.InvariantCulture);
}
