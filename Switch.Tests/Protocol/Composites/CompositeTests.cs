using System.Text;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Emv;
using Switch.Protocol.Fields;
using Switch.Protocol.Masking;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Protocol.Composites;

public class CompositeTests
{
    private const string Track2 = "4000001234567899=2812";

    /// <summary>Reading gives the parts, and writing them again gives the same bytes.</summary>
    [Theory]
    [InlineData(3, "012030", "1=01 2=20 3=30")]
    [InlineData(3, "01", "1=01")]
    [InlineData(48, "01003ABC9200412349X000", "01=ABC 92=!1234 9X=")]
    [InlineData(48, "77013W0104ABCD000701000", "77=[1=W01 2=!ABCD 3=0007] 01=")]
    [InlineData(48, "77005W010X", "77=!W010X")]
    [InlineData(60, "00112302AB0A0BD0012", "1=001 2=!123 3=AB 4=!0A0B 5=D0012")]
    [InlineData(60, "001123", "1=001 2=!123")]
    [InlineData(61, "hex:0103414243C1020102FF00", "01=ABC C1=!0102 FF=")]
    [InlineData(62, "hex:0123450123020A0B", "1=12345 2=!123 3=0A0B")]
    [InlineData(127, "400000000000000005SWKEY", "2=SWKEY")]
    [InlineData(
        127,
        "60000080400000000201XX0123456789012345678901234567890123456789012345670042" + "6000000000000000"
            + "000000000100000000000000" + "AB",
        null)]
    [InlineData(
        127,
        "400000C000000000" + "01X" + "0063" + "6000000400000000" + "000000000100" + "000000000000" + "21" + Track2
            + "0022" + "5A0240009F36020042" + "9A00",
        "2=X 25=[2=000000000100 3=000000000000 30=!4000001234567899=2812] 26=[5A=!4000 9F36=0042 9A=]")]
    [InlineData(55, "9F360200425A0240007004820239" + "00", "9F36=0042 5A=!4000 70=[82=3900]")]
    public void TryRead_Text_GivesPartsThatWriteBack(int field, string text, string? parts)
    {
        byte[] bytes = BytesOf(text);
        CompositeSpec spec = CompositeSamples.Of(field);
        bool isBytes = CompositeSamples.IsBytes(field);

        bool exact = CompositeTree.TryReadExactly(spec, bytes, isBytes, out IReadOnlyList<CompositePart> found);

        Assert.Equal(parts is not null, exact);
        if (exact)
        {
            Assert.Equal(parts, Show(found));
            Assert.True(CompositeTree.TryWrite(spec, found, isBytes, out byte[] again, out string reason), reason);
            Assert.Equal(bytes, again);
        }
    }

    [Theory]
    [InlineData(3, "0120304")] // One too many.
    [InlineData(3, "01X030")]
    [InlineData(48, "01003AB")]
    [InlineData(48, "01A03ABC")]
    [InlineData(48, "0")]
    [InlineData(48, "01011ABCDEFGHIJK")] // Longer than declared.
    [InlineData(60, "00112399AB")]
    [InlineData(62, "hex:9123450123020A0B")] // The pad is not zero.
    [InlineData(127, "4000000000000000")]
    [InlineData(127, "400000000000000001XX")]
    [InlineData(127, "800000000000000001X")] // Not declared.
    [InlineData(127, "40000000000000")]
    [InlineData(127, "4000000000000g0001X")]
    [InlineData(55, "9f36020042")] // Lower case would come back as upper case.
    [InlineData(55, "009F36020042")] // So would padding be lost.
    [InlineData(55, "9F3681020042")]
    [InlineData(55, "24020042")] // The universal class: not chip data.
    [InlineData(55, "any text")]
    [InlineData(55, "")]
    public void TryReadExactly_OtherText_IsRefused(int field, string text) => Assert.False(
        CompositeTree.TryReadExactly(
            CompositeSamples.Of(field), BytesOf(text), CompositeSamples.IsBytes(field), out _));

