using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Protocol.Dialects;

public class DialectCatalogTests
{
    private readonly DialectCatalog _catalog = new();

    [Fact]
    public void TryGet_BuiltInNames_AreThere()
    {
        Assert.Equal(
            [
                "iso87-ascii", "iso87-binary", "iso87-ebcdic", "iso93-ascii", "iso93-binary", "iso03-ascii",
                "iso03-binary", "base24", "base1",
            ],
            _catalog.Names);
        Assert.True(_catalog.TryGet("iso87-ascii", out Dialect? dialect));
        Assert.Same(Dialect.Get("iso87-ascii"), dialect);
        Assert.False(_catalog.TryGet("iso88", out _));
        Assert.Throws<ArgumentException>(() => Dialect.Get("iso88"));
    }

    [Fact]
    public void BuiltIn_Sets_AreThoseOfTheStandard()
    {
        foreach (string name in new[] { "iso87-ascii", "iso87-binary", "iso87-ebcdic", "base24", "base1" })
        {
            Dialect dialect = Dialect.Get(name);
            Assert.Equal(FieldSet.Range(2, 128).Without(65), dialect.Defined);
            Assert.Equal(FieldSet.Of(35, 36, 45, 52, 53), dialect.Sensitive);
            Assert.Equal(FieldSet.Range(46, 48) | FieldSet.Range(56, 63) | FieldSet.Range(105, 127), dialect.Private);
            Assert.Equal(IsoVersion.Iso1987, dialect.IsoVersion);
            Assert.Null(dialect[0]);
            Assert.Null(dialect[1]);
            Assert.Null(dialect[129]);
            Assert.Null(dialect[-1]);
        }
    }

    [Fact]
    public void TryAdd_Extension_ChangesOnlyWhatItStates()
    {
        Dialect dialect = Add(
            """
            {
              // A partner with a wide terminal identification, a packed currency and a harmless field 60.
              "name": "partner", "extends": "iso87-binary", "storable": "60,120-121", "sensitive": "48",
              "fields": {
                "41": { "format": "ans 16" },
                "49": { "format": "n 3" },
                "58": null
              }
            }
            """);

        Assert.Equal(16, dialect[41]!.LengthMax);
        Assert.Equal("Card acceptor terminal identification", dialect[41]!.Name);
        Assert.Equal(FieldEncoding.Bcd, dialect[49]!.Encoding);
        Assert.False(dialect.Defined.Contains(58));
        Assert.Equal(dialect[2], Samples.Binary[2]);
        Assert.False(dialect.Private.Contains(60));
        Assert.False(dialect.Private.Contains(121));
        Assert.True(dialect.Private.Contains(61));
        Assert.Equal(FieldSet.Of(35, 36, 45, 48, 52, 53), dialect.Sensitive);
        Assert.Contains("partner", _catalog.Names);
        Assert.DoesNotContain("partner", new DialectCatalog().Names);
    }

    [Fact]
    public void TryAdd_ExtensionOfExtension_Inherits()
    {
        Add("""{ "name": "one", "extends": "iso87-ascii", "defaults": { "b": { "encoding": "binary" } } }""");
        Dialect two = Add("""{ "name": "two", "extends": "one", "fields": { "55": { "format": "b...255" } } }""");

        Assert.Equal(FieldEncoding.Binary, two[52]!.Encoding);
        Assert.Equal(FieldEncoding.Binary, two[55]!.Encoding);
        Assert.Equal(FieldEncoding.Ascii, two[4]!.Encoding);
    }

