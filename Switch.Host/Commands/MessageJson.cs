using System.Globalization;
using System.Text;
using System.Text.Json;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;

namespace Switch.Host.Commands;

/// <summary>
/// Messages as people write them: <c>{"mti": "0100", "fields": {"2": "4000001234567899", "3": "000000"}}</c>. Text
/// fields as their text, binary fields as hexadecimal digits, and "auto" for what differs in each message.
/// </summary>
internal static class MessageJson
{
    private const string Auto = "auto";

    private const int SizeMax = 8_192;

    /// <summary>The message in the dialect's bytes.</summary>
    /// <exception cref="UsageException">The text is not such a message; says where.</exception>
    public static byte[] Encode(string json, Dialect dialect, DateTimeOffset now, out Mti mti)
    {
        using JsonDocument document = Parse(json);
        JsonElement fields = default;
        string? mtiText = null;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            switch (property.Name)
            {
                case "mti":
                    mtiText = TextOf(property);
                    break;
                case "fields" when property.Value.ValueKind == JsonValueKind.Object:
                    fields = property.Value;
                    break;
                default:
                    throw new UsageException(
                        $"'{property.Name}' is not known. A message has \"mti\" and \"fields\": {{...}}.");
            }
        }

        if (!Mti.TryParse(Encoding.ASCII.GetBytes(mtiText ?? ""), out mti))
        {
            throw new UsageException("\"mti\" must be four digits, such as \"0100\".");
        }

        var composer = new MessageComposer(SizeMax);
        composer.Start(dialect, mti);
        if (fields.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty field in fields.EnumerateObject())
            {
                Set(composer, dialect, field, now);
            }
        }

        return composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
            ? bytes.ToArray()
            : throw new UsageException($"Field {fault.Field} cannot be written in {dialect}: {fault.Error}.");
    }

    /// <summary>Every field of a message as text, masked as the trade asks.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Masked(Message message)
    {
        var all = new List<KeyValuePair<string, string>>();
        foreach (int field in message.Fields)
        {
            var text = new StringBuilder();
            Masker.DescribeField(message, field, text);
            all.Add(KeyValuePair.Create(field.ToString(CultureInfo.InvariantCulture), text.ToString()));
        }

        return all;
    }

    private static JsonDocument Parse(string json)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document : throw new UsageException("The message must be one JSON object.");
        }
        catch (JsonException e)
        {
            // Not e.Message, which quotes what it could not read: that may be a card number.
            throw new UsageException(
                $"The message is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
    }

    private static string TextOf(JsonProperty property) => property.Value.ValueKind == JsonValueKind.String
        ? property.Value.GetString()!
        : throw new UsageException($"\"{property.Name}\" must be a string: a number would lose its leading zeros.");

    private static void Set(MessageComposer composer, Dialect dialect, JsonProperty property, DateTimeOffset now)
    {
        if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || dialect[number] is not { } spec)
        {
            throw new UsageException($"Field '{property.Name}' is not defined in {dialect}.");
        }

        string text = TextOf(property);
        text = text == Auto ? Automatic(number, now) : text;
        try
        {
            bool isBinary = spec.Kind == FieldKind.B;
            composer.Set(number, isBinary ? Convert.FromHexString(text) : Encoding.ASCII.GetBytes(text));
        }
        catch (FormatException)
        {
            throw new UsageException($"Field {number} is binary: write it as an even count of hexadecimal digits.");
        }
    }

    /// <summary>What a host puts into a new message by itself. The trace number is the time of day.</summary>
    private static string Automatic(int field, DateTimeOffset now)
    {
        string Time(DateTimeOffset at, string format) => at.ToString(format, CultureInfo.InvariantCulture);

        return field switch
        {
            Field.TransmissionDateTime => Time(now.ToUniversalTime(), "MMddHHmmss"),
            Field.Stan => Time(now, "HHmmss"),
            Field.LocalTime => Time(now.ToLocalTime(), "HHmmss"),
            Field.LocalDate => Time(now.ToLocalTime(), "MMdd"),
            Field.RetrievalReference => Time(now.ToUniversalTime(), "yyMMddHHmmss"),
            _ => throw new UsageException($"Field {field} cannot be \"{Auto}\": only 7, 11, 12, 13 and 37 can."),
        };
    }
}