    [Theory]
    [InlineData(48, "01003ABC9200412349X000", "01003ABC9X000")]
    [InlineData(48, "77013W0104ABCD000701000", "01000")] // Goes whole, with the secret inside.
    [InlineData(48, "77005W010X01001A", "01001A")] // What cannot be read goes.
    [InlineData(48, "01003AB", null)]
    [InlineData(60, "00112302AB0A0BD0012", "00100002AB0000D0012")]
    [InlineData(60, "001", "001")]
    [InlineData(61, "hex:0103414243C1020102FF00", "hex:0103414243FF00")]
    [InlineData(62, "hex:0123450123020A0B", "hex:0123450000020A0B")]
    [InlineData(127, "4080000000000000" + "01X" + "003123", "400000000000000001X")]
    [InlineData(127, "0080000000000000" + "003123", "")]
    [InlineData(127, "400000C00000000001X0063600000040000000000000000010000000000000021" + Track2
        + "00225A0240009F360200429A00", "400000000000000001X")]
    [InlineData(127, "400000C00000000001X004060000000000000000000000001000000000000000014" + "9F360200429A00",
        "400000C00000000001X004060000000000000000000000001000000000000000014" + "9F360200429A00")]
    public void TryScrub_Composite_KeepsTheHarmlessParts(int field, string text, string? kept)
    {
        byte[] data = BytesOf(text);
        byte[] destination = new byte[data.Length];

        bool good = CompositeScrubber.TryScrub(CompositeSamples.Of(field), data, destination, out int size);

        Assert.Equal(kept is not null, good);
        if (good)
        {
            Assert.Equal(Show(BytesOf(kept!)), Show(destination.AsSpan(0, size)));
            Assert.True(CompositeScrubber.TryScrub(CompositeSamples.Of(field), data, data, out size)); // In place.
            Assert.Equal(Show(BytesOf(kept!)), Show(data.AsSpan(0, size)));
        }
    }

    /// <summary>What the journal keeps and what a dump shows of a message with secrets in all its composites.</summary>
    [Fact]
    public void Message_SecretsInComposites_AreNeitherKeptNorShown()
    {
        var fields = new Dictionary<int, string>
        {
            [Field.ProcessingCode] = "012030",
            [Field.Private48] = "01003ABC9200412349X000",
            [60] = "00112302AB0A0BD0012",
            [Field.IccData] = Samples.IccHex,
            [127] = "400000C00000000001X0063600000040000000000000000010000000000000021" + Track2
                + "00225A0240009F360200429A00",
        };
        Message message = Samples.Load(CompositeSamples.Partner, Mti.AuthorizationRequest, fields);
        byte[] image = new byte[FieldImage.SizeMax(4096)];

        FieldSet keep = Retention.StorableFromRequest(CompositeSamples.Partner);
        int size = FieldImage.Write(message, in keep, image);
        var text = new StringBuilder();
        Masker.Describe(message, text);

        Assert.True(FieldImage.TryRead(image.AsSpan(0, size), Field.Private48, out ReadOnlySpan<byte> kept));
        Assert.Equal("01003ABC9X000", Encoding.ASCII.GetString(kept));
        Assert.True(FieldImage.TryRead(image.AsSpan(0, size), 127, out kept));
        Assert.Equal("400000000000000001X", Encoding.ASCII.GetString(kept));
        Assert.Equal(
            "0100 3=[1=01 2=20 3=30] 48=[01=ABC 92=*** 9X=]"
            + " 55=[9F26=A1B2C3D4E5F60708 9F36=0042 57=*** 5A=*** 82=3900]"
            + " 60=[1=001 2=*** 3=AB 4=*** 5=D0012]"
            + " 127=[2=X 25=[2=000000000100 3=000000000000 30=***] 26=[5A=*** 9F36=0042 9A=]]",
            text.ToString());
    }

    /// <summary>In a private field nothing says that an undeclared tag is harmless.</summary>
    [Fact]
    public void DescribeField_UndeclaredTagInPrivateField_IsHidden()
    {
        string json = CompositeSamples.Json.Replace("48,60-62,127", "60", StringComparison.Ordinal);
        Assert.True(new DialectCatalog().TryAdd(json, out Dialect? dialect, out _));
        var fields = new Dictionary<int, string> { [48] = "01003ABC9X0041234" };
        var text = new StringBuilder();

        Masker.DescribeField(Samples.Load(dialect, Mti.AuthorizationRequest, fields), 48, text);

        Assert.Equal("[01=ABC 9X=***]", text.ToString());
    }

