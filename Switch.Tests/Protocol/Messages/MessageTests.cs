using System.Buffers;
using System.Reflection;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Messages;

public class MessageTests
{
    private static readonly Dialect Ascii = Samples.Ascii;
    private static readonly Dialect Binary = Samples.Binary;

    [Fact]
    public void TryLoad_MtiAlone_HasNoFields()
    {
        var message = new Message(64);

        Assert.True(message.TryLoad(Ascii, "0800"u8, out _));
        Assert.True(message.Fields.IsEmpty);
        Assert.Equal(Mti.NetworkRequest, message.Mti);
    }

    /// <summary>Some write hexadecimal in lower case. It is read, and written in upper case.</summary>
    [Theory]
    [InlineData("iso87-ascii", false)]
    [InlineData("odd-mainframe", true)]
    public void TryLoad_BitmapInLowerCase_IsReadAndSentInUpperCase(string name, bool isEbcdic)
    {
        Dialect dialect = isEbcdic ? OddDialects.EbcdicText : Dialect.Get(name);
        byte[] upper = Samples.Encode(
            dialect, Mti.NetworkRequest.WithVersion((int)dialect.IsoVersion),
            new Dictionary<int, string> { [3] = "000000", [70] = "301" });
        byte[] lower = (byte[])upper.Clone();
        foreach (ref byte letter in lower.AsSpan(4, 32))
        {
            bool isLetter = isEbcdic ? letter is >= 0xC1 and <= 0xC6 : letter is >= (byte)'A' and <= (byte)'F';
            letter = !isLetter ? letter : isEbcdic ? (byte)(letter & ~0x40) : (byte)(letter | 0x20);
        }

        var message = new Message(256);
        var composer = new MessageComposer(256);
        Assert.NotEqual(upper, lower);
        Assert.True(message.TryLoad(dialect, lower, out ParseFault fault), fault.ToString());
        Assert.Equal("3,70", message.Fields.ToString());
        composer.Start(dialect, message.Mti);
        composer.Take(message);

        Assert.True(composer.TryWrite(out ReadOnlySpan<byte> bytes, out _));
        Assert.Equal(upper, bytes.ToArray());
    }

    [Fact]
    public void TryLoad_ZeroBitmap_HasNoFields()
    {
        var message = new Message(64);

        Assert.True(message.TryLoad(Ascii, "08000000000000000000"u8, out _));
        Assert.True(message.TryLoad(Binary, Convert.FromHexString("08000000000000000000"), out _));
        Assert.True(message.Fields.IsEmpty);
    }

    [Fact]
    public void TryLoad_LongerThanCapacity_IsTooLong()
    {
        var message = new Message(19);

        Assert.False(message.TryLoad(Ascii, "08000000000000000000"u8, out ParseFault fault));
        Assert.Equal(new ParseFault(ParseError.TooLong, 0, 19), fault);
        Assert.Equal(0, message.Size);
    }

    /// <summary>A wrong byte in the amount leaves everything else to answer with.</summary>
    [Fact]
    public void TryLoad_BadContent_KeepsTheOtherFields()
    {
        byte[] bytes = Samples.Encode(Ascii, Mti.AuthorizationRequest, Samples.Purchase);
        int amount = Encoding.ASCII.GetString(bytes).IndexOf("000000012345", StringComparison.Ordinal);
        bytes[amount + 3] = (byte)'x';
        var message = new Message(1024);

        Assert.False(message.TryLoad(Ascii, bytes, out ParseFault fault));

        Assert.Equal(new ParseFault(ParseError.ContentNotNumeric, Field.Amount, amount + 3), fault);
        Assert.Equal(Mti.AuthorizationRequest, message.Mti);
        Assert.False(message.Has(Field.Amount));
        Assert.Equal(0, message.TextLength(Field.Amount));
        Assert.Equal("000123", Samples.Text(message, Field.Stan));
        Assert.Equal("TERM0001", Samples.Text(message, Field.TerminalId));
    }

