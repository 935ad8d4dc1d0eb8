using System.Globalization;
using System.Text;
using Switch.Protocol.Emv;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Protocol.Masking;

/// <summary>
/// Messages for people: every field by number, with card numbers cut to the first six and last four digits and
/// nothing shown of what must not be. Cold path: dumps and tools, never the life of a message.
/// </summary>
public static class Masker
{
    private const string Hidden = "***";

    // Cardholder data that is no secret by itself but has no place in a dump either.
    private static readonly FieldSet Starred = FieldSet.Of(Field.Expiry, Field.Account1, Field.Account2);

    /// <summary>Appends "0100 2=400000******7899 3=000000 ..." without a line end.</summary>
    public static void Describe(Message message, StringBuilder text)
    {
        text.Append(message.Mti.ToString());
        foreach (int field in message.Fields)
        {
            text.Append(CultureInfo.InvariantCulture, $" {field}=");
            DescribeField(message, field, text);
        }
    }

    /// <summary>Appends one field that the message has, masked as its number asks.</summary>
    public static void DescribeField(Message message, int field, StringBuilder text)
    {
        byte[] value = new byte[message.TextLength(field)];
        message.CopyText(field, value);
        bool isBytes = message.Dialect[field]?.Kind == FieldKind.B;
        if (field is Field.Pan or Field.PanExtended)
        {
            DescribePan(value, text);
        }
        else if (message.Dialect.Sensitive.Contains(field) || message.Dialect.Private.Contains(field)
            || Starred.Contains(field))
        {
            text.Append(Hidden);
        }
        else if (field == Field.IccData)
        {
            DescribeIccData(value, isBytes, text);
        }
        else if (isBytes)
        {
            text.Append(Convert.ToHexString(value));
        }
        else
        {
            text.Append(Encoding.ASCII.GetString(value).TrimEnd(' '));
        }
    }

    private static void DescribePan(byte[] value, StringBuilder text)
    {
        if (Pan.TryParse(value, out Pan pan))
        {
            text.Append(pan.ToString());
        }
        else
        {
            text.Append(Hidden); // Not a card number, but it stands where one belongs.
        }
    }

    private static void DescribeIccData(byte[] value, bool isBytes, StringBuilder text)
    {
        byte[] data = value;
        if (!isBytes)
        {
            if (!FieldCodec.IsHex(value))
            {
                text.Append(Hidden);
                return;
            }

            data = new byte[value.Length / 2];
            FieldCodec.DecodeHex(value, data);
        }

        // Scrubbing first proves the structure: what cannot be walked to its end is not shown at all.
        if (!IccData.TryScrub(data, new byte[data.Length], out _))
        {
            text.Append(Hidden);
            return;
        }

        text.Append('[');
        DescribeObjects(data, text);
        text.Append(']');
    }

    private static void DescribeObjects(ReadOnlySpan<byte> data, StringBuilder text)
    {
        var reader = new BerTlvReader(data);
        string separator = "";
        while (reader.TryRead())
        {
            text.Append(separator).Append(CultureInfo.InvariantCulture, $"{reader.Tag:X2}=");
            separator = " ";
            if (IccData.IsSensitive(reader.Tag))
            {
                text.Append(Hidden);
            }
            else if (reader.IsConstructed)
            {
                text.Append('[');
                DescribeObjects(reader.Value, text);
                text.Append(']');
            }
            else
            {
                text.Append(Convert.ToHexString(reader.Value));
            }
        }
    }
}