    [Fact]
    public void Read_NestedBeyondTheBounds_IsRefused()
    {
        byte[] data = [0x82, 0x00];
        for (int depth = 1; depth <= CompositeSpec.DepthMax + 2; depth++)
        {
            Assert.Equal(
                depth <= CompositeSpec.DepthMax,
                CompositeScrubber.TryScrub(CompositeSpec.IccData, data, new byte[99], out _));
            Assert.True(CompositeTree.TryReadExactly(CompositeSpec.IccData, data, isBytes: true, out _));
            data = [0x70, (byte)data.Length, .. data];
        }

        byte[] many = new byte[2 * (CompositeSpec.CountMax + 1)];
        for (int at = 0; at < many.Length; at += 2)
        {
            many[at] = 0x82;
        }

        Assert.True(CompositeTree.TryRead(CompositeSpec.IccData, many.AsSpan(2), isBytes: true, out _));
        Assert.False(CompositeTree.TryRead(CompositeSpec.IccData, many, isBytes: true, out _));
    }

    /// <summary>Any bytes end in a verdict; what is kept is never more than came, and needs no second pass.</summary>
    [Fact]
    public void AnyBytes_InAnyComposite_EndInAVerdict()
    {
        var random = new Random(127);
        string[] starts = ["012030", "01003ABC92004", "77013W0104AB", "00112302AB", "40000080000000000", "9F3602"];
        int[] composites = [3, 48, 55, 60, 61, 62, 127];
        byte[] destination = new byte[256];
        for (int round = 0; round < 20_000; round++)
        {
            string rest = "0012301234567890123456"[..random.Next(20)];
            byte[] data = Encoding.ASCII.GetBytes(starts[random.Next(starts.Length)] + rest);
            data[random.Next(data.Length)] = (byte)random.Next(256);
            int field = composites[random.Next(composites.Length)];
            CompositeSpec spec = CompositeSamples.Of(field);
            bool isBytes = CompositeSamples.IsBytes(field);

            if (CompositeTree.TryReadExactly(spec, data, isBytes, out IReadOnlyList<CompositePart> parts))
            {
                Assert.NotEmpty(parts);
            }

            if (CompositeScrubber.TryScrub(spec, data, destination, out int size))
            {
                Assert.InRange(size, 0, data.Length);
                Assert.True(CompositeScrubber.TryScrub(spec, destination.AsSpan(0, size), destination, out int again));
                Assert.Equal(size, again);
            }
        }
    }

