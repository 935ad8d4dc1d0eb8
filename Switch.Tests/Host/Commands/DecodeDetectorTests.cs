using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Editions;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

public class DecodeDetectorTests
{
    private static readonly string[] Framings =
        ["none", "len2", "len2-inclusive", "len2-bcd", "len4-ascii", "len4-binary", "vap", "len2-etx", "len2+tpdu"];

    public static TheoryData<string> Dialects => new(new DialectCatalog().Names);

    public static TheoryData<string> Layouts => new(Vector.Dialects);

    /// <summary>
    /// Messages that mean something, as integrators have them: what they are stands first, or shares the first place
    /// with what reads every one of their bytes to the same fields.
    /// </summary>
    [Theory]
    [MemberData(nameof(Dialects))]
    public void Try_MessagesWithMeaning_RanksWhatTheyAreFirst(string name)
    {
        byte[] purchase = PurchaseIn(name);
        var detector = new DecodeDetector(new DialectCatalog());
        foreach (string framing in Framings)
        {
            byte[] bytes = framing == "none" ? purchase : [.. Frame(framing, purchase), .. Frame(framing, purchase)];

            Detection first = detector.Try(bytes)[0];

            Assert.True(first.Fits, $"{framing}: {first}");
            Assert.True(framing == first.Framing, $"{framing}: {first}");
            Assert.True(first.Dialect == name || AreAlike(name, first.Dialect!, purchase), $"{framing}: {first}");
            Assert.Equal(framing == "none" ? 1 : 2, first.Messages);
            Assert.Equal(first.Judged, first.Sense);
        }
    }

    /// <summary>Messages without meaning: what they are is among what fits.</summary>
    [Theory]
    [MemberData(nameof(Layouts))]
    public void Try_Vectors_FindsTheirDialectAndFraming(string layout)
    {
        byte[] stream = [.. Vector.Of(layout).Take(20).SelectMany(vector => Frame("len2", vector.Bytes))];

        IReadOnlyList<Detection> found = new DecodeDetector(new DialectCatalog()).Try(stream);

        Detection right = Assert.Single(found, one => one.Framing == "len2" && one.Dialect == layout);
        Assert.True(right.Fits);
        Assert.Equal(20, right.Messages);
        Assert.All(found.Where(one => one.Fits), one => Assert.Equal("len2", one.Framing));
    }

    /// <summary>The commonest trouble: each framing that is not the one says where it fails, and why.</summary>
    [Fact]
    public void Try_OtherFramings_SayWhyTheyAreNot()
    {
        byte[] purchase = PurchaseIn("iso87-ascii");
        IReadOnlyList<Detection> found = new DecodeDetector(new DialectCatalog()).Try(Frame("len2", purchase));

        foreach (string framing in FrameFormat.Names.Where(name => name != "len2"))
        {
            Detection[] rows = [.. found.Where(one => one.Framing == framing)];
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.False(row.Fits));
            Assert.All(rows, row => Assert.NotEmpty(row.Reason));
        }

