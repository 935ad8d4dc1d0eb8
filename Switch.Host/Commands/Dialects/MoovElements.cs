using System.Globalization;
using System.Text.Json;
using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// Reads the JSON of the first versions of moov-io/iso8583, before 0.4: "elements" by number, each described in the
/// standard's notation, and one "encoding" for all of a kind. What that library writes in one way and reads in another
/// cannot be expressed.
/// </summary>
/// <param name="draft">What it becomes.</param>
/// <param name="codePage">What its encoding EBCDIC is, as dialects name it; null: 037, which is that library's.</param>
internal sealed class MoovElements(DialectDraft draft, string? codePage)
{
    private const int SecondBitmap = 1;
    private const int LengthMax = 99_999;
    private const int BitsOfAByte = 8;

    // Of the widest first, as that library looks for them: "n..19", "b 64", "b-64".
    private static readonly string[] Separators = [".....", "....", "...", "..", ".", "-", " "];

    private Encodings _encodings = new();

    /// <param name="root">The whole; the caller finishes it.</param>
    /// <param name="elements">Its elements.</param>
    public void Read(MoovObject root, IReadOnlyList<KeyValuePair<string, JsonElement>> elements)
    {
        if (root.Object("encoding") is { } encoding)
        {
            _encodings = ReadEncodings(encoding);
        }

        ReadHead();
        foreach ((string number, JsonElement value) in elements)
        {
            string path = $"elements.{number}";
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int field)
                || value.ValueKind != JsonValueKind.Object)
            {
                draft.Fail($"{path}: a field number and an object expected");
                continue;
            }

