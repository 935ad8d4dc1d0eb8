using System.Globalization;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Host.Commands.Dialects;

/// <summary>
/// A dialect as an interface specification in Markdown, for a partner who has never seen this switch. Everything in it
/// is read from the table that messages are made and read by.
/// </summary>
internal sealed class DialectDescription(TextWriter output, Dialect dialect)
{
    private bool _isAfterBlank = true;

    public void Write()
    {
        Paragraph($"# Interface specification: {dialect.Name}");
        Paragraph(
            $"ISO 8583:{DialectNames.YearOf(dialect.IsoVersion)}, as this switch writes and reads it. A request or "
            + "advice that does not follow this page, or has the MTI of another edition, is answered with a format "
            + "error in this edition; an answer of that kind is not taken. A connection on which MTI or bitmap cannot "
            + "be read is closed. How messages are framed on a connection (length, header) is agreed for each "
            + "connection and is not part of the dialect.");
        WriteShape();
        WriteFields();
        WriteMessages();
        WriteResponses();
        WriteCodes();
        WriteComposites();
    }

    private void WriteShape()
    {
        Heading("Message");
        Row("part", "form");
        Row("---", "---");
        Row("MTI", dialect.Mti switch
        {
            MtiEncoding.Bcd => "four digits, packed: 2 bytes",
            MtiEncoding.Ebcdic => "four digits in EBCDIC: 4 bytes",
            _ => "four digits in ASCII: 4 bytes",
        } + $"; the first is {(int)dialect.IsoVersion}");
        Row("bitmaps", dialect.Bitmap switch
        {
            BitmapEncoding.Hex => "16 characters `0-9A-F` in ASCII each",
            BitmapEncoding.HexEbcdic => "16 characters `0-9A-F` in EBCDIC each",
            _ => "8 bytes each",
        } + (dialect.HasBothBitmaps
            ? "; always two, one after the other, and the first bit of each is never set"
            : $"; up to {dialect.BitmapMax}, each announced by the first bit of the one before it"));
        Row("fields", "in ascending order, as below; nothing follows the last one");
    }

    private void WriteFields()
    {
        Heading("Fields");
        Paragraph(
            "`n` digits, `x+n` C or D and digits, `a` letters, `an` letters and digits, `ans` characters, `z` a track, "
            + "`b` bytes. A number after it is a fixed length; dots are the places of the length in front of a value "
            + "of up to so many.");
        Row("DE", "name", "format", "value", "length", "remarks");
        Row("---", "---", "---", "---", "---", "---");
        foreach (int field in dialect.Defined)
        {
            FieldSpec spec = dialect[field]!;
            Row(
                Text(field), spec.Name, $"`{spec.Format}`", ValueOf(spec), LengthOf(spec),
                string.Join("; ", RemarksOf(spec)));
        }
    }

    private void WriteMessages()
    {
        Heading("Messages");
        Paragraph(
            "Authorizations, financial messages and reversals need a card number (DE 2, or DE 35) and "
            + $"DE {DialectNames.Of(dialect.Edition.WireOf(CommonFields.MandatoryIn(dialect)))}; advices also DE 39. "
            + (dialect.Messages.Any(static pair => pair.Value is not null)
                ? "Besides (x is any digit, and a repeat is bound by what binds its original):"
                : "No other field is mandatory, and none is forbidden."));
        Paragraph(
            "Two messages of one class are the same, one a repeat of the other, when they agree in DE "
            + $"{DialectNames.Of(dialect.Edition.WireOf(dialect.Key))}, and one without DE 32 or 42 agrees with none "
            + "that has it."
            + (dialect.CardlessReversals ? " A reversal that names a known message needs no card number." : ""));
        if (!dialect.Messages.Any(static pair => pair.Value is not null))
        {
            return;
        }

        Row("MTI", "meaning", "mandatory", "optional", "forbidden");
        Row("---", "---", "---", "---", "---");
        foreach ((string pattern, MessageText? message) in dialect.Messages)
        {
            if (message is null)
            {
                continue;
            }

            bool isOne = int.TryParse(pattern, NumberStyles.None, CultureInfo.InvariantCulture, out int mti);
            Row(
                pattern, isOne ? MtiText.Of(new Mti(mti)) : "", DialectNames.Of(message.Mandatory),
                message.Optional is { } optional ? DialectNames.Of(in optional) + "; no other" : "any",
                DialectNames.Of(message.Forbidden));
        }
    }

