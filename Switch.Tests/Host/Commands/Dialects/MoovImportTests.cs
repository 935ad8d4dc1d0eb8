using Switch.Host.Commands.Common;
using Switch.Protocol.Fields;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands.Dialects;

/// <summary>
/// Goal: no property of a moov specification is passed over in silence. Method: descriptions in which one property is
/// unusual, and what becomes of it.
/// </summary>
public sealed class MoovImportTests : IDisposable
{
    private const string Mti = """
        "0": { "type": "String", "length": 4, "enc": "ASCII", "prefix": "ASCII.Fixed" }
        """;

    private const string Bitmap = """
        "1": { "type": "Bitmap", "length": 8, "enc": "HexToASCII", "prefix": "Hex.Fixed" }
        """;

    private readonly ImportRig _rig = new();

    public void Dispose() => _rig.Dispose();

    /// <summary>A bitmap of 16 bytes is there at once, and its first bit announces nothing.</summary>
    [Fact]
    public async Task Import_BitmapOf16Bytes_ReadsTheFieldsBehindIt()
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}},
              "1": { "type": "Bitmap", "length": 16, "enc": "Hex", "prefix": "Hex.Fixed" },
              "3": { "type": "Numeric", "length": 6, "enc": "ASCII", "prefix": "ASCII.Fixed" },
              "11": { "type": "String", "length": 6, "enc": "ASCII", "prefix": "ASCII.Fixed" } } }
            """);
        Assert.Empty(run.Error);
        string dialect = _rig.Write(run.Output);

        CommandRun decoded = await CommandRun.OfAsync(
            "decode", "--dialect", dialect, "--json",
            Convert.ToHexString("020020200000000000000000000000000000123456000777"u8));
        CommandRun encoded = await CommandRun.OfAsync("encode", "--dialect", dialect, decoded.Output);

        Assert.Equal(
            "{\"mti\":\"0200\",\"fields\":{\"3\":\"123456\",\"11\":\"000777\"}}\n", decoded.Output);
        Assert.Equal(
            Convert.ToHexString("020020200000000000000000000000000000123456000777"u8), encoded.Output.Trim());
    }

    [Theory]
    [InlineData("24", "fields.1.length: a bitmap of 24 bytes")]
    [InlineData("4", "fields.1.length: a bitmap of 4 bytes")]
    [InlineData("\"16\"", "fields.1.length: a whole number expected")]
    [InlineData("8, \"disableAutoExpand\": true", "fields.90: beyond a bitmap of 8 bytes that announces no other")]
    [InlineData("8, \"disableAutoExpand\": \"yes\"", "fields.1.disableAutoExpand: true or false expected")]
    public async Task Import_BitmapThatCannotBeSaid_IsRefused(string length, string expected)
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}},
              "1": { "type": "Bitmap", "length": {{length}}, "enc": "HexToASCII", "prefix": "Hex.Fixed" },
              "90": { "type": "String", "length": 42, "enc": "ASCII", "prefix": "ASCII.Fixed" } } }
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    /// <summary>Go reads the names of properties in any letter case.</summary>
    [Fact]
    public async Task Import_NamesInAnyCase_DividesAsInLowerCase()
    {
        CommandRun upper = await CommandRun.OfAsync(
            "dialect", "import", "moov", Cases.PathOf("moov-bitmap-composite.json"), "--name", "case");
        CommandRun lower = await CommandRun.OfAsync(
            "dialect", "import", "moov", Cases.PathOf("moov-bitmap-composite-lower.json"), "--name", "case");
        CommandRun mixed = await _rig.RunAsync(
            "moov",
            (await File.ReadAllTextAsync(Cases.PathOf("moov-bitmap-composite-lower.json")))
                .Replace("\"length\"", "\"LENGTH\"", StringComparison.Ordinal)
                .Replace("\"subfields\"", "\"\u017FubFields\"", StringComparison.Ordinal),
            "--name", "case");
        CommandRun decoded = await CommandRun.OfAsync(
            "decode", "--dialect", _rig.Write(upper.Output), Cases.PathOf("moov-bitmap-composite.hex"));

        Assert.Empty(upper.Error);
        Assert.Equal(lower.Output, upper.Output);
        Assert.Equal(lower.Output, mixed.Output);
        Assert.Contains("62.1  AB ", decoded.Output, StringComparison.Ordinal);
        Assert.Contains("62.10 11 456 ", decoded.Output, StringComparison.Ordinal);
    }

    /// <summary>What is not used is named, each with the path of its place.</summary>
    [Theory]
    [InlineData("\"colour\": 1", "fields.40.colour: not supported")]
    [InlineData("\"tag\": { \"sort\": \"StringsByInt\" }", "fields.40.tag: not supported, or without meaning")]
    [InlineData("\"bitmap\": {}", "fields.40.bitmap: not supported, or without meaning")]
    [InlineData("\"disableAutoExpand\": true", "fields.40.disableAutoExpand: not supported, or without meaning")]
    [InlineData("\"padding\": { \"type\": \"Left\", \"pad\": \"0\", \"x\": 1 }", "fields.40.padding.x: not supported")]
    [InlineData("\"Length\": 5", "fields.40.Length: is given twice, in different letter case: the last one is used")]
    public async Task Import_PropertyThatIsNotUsed_IsWarnedOf(string property, string expected)
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}}, {{Bitmap}},
              "40": { "type": "String", "length": 3, "enc": "ASCII", "prefix": "ASCII.Fixed", {{property}} } } }
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains(expected, Assert.Single(ImportRig.WarningsOf(run)), StringComparison.Ordinal);
        Assert.Equal(expected.Contains("twice", StringComparison.Ordinal) ? 5 : 3, ImportRig.Read(run)[40]!.LengthMax);
    }

    /// <summary>Of properties around the fields too.</summary>
    [Fact]
    public async Task Import_OtherPropertiesOfTheWhole_AreWarnedOf()
    {
        const string Field = """{ "type": "String", "length": 3, "enc": "ASCII", "prefix": "ASCII.Fixed" }""";
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "name": "their name", "version": 2, "fields": { {{Mti}}, {{Bitmap}}, "40": {}, "40": {{Field}},
              "65": {{Field}} } }
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal(
            [
                "Warning: fields.40: is given twice: the last one is used",
                "Warning: name: 'their name' is not used: the dialect is called partner, by --name or by its file",
                "Warning: version: not supported, or without meaning here: not used",
                "Warning: fields.65: not used: bit 65 announces a third bitmap",
            ],
            ImportRig.WarningsOf(run));
        Assert.Equal("40", ImportRig.Read(run).Defined.ToString());
    }

    /// <summary>What each encoding is on the wire.</summary>
    [Theory]
    [InlineData("4", "Numeric", 6, "ASCIIToHex", "Binary.Fixed", "n 12", FieldEncoding.Bcd)]
    [InlineData("4", "String", 6, "ASCIIToHex", "Hex.Fixed", "n 12", FieldEncoding.Bcd)]
    [InlineData("4", "String", 5, "ASCIIToHex", "Hex.Fixed", "b 5", FieldEncoding.Binary)]
    [InlineData("52", "String", 8, "ASCIIToHex", "Hex.Fixed", "b 8", FieldEncoding.Binary)]
    [InlineData("52", "Hex", 8, "ASCIIToHex", "Hex.Fixed", "b 8", FieldEncoding.Binary)]
    [InlineData("52", "String", 8, "Binary", "Binary.Fixed", "b 8", FieldEncoding.Binary)]
    [InlineData("41", "String", 8, "Binary", "Binary.Fixed", "ans 8", FieldEncoding.Ascii)]
    [InlineData("4", "Numeric", 12, "Binary", "Binary.Fixed", "n 12", FieldEncoding.Ascii)]
    [InlineData("32", "Numeric", 6, "ASCIIToHex", "Binary.L", "n..12", FieldEncoding.Bcd)]
    [InlineData("44", "String", 99, "ASCII", "Hex.L", "ans..99", FieldEncoding.Ascii)]
    [InlineData("48", "String", 999, "ASCII", "Hex.LL", "ans....999", FieldEncoding.Ascii)]
    [InlineData("48", "String", 999, "ASCII", "Hex.LLL", "ans......999", FieldEncoding.Ascii)]
    [InlineData("48", "String", 999, "ASCII", "Hex.LLLL", "ans........999", FieldEncoding.Ascii)]
    [InlineData("48", "Binary", 99, "Hex", "Hex.L", "b..99", FieldEncoding.Hex)]
    [InlineData("43", "String", 40, "ASCII", "None.Fixed", "ans 40", FieldEncoding.Ascii)]
    public async Task Import_OlderForms_AreReadAsThatLibraryDoes(
        string field, string type, int length, string enc, string prefix, string format, FieldEncoding encoding)
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}}, {{Bitmap}}, "{{field}}":
              { "type": "{{type}}", "length": {{length}}, "enc": "{{enc}}", "prefix": "{{prefix}}" } } }
            """);

        FieldSpec spec = ImportRig.Read(run)[int.Parse(field)]!;
        Assert.Equal((format, encoding), (spec.Format, spec.Encoding));
        bool mayBeRead = prefix.StartsWith("Hex.L", StringComparison.Ordinal) || prefix == "None.Fixed";
        Assert.Equal(mayBeRead ? 1 : 0, ImportRig.WarningsOf(run).Length);
    }

    /// <summary>A length of one byte, written as two hexadecimal digits.</summary>
    [Fact]
    public async Task Import_HexLength_ReadsTheBytes()
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}}, {{Bitmap}},
              "44": { "type": "String", "length": 99, "enc": "ASCII", "prefix": "Hex.L" } } }
            """);

        CommandRun decoded = await CommandRun.OfAsync(
            "decode", "--json", "--dialect", _rig.Write(run.Output),
            Convert.ToHexString("080000000000001000000AABCDEFGHIJ"u8));

        Assert.Contains("\"44\":\"ABCDEFGHIJ\"", decoded.Output, StringComparison.Ordinal);
    }

    /// <summary>What a division says that cannot be kept to leaves the field whole, and is named.</summary>
    [Theory]
    [InlineData("\"type\": \"String\"", "", "fields.48.type: 'String' with subfields", false)]
    [InlineData("\"type\": \"Composite\"", "\"tag\": { \"sort\": \"Mine\" },", "fields.48.tag.sort: 'Mine'", true)]
    [InlineData(
        "\"type\": \"Composite\"", "\"tag\": { \"enc\": \"UTF8\", \"length\": 1 },",
        "fields.48.tag.enc: 'UTF8' with a length of 1", true)]
    [InlineData(
        "\"type\": \"Composite\"", "\"tag\": { \"enc\": \"ASCII\", \"length\": 2 },",
        "fields.48.subfields.1: a tag of 2 characters", true)]
    [InlineData(
        "\"type\": \"Composite\"", "\"tag\": { \"enc\": \"BerTLVTag\" },",
        "fields.48.subfields.1.prefix: 'ASCII.LL' where BerTLV belongs", true)]
    [InlineData(
        "\"type\": \"Composite\"",
        "\"bitmap\": { \"type\": \"Bitmap\", \"length\": 17, \"enc\": \"Binary\", \"prefix\": \"Binary.Fixed\" },",
        "fields.48.bitmap.length: 17", true)]
    [InlineData(
        "\"type\": \"Composite\"",
        "\"bitmap\": { \"type\": \"Bitmap\", \"length\": 8, \"enc\": \"Binary\", \"prefix\": \"Binary.Fixed\" },",
        "fields.48.bitmap: its first bit announces another bitmap, and part 1", true)]
    public async Task Import_DivisionThatCannotBeSaid_IsNamed(string type, string how, string expected, bool isWarning)
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}}, {{Bitmap}}, "48": { {{type}}, "length": 99, "prefix": "ASCII.LL", {{how}}
              "subfields": { "1": { "type": "String", "length": 9, "enc": "ASCII", "prefix": "ASCII.LL" } } } } }
            """);

        Assert.Equal(isWarning ? ExitCode.Done : ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(isWarning, run.Error.Contains("are not described, the field is", StringComparison.Ordinal));
    }

    /// <summary>Data objects may hold others, which have names too.</summary>
    [Fact]
    public async Task Import_BerTlvInBerTlv_NamesBoth()
    {
        CommandRun run = await _rig.RunAsync("moov", $$"""
            { "fields": { {{Mti}}, {{Bitmap}}, "55": { "type": "Composite", "length": 255, "prefix": "ASCII.LLL",
              "tag": { "enc": "BerTLVTag", "sort": "StringsByHex", "skipUnknownTLVTags": true,
                "storeUnknownTLVTags": true },
              "subfields": { "70": { "type": "Composite", "description": "Template", "prefix": "BerTLV",
                "tag": { "enc": "BerTLVTag", "sort": "StringsByHex" }, "subfields": {
                  "8A": { "type": "Binary", "description": "Code", "enc": "Binary", "prefix": "BerTLV" } } } } } } }
            """);

        Assert.Empty(run.Error);
        FieldSpec template = ImportRig.Read(run)[55]!.Composite!.Find(0x70)!.Spec;
        Assert.Equal(("Template", "Code"), (template.Name, template.Composite!.Find(0x8A)!.Spec.Name));
    }
}