    [Theory]
    [InlineData("""{ "kind": "heap" }""", "48.composite.kind: positional or tlv or ber-tlv or bitmap expected")]
    [InlineData("""{ }""", "48.composite.kind: missing")]
    [InlineData("""[]""", "48.composite: object expected")]
    [InlineData("""{ "kind": "tlv", "length": 3 }""", "48.composite.tag: missing")]
    [InlineData("""{ "kind": "tlv", "tag": "an 2" }""", "48.composite.length: missing")]
    [InlineData("""{ "kind": "tlv", "tag": "an 9", "length": 3 }""", "48.composite.tag: 'an 2' or 'b 1' expected")]
    [InlineData("""{ "kind": "tlv", "tag": "an 2", "length": 7 }""", "48.composite.length: a number from 1 to 6")]
    [InlineData("""{ "kind": "bitmap", "bits": 64 }""", "48.composite.fields: a composite of this kind needs them")]
    [InlineData("""{ "kind": "bitmap" }""", "48.composite.bits: missing")]
    [InlineData("""{ "kind": "bitmap", "bits": 12 }""", "48.composite.bits: a multiple of 8 expected")]
    [InlineData("""{ "kind": "ber-tlv", "bits": 8 }""", "48.composite.bits: means nothing")]
    [InlineData("""{ "kind": "ber-tlv", "fields": { "9F": {} } }""", "48.composite.fields.9F: not a tag or number")]
    [InlineData(
        """{ "kind": "positional", "fields": { "1": { "name": "X" } } }""", "48.composite.fields.1.format: missing")]
    [InlineData(
        """{ "kind": "positional", "sensitive": "X", "fields": { "1": { "format": "n 1" } } }""",
        "48.composite.sensitive: 'X' is not a tag or number")]
    [InlineData(
        """{ "kind": "bitmap", "bits": 8, "fields": { "9": { "format": "n 1" } } }""",
        "48.composite.fields.9: not a tag or number")]
    [InlineData(
        """{ "kind": "tlv", "tag": "an 2", "length": 1, "fields": { "01": { "format": "an 10" } } }""",
        "48.composite.fields.01.format: 10 does not fit a length prefix")]
    [InlineData("""{ "kind": "ber-tlv", "colour": 1 }""", "48.composite.colour: not a property of a composite")]
    public void TryAdd_BadComposite_NamesThePlace(string composite, string mistake)
    {
        string json = $$"""
            { "name": "x", "extends": "iso87-ascii", "fields": { "48": { "composite": {{composite}} } } }
            """;

        Assert.False(new DialectCatalog().TryAdd(json, out _, out IReadOnlyList<string> mistakes));
        Assert.StartsWith("fields." + mistake, Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Fact]
    public void TryAdd_FixedFieldOrFieldOfChipData_RefusesWhatCannotWork()
    {
        const string Json = """
            { "name": "x", "extends": "iso87-ascii", "fields": {
              "43": { "composite": { "kind": "ber-tlv" } },
              "55": { "composite": { "kind": "tlv", "tag": "an 2", "length": 3 } } } }
            """;

        Assert.False(new DialectCatalog().TryAdd(Json, out _, out IReadOnlyList<string> mistakes));
        Assert.Equal(
            [
                "fields.43.composite: parts cannot be removed from a field of fixed length",
                "fields.55.composite: field 55 is chip data, ber-tlv, or null for none",
            ],
            mistakes);
    }

    [Fact]
    public void BuiltIn_ChipData_IsAComposite()
    {
        Assert.Same(CompositeSpec.IccData, Samples.Ascii[Field.IccData]!.Composite);
        Assert.True(new DialectCatalog().TryAdd(
            """{ "name": "x", "extends": "iso87-ascii", "fields": { "55": { "composite": null } } }""",
            out Dialect? dialect, out _));
        Assert.Null(dialect[Field.IccData]!.Composite);
    }

    /// <summary>Random contents of the vectors must not look like chip data.</summary>
    [Fact]
    public void TryReadExactly_ChipDataOfVectors_AreNoChipData()
    {
        foreach (Vector vector in Vector.Dialects.SelectMany(Vector.Of).Where(v => v.Fields.ContainsKey(Field.IccData)))
        {
            FieldSpec spec = vector.Dialect[Field.IccData]!;
            Assert.False(CompositeTree.TryReadExactly(
                spec.Composite!, vector.TextOf(Field.IccData), spec.Kind == FieldKind.B, out _), vector.ToString());
        }
    }

    [Fact]
    public void Walking_EveryKind_AllocatesNothing()
    {
        (CompositeSpec Spec, byte[] Data)[] all =
        [
            (CompositeSamples.Of(3), BytesOf("012030")),
            (CompositeSamples.Of(48), BytesOf("01003ABC9200412349X00077013W0104ABCD0007")),
            (CompositeSamples.Of(60), BytesOf("00112302AB0A0BD0012")),
            (CompositeSamples.Of(62), BytesOf("hex:0123450123020A0B")),
            (CompositeSamples.Of(127), BytesOf("400000C00000000001X004060000000000000000000000001000000000000000014"
                + "9F360200429A00")),
            (CompositeSpec.IccData, Convert.FromHexString(Samples.IccHex)),
        ];
        byte[] destination = new byte[1024];
        bool good = true;
        void Walk()
        {
            foreach ((CompositeSpec spec, byte[] data) in all)
            {
                var reader = new CompositeReader(spec, data);
                while (reader.TryRead())
                {
                }

                good &= reader.Status == CompositeStatus.End;
                good &= CompositeScrubber.TryScrub(spec, data, destination, out _);
            }
        }

        Assert.Equal(0, AllocationMeter.Of(Walk));
        Assert.True(good);
    }

    [Theory]
    [InlineData(0x9F36u, "Application transaction counter")]
    [InlineData(0xDF01u, "")]
    public void NameOf_Tag_IsThatOfEmv(uint tag, string name) => Assert.Equal(name, EmvTags.NameOf(tag));

    private static byte[] BytesOf(string text) => text.StartsWith("hex:", StringComparison.Ordinal)
        ? Convert.FromHexString(text[4..])
        : Encoding.ASCII.GetBytes(text);

    private static string Show(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static string Show(IReadOnlyList<CompositePart> parts) => string.Join(' ', parts.Select(part =>
        $"{part.Key}={(part.IsSensitive ? "!" : "")}{(part.Parts is { } inside ? $"[{Show(inside)}]" : part.Text)}"));
}