            ReadElement(field, new MoovObject(value, path, draft));
        }
    }

    private Encodings ReadEncodings(MoovObject encoding)
    {
        var standard = new Encodings();
        var read = new Encodings(
            encoding.Text("mti_enc") ?? standard.Mti, encoding.Text("bmp_enc") ?? standard.Bitmap,
            encoding.Text("len_enc") ?? standard.Length, encoding.Text("num_enc") ?? standard.Number,
            encoding.Text("chr_enc") ?? standard.Character, encoding.Text("bin_enc") ?? standard.Binary,
            encoding.Text("trk_enc") ?? standard.Track);
        if (encoding.Problem is { } problem)
        {
            draft.Fail(problem);
        }

        encoding.Finish();
        return read;
    }

    private void ReadHead()
    {
        draft.Mti = _encodings.Mti switch { "CHAR" => "ascii", "BCD" => "bcd", _ => null };
        if (draft.Mti is null)
        {
            draft.Fail($"encoding.mti_enc: '{_encodings.Mti}' is not supported; CHAR and BCD are");
        }

        draft.Bitmap = _encodings.Bitmap == "HEX" ? "hex" : null;
        if (draft.Bitmap is null)
        {
            draft.Fail($"encoding.bmp_enc: '{_encodings.Bitmap}' cannot be expressed: a bitmap has a character for "
                + "four bits (HEX)");
        }
    }

    private void ReadElement(int field, MoovObject value)
    {
        string? described = value.Text("describe");
        string? name = value.Text("description");
        if (value.Problem is { } problem || !TryParse(described ?? "", out Described element))
        {
            draft.FailField(value.Problem ?? $"{value.Path}.Describe: '{described}' is not a kind with a length");
            return;
        }

        value.Finish();
        if (field is SecondBitmap or Field.ThirdBitmap)
        {
            // The bits that announce bitmaps: a dialect has them without a field.
            if (field == SecondBitmap && (element.Kind != "b" || _encodings.Binary != _encodings.Bitmap))
            {
                draft.Fail($"{value.Path}: the second bitmap has another encoding than the first");
            }

            return;
        }

        int length = element.Length;
        if (ShapeOf(value.Path, element, ref length, out string reason) is { } shape)
        {
            draft.HasThirdBitmap |= field > Field.Max;
            draft.Add(field, shape.ToJson(length, name), value.Path);
        }
        else
        {
            draft.FailField(reason);
        }
    }

    private FieldShape? ShapeOf(string path, Described element, ref int length, out string reason)
    {
        if (element.Kind == "b")
        {
            return BytesOf(path, element, ref length, out reason);
        }

        if (!TryPrefix(path, element, out int places, out string prefix, out reason))
        {
            return null;
        }

        string enc = element.Kind switch
        {
            "n" => _encodings.Number,
            "z" => _encodings.Track,
            _ => _encodings.Character,
        };
        string? kind = element.Kind switch
        {
            "n" or "a" or "an" or "ans" or "z" or "x+n" => element.Kind,
            "s" or "as" or "ns" or "x" => "ans",
            _ => null,
        };
        FieldShape? shape = (element.Kind, enc) switch
        {
            _ when kind is null => null,
            ("n", "CHAR") => new(kind, "ascii", places, prefix),
            ("n", "BCD") when places == 0 => new(kind, "bcd") { Odd = "right" },
            ("n", "RBCD") when places == 0 => new(kind, "bcd") { Odd = "left" },
            (not "n", "ASCII" or "CHAR") => new(kind, "ascii", places, prefix),
            (not "n", "EBCDIC") => new(kind, codePage ?? "ebcdic", places, prefix),
            _ => null,
        };
        reason = shape is not null ? ""
            : kind is null ? $"{path}.Describe: '{element.Kind}' is not a kind of that library"
            : element.Kind == "n" && enc is "BCD" or "RBCD"
                ? $"{path}: of packed digits that library writes a length in bytes and reads one in digits"
            : $"{path}: {element.Kind} in '{enc}' is not supported";
        return shape;
    }

    // Their length counts bits. A length in front of them is written and never read.
    private FieldShape? BytesOf(string path, Described element, ref int length, out string reason)
    {
        reason = element.IsVariable ? $"{path}.Describe: bytes of a variable length cannot be expressed"
            : length % BitsOfAByte != 0 ? $"{path}.Describe: {length} bits are not whole bytes"
            : _encodings.Binary != "HEX"
                ? $"{path}: bits in '{_encodings.Binary}' cannot be expressed: bytes are written in hexadecimal (HEX)"
            : "";
        length /= BitsOfAByte;
        if (reason.Length > 0)
        {
            return null;
        }

        draft.Warn("encoding.bin_enc: that library writes HEX in small letters; fields are read in capital letters "
            + "only");
        return new FieldShape("b", "hex");
    }

    /// <summary>A length has as many digits as the greatest has, however many dots are written.</summary>
    private bool TryPrefix(string path, Described element, out int places, out string prefix, out string reason)
    {
        places = element.IsVariable ? element.Length.ToString(CultureInfo.InvariantCulture).Length : 0;
        (prefix, reason) = (_encodings.Length, places) switch
        {
            (_, 0) or ("CHAR", _) => ("ascii", ""),
            ("BCD", _) when places % 2 == 0 => ("bcd", ""),
            ("RBCD", _) => ("bcd", ""),
            ("BCD", _) => ("", $"{path}: a length of {places} packed digits at the left of its bytes cannot be "
                + "expressed"),
            ("HEX", _) when element.Length < 16 => ("hex", ""),
            ("HEX", _) => ("", $"{path}: of a length in HEX that library reads one digit, whatever it has written"),
            _ => ("", $"{path}: a length in '{_encodings.Length}' is not supported"),
        };
        places = prefix == "hex" ? 1 : places;
        return reason.Length == 0;
    }

    private static bool TryParse(string text, out Described element)
    {
        element = default;
        string notation = text.Split(';')[0];
        if (Array.Find(Separators, one => notation.Contains(one, StringComparison.Ordinal)) is not { } separator)
        {
            return false;
        }

        string[] parts = notation.Split(separator);
        element = new Described(parts[0].Trim(), 0, separator.StartsWith('.'));
        bool isLength = int.TryParse(parts[^1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length is >= 1 and <= LengthMax;
        element = element with { Length = length };
        return isLength && parts.Length == 2;
    }

    private readonly record struct Described(string Kind, int Length, bool IsVariable);

    /// <summary>What a description without encodings means.</summary>
    private sealed record Encodings(
        string Mti = "CHAR", string Bitmap = "HEX", string Length = "CHAR", string Number = "CHAR",
        string Character = "ASCII", string Binary = "HEX", string Track = "ASCII");
}