    /// <summary>Every mistake at once, each with its place.</summary>
    [Fact]
    public void TryAdd_ManyMistakes_ListsThemAll()
    {
        bool added = _catalog.TryAdd(
            """
            {
              "extends": "iso87-ascii", "colour": "red", "version": 1988, "bitmap": "octal",
              "sensitive": "35,200,x,9-8",
              "defaults": { "q": {}, "n": { "format": "n 6" } },
              "fields": {
                "1": {}, "129": {}, "abc": {},
                "3": { "format": "n 1000" },
                "4": { "format": "m 12" },
                "5": { "format": "n..100" },
                "6": { "format": "ans" },
                "7": { "encoding": "morse", "weight": 3 },
                "8": 12,
                "9": { "encoding": "binary" },
                "10": { "format": "x+n..12" },
                "52": { "encoding": "ascii" },
                "41": { "encoding": "bcd", "odd": "middle", "pad": "7", "content": "loose",
                        "prefix": "roman", "name": 5 }
              }
            }
            """,
            out Dialect? dialect, out IReadOnlyList<string> mistakes);

        Assert.False(added);
        Assert.Null(dialect);
        Assert.Equal(
            [
                "bitmap:", "colour:", "defaults.n:", "defaults.q:", "fields.10.format:", "fields.129:", "fields.1:",
                "fields.3.format:", "fields.4.format:", "fields.41.content:", "fields.41.encoding:", "fields.41.name:",
                "fields.41.odd:", "fields.41.pad:", "fields.41.prefix:", "fields.5.format:", "fields.52.encoding:",
                "fields.6.format:", "fields.7.encoding:", "fields.7.weight:", "fields.8:", "fields.9.encoding:",
                "fields.abc:", "name:", "sensitive:", "sensitive:", "sensitive:", "version:",
            ],
            mistakes.Select(mistake => mistake[..(mistake.IndexOf(':') + 1)]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "$:")]
    [InlineData("[]", "$:")]
    [InlineData("{", "$:")]
    [InlineData("""{ "name": "a", "name": "b" }""", "$:")]
    [InlineData("""{ "name": "iso87-ascii", "extends": "iso87-ascii" }""", "name:")]
    [InlineData("""{ "name": "x", "extends": "unknown" }""", "extends:")]
    [InlineData("""{ "name": "x", "version": 1987, "mti": "ascii", "bitmap": "hex" }""", "fields:")]
    [InlineData("""{ "name": "x", "extends": "iso87-ascii", "fields": [] }""", "fields:")]
    [InlineData("""{ "name": "x", "extends": "iso87-ascii", "defaults": 1 }""", "defaults:")]
    [InlineData("""{ "name": "x", "extends": "iso87-ascii", "fields": { "200": {} } }""", "fields.200:")]
    public void TryAdd_Broken_SaysWhere(string json, string start)
    {
        Assert.False(_catalog.TryAdd(json, out _, out IReadOnlyList<string> mistakes));
        Assert.StartsWith(start, mistakes[0]);
        Assert.Equal(new DialectCatalog().Names, _catalog.Names);
    }

    [Fact]
    public void TryAdd_FromNothing_NeedsEveryMember()
    {
        string json = """{ "fields": { "2": { "name": "x" } } }""";

        Assert.False(_catalog.TryAdd(json, out _, out IReadOnlyList<string> mistakes));
        Assert.Equal(
            ["name", "version", "mti", "bitmap", "fields.2.format"], mistakes.Select(mistake => mistake.Split(':')[0]));
    }

    [Theory]
    [InlineData("n 6")]
    [InlineData("n..19")]
    [InlineData("x+n 8")]
    [InlineData("ans...999")]
    [InlineData("b......999999")]
    [InlineData("z..37")]
    public void FieldFormat_Parse_RoundTrips(string text) =>
        Assert.Equal(text, FieldFormat.Parse(text, out _)!.Value.ToString());

    /// <summary>Every encoding, prefix, pad and class works as the reference decoder reads it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TryAdd_EveryVariation_AgreesWithReference(bool isPacked)
    {
        Dialect dialect = isPacked ? OddDialects.PackedDigits : OddDialects.EbcdicText;
        var random = new Random(93);
        var message = new Message(16_384);
        for (int sample = 0; sample < 40; sample++)
        {
            SortedDictionary<int, byte[]> fields = RandomMessages.Fields(dialect, random, sample == 0 ? 100 : 50);
            byte[] bytes = RandomMessages.Encode(dialect, fields);
            Assert.True(message.TryLoad(dialect, bytes, out ParseFault fault), fault.ToString());
            foreach ((int field, byte[] text) in fields)
            {
                Assert.Equal(System.Text.Encoding.Latin1.GetString(text), Samples.Text(message, field));
            }

            for (int round = 0; round < 500; round++)
            {
                byte[] changed = (byte[])bytes.Clone();
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
                ReferenceDecoder expected = ReferenceDecoder.Decode(dialect, changed);
                message.TryLoad(dialect, changed, out fault);
                Assert.Equal(expected.Fault, fault);
                Assert.Equal(string.Join(',', expected.Texts.Keys), message.Fields.ToString());
                Assert.All(expected.Texts, pair => Assert.Equal(pair.Value, Samples.Text(message, pair.Key)));
            }
        }
    }

    /// <summary>Statements for a type add up; a repeat is bound by them too; other types are free.</summary>
    [Theory]
    [InlineData(100, "2,3,4,41", 0)]
    [InlineData(100, "2,3,4", 41)]
    [InlineData(101, "3,4,41", 2)]
    [InlineData(200, "3,4,41", 0)]
    [InlineData(200, "4,41", 3)]
    [InlineData(110, "", 0)]
    [InlineData(100, "2,3,4,41,90", 90)]
    [InlineData(800, "7,11,70", 0)]
    [InlineData(800, "7,11,41,70", 41)]
    [InlineData(800, "7,70", 11)]
    [InlineData(420, "4", 0)]
    public void FieldAtFault_OfEachType_IsTheFirst(int mti, string fields, int expected)
    {
        Add(
            """
            {
              "name": "parent", "extends": "iso87-ascii",
              "messages": {
                "0xx0": { "mandatory": "4" }, "01x0": { "mandatory": "90" }, "xx10": { "forbidden": "4" }
              }
            }
            """);
        Dialect dialect = Add(
            """
            {
              "name": "child", "extends": "parent",
              "messages": {
                "0xx0": null, "xx10": null, "01x0": { "forbidden": "90" },
                "0100": { "mandatory": "2" }, "x100": { "mandatory": "41" }, "0200": { "mandatory": "3" },
                "0800": { "mandatory": "11", "optional": "7,70" }
              }
            }
            """);
        FieldSet set = default;
        foreach (string field in fields.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            set = set.With(int.Parse(field, System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(expected, dialect.FieldAtFault(new Mti(mti), set));
    }

    [Fact]
    public void TryAdd_MessagesAndMatchWithMistakes_ListsThemAll()
    {
        string json =
            """
            {
              "name": "x", "extends": "iso93-ascii", "match": "2,35,39", "fields": { "58": null },
              "messages": {
                "0100": {}, "1100": { "mandatory": "2,58", "forbidden": "2", "wanted": "3" }, "110": {}, "11y0": {},
                "1200": { "optional": 3 }, "1300": 5
              }
            }
            """;

        Assert.False(_catalog.TryAdd(json, out _, out IReadOnlyList<string> mistakes));
        Assert.Equal(
            [
                "match:", "messages.0100:", "messages.1100.wanted:", "messages.1100:", "messages.1100:",
                "messages.110:", "messages.11y0:", "messages.1200.optional:", "messages.1300:",
            ],
            mistakes.Select(mistake => mistake[..(mistake.IndexOf(':') + 1)]).Order(StringComparer.Ordinal));
    }

    private Dialect Add(string json)
    {
        bool added = _catalog.TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(added, string.Join('\n', mistakes));
        return dialect!;
    }
}
