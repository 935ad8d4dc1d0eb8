using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Editions;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Messages;

/// <summary>Fields in Japanese code pages: what is on the wire, what people read, and what goes to whom.</summary>
public class JapaneseFieldTests
{
    /// <summary>In half-width katakana, Latin and a yen sign: "ｾﾌﾞﾝ STORE-1 \100".</summary>
    private const string HalfWidth = "\uFF7E\uFF8C\uFF9E\uFF9D STORE-1 \\100";

    /// <summary>"東京 ｾﾌﾞﾝ": seven characters, nine bytes.</summary>
    private const string FullWidth = "\u6771\u4EAC \uFF7E\uFF8C\uFF9E\uFF9D";

    private const string FullWidthHex = "938C" + "8B9E" + "20" + "BECCDEDD";

    [Theory]
    [InlineData("shift-jis", "BECCDEDD" + "2053544F52452D31" + "205C313030")]
    [InlineData("jis201", "BECCDEDD" + "2053544F52452D31" + "205C313030")]
    [InlineData("ebcdic930", "8F9FBEBD" + "40E2E3D6D9C560F1" + "405BF1F0F0")]
    [InlineData("ebcdic939", "749DBEBC" + "40E2E3D6D9C560F1" + "40B2F1F0F0")]
    public void Text_InEachCodePage_IsItsBytesAndComesBack(string encoding, string hex)
    {
        Dialect dialect = Make(encoding, "ans..40");
        Message message = Load(dialect, HalfWidth);

        Assert.Equal(hex, Convert.ToHexString(message.Raw(Field.MerchantName)));
        Assert.Equal(HalfWidth, TextOf(message));
    }

    [Fact]
    public void Text_OfTwoBytesEach_CountsBytes()
    {
        Dialect dialect = Make("shift-jis", "ans..40");
        Message message = Load(dialect, FullWidth);

        Assert.Equal("09" + Encoding.Latin1.GetString(Convert.FromHexString(FullWidthHex)), Tail(message, 11));
        Assert.Equal(9, message.TextLength(Field.MerchantName));
        Assert.Equal(FullWidth, TextOf(message));
    }

    [Fact]
    public void Text_ShorterThanAFixedField_IsFilledByBytes()
    {
        Dialect dialect = Make("shift-jis", "ans 12");
        Message message = Load(dialect, FullWidth);

        Assert.Equal(FullWidthHex + "202020", Convert.ToHexString(message.Raw(Field.MerchantName)));
        Assert.Equal(ParseError.TooLong, ErrorOf(Make("shift-jis", "ans 8"), FullWidth));
    }

    /// <summary>The yen sign and the overline are 5C and 7E of JIS X 0201, whatever people call them.</summary>
    [Theory]
    [InlineData("\u00A5\u203E", "\\~")]
    [InlineData("\\~", "\\~")]
    public void Text_WithYenAndOverline_TakesTheirCodes(string given, string read)
    {
        Assert.Equal(read, TextOf(Load(Make("jis201", "ans..40"), given)));
        Assert.Equal("5BA1", Convert.ToHexString(Load(Make("ebcdic930", "ans..40"), given).Raw(Field.MerchantName)));
        Assert.Equal("B2A0", Convert.ToHexString(Load(Make("ebcdic939", "ans..40"), given).Raw(Field.MerchantName)));
    }

    [Theory]
    [InlineData("shift-jis", "938C93", 2)] // Half a character at the end.
    [InlineData("shift-jis", "93208B9E", 0)] // A lead byte and no second.
    [InlineData("shift-jis", "8540", 0)] // A pair that is no character.
    [InlineData("shift-jis", "20A0", 1)]
    [InlineData("shift-jis", "938C07", 2)]
    [InlineData("jis201", "938C", 0)]
    [InlineData("ebcdic930", "0E44600F", 0)] // Shift-out: the double-byte part is not covered.
    [InlineData("ebcdic930", "B2", 0)] // The backslash, whose place the yen sign has.
    [InlineData("ebcdic939", "C1E0", 1)]
    public void TryLoad_BytesOfNoCharacter_AreNamed(string encoding, string hex, int at)
    {
        byte[] value = Convert.FromHexString(hex);
        byte[] bytes = [.. Encoding.ASCII.GetBytes($"01000000000000200000{value.Length:D2}"), .. value];
        var message = new Message(256);

        Assert.False(message.TryLoad(Make(encoding, "ans..40"), bytes, out ParseFault fault));

        Assert.Equal(new ParseFault(ParseError.ContentNotPrintable, Field.MerchantName, 22 + at), fault);
    }

