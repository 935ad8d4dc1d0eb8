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
/// Messages as people write them: <c>{"mti": "0100", "fields": {"2": "4000001234567899", "3": "000000"}}</c>. Text
/// fields as their text, binary fields as hexadecimal digits, composites as an object of their parts. Where a message
/// is made for sending, "auto" stands for what differs in each message.
/// </summary>
internal static class MessageJson
{
    private const string Auto = "auto";

    private const int SizeMax = 8_192;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>The message in the dialect's bytes, with "auto" filled in.</summary>
    /// <exception cref="UsageException">The text is not such a message; says where.</exception>
    public static byte[] Encode(string json, Dialect dialect, DateTimeOffset now, out Mti mti)
    {
        if (TryEncode(json, dialect, new MessageComposer(SizeMax), now, out EncodedMessage message, out var mistake))
        {
            mti = message.Mti;
            return message.Bytes;
        }

        throw new UsageException(mistake.Field == 0 ? mistake.Reason : $"Field {mistake.Field}: {mistake.Reason}");
    }

    /// <param name="json">One object.</param>
    /// <param name="dialect">What the bytes are to be in.</param>
    /// <param name="composer">Room to work in.</param>
    /// <param name="now">What "auto" stands for; null where it is a text like any other.</param>
    /// <param name="message">What became of it.</param>
    /// <param name="mistake">Why nothing did.</param>
    public static bool TryEncode(
        string json, Dialect dialect, MessageComposer composer, DateTimeOffset? now, out EncodedMessage message,
        out MessageMistake mistake)
    {
        message = default;
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return TryEncode(document.RootElement, dialect, composer, now, out message, out mistake);
            }

            mistake = new(0, 0, "The message must be one JSON object.");
        }
        catch (JsonException e)
        {
            // Not e.Message, which quotes what it could not read: that may be a card number.
            mistake = new(
                0, 0, $"The message is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }

        return false;
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

    private static bool TryEncode(
        JsonElement root, Dialect dialect, MessageComposer composer, DateTimeOffset? now, out EncodedMessage message,
        out MessageMistake mistake)
    {
        message = default;
        if (!TryReadShape(root, out string? mtiText, out string? header, out JsonElement fields, out mistake))
        {
            return false;
        }

        if (!Mti.TryParse(Encoding.ASCII.GetBytes(mtiText ?? ""), out Mti mti))
        {
            mistake = new(0, 0, "\"mti\" must be four digits, such as \"0100\".");
            return false;
        }

        composer.Start(dialect, mti);
        AutomaticFields? auto = now is { } time ? AutomaticFields.Of(time, fields) : null;
        if (fields.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty field in fields.EnumerateObject())
            {
                if (!TrySet(composer, dialect, field, auto, out mistake))
                {
                    return false;
                }
            }
        }

        if (!composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault))
        {
            mistake = MessageMistake.Of(fault);
            return false;
        }

        message = new EncodedMessage(mti, header, bytes.ToArray());
        return true;
    }

    private static bool TryReadShape(
        JsonElement root, out string? mti, out string? header, out JsonElement fields, out MessageMistake mistake)
    {
        mti = null;
        header = null;
        fields = default;
        mistake = default;
        foreach (JsonProperty property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "mti" when property.Value.ValueKind == JsonValueKind.String:
                    mti = property.Value.GetString();
                    break;
                case "header" when property.Value.ValueKind == JsonValueKind.String:
                    header = property.Value.GetString();
                    break;
                case "fields" when property.Value.ValueKind == JsonValueKind.Object:
                    fields = property.Value;
                    break;
                case "mti":
                    mistake = new(0, 0, "\"mti\" must be a string: a number would lose its leading zeros.");
                    return false;
                case "error":
                    mistake = new(0, 0, "The message has an \"error\": it was not decoded completely.");
                    return false;
                default:
                    mistake = new(
                        0, 0, $"'{property.Name}' is not known. A message has \"mti\" and \"fields\": {{...}}.");
                    return false;
            }
        }

        return true;
    }

    private static bool TrySet(
        MessageComposer composer, Dialect dialect, JsonProperty property, AutomaticFields? auto,
        out MessageMistake mistake)
    {
        if (!int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || dialect[number] is not { } spec)
        {
            mistake = new(number, 0, $"'{property.Name}' is not defined in {dialect}.");
            return false;
        }

        bool good = property.Value.ValueKind == JsonValueKind.Object
            ? TryComposite(spec, property.Value, out byte[] value, out string reason)
            : TryText(spec, property.Value, auto, out value, out reason);
        mistake = new(number, 0, reason);
        if (good)
        {
            composer.Set(number, value);
        }

        return good;
    }

    private static bool TryComposite(FieldSpec spec, JsonElement value, out byte[] text, out string reason)
    {
        text = [];
        if (spec.Composite is not { } composite)
        {
            reason = "It is not a composite in this dialect: write it as one string.";
            return false;
        }

        return CompositeJson.TryRead(value, out List<CompositePart> parts, out reason)
            && CompositeTree.TryWrite(composite, parts, spec.Kind == FieldKind.B, out text, out reason);
    }

    private static bool TryText(
        FieldSpec spec, JsonElement value, AutomaticFields? auto, out byte[] bytes, out string reason)
    {
        bytes = [];
        if (value.ValueKind != JsonValueKind.String)
        {
            reason = "It must be a string: a number would lose its leading zeros.";
            return false;
        }

        string text = value.GetString()!;
        reason = "";
        if (auto is not null && text == Auto && !auto.TryGet(spec.Number, out text))
        {
            reason = $"It cannot be \"{Auto}\": only 7, 11, 12, 13 and 37 can.";
        }
        else if (spec.Kind == FieldKind.B)
        {
            reason = TryHex(text, out bytes) ? ""
                : "It is binary: write it as an even count of hexadecimal digits." + HintOf(text);
        }
        else if (!Characters.TryRead(spec, text, out bytes, out string why))
        {
            reason = $"It {why}.";
        }
        else
        {
            reason = text.Contains(Masker.Hidden, StringComparison.Ordinal) && spec.Kind is FieldKind.N or FieldKind.Z
                ? "It is not digits." + HintOf(text)
                : "";
        }

        return reason.Length == 0;
    }

    /// <summary>The likeliest reason why stars stand in a value.</summary>
    private static string HintOf(string text) => text.Contains(Masker.Hidden, StringComparison.Ordinal)
        ? " The value seems to be masked. Use 'decode --unmask' to get a value that can be encoded."
        : "";

    private static bool TryHex(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length / 2];
        return text.Length % 2 == 0
            && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
    }
}

/// <summary>A message that JSON described, and the header in front of it where the framing has one.</summary>
internal readonly record struct EncodedMessage(Mti Mti, string? Header, byte[] Bytes);
