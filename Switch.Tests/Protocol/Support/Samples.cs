using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Tests.Protocol.Support;

/// <summary>Messages as terminals send them, for tests that want meaning where the vectors have chance.</summary>
internal static class Samples
{
    public const string PanDigits = "4000001234567899";

    /// <summary>9F26 cryptogram, 9F36 counter, 57 track 2 equivalent, 5A card number, 82 profile.</summary>
    public const string IccHex = "9F2608A1B2C3D4E5F607089F36020042"
        + "57114000001234567899D28122010000000000" + "5A084000001234567899" + "82023900";

    /// <summary>What of it may be kept.</summary>
    public const string IccScrubbedHex = "9F2608A1B2C3D4E5F607089F3602004282023900";

    public static Dialect Ascii => Dialect.Get("iso87-ascii");

    public static Dialect Binary => Dialect.Get("iso87-binary");

    /// <summary>
    /// Twenty fields of a chip purchase with an online PIN. Field 55 is set apart: its form differs by dialect.
    /// </summary>
    public static SortedDictionary<int, string> Purchase => new()
    {
        [Field.Pan] = PanDigits,
        [Field.ProcessingCode] = "000000",
        [Field.Amount] = "000000012345",
        [Field.TransmissionDateTime] = "1122140154",
        [Field.Stan] = "000123",
        [Field.LocalTime] = "230154",
        [Field.LocalDate] = "1122",
        [Field.Expiry] = "2812",
        [Field.MerchantType] = "5411",
        [Field.EntryMode] = "051",
        [Field.ConditionCode] = "00",
        [Field.AcquirerId] = "12345678901",
        [Field.Track2] = PanDigits + "=28122010000000000",
        [Field.RetrievalReference] = "532614000123",
        [Field.TerminalId] = "TERM0001",
        [Field.MerchantId] = "MERCHANT0000001",
        [Field.MerchantName] = "CORNER SHOP              TOKYO        JP",
        [Field.Currency] = "392",
        [Field.PinData] = "\u0004\u0012\u0000\u0000\u0001\u0002\u0003\u0004",
    };

    /// <summary>The purchase as a loaded 0100.</summary>
    public static Message Load(Dialect dialect) => Load(dialect, Mti.AuthorizationRequest, Purchase, withIcc: true);

    public static Message Load(Dialect dialect, Mti mti, IReadOnlyDictionary<int, string> fields, bool withIcc = false)
    {
        byte[] bytes = Encode(dialect, mti, fields, withIcc);
        var message = new Message(2048);
        Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
        return message;
    }

    public static byte[] Encode(Dialect dialect, Mti mti, IReadOnlyDictionary<int, string> fields, bool withIcc = false)
    {
        var composer = new MessageComposer(2048);
        composer.Start(dialect, mti);
        foreach ((int field, string text) in fields)
        {
            composer.Set(field, Encoding.Latin1.GetBytes(text));
        }

        if (withIcc)
        {
            bool isBytes = dialect[Field.IccData]!.Kind == FieldKind.B;
            composer.Set(Field.IccData, isBytes ? Convert.FromHexString(IccHex) : Encoding.ASCII.GetBytes(IccHex));
        }

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        return bytes.ToArray();
    }

    /// <summary>The canonical text of a field as a string of bytes.</summary>
    public static string Text(Message message, int field)
    {
        byte[] text = new byte[message.TextLength(field)];
        message.CopyText(field, text);
        return Encoding.Latin1.GetString(text);
    }

    /// <summary>Loads what a composer made, in the dialect that it was made for.</summary>
    public static Message Reload(Dialect dialect, MessageComposer composer)
    {
        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault), fault.ToString());
        var message = new Message(8192);
        Assert.True(message.TryLoad(dialect, bytes, out fault), fault.ToString());
        return message;
    }
}