    [Theory]
    [InlineData("shift-jis", "\u00E9")]
    [InlineData("shift-jis", "a\tb")]
    [InlineData("jis201", "\u6771")]
    [InlineData("ebcdic930", "\u6771")]
    [InlineData("ebcdic939", "\u3042")]
    public void Text_ThatThePageLacks_IsRefused(string encoding, string text)
    {
        FieldSpec spec = Make(encoding, "ans..40")[Field.MerchantName]!;

        bool isRead = Characters.TryRead(spec, text, out byte[] bytes, out string reason);

        Assert.True(isRead || reason.Contains("Shift-JIS", StringComparison.Ordinal));
        Assert.True(!isRead || ErrorOf(Make(encoding, "ans..40"), text) == ParseError.ContentNotPrintable, reason);
    }

    [Theory]
    [InlineData("shift-jis", "jis201")]
    [InlineData("shift-jis", "ebcdic930")]
    [InlineData("jis201", "ebcdic939")]
    [InlineData("ebcdic930", "ebcdic939")]
    [InlineData("ebcdic939", "shift-jis")]
    [InlineData("ebcdic930", "shift-jis")]
    public void Take_HalfWidthFromAnotherPage_IsConverted(string from, string to)
    {
        Message source = Load(Make(from, "ans..40"), HalfWidth);

        Message made = Translate(source, Make(to, "ans 40"), out FieldSet leftOut);

        Assert.Equal(HalfWidth, TextOf(made).TrimEnd());
        Assert.True(leftOut.IsEmpty);
    }

    /// <summary>A name that the other side cannot read is left out; anything else stops the message.</summary>
    [Theory]
    [InlineData("ascii", "printable", false)]
    [InlineData("ascii", "any", false)]
    [InlineData("ebcdic", "printable", false)]
    [InlineData("ebcdic930", "printable", false)]
    [InlineData("shift-jis", "printable", true)]
    public void Take_FullWidthForAnotherPage_IsLeftOutOrStops(string encoding, string content, bool isSaid)
    {
        Dialect target = Make(encoding, "ans..40", content);
        Message source = Load(Make("shift-jis", "ans..40"), FullWidth);
        Message identifier = Load(Make("shift-jis", "ans..40"), FullWidth, Field.AdditionalResponse);
        var composer = new MessageComposer(256, FieldTerms.Canonical);

        Message made = Translate(source, target, out FieldSet leftOut);
        composer.Start(target, Mti.AuthorizationRequest);
        composer.Take(identifier);
        bool isWritten = composer.TryWrite(out _, out ParseFault fault);

        Assert.Equal((isSaid, !isSaid), (made.Has(Field.MerchantName), leftOut.Contains(Field.MerchantName)));
        Assert.Equal(isSaid, isWritten);
        Assert.Equal(isSaid ? ParseError.None : ParseError.ContentNotPrintable, fault.Error);
        Assert.Equal(isSaid ? 0 : Field.AdditionalResponse, fault.Field);
    }

    /// <summary>Bytes of a page that was not named are not taken for katakana.</summary>
    [Fact]
    public void Take_AnyBytesForAJapanesePage_Stops()
    {
        Message source = Load(Make("ascii", "ans..40", "any"), "\u00C1\u00C2", Field.AdditionalResponse);
        var composer = new MessageComposer(256, FieldTerms.Canonical);
        composer.Start(Make("jis201", "ans..40"), Mti.AuthorizationRequest);
        composer.Take(source);

        Assert.False(composer.TryWrite(out _, out ParseFault fault));
        Assert.Equal((ParseError.ContentNotPrintable, Field.AdditionalResponse), (fault.Error, fault.Field));
    }

    /// <summary>A name is cut between two characters, and what the other edition cannot read is left out.</summary>
    [Fact]
    public void Take_ForAnotherEdition_CutsBetweenCharactersAndLeavesOut()
    {
        Message source = LoadCanonical(Make("shift-jis", "ans..40"), FullWidth);
        Dialect japanese = Make("shift-jis", "ans..7", parent: "iso93-ascii");

        Message made = Translate(source, japanese, out FieldSet cut);
        Message unread = Translate(source, Dialect.Get("iso93-ascii"), out FieldSet leftOut);

        Assert.Equal("\u6771\u4EAC \uFF7E\uFF8C", TextOf(made));
        Assert.True(cut.Contains(Field.MerchantName));
        Assert.Equal("\u6771\u4EAC", TextOf(
            Translate(source, Make("shift-jis", "ans..4", parent: "iso93-ascii"), out _)));
        Assert.Equal("\u6771", TextOf(Translate(source, Make("shift-jis", "ans..3", parent: "iso93-ascii"), out _)));
        Assert.False(unread.Has(Field.MerchantName));
        Assert.True(leftOut.Contains(Field.MerchantName));
    }