    /// <summary>A length that is only too great says where the next field is, when the rest fits to the last byte.
    /// </summary>
    [Theory]
    [InlineData("20" + "40000012345678990000" + "000123", "11")] // The field is left out, its neighbour is there.
    [InlineData("20" + "40000012345678990000" + "00012", "")] // A byte is missing: nothing after it is sure.
    [InlineData("20" + "40000012345678990000" + "0001234", "")]
    [InlineData("20" + "40000012345678990000" + "00012x", "")]
    [InlineData("99" + "40000012345678990000" + "000123", "")] // Beyond the end of the message.
    public void TryLoad_LengthOverLimit_KeepsWhatFitsAfterIt(string rest, string fields)
    {
        byte[] bytes = Encoding.ASCII.GetBytes("0100" + "4020000000000000" + rest);
        var message = new Message(256);

        Assert.False(message.TryLoad(Ascii, bytes, out ParseFault fault));

        Assert.Equal(new ParseFault(ParseError.LengthOverLimit, Field.Pan, 20), fault);
        Assert.Equal(fields, message.Fields.ToString());
        Assert.Equal(fields.Length == 0 ? "" : "000123", Samples.Text(message, Field.Stan));
    }

    [Theory]
    [InlineData("01002000000000000000" + "12345", ParseError.Truncated, 3, 25)]
    [InlineData("01002000000000000000" + "1234567", ParseError.TrailingBytes, 0, 26)]
    [InlineData("01004000000000000000" + "1x23", ParseError.LengthNotNumeric, 2, 20)]
    [InlineData("01004000000000000000" + "20" + "12345678901234567890", ParseError.LengthOverLimit, 2, 20)]
    [InlineData("01004000000000000000" + "16" + "400000123456789", ParseError.Truncated, 2, 37)]
    [InlineData("0100000000000800000" + "g", ParseError.BadBitmap, 1, 19)]
    [InlineData("01008000000000000000" + "8000000000000000", ParseError.BadBitmap, 65, 20)]
    [InlineData("01008000000000000000" + "80000000", ParseError.Truncated, 1, 28)]
    [InlineData("01x00000000000000000", ParseError.BadMti, 0, 0)]
    [InlineData("010", ParseError.Truncated, 0, 3)]
    [InlineData("01000000001000000000" + "X00000001", ParseError.BadSign, 28, 20)]
    [InlineData("01000000001000000000" + "C0000x001", ParseError.ContentNotNumeric, 28, 25)]
    [InlineData("01000000000000001000" + "05A605C1F9F3E88g", ParseError.ContentNotHex, 52, 35)]
    [InlineData("01000000000000800000" + "TERM\u0007001", ParseError.ContentNotPrintable, 41, 24)]
    [InlineData("01000000000020000000" + "054000D", ParseError.ContentNotNumeric, 35, 26)]
    public void TryLoad_BadAscii_NamesFieldAndOffset(string text, ParseError error, int field, int offset)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        var message = new Message(256);