    private void WriteResponses()
    {
        Heading("Responses");
        FieldSet echoed = (dialect.Edition.WireOf(CommonFields.Echoed) | dialect.Echo) & dialect.Defined;
        Paragraph(
            "A response has the MTI of its request with the third digit one higher, never that of a repeat. It belongs "
            + "to its request by connection, type and DE 11, and must agree with it in "
            + $"DE {DialectNames.Of(dialect.Match)}"
            + (dialect.Match.Contains(Field.TransmissionDateTime)
                ? ": DE 7 must be there, another may be absent and must agree when it is there."
                : ": one may be absent, and must agree when it is there."));
        Paragraph($"Repeated in responses where the request has them: DE {DialectNames.Of(in echoed)}.");
        if (!dialect.Sensitive.IsEmpty)
        {
            Paragraph($"Never stored, never logged: DE {DialectNames.Of(dialect.Sensitive)}.");
        }
    }

    private void WriteCodes()
    {
        bool is1987 = dialect.IsoVersion == IsoVersion.Iso1987;
        Heading("Response codes (DE 39)");
        WriteTable(dialect.Edition.DescribeResponseCodes(), CodeText.OfResponse);
        Heading($"Network management codes (DE {(is1987 ? Field.NetworkCode : Field.FunctionCode)})");
        WriteTable(dialect.Edition.DescribeNetworkCodes(), CodeText.OfNetwork);
        Paragraph(
            (is1987 ? "Any other code is taken as it is. " : "")
            + $"A network management message without a code is taken as {dialect.NetworkDefault:D3}.");
    }

    private void WriteTable(IReadOnlyList<CodeMeaning> codes, Func<string, string> meaning)
    {
        Row("code", "as in 1987", "meaning");
        Row("---", "---", "---");
        foreach (CodeMeaning code in codes)
        {
            Row(code.Wire, code.Code, meaning(code.Code) + (code.IsOwn ? " (of this dialect)" : ""));
        }
    }

    private void WriteComposites()
    {
        bool isFirst = true;
        foreach (int field in dialect.Defined)
        {
            if (dialect[field] is { Composite: { } composite } spec)
            {
                if (isFirst)
                {
                    Heading("Divided fields");
                    isFirst = false;
                }

                WriteComposite(Text(field), spec.Name, composite);
            }
        }
    }

    private void WriteComposite(string key, string name, CompositeSpec composite)
    {
        Paragraph($"### DE {key}: {name}");
        Paragraph(composite.Kind switch
        {
            CompositeKind.BerTlv =>
                "Data objects of BER-TLV, as EMV defines them, in any order; unknown ones are kept. In a field of "
                + "characters they are written in hexadecimal.",
            CompositeKind.Tlv =>
                $"Parts in any order, each a tag of {composite.TagSize} {UnitOf(composite.TagKind)}, a length "
                + $"({PrefixOf(composite.Undeclared!)}) and a value. Tags that are not listed are kept.",
            CompositeKind.Bitmap =>
                $"A bitmap of {composite.BitmapBits} bits "
                + (composite.Bitmap == BitmapEncoding.Hex ? "in hexadecimal characters" : "as bytes")
                + ", then the parts that it announces, in the order of their numbers.",
            _ => "Parts one after the other; those at the end may be missing.",
        });
        if (composite.Sensitive.Count > 0)
        {
            Paragraph($"Never stored, never logged: {string.Join(", ", composite.Sensitive.Select(composite.KeyOf))}.");
        }

        if (composite.Fields.Count == 0)
        {
            return;
        }

        bool isNamed = composite.Kind == CompositeKind.BerTlv;
        Row("part", "name", "format", "value", "length", "remarks");
        Row("---", "---", "---", "---", "---", "---");
        foreach (SubField part in composite.Fields)
        {
            FieldSpec spec = part.Spec;
            Row(
                part.Key, spec.Name, isNamed ? "" : $"`{spec.Format}`", isNamed ? "bytes" : ValueOf(spec),
                isNamed ? "" : LengthOf(spec), string.Join("; ", RemarksOf(spec)));
        }

        foreach (SubField part in composite.Fields)
        {
            if (part.Spec.Composite is { } inside)
            {
                WriteComposite($"{key}.{part.Key}", part.Spec.Name, inside);
            }
        }
    }

