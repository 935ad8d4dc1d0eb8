using Switch.Host.Commands.Common;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Host.Commands.Dialects;

public sealed class DialectImportTests : IDisposable
{
    private const string Header = """
        <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
        <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>
        """;

    private const string MoovHeader = """
        "0": { "type": "String", "length": 4, "enc": "ASCII", "prefix": "ASCII.Fixed" },
        "1": { "type": "Bitmap", "length": 8, "enc": "HexToASCII", "prefix": "Hex.Fixed" }
        """;

    private const string LeftStar = "3, \"padding\": { \"type\": \"Left\", \"pad\": \"*\" }";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-import-");

    public static TheoryData<string> Layouts => new(Vector.Dialects);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Jpos_LayoutOfVectors_MakesTheirBytes(string layout)
    {
        Dialect dialect = await ImportAsync("jpos", ForeignDescriptions.JposOf(layout), EditionOf(layout), "037");

        Assert.Equal(Vector.Of(layout).Length, VectorAgreement.Count(dialect, layout));
        Assert.Equal(Dialect.Get(layout).Sensitive, dialect.Sensitive);
        Assert.Equal(Dialect.Get(layout).Private, dialect.Private);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Moov_LayoutOfVectors_MakesTheirBytes(string layout)
    {
        Dialect dialect = await ImportAsync("moov", ForeignDescriptions.MoovOf(layout), EditionOf(layout), "037");

        // Packed, the fields with a sign cannot be expressed there, and vectors that have one are left out.
        bool isPacked = Dialect.Get(layout).Mti == MtiEncoding.Bcd;
        int all = Vector.Of(layout).Length;
        Assert.InRange(VectorAgreement.Count(dialect, layout), isPacked ? all / 4 : all, all);
    }

    /// <summary>A field with a bitmap of its own and one in it, as Postilion's 127 and 127.25 are.</summary>
    [Fact]
    public async Task Jpos_SubFieldPackagers_DivideTheField()
    {
        Dialect dialect = await ImportAsync("jpos", $"""
            <isopackager>
              {Header}
              <isofieldpackager id="48" length="999" name="Tagged" class="org.jpos.iso.IFA_LLLCHAR"
                  packager="org.jpos.iso.packager.GenericTaggedFieldsPackager"
                  tagMapper="org.jpos.iso.packager.TTDecimalTagMapper">
                <isofield id="1" length="10" name="Product" class="org.jpos.iso.IFA_TTLLLCHAR"/>
                <isofield id="92" length="3" name="Code" class="org.jpos.iso.IFA_TTLLLCHAR"/>
              </isofieldpackager>
              <isofieldpackager id="60" length="999" name="Placed" class="org.jpos.iso.IFA_LLLCHAR"
                  packager="org.jpos.iso.packager.GenericSubFieldPackager" emitBitmap="false">
                <isofield id="1" length="3" name="Reason" class="org.jpos.iso.IFA_NUMERIC"/>
                <isofield id="2" length="10" name="Text" class="org.jpos.iso.IFA_LLCHAR"/>
              </isofieldpackager>
              <isofieldpackager id="127" length="999999" name="Private" class="org.jpos.iso.IFA_LLLLLLBINARY"
                  packager="org.jpos.iso.packager.GenericSubFieldPackager" emitBitmap="true" bitmapField="1">
                <isofield id="1" length="8" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
                <isofield id="2" length="32" name="Switch key" class="org.jpos.iso.IFA_LLCHAR"/>
                <isofieldpackager id="25" length="8000" name="Chip" class="org.jpos.iso.IFA_LLLLBINARY"
                    packager="org.jpos.iso.packager.GenericPackager">
                  <isofield id="0" length="8" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
                  <isofield id="2" length="12" name="Amount" class="org.jpos.iso.IFB_NUMERIC" pad="true"/>
                </isofieldpackager>
              </isofieldpackager>
            </isopackager>
            """);

        AssertParts(dialect, 48, "01003ABC92003123", "01=ABC 92=123");
        AssertParts(dialect, 60, "12305HELLO", "1=123 2=HELLO");
        byte[] chip = [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34];
        byte[] bytes = [0x40, 0, 0, 0x80, 0, 0, 0, 0, .. "03KEY0014"u8, .. chip];
        Assert.True(CompositeTree.TryRead(dialect[127]!.Composite!, bytes, isBytes: true, out var parts));
        Assert.Equal(["2=KEY", "25=(2=000000001234)"], parts.Select(Show));
    }

    /// <summary>Chip data as bytes and as characters; what contradicts itself is kept whole, and said.</summary>
    [Theory]
    [InlineData("IFB_LLLHBINARY", "BERTLVBinaryPackager", true)]
    [InlineData("IFA_LLLCHAR", "BERTLVAsciiHexPackager", true)]
    [InlineData("IFA_LLLCHAR", "BERTLVBinaryPackager", false)]
    [InlineData("IFB_LLLBINARY", "BERTLVAsciiHexPackager", false)]
    public async Task Jpos_BerTlvPackagers_DivideTheField(string type, string packager, bool isKnown)
    {
        CommandRun run = await RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofieldpackager id="62" length="255" class="org.jpos.iso.{type}"
                packager="org.jpos.tlv.packager.bertlv.{packager}"/>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal(isKnown, run.Error.Length == 0);
        Assert.Equal(isKnown ? CompositeKind.BerTlv : null, Read(run.Output)[62]!.Composite?.Kind);
    }

    /// <summary>A message type of another length is none.</summary>
    [Fact]
    public async Task Import_OtherMessageType_IsRefused()
    {
        CommandRun jpos = await RunAsync(
            "jpos", $"<isopackager>{Header.Replace("\"4\"", "\"5\"", StringComparison.Ordinal)}</isopackager>");
        CommandRun moov = await RunAsync(
            "moov", $"{{ \"fields\": {{ {MoovHeader.Replace(": 4,", ": 5,", StringComparison.Ordinal)} }} }}");

        Assert.Contains("is not supported as a message type", jpos.Error, StringComparison.Ordinal);
        Assert.Contains("fields.0.enc", moov.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moov_Composites_DivideTheField()
    {
        Dialect dialect = await ImportAsync("moov", $$"""
            { "name": "partner", "fields": { {{MoovHeader}},
              "3": { "type": "Composite", "length": 6, "description": "Processing code", "prefix": "ASCII.Fixed",
                "tag": { "sort": "StringsByInt" }, "subfields": {
                  "1": { "type": "String", "length": 2, "enc": "ASCII", "prefix": "ASCII.Fixed" },
                  "02": { "type": "String", "length": 2, "enc": "ASCII", "prefix": "ASCII.Fixed" },
                  "3": { "type": "String", "length": 2, "enc": "ASCII", "prefix": "ASCII.Fixed" } } },
              "48": { "type": "Composite", "length": 999, "prefix": "ASCII.LLL",
                "tag": { "length": 2, "enc": "ASCII", "padding": { "type": "Left", "pad": "0" } },
                "subfields": {
                  "1": { "type": "String", "length": 10, "enc": "ASCII", "prefix": "ASCII.LL" },
                  "92": { "type": "String", "length": 3, "enc": "ASCII", "prefix": "ASCII.LL" } } },
              "55": { "type": "Composite", "length": 999, "prefix": "ASCII.LLL",
                "tag": { "enc": "BerTLVTag", "sort": "StringsByHex" }, "subfields": {
                  "9F02": { "type": "Binary", "description": "Amount", "enc": "Binary", "prefix": "BerTLV" } } },
              "127": { "type": "Composite", "length": 999, "prefix": "ASCII.LLL",
                "bitmap": { "type": "Bitmap", "length": 8, "enc": "HexToASCII", "prefix": "Hex.Fixed",
                  "disableautoexpand": true },
                "subfields": { "2": { "type": "String", "length": 32, "enc": "ASCII", "prefix": "ASCII.LL" } } } } }
            """);

        AssertParts(dialect, 3, "012030", "1=01 2=20 3=30");
        AssertParts(dialect, 48, "0103ABC9203123", "01=ABC 92=123");
        AssertParts(dialect, 127, "400000000000000003KEY", "2=KEY");
        Assert.Equal(CompositeKind.BerTlv, dialect[55]!.Composite!.Kind);
        Assert.Equal("Amount", dialect[55]!.Composite!.Find(0x9F02)!.Spec.Name);
    }

    /// <summary>What cannot be expressed is named, with the place where it stands, and nothing comes out.</summary>
    [Theory]
    [InlineData("40", "3", "org.jpos.iso.IFB_HEX", "id 40: the class org.jpos.iso.IFB_HEX is not supported")]
    [InlineData("40", "9", "org.jpos.iso.IFA_FLLNUM", "id 40: the class org.jpos.iso.IFA_FLLNUM is not supported")]
    [InlineData("40", "9", "org.jpos.iso.IFB_LLHFBINARY", "IFB_LLHFBINARY is not supported")]
    [InlineData("40", "9", "com.partner.MyField", "com.partner.MyField is not supported")]
    [InlineData("40", "x", "org.jpos.iso.IF_CHAR", "id, length and class are required")]
    [InlineData("40", "0", "org.jpos.iso.IF_CHAR", "id 40: a length of 0")]
    [InlineData("300", "1", "org.jpos.iso.IF_CHAR", "fields.300: not a field number")]
    [InlineData("130", "1", "org.jpos.iso.IF_CHAR", "fields.130: above 128")]
    [InlineData("40", "200", "org.jpos.iso.IFA_LLCHAR", "200 does not fit a length prefix of 2")]
    public async Task Jpos_UnknownThings_AreNamedAndRefused(string id, string length, string type, string expected)
    {
        CommandRun run = await RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofield id="41" length="8" class="org.jpos.iso.IF_CHAR"/>
              <isofield id="{id}" length="{length}" class="{type}"/>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("String", "3", "UTF32", "ASCII.Fixed", "fields.40.enc: 'UTF32'")]
    [InlineData("Binary", "3", "BCD", "ASCII.Fixed", "fields.40.enc: 'BCD' of the type Binary")]
    [InlineData("Secret", "3", "ASCII", "ASCII.Fixed", "fields.40.type: 'Secret'")]
    [InlineData("String", "3", "ASCII", "Hex.LLLLL", "fields.40.prefix: 'Hex.LLLLL'")]
    [InlineData("String", "3", "ASCII", "", "fields.40.prefix: ''")]
    [InlineData("String", "-3", "ASCII", "ASCII.LL", "fields.40.length: a number from 1")]
    [InlineData("String", "\"3\"", "ASCII", "ASCII.LL", "fields.40.length: a number from 1")]
    [InlineData("String", "3, \"padding\": {}", "ASCII", "ASCII.Fixed", "fields.40.padding: Left or Right")]
    [InlineData("Numeric", LeftStar, "ASCII", "ASCII.LL", "fields.40.padding: only digits and characters")]
    [InlineData("Numeric", LeftStar, "ASCII", "ASCII.Fixed", "fields.40.fill: '*' may not stand")]
    public async Task Moov_UnknownThings_AreNamedAndRefused(
        string type, string length, string enc, string prefix, string expected)
    {
        CommandRun run = await RunAsync("moov", $$"""
            { "fields": { {{MoovHeader}},
              "40": { "type": "{{type}}", "length": {{length}}, "enc": "{{enc}}", "prefix": "{{prefix}}" } } }
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task LeaveOut_UnknownField_WarnsAndLeavesItOut()
    {
        CommandRun run = await RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofield id="40" length="3" class="org.jpos.iso.IFB_HEX"/>
              <isofield id="41" length="8" class="org.jpos.iso.IF_CHAR"/>
            </isopackager>
            """, "--leave-out");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("IFB_HEX is not supported: left out", run.Error, StringComparison.Ordinal);
        Assert.Equal("41", Read(run.Output).Defined.ToString());
    }

    /// <summary>A field whose division is not understood is still a field, and a warning says so.</summary>
    [Fact]
    public async Task Jpos_UnknownPackager_KeepsTheFieldWhole()
    {
        CommandRun run = await RunAsync("jpos", $"""
            <isopackager>{Header}
              <isofieldpackager id="62" length="999" class="org.jpos.iso.IFA_LLLCHAR" packager="com.partner.Theirs">
                <isofield id="1" length="3" class="org.jpos.iso.IF_CHAR"/>
              </isofieldpackager>
            </isopackager>
            """);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("id 62: the packager 'com.partner.Theirs'", run.Error, StringComparison.Ordinal);
        FieldSpec spec = Read(run.Output)[62]!;
        Assert.Null(spec.Composite);
        Assert.Equal(ContentRule.Any, spec.Content);
    }

    /// <summary>Neither description says it; each library has one of its own.</summary>
    [Fact]
    public async Task Import_Ebcdic_SaysItsCodePage()
    {
        CommandRun jpos = await RunAsync("jpos", ForeignDescriptions.JposOf("iso87-ebcdic"));
        CommandRun moov = await RunAsync("moov", ForeignDescriptions.MoovOf("iso87-ebcdic"));
        string theirs = ForeignDescriptions.MoovOf("iso87-ebcdic");
        CommandRun other = await RunAsync("moov", theirs, "--code-page", "1047");
        CommandRun wrong = await RunAsync("moov", theirs, "--code-page", "1140");

        Assert.Contains("EBCDIC is read as ebcdic1047", jpos.Error, StringComparison.Ordinal);
        Assert.Equal(FieldEncoding.Ebcdic1047, Read(jpos.Output)[41]!.Encoding);
        Assert.Contains("EBCDIC is read as ebcdic500", moov.Error, StringComparison.Ordinal);
        Assert.Equal(FieldEncoding.Ebcdic500, Read(moov.Output)[41]!.Encoding);
        Assert.DoesNotContain("EBCDIC", other.Error, StringComparison.Ordinal);
        Assert.Equal(FieldEncoding.Ebcdic1047, Read(other.Output)[41]!.Encoding);
        Assert.Equal(ExitCode.Usage, wrong.Code);
    }

    [Theory]
    [InlineData("<!DOCTYPE isopackager [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><isopackager>&x;</isopackager>")]
    [InlineData("<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;\">]><isopackager name=\"&y;\"/>")]
    [InlineData("<isopackager><isofield")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<isopackager/>")]
    [InlineData("<html/>")]
    [InlineData("<isopackager emitBitmap=\"false\"/>")]
    public async Task Jpos_HostileOrBroken_ExitsWithTwo(string xml)
    {
        CommandRun run = await RunAsync("jpos", xml);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("cannot be imported", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("<isopackager/>")]
    [InlineData("{ \"fields\": 1 }")]
    [InlineData("{ \"fields\": {} }")]
    [InlineData("{ \"fields\": { \"x\": {} } }")]
    [InlineData("{ \"fields\": { \"2\": {}, \"2\": {} } }")]
    [InlineData("{ \"fields\": { \"2\": { \"length\": 19, \"prefix\": \"\\ud800\" } } }")]
    [InlineData("{ \"fields\": { \"\\ud800\": {} } }")]
    [InlineData("{ \"fields\": { \"2\": { \"\\udfff\": 1 } } }")]
    [InlineData("{ \"\\ud800\": 1, \"fields\": {} }")]
    public async Task Moov_HostileOrBroken_ExitsWithTwo(string json)
    {
        CommandRun run = await RunAsync("moov", json);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("cannot be imported", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Two names of one part: whichever were taken, the other's bytes would be read wrongly.</summary>
    [Theory]
    [InlineData("", "ASCII.Fixed", "1", "01")]
    [InlineData("\"tag\": { \"enc\": \"BerTLVTag\" },", "BerTLV", "9f02", "9F02")]
    public async Task Moov_SubFieldTwice_IsRefused(string tag, string prefix, string one, string other)
    {
        string part =
            $"{{ \"type\": \"String\", \"length\": 2, \"enc\": \"ASCII\", \"prefix\": \"{prefix}\" }}";
        CommandRun run = await RunAsync("moov", $$"""
            { "fields": { {{MoovHeader}},
              "48": { "type": "Composite", "length": 99, "prefix": "ASCII.LL", {{tag}}
                "subfields": { "{{one}}": {{part}}, "{{other}}": {{part}} } } } }
            """);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"fields.48.subfields.{other}: is there twice", run.Error, StringComparison.Ordinal);
    }

    /// <summary>However deep things are nested, there is an end to it, and it comes soon.</summary>
    [Theory]
    [InlineData(9, ExitCode.Done, "nested more than 8 deep")]
    [InlineData(5_000, ExitCode.Usage, "elements nested more than 64 deep")]
    [InlineData(20_000, ExitCode.Usage, "elements nested more than 64 deep")]
    public async Task Jpos_DeepNesting_IsBounded(int depth, int code, string expected)
    {
        const string Open = """
            <isofieldpackager id="2" length="9" class="IFA_LLCHAR" packager="org.jpos.iso.packager.GenericPackager"
                emitBitmap="false">
            """;
        string xml = $"<isopackager>{Header}" + string.Concat(Enumerable.Repeat(Open, depth))
            + string.Concat(Enumerable.Repeat("</isofieldpackager>", depth)) + "</isopackager>";

        CommandRun run = await RunAsync("jpos", xml);

        Assert.Equal(code, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Moov_DeepNesting_IsBounded()
    {
        string json = "{ \"fields\": { \"2\": " + string.Concat(Enumerable.Repeat("{ \"subfields\": { \"1\": ", 5_000));

        CommandRun run = await RunAsync("moov", json);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("nested too deeply", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dialect", "import", "jpos", "nowhere.xml")]
    [InlineData("dialect", "import", "moov", "nowhere.json")]
    [InlineData("dialect", "import", "jpos")]
    [InlineData("dialect", "import", "xml", "a.xml")]
    [InlineData("dialect", "export", "unknown")]
    [InlineData("dialect", "describe", "unknown.json")]
    [InlineData("dialect", "diff", "iso87-ascii")]
    [InlineData("dialect")]
    public async Task Usage_Wrong_ExitsWithTwo(params string[] arguments)
    {
        CommandRun run = await CommandRun.OfAsync(arguments);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.NotEmpty(run.Error);
    }

    private static void AssertParts(Dialect dialect, int field, string text, string expected)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        Assert.True(CompositeTree.TryRead(dialect[field]!.Composite!, bytes, isBytes: false, out var parts));
        Assert.Equal(expected, string.Join(' ', parts.Select(Show)));
        bool good = CompositeTree.TryWrite(dialect[field]!.Composite!, parts, false, out byte[] again, out string why);
        Assert.True(good, why);
        Assert.Equal(bytes, again);
    }

    private static string Show(CompositePart part) => part.Parts is { } inside
        ? $"{part.Key}=({string.Join(' ', inside.Select(Show))})"
        : $"{part.Key}={part.Text}";

    private static string EditionOf(string layout) =>
        layout.StartsWith("iso93", StringComparison.Ordinal) ? "1993" : "1987";

    private static Dialect Read(string json)
    {
        bool good = new DialectCatalog().TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(good, string.Join("; ", mistakes));
        return dialect!;
    }

    private async Task<Dialect> ImportAsync(string form, string text, string edition = "1987", string? codePage = null)
    {
        string[] page = codePage is null ? [] : ["--code-page", codePage];
        CommandRun run = await RunAsync(form, text, ["--name", "partner", "--edition", edition, .. page]);
        Assert.True(run.Code == ExitCode.Done, run.Error);
        return Read(run.Output);
    }

    private async Task<CommandRun> RunAsync(string form, string text, params string[] options)
    {
        string file = Path.Combine(_folder.FullName, "partner.txt");
        await File.WriteAllTextAsync(file, text);
        return await CommandRun.OfAsync(["dialect", "import", form, file, .. options]);
    }
}