        string little = found.First(one => one.Framing == "len2-little").Reason;
        Assert.Contains("the frame at byte 0 begins with", little, StringComparison.Ordinal);
        Assert.Contains("is longer than the", little, StringComparison.Ordinal);
        Assert.Contains(
            "do not start a frame", found.First(one => one.Framing == "len4-ascii").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Try_OtherDialects_NameTheFieldThatDoesNotFit()
    {
        byte[] purchase = PurchaseIn("iso87-binary");
        IReadOnlyList<Detection> found = new DecodeDetector(new DialectCatalog()).Try(Frame("len2", purchase));

        Detection ascii = Assert.Single(found, one => one.Framing == "len2" && one.Dialect == "iso87-ascii");
        Detection base1 = Assert.Single(found, one => one.Framing == "len2" && one.Dialect == "base1");
        Assert.Contains("BadMti", ascii.Reason, StringComparison.Ordinal);
        Assert.Equal(2, ascii.Offset);
        Assert.False(base1.Fits);
        Assert.Contains("field ", base1.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Try_FixedHeader_IsFound()
    {
        byte[] purchase = PurchaseIn("iso87-ascii");
        Assert.True(FrameFormat.TryGet("len2", "ISO025000077", out FrameFormat? format, out _));
        byte[] frame = new byte[format.OverheadSize + purchase.Length];
        format.Write(frame, purchase);

        Detection first = new DecodeDetector(new DialectCatalog()).Try(frame)[0];

        Assert.True(first.Fits);
        Assert.StartsWith("len2 with header hex:49534F303235303030303737", first.Framing, StringComparison.Ordinal);
        Assert.Equal("iso87-ascii", first.Dialect);
    }

    /// <summary>A message of another version than the dialect's could not be run, and is no fit.</summary>
    [Fact]
    public void Try_OtherVersion_IsNoFit()
    {
        IReadOnlyList<Detection> found = new DecodeDetector(new DialectCatalog()).Try(PurchaseIn("iso87-binary"));

        Detection other = Assert.Single(found, one => one is { Framing: "none", Dialect: "iso93-binary" });
        Assert.False(other.Fits);
        Assert.All(
            found.Where(one => one.Fits), one => Assert.DoesNotContain("93", one.Dialect, StringComparison.Ordinal));
    }

    /// <summary>A byte that ends a frame may stand anywhere in a dialect with binary parts.</summary>
    [Fact]
    public void Try_DelimitedFrameOfABinaryDialect_IsNoFit()
    {
        byte[] message = Convert.FromHexString("0800" + "0020000000000000" + "000123");
        IReadOnlyList<Detection> found = new DecodeDetector(new DialectCatalog()).Try([.. message, 3]);

        Detection etx = Assert.Single(found, one => one is { Framing: "etx", Dialect: "iso87-binary" });
        Assert.False(etx.Fits);
        Assert.Contains("ends a message at its byte 03", etx.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detect_TpduWithoutALength_FitsNothingAndSaysWhatItIs()
    {
        CommandRun run = await CommandRun.OfAsync("decode", "--detect", Cases.PathOf("detect-tpdu-no-length.hex"));

        Assert.Equal(ExitCode.Problems, run.Code);
        Assert.DoesNotContain("\nyes", run.Output, StringComparison.Ordinal);
        Assert.Matches("no +none, behind a TPDU +iso87-binary", run.Output); // Width: the longest name.
        Assert.Contains("behind the TPDU 6000030001 and without a length", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detect_Track2PaddedOtherwise_FitsTheVariantAndSaysIt()
    {
        string file = Cases.PathOf("detect-track2-pad-f.hex");
        byte[] bytes = Convert.FromHexString((await File.ReadAllTextAsync(file)).Trim());
        Assert.True(new DialectCatalog().TryAdd(
            await File.ReadAllTextAsync(Cases.PathOf("dialect-track2-pad-f.json")), out Dialect? padF, out _));

        Detection first = new DecodeDetector(new DialectCatalog()).Try(bytes)[0];
        CommandRun run = await CommandRun.OfAsync("decode", "--detect", file);

        Assert.True(first.Fits);
        Assert.Equal(("none", "iso87-binary"), (first.Framing, first.Dialect));
        Assert.Equal("""{"extends":"iso87-binary","fields":{"35":{"pad":"F"}}}""", first.Variant);
        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("\"35\":{\"pad\":\"F\"}", run.Output, StringComparison.Ordinal);
        var message = new Message(256);
        Assert.True(message.TryLoad(padF, bytes, out _));
        Assert.Contains($"with {message.Fields.Count} fields", first.Reason, StringComparison.Ordinal);
    }

    /// <summary>A partner's dialect that reads the bytes as it is comes before a variant of a built-in one.</summary>
    [Fact]
    public void Try_DialectOfThePartnerIsThere_ComesBeforeTheVariant()
    {
        var catalog = new DialectCatalog();
        Assert.True(catalog.TryAdd(File.ReadAllText(Cases.PathOf("dialect-track2-pad-f.json")), out _, out _));
        byte[] bytes = Convert.FromHexString(File.ReadAllText(Cases.PathOf("detect-track2-pad-f.hex")).Trim());

        IReadOnlyList<Detection> found = new DecodeDetector(catalog).Try(bytes);

        Assert.Equal("padf", found[0].Dialect);
        Assert.Null(found[0].Variant);
        Assert.NotNull(Assert.Single(found, one => one is { Framing: "none", Dialect: "iso87-binary" }).Variant);
    }

    [Theory]
    [InlineData("474554202F20485454502F312E310D0A")]
    [InlineData("160301020001000001FC0303")]
    [InlineData("00")]
    public void Try_NoMessages_FitsNothing(string hex) =>
        Assert.False(new DecodeDetector(new DialectCatalog()).Try(Convert.FromHexString(hex))[0].Fits);

    private static byte[] Frame(string framing, byte[] message)
    {
        Assert.True(FrameFormat.TryGet(framing, null, out FrameFormat? format, out string reason), reason);
        byte[] frame = new byte[format.OverheadSize + message.Length];
        return frame[..format.Write(frame, message)];
    }

    private static byte[] PurchaseIn(string name)
    {
        var dialect = Dialect.Get(name);
        byte[] ascii = Samples.Encode(Samples.Ascii, Mti.AuthorizationRequest, Samples.Purchase, withIcc: true);
        return name == "iso87-ascii" ? ascii : Translations.Say(Translations.Hear(Samples.Ascii, ascii), dialect);
    }

    private static bool AreAlike(string one, string other, byte[] message)
    {
        Message left = Translations.Read(Dialect.Get(one), message);
        Message right = Translations.Read(Dialect.Get(other), message);
        return left.Fields.ToString() == right.Fields.ToString()
            && left.Fields.ToString().Split(',').All(field => TextOf(left, field) == TextOf(right, field));
    }

    private static string TextOf(Message message, string field)
    {
        int number = int.Parse(field);
        byte[] text = new byte[message.TextLength(number)];
        message.CopyText(number, text);
        return Convert.ToHexString(text);
    }
}
