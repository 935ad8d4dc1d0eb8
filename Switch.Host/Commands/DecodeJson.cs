using System.Globalization;
using System.Text;
using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Host.Wording;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>
/// Messages as lines of JSON. The names of the keys are an interface: <c>mti</c>, <c>fields</c> by number, and on a
/// fault <c>error</c> with <c>field</c>, <c>offset</c> and <c>reason</c>. What is written without masking goes back to
/// the same bytes: a composite is an object only where that says everything about it.
/// </summary>
internal sealed class DecodeJson(TextWriter output, bool unmask) : IDecodeView
{
    private static readonly JsonWriterOptions Options = new() { Encoder = CommonOptions.JsonFormat.Encoder };

    public void Show(in DecodedMessage decoded)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, Options))
        {
            writer.WriteStartObject();
            if (decoded.Flow is { } flow)
            {
                writer.WriteString("time", flow.Time.ToString("O", CultureInfo.InvariantCulture));
                writer.WriteString("from", flow.From);
                writer.WriteString("to", flow.To);
            }

            if (!decoded.Header.IsEmpty)
            {
                writer.WriteString("header", decoded.Header.ToString());
            }

            if (decoded.Message is { } message)
            {
                WriteMessage(writer, message, decoded.Mistake is null);
            }

            if (decoded.Mistake is { } mistake)
            {
                Write(writer, mistake);
            }

            writer.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
    }

    /// <summary>An object with the single member <c>error</c>.</summary>
    public static string LineOf(MessageMistake mistake)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, Options))
        {
            writer.WriteStartObject();
            Write(writer, mistake);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, MessageMistake mistake)
    {
        writer.WriteStartObject("error");
        writer.WriteNumber("field", mistake.Field);
        writer.WriteNumber("offset", mistake.Offset);
        writer.WriteString("reason", mistake.Reason);
        writer.WriteEndObject();
    }

    private void WriteMessage(Utf8JsonWriter writer, Message message, bool isWhole)
    {
        bool hasMti = isWhole || message.Mti != default;
        if (hasMti)
        {
            writer.WriteString("mti", message.Mti.ToString());
            writer.WriteStartObject("fields");
            foreach (int field in message.Fields)
            {
                writer.WritePropertyName(field.ToString(CultureInfo.InvariantCulture));
                WriteField(writer, message, field);
            }

            writer.WriteEndObject();
        }
    }

    private void WriteField(Utf8JsonWriter writer, Message message, int field)
    {
        Dialect dialect = message.Dialect;
        byte[] value = new byte[message.TextLength(field)];
        message.CopyText(field, value);
        bool isBytes = dialect[field]!.Kind == FieldKind.B;
        FieldExposure exposure = unmask ? FieldExposure.Plain : Masker.ExposureOf(dialect, field);
        if (exposure == FieldExposure.CardNumber)
        {
            writer.WriteStringValue(Masker.MaskedPan(value));
        }
        else if (exposure == FieldExposure.Hidden)
        {
            writer.WriteStringValue(Masker.Hidden);
        }
        else if (dialect[field]!.Composite is not { } composite
            || !TryWriteParts(writer, composite, value, isBytes, dialect.Private.Contains(field)))
        {
            writer.WriteStringValue(isBytes ? Convert.ToHexString(value) : Characters.Of(dialect[field], value));
        }
    }

    /// <summary>False when the plain value is to stand for the composite.</summary>
    private bool TryWriteParts(
        Utf8JsonWriter writer, CompositeSpec composite, byte[] value, bool isBytes, bool isPrivate)
    {
        // What is masked goes back to no bytes anyway, so it need not say everything.
        bool reads = unmask
            ? CompositeTree.TryReadExactly(composite, value, isBytes, out IReadOnlyList<CompositePart> parts)
            : CompositeTree.TryRead(composite, value, isBytes, out parts);
        if (reads && parts.Count > 0 && CompositeJson.CanHold(parts))
        {
            CompositeJson.Write(writer, parts, new PartExposure(!unmask, isPrivate));
            return true;
        }

        if (!unmask && value.Length > 0 && Masker.MayHide(composite, isPrivate))
        {
            writer.WriteStringValue(Masker.Hidden);
            return true;
        }

        return false;
    }
}