    [Fact]
    public void DescribeField_Japanese_ShowsCharacters()
    {
        var text = new StringBuilder();

        Masker.DescribeField(Load(Make("shift-jis", "ans 20"), FullWidth), Field.MerchantName, text);

        Assert.Equal(FullWidth, text.ToString());
    }

    [Theory]
    [InlineData("""{ "encoding": "shift-jis", "content": "any" }""", "fields.43.content: shift-jis")]
    [InlineData("""{ "encoding": "ebcdic930", "content": "narrow" }""", "fields.43.content: ebcdic930")]
    [InlineData("""{ "format": "ans 8", "encoding": "shift-jis", "fill": "A" }""", "fields.43.fill: 'A' may be half")]
    [InlineData("""{ "format": "b 8", "encoding": "jis201" }""", "fields.43.encoding: jis201 cannot carry b 8")]
    public void TryAdd_WhatCannotBe_IsNamed(string field, string mistake)
    {
        string json = $$"""{ "name": "partner", "extends": "iso87-ascii", "fields": { "43": {{field}} } }""";

        Assert.False(new DialectCatalog().TryAdd(json, out _, out IReadOnlyList<string> mistakes));
        Assert.Contains(mistakes, one => one.StartsWith(mistake, StringComparison.Ordinal));
    }

    [Fact]
    public void LoadAndWrite_Japanese_AllocateNothing()
    {
        Dialect from = Make("shift-jis", "ans..40");
        Dialect to = Make("ebcdic930", "ans 40");
        byte[] bytes = Load(from, HalfWidth).Bytes.ToArray();
        byte[] full = Load(from, FullWidth).Bytes.ToArray();
        var message = new Message(256, FieldTerms.Canonical);
        var composer = new MessageComposer(256, FieldTerms.Canonical);

        void Pass(byte[] one)
        {
            message.TryLoad(from, one, out _);
            composer.Start(to, Mti.AuthorizationRequest);
            composer.Take(message);
            composer.TryWrite(out _, out _);
        }

        long taken = AllocationMeter.Of(() =>
        {
            Pass(bytes);
            Pass(full);
        });

        Assert.Equal(0, taken);
    }

    private static Dialect Make(
        string encoding, string format, string content = "printable", string parent = "iso87-ascii")
    {
        string field = $$"""{ "format": "{{format}}", "encoding": "{{encoding}}", "content": "{{content}}" }""";
        string json = $$"""
            { "name": "partner-{{encoding}}", "extends": "{{parent}}", "fields": { "43": {{field}}, "44": {{field}} } }
            """;
        bool isGood = new DialectCatalog().TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(isGood, string.Join('\n', mistakes));
        return dialect!;
    }

    private static Message Load(Dialect dialect, string text, int field = Field.MerchantName)
    {
        Assert.True(Characters.TryRead(dialect[field], text, out byte[] bytes, out string reason), reason);
        return Samples.Load(dialect, Mti.AuthorizationRequest, new Dictionary<int, string>
        {
            [field] = Encoding.Latin1.GetString(bytes),
        });
    }

    private static Message LoadCanonical(Dialect dialect, string text) =>
        Translations.Hear(dialect, Load(dialect, text).Bytes.ToArray());

    private static ParseError ErrorOf(Dialect dialect, string text)
    {
        Assert.True(Characters.TryRead(dialect[Field.MerchantName], text, out byte[] bytes, out _));
        var composer = new MessageComposer(256);
        composer.Start(dialect, Mti.AuthorizationRequest);
        composer.Set(Field.MerchantName, bytes);
        composer.TryWrite(out _, out ParseFault fault);
        return fault.Error;
    }

    private static Message Translate(Message source, Dialect target, out FieldSet leftOut)
    {
        Message heard = Translations.Hear(source.Dialect, source.Bytes.ToArray());
        byte[] bytes = Translations.Say(heard, target, out MessageComposer composer);
        leftOut = composer.LeftOut;
        return Translations.Read(target, bytes);
    }

    private static string TextOf(Message message)
    {
        byte[] text = new byte[message.TextLength(Field.MerchantName)];
        message.CopyText(Field.MerchantName, text);
        return Characters.Of(message.Dialect[Field.MerchantName], text);
    }

    private static string Tail(Message message, int size) => Encoding.Latin1.GetString(message.Bytes[^size..]);
}