        Assert.False(message.TryLoad(Ascii, bytes, out ParseFault fault));
        Assert.Equal(new ParseFault(error, field, offset), fault);
    }

    [Theory]
    [InlineData("0100" + "2000000000000000" + "12345A", ParseError.ContentNotNumeric, 3, 12)]
    [InlineData("0100" + "0000040000000000" + "1051", ParseError.BadPadding, 22, 10)]
    [InlineData("0100" + "0000040000000000" + "0A51", ParseError.ContentNotNumeric, 22, 10)]
    [InlineData("0100" + "4000000000000000" + "09" + "4000001235", ParseError.BadPadding, 2, 15)]
    [InlineData("0100" + "4000000000000000" + "09" + "40000012A0", ParseError.ContentNotNumeric, 2, 15)]
    [InlineData("0100" + "4000000000000000" + "0A", ParseError.LengthNotNumeric, 2, 10)]
    [InlineData("0100" + "0000000000000200" + "1000", ParseError.LengthOverLimit, 55, 10)]
    [InlineData("0100" + "0000000000000200" + "0004AABBCC", ParseError.Truncated, 55, 15)]
    [InlineData("0100" + "0000001000000000" + "5800000001", ParseError.BadSign, 28, 10)]
    [InlineData("010A" + "0000000000000000", ParseError.BadMti, 0, 0)]
    public void TryLoad_BadBinary_NamesFieldAndOffset(string hex, ParseError error, int field, int offset)
    {
        var message = new Message(256);

        Assert.False(message.TryLoad(Binary, Convert.FromHexString(hex), out ParseFault fault));
        Assert.Equal(new ParseFault(error, field, offset), fault);
    }

    [Fact]
    public void TryLoad_UndefinedField_StopsBeforeIt()
    {
        var catalog = new DialectCatalog();
        Assert.True(catalog.TryAdd(
            """{ "name": "short", "extends": "iso87-ascii", "fields": { "7": null } }""", out Dialect? dialect, out _));
        var message = new Message(256);

        Assert.False(message.TryLoad(dialect, "01002220000000000000123456112214015400012"u8, out ParseFault fault));
        Assert.Equal(new ParseFault(ParseError.UnknownField, 7, 26), fault);
        Assert.Equal("3", message.Fields.ToString());
    }

    /// <summary>The frame of a pipe may lie in any number of segments.</summary>
    [Fact]
    public void TryLoad_SequenceCutAtEveryByte_GivesTheSameMessage()
    {
        byte[] bytes = Samples.Encode(Ascii, Mti.AuthorizationRequest, Samples.Purchase);
        var message = new Message(1024);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            ReadOnlySequence<byte> frame = Segments.Of(bytes[..cut], bytes[cut..]);

            Assert.True(message.TryLoad(Ascii, in frame, out _));
            Assert.True(message.Bytes.SequenceEqual(bytes));
        }
    }

    [Fact]
    public void TryGetNumber_NumericFields_GivesTheirValue()
    {
        foreach (Dialect dialect in new[] { Ascii, Binary })
        {
            Message message = Samples.Load(dialect);

            Assert.True(message.TryGetNumber(Field.Amount, out long amount));
            Assert.Equal(12345, amount);
            Assert.True(message.TryGetNumber(Field.EntryMode, out long mode));
            Assert.Equal(51, mode);
            Assert.False(message.TryGetNumber(Field.SettlementAmount, out _));
            Assert.False(message.TryGetNumber(Field.TerminalId, out _));
        }
    }

    /// <summary>Digits are digits, in whatever field a partner carries them, without what fills it up.</summary>
    [Theory]
    [InlineData("ans 12", "000000001500", 1_500)]
    [InlineData("an 12", "1500", 1_500)]
    [InlineData("ans..12", "1500", 1_500)]
    [InlineData("ans 12\", \"align\": \"right", "1500", 1_500)]
    [InlineData("ans 40", "1500", 1_500)]
    [InlineData("ans 12\", \"fill\": \"0", "15", 150_000_000_000)]
    [InlineData("ans 12", "15 00", -1)]
    [InlineData("ans 12", "15.00", -1)]
    [InlineData("ans 12", " 1500", -1)]
    [InlineData("ans 12", "", -1)]
    [InlineData("ans..30", "1234567890123456789", -1)]
    [InlineData("ans...999", "-1", -1)]
    [InlineData("b 4", "1500", -1)]
    public void TryGetNumber_CharacterField_CountsDigits(string format, string text, long expected)
    {
        string fields = $$"""{ "4": { "format": "{{format}}" } }""";
        string json = $$"""{ "name": "chars", "extends": "iso87-ascii", "fields": {{fields}} }""";
        Assert.True(new DialectCatalog().TryAdd(json, out Dialect? dialect, out _));
        Message message = Samples.Load(
            dialect, Mti.FinancialRequest, new Dictionary<int, string> { [Field.Amount] = text });

        Assert.Equal(expected >= 0, message.TryGetNumber(Field.Amount, out long value));
        Assert.Equal(Math.Max(expected, 0), value);
    }

    [Fact]
    public void OffsetOf_EmptyFields_IsBehindTheirLengths()
    {
        byte[] bytes = Convert.FromHexString("0800002000000000050000012300000000");
        var message = new Message(256);
        Assert.True(message.TryLoad(Binary, bytes, out ParseFault fault), fault.ToString());

        Assert.Equal([10, 15, 17], new[] { 11, 54, 56 }.Select(message.OffsetOf));
        Assert.Equal(-1, message.OffsetOf(7));
    }

    [Fact]
    public void TryGetPan_OnlyTrack2_GivesTheNumberOfTheTrack()
    {
        foreach (Dialect dialect in new[] { Ascii, Binary })
        {
            var fields = new Dictionary<int, string> { [Field.Track2] = Samples.PanDigits + "=2812201" };

            Assert.True(Samples.Load(dialect, Mti.AuthorizationRequest, fields).TryGetPan(out Pan pan));
            Assert.Equal("400000******7899", pan.ToString());
        }
    }

    /// <summary>Where a partner has card data in character fields, with what fills them up or separates them.</summary>
    [Theory]
    [InlineData(2, "ans 19", Samples.PanDigits)]
    [InlineData(35, "ans..37", Samples.PanDigits + "=2812201")]
    [InlineData(35, "ans..37", Samples.PanDigits + "D2812201")]
    public void TryGetPan_CharacterField_GivesTheNumber(int field, string format, string text)
    {
        string fields = $$"""{ "{{field}}": { "format": "{{format}}" } }""";
        string json = $$"""{ "name": "chars", "extends": "iso87-ascii", "fields": {{fields}} }""";
        Assert.True(new DialectCatalog().TryAdd(json, out Dialect? dialect, out _));
        Message message = Samples.Load(
            dialect, Mti.AuthorizationRequest, new Dictionary<int, string> { [field] = text });

        Assert.True(message.TryGetPan(out Pan pan));
        Assert.Equal("400000******7899", pan.ToString());
    }

    [Theory]
    [InlineData(2, "1234567")]
    [InlineData(35, "=2812201")]
    [InlineData(35, "4000001234567899")]
    public void TryGetPan_NoCardNumberThere_IsFalse(int field, string text)
    {
        Message message = Samples.Load(Ascii, Mti.AuthorizationRequest, new Dictionary<int, string> { [field] = text });

        Assert.False(message.TryGetPan(out Pan pan));
        Assert.True(pan.IsNone);
    }

    [Fact]
    public void Raw_PresentField_IsTheValueOnTheWire()
    {
        Message message = Samples.Load(Binary);

        Assert.Equal("051", Samples.Text(message, Field.EntryMode));
        Assert.Equal("0051", Convert.ToHexString(message.Raw(Field.EntryMode)));
        Assert.Equal("4000001234567899", Convert.ToHexString(message.Raw(Field.Pan)));
        Assert.True(message.Raw(Field.ResponseCode).IsEmpty);
        Assert.True(message.Raw(0).IsEmpty);
        Assert.True(message.Raw(500).IsEmpty);
    }

    [Fact]
    public void Clear_LoadedMessage_LeavesNoCardData()
    {
        Message message = Samples.Load(Ascii);
        message.ReceivedAt = 5;
        message.Origin = 6;

        message.Clear();

        Assert.Equal(0, message.Size);
        Assert.True(message.Fields.IsEmpty);
        Assert.Equal(0, message.ReceivedAt + message.Origin);
        FieldInfo? bytes = typeof(Message).GetField("_bytes", BindingFlags.Instance | BindingFlags.NonPublic);
        Assert.DoesNotContain((byte[])bytes!.GetValue(message)!, value => value != 0);
    }
}
