using Switch.Protocol.Fields;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// What type, enc, prefix and padding of moov-io/iso8583 put on the wire, one by one as its sources say.
/// </summary>
/// <param name="draft">What is told.</param>
/// <param name="codePage">What EBCDIC is read in, as dialects name it; null: the library's own table.</param>
internal sealed class MoovShapes(DialectDraft draft, string? codePage)
{
    private const string OwnPage = "ebcdic500";

    /// <summary>
    /// Of a field that is not divided. <paramref name="length"/> is what it states, and becomes what a dialect states.
    /// Null, and why, when it cannot be expressed.
    /// </summary>
    /// <param name="field">The object.</param>
    /// <param name="standard">What the edition calls the field; null inside a composite.</param>
    /// <param name="length">In units of the encoding; changed where units differ.</param>
    /// <param name="reason">Why not.</param>
    public FieldShape? Of(MoovObject field, FieldSpec? standard, ref int length, out string reason)
    {
        if (!TryPrefix(field, out string prefix, out int places, out reason))
        {
            return null;
        }

        string type = field.Text("type") ?? "";
        string enc = field.Text("enc") ?? "";
        if (type is not ("String" or "Numeric" or "Binary" or "Hex" or "Track1" or "Track2" or "Track3"))
        {
            reason = $"{field.Path}.type: '{type}' is not supported";
            return null;
        }

        bool isBytes = type is "Binary" or "Hex";
        bool isTrack = type == "Track2" || standard?.Number is Field.Track2 or Field.Track3;

        // A string of characters is no more than that; packed, a track is told from digits by its separator.
        string kind = type switch { "Track2" => "z", "Numeric" => "n", _ => "ans" };
        string digits = isTrack ? "z" : "n";
        FieldShape? shape = enc switch
        {
            "ASCII" when !isBytes => new(kind, "ascii", places, prefix),
            "EBCDIC" when !isBytes => new(kind, codePage ?? OwnPage, places, prefix),
            "EBCDIC1047" when !isBytes => new(kind, "ebcdic1047", places, prefix),
            "BCD" when !isBytes => new(digits, "bcd", places, prefix) { Odd = "left" },
            "LBCD" when !isBytes => new(digits, "bcd", places, prefix) { Odd = "right" },

            // Raw bytes of what the type calls characters: characters of any kind, but where the standard has bytes.
            "Binary" when type == "Numeric" => new(kind, "ascii", places, prefix),
            "Binary" when !isBytes && standard is { Kind: not FieldKind.B } =>
                new("ans", "ascii", places, prefix) { Content = "any" },
            "Binary" => new("b", "binary", places, prefix),
            "HexToASCII" or "Hex" => new("b", "hex", places, prefix),
            "ASCIIToHex" => OfHexText(type, standard, places, prefix, ref length),
            _ => null,
        };
        if (shape is null)
        {
            reason = $"{field.Path}.enc: '{enc}' of the type {type} is not supported";
            return null;
        }

        if (enc == "EBCDIC" && codePage is null)
        {
            draft.Warn($"EBCDIC is read as {OwnPage}, where only | is another byte; --code-page takes another");
        }

        return Padded(shape, field, out reason);
    }

    /// <summary>
    /// How a length travels. Lengths in hexadecimal have two digits for each L, as the library has written them since
    /// it stopped writing decimal digits so.
    /// </summary>
    public bool TryPrefix(MoovObject field, out string prefix, out int places, out string reason)
    {
        string stated = field.Text("prefix") ?? "";
        string[] parts = stated.Split('.');
        bool isFixed =
            parts is ["ASCII" or "BCD" or "EBCDIC" or "EBCDIC1047" or "Binary" or "Hex" or "None", "Fixed"];
        int letters = parts.Length == 2 && parts[1].Trim('L').Length == 0 ? parts[1].Length : 0;
        (prefix, places) = parts[0] switch
        {
            _ when isFixed || letters is < 1 or > 6 => ("ascii", 0),
            "ASCII" => ("ascii", letters),
            "BCD" => ("bcd", letters),
            "EBCDIC" or "EBCDIC1047" => ("ebcdic", letters),
            "Binary" when letters <= 4 => ("binary", 2 * letters),
            "Hex" when letters <= 4 => ("hex", 2 * letters),
            _ => ("ascii", 0),
        };
        reason = "";
        if (stated == "None.Fixed")
        {
            draft.Warn($"{field.Path}.prefix: None.Fixed is read as its length; a version of that library takes "
                + "all that is left");
        }
        else if (prefix == "hex")
        {
            draft.Warn($"{field.Path}.prefix: {stated} is read as {places} hexadecimal digits; early versions of that "
                + "library wrote decimal ones");
        }

        if (!isFixed && places == 0)
        {
            reason = $"{field.Path}.prefix: '{stated}' is not supported";
            return false;
        }

        return true;
    }

    /// <summary>binary or hex; null for an encoding that no bitmap has here.</summary>
    public static string? BitmapOf(string? enc) => enc switch
    {
        "Binary" => "binary",
        "HexToASCII" or "Hex" => "hex",
        _ => null,
    };

    /// <summary>
    /// Text in hexadecimal digits, two to a byte: its length counts the bytes. What is a number, or what the standard
    /// calls digits and is exactly as long, is packed digits; all else is bytes.
    /// </summary>
    private static FieldShape OfHexText(
        string type, FieldSpec? standard, int places, string prefix, ref int length)
    {
        bool isStandard = places == 0 && type == "String"
            && standard is { Kind: FieldKind.N, IsVariable: false } && standard.LengthMax == 2 * length;
        if (type != "Numeric" && !isStandard)
        {
            return new FieldShape("b", "binary", places, prefix);
        }

        length *= 2;
        return new FieldShape("n", "bcd", places, prefix)
        {
            Odd = "left",
            Counts = places == 0 ? null : "wire",
        };
    }

    private static FieldShape? Padded(FieldShape shape, MoovObject field, out string reason)
    {
        reason = "";
        MoovObject? padding = field.Object("padding");
        if (padding is null)
        {
            return shape;
        }

        string type = padding.Text("type") ?? "";
        string? pad = padding.Text("pad");
        reason = padding.Problem ?? "";
        padding.Finish();
        if (type == "None" && reason.Length == 0)
        {
            return shape;
        }

        if (reason.Length == 0 && (type is not ("Left" or "Right") || pad?.Length != 1))
        {
            reason = $"{field.Path}.padding: Left or Right with one character expected";
        }
        else if (reason.Length == 0 && (shape.Places != 0 || shape.Kind is "b" or "z"))
        {
            reason = $"{field.Path}.padding: only digits and characters of a fixed length are padded here";
        }

        return reason.Length == 0 ? shape with { Fill = pad, Align = type == "Left" ? "right" : "left" } : null;
    }
}
