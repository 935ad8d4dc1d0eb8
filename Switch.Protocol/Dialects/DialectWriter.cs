using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// Writes a dialect as JSON that extends nothing: everything that it has from others and from defaults is stated, a
/// line for each field. <see cref="DialectReader"/> makes the same dialect of it.
/// </summary>
internal static class DialectWriter
{
    private static readonly JsonWriterOptions Lines = new() { Indented = true };

    public static string Write(Dialect dialect, string name)
    {
        DialectText text = dialect.Text;
        return Render(Lines, json =>
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("version", DialectNames.YearOf(dialect.IsoVersion));
            json.WriteString("mti", DialectNames.Of(dialect.Mti));
            json.WriteString("bitmap", DialectNames.Of(dialect.Bitmap));
            if (dialect.HasBothBitmaps)
            {
                json.WriteString("bitmaps", "both");
            }
            else if (dialect.BitmapMax != DialectText.BitmapMaxDefault)
            {
                json.WriteNumber("bitmaps", dialect.BitmapMax);
            }

            WriteSet(json, "sensitive", text.Sensitive);
            WriteSet(json, "private", text.Private);
            WriteSet(json, "storable", text.Storable);
            WriteTable(json, "responseCodes", text.ResponseCodes);
            WriteTable(json, "networkCodes", text.NetworkCodes);
            if (text.NetworkDefault is { } code)
            {
                json.WriteString("networkDefault", code.ToString("D3", CultureInfo.InvariantCulture));
            }

            WriteSet(json, "echo", text.Echo);
            WriteSet(json, "match", text.Match);
            WriteSet(json, "key", text.Key);
            if (dialect.CardlessReversals)
            {
                json.WriteBoolean("cardlessReversals", true);
            }

            if (dialect.KeepsRrn)
            {
                json.WriteBoolean("keepsRrn", true);
            }

            WriteCarry(json, text.Carry);
            WriteMessages(json, text.Messages);
            json.WriteStartObject("fields");
            for (int field = 2; field <= Field.MaxWithThirdBitmap; field++)
            {
                if (dialect[field] is { } spec)
                {
                    json.WritePropertyName(field.ToString(CultureInfo.InvariantCulture));
                    json.WriteRawValue(Render(default, line => WriteField(line, spec)), skipInputValidation: true);
                }
            }

            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>"35,36,46-48".</summary>
    public static string Of(in FieldSet set)
    {
        var text = new StringBuilder();
        FieldSet rest = set;
        while (!rest.IsEmpty)
        {
            int first = rest.Lowest;
            int last = first;
            while (rest.Contains(last + 1))
            {
                last++;
            }

            // Two in a row are easier to read as two.
            text.Append(text.Length == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first)
            {
                text.Append(last > first + 1 ? '-' : ',').Append(CultureInfo.InvariantCulture, $"{last}");
            }

            rest = rest.Except(FieldSet.Range(first, last));
        }

        return text.ToString();
    }

    private static string Render(JsonWriterOptions options, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteSet(Utf8JsonWriter json, string name, FieldSet? set)
    {
        if (set is { IsEmpty: false } stated)
        {
            json.WriteString(name, Of(in stated));
        }
    }

    private static void WriteTable(Utf8JsonWriter json, string name, Dictionary<string, string>? table)
    {
        if (table is null)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach ((string wire, string code) in table)
        {
            json.WriteString(wire, code);
        }

        json.WriteEndObject();
    }

    private static void WriteCarry(Utf8JsonWriter json, Dictionary<string, CarriedField[]> carry)
    {
        if (carry.Count == 0)
        {
            return;
        }

        json.WriteStartObject("carry");
        foreach ((string from, CarriedField[] fields) in carry)
        {
            json.WriteStartObject(from);
            foreach (CarriedField field in fields)
            {
                json.WriteNumber(field.From.ToString(CultureInfo.InvariantCulture), field.To);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMessages(Utf8JsonWriter json, SortedDictionary<string, MessageText?> messages)
    {
        bool isOpen = false;
        foreach ((string pattern, MessageText? message) in messages)
        {
            if (message is null)
            {
                continue;
            }

            if (!isOpen)
            {
                json.WriteStartObject("messages");
                isOpen = true;
            }

            json.WriteStartObject(pattern);
            WriteSet(json, "mandatory", message.Mandatory);
            WriteSet(json, "optional", message.Optional);
            WriteSet(json, "forbidden", message.Forbidden);
            json.WriteEndObject();
        }

        if (isOpen)
        {
            json.WriteEndObject();
        }
    }

    private static void WriteField(Utf8JsonWriter json, FieldSpec spec)
    {
        json.WriteStartObject();
        WriteName(json, spec);
        WriteLayout(json, spec);
        bool isChipData = spec.Number == Field.IccData;
        if (spec.Composite is { } composite && !(isChipData && ReferenceEquals(composite, CompositeSpec.IccData)))
        {
            json.WritePropertyName("composite");
            WriteComposite(json, composite);
        }
        else if (isChipData && spec.Composite is null)
        {
            json.WriteNull("composite");
        }

        json.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter json, FieldSpec spec)
    {
        if (spec.Name.Length > 0)
        {
            json.WriteString("name", spec.Name);
        }
    }

    private static void WriteLayout(Utf8JsonWriter json, FieldSpec spec)
    {
        json.WriteString("format", spec.Format);
        json.WriteString("encoding", DialectNames.Of(spec.Encoding));
        if (spec.IsVariable)
        {
            json.WriteString("prefix", DialectNames.Of(spec.Prefix));
        }

        if (spec.PrefixCounts == PrefixCount.Wire)
        {
            json.WriteString("counts", "wire");
        }

        if (spec.Encoding == FieldEncoding.Bcd)
        {
            json.WriteString("odd", spec.Odd == OddDigit.Left ? "left" : "right");
            json.WriteString("pad", spec.PadNibble == 0 ? "0" : "F");
        }

        if (spec.IsFilled)
        {
            json.WriteString("align", spec.FillsLeft ? "right" : "left");
            json.WriteString("fill", ((char)spec.Fill).ToString());
        }

        if (spec.Kind == FieldKind.Z)
        {
            json.WriteString("separator", ((char)spec.Separator).ToString());
        }

        if (spec.Content != ContentRule.Printable)
        {
            json.WriteString("content", spec.Content == ContentRule.Narrow ? "narrow" : "any");
        }
    }

    private static void WriteComposite(Utf8JsonWriter json, CompositeSpec composite)
    {
        json.WriteStartObject();
        json.WriteString("kind", DialectNames.Of(composite.Kind));
        if (composite.Kind == CompositeKind.Tlv)
        {
            json.WriteString("tag", new FieldFormat(composite.TagKind, 0, composite.TagSize).ToString());
            json.WriteNumber("length", composite.Undeclared!.PrefixDigits);
            json.WriteString("prefix", DialectNames.Of(composite.Undeclared.Prefix));
        }
        else if (composite.Kind == CompositeKind.Bitmap)
        {
            json.WriteString("bitmap", DialectNames.Of(composite.Bitmap));
            json.WriteNumber("bits", composite.BitmapBits);
        }

        if (composite.Sensitive.Count > 0)
        {
            var keys = new List<string>();
            foreach (ulong code in composite.Sensitive)
            {
                keys.Add(composite.KeyOf(code));
            }

            json.WriteString("sensitive", string.Join(',', keys));
        }

        json.WriteStartObject("fields");
        foreach (SubField field in composite.Fields)
        {
            json.WriteStartObject(field.Key);
            WriteName(json, field.Spec);
            if (composite.Kind != CompositeKind.BerTlv)
            {
                WriteLayout(json, field.Spec);
            }

            if (field.Spec.Composite is { } inside)
            {
                json.WritePropertyName("composite");
                WriteComposite(json, inside);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