    private static string ValueOf(FieldSpec spec) => spec.Encoding switch
    {
        FieldEncoding.Bcd => PackedOf(spec),
        FieldEncoding.Binary => "bytes",
        FieldEncoding.Hex => "hexadecimal characters `0-9A-F`",
        FieldEncoding.HexEbcdic => "hexadecimal characters `0-9A-F` in EBCDIC",
        FieldEncoding.Ebcdic => "EBCDIC, code page 037",
        FieldEncoding.Ebcdic500 => "EBCDIC, code page 500",
        FieldEncoding.Ebcdic1047 => "EBCDIC, code page 1047",
        FieldEncoding.ShiftJis => "Shift-JIS, code page 932; a length counts bytes",
        FieldEncoding.Jis201 => "JIS X 0201: ASCII and half-width katakana",
        FieldEncoding.Ebcdic930 => "EBCDIC, the single bytes of 930 (code page 290), with half-width katakana",
        FieldEncoding.Ebcdic939 => "EBCDIC, the single bytes of 939 (code page 1027), with half-width katakana",
        _ => "ASCII",
    };

    private static string PackedOf(FieldSpec spec)
    {
        int sign = spec.Kind == FieldKind.XN ? 1 : 0;
        bool mayBeOdd = spec.IsVariable || (spec.LengthMax - sign) % 2 != 0;
        string pad = spec.PadNibble == 0 ? "0" : "F";
        return (sign == 0 ? "packed digits" : "the sign in ASCII, then packed digits")
            + (mayBeOdd
                ? $", an odd one with a half byte {pad} on the {(spec.Odd == OddDigit.Left ? "left" : "right")}"
                : "");
    }

    private static string LengthOf(FieldSpec spec) => spec.IsVariable
        ? $"up to {Text(spec.LengthMax)} {UnitOf(spec.Kind)}, after {PrefixOf(spec)}"
        : $"{Text(spec.LengthMax)} {UnitOf(spec.Kind)}";

    private static string PrefixOf(FieldSpec spec)
    {
        int places = spec.PrefixDigits;
        int bytes = (places + 1) / 2;
        string form = spec.Prefix switch
        {
            PrefixEncoding.Bcd => $"{places} packed digits ({bytes} {(bytes == 1 ? "byte" : "bytes")})",
            PrefixEncoding.Ebcdic => $"{places} digits in EBCDIC",
            PrefixEncoding.Binary => bytes == 1 ? "a byte" : $"a number of {bytes} bytes, the highest first",
            PrefixEncoding.Hex => $"{places} hexadecimal digits",
            _ => places == 1 ? "a digit" : $"{places} digits",
        };
        return spec.PrefixCounts == PrefixCount.Wire ? form + " that count what is sent" : form;
    }

    private static string UnitOf(FieldKind kind) => kind switch
    {
        FieldKind.N => "digits",
        FieldKind.XN => "characters, with the sign",
        FieldKind.B => "bytes",
        _ => "characters",
    };

    private IEnumerable<string> RemarksOf(FieldSpec spec)
    {
        if (spec.IsFilled)
        {
            string fill = spec.Fill == ' ' ? "spaces" : $"`{(char)spec.Fill}`";
            yield return $"short values are filled with {fill} on the {(spec.FillsLeft ? "left" : "right")}";
        }

        if (spec.Kind == FieldKind.Z)
        {
            yield return spec.Encoding == FieldEncoding.Bcd
                ? "the separator is the half byte D"
                : $"the separator is `{(char)spec.Separator}`";
        }

        if (spec.Content != ContentRule.Printable)
        {
            yield return spec.Content == ContentRule.Any
                ? "any characters"
                : "no other characters than its format says";
        }

        if (spec.Composite is not null)
        {
            yield return "divided, see below";
        }

        if (spec.Number != 0 && ReferenceEquals(dialect[spec.Number], spec) && dialect.Private.Contains(spec.Number))
        {
            yield return "of this dialect alone: not passed on to others, not stored from requests";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Heading(string text) => Paragraph($"## {text}");

    /// <summary>Text between blank lines, of which there is never more than one.</summary>
    private void Paragraph(string text)
    {
        if (!_isAfterBlank)
        {
            output.WriteLine();
        }

        output.WriteLine(text);
        output.WriteLine();
        _isAfterBlank = true;
    }

    private void Row(params ReadOnlySpan<string> cells)
    {
        output.Write('|');
        foreach (string cell in cells)
        {
            output.Write($" {cell.Replace("|", "\\|", StringComparison.Ordinal)} |");
        }

        output.WriteLine();
        _isAfterBlank = false;
    }
}
