using System.Text.Json;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Tests.Protocol.Composites;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Host.Commands.Dialects;

public sealed class DialectCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-dialect-");

    public static TheoryData<string> Layouts => new(Vector.Dialects);

    public static TheoryData<string> BuiltIn => new(new DialectCatalog().Names);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Export_ReadAgain_MakesTheBytesOfAllVectors(string name)
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "export", name, "--name", "copy");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.DoesNotContain("extends", run.Output, StringComparison.Ordinal);
        Assert.Equal(Vector.Of(name).Length, VectorAgreement.Count(Read(run.Output), name));
    }

    /// <summary>What is not in bytes comes back too: rules for messages, codes, what is secret.</summary>
    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void ToJson_ReadAgain_StatesTheSame(string name) => AssertSame(Dialect.Get(name));

    [Fact]
    public void ToJson_OfEverythingThereIs_StatesTheSame()
    {
        AssertSame(CompositeSamples.Partner);
        AssertSame(Read(Full));
    }

    [Fact]
    public async Task List_Always_NamesEveryDialect()
    {
        CommandRun table = await CommandRun.OfAsync("dialect", "list", "--dialect-file", Write("full.json", Full));
        CommandRun json = await CommandRun.OfAsync("dialect", "list", "--json");

        Assert.Matches("full +1987 +bcd +binary +\\d+ +file", table.Output);
        string[] names = [.. Lines(json.Output).Select(line => JsonDocument.Parse(line).RootElement
            .GetProperty("name").GetString()!)];
        Assert.Equal(new DialectCatalog().Names, names);
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public async Task Describe_BuiltIn_ShowsEveryFieldAndCode(string name)
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "describe", name);

        Assert.Equal(ExitCode.Done, run.Code);
        var dialect = Dialect.Get(name);
        foreach (int field in dialect.Defined)
        {
            FieldSpec spec = dialect[field]!;
            Assert.Contains($"\n| {field} | {spec.Name} | `{spec.Format}` | ", run.Output, StringComparison.Ordinal);
        }

        foreach (CodeMeaning code in dialect.Edition.DescribeResponseCodes())
        {
            Assert.Contains($"\n| {code.Wire} | {code.Code} | ", run.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("\n\n\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Describe_Partner_ShowsWhatItStates()
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "describe", Write("full.json", Full));

        Assert.Equal(ExitCode.Done, run.Code);
        foreach (string line in (string[])
            [
                "| MTI | four digits, packed: 2 bytes; the first is 0 |",
                "| bitmaps | 8 bytes each; up to 3, each announced by the first bit of the one before it |",
                "| 22 | Entry mode | `n 3` | packed digits, an odd one with a half byte F on the right | 3 digits "
                    + "| short values are filled with `0` on the left |",
                "| 35 | Track 2 data | `z..37` | ASCII | up to 37 characters, after 2 packed digits (1 byte) "
                    + "| the separator is `D` |",
                "| 43 | Card acceptor name/location | `ans 40` | EBCDIC, code page 1047 | 40 characters "
                    + "| short values are filled with `*` on the left; no other characters than its format says |",
                "| 0100 | authorization request | 2-4,49 | any | 90 |",
                "| 08x0 |  | 70 | 7,11; no other |  |",
                "| 180 | 51 | insufficient funds (of this dialect) |",
                "| 270 | 301 | echo test (of this dialect) |",
                "must agree with it in DE 4,7,37: DE 7 must be there",
                "Repeated in responses where the request has them: DE 2-4,7,11-13,23-25,32,33,37,41,42,49,59,63.",
                "Never stored, never logged: DE 35,36,45,52,53,61.",
                "### DE 48: Additional data, private",
                "Parts in any order, each a tag of 2 characters, a length (3 digits) and a value.",
                "| 92 | Code | `n...4` | ASCII | up to 4 digits, after 3 digits |  |",
            ])
        {
            Assert.Contains(line, run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Describe_LaterEdition_UsesItsNumbers()
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "describe", "iso03-binary");

        Assert.Contains("Network management codes (DE 24)", run.Output, StringComparison.Ordinal);
        Assert.Contains("| 831 | 301 | echo test |", run.Output, StringComparison.Ordinal);
        Assert.Contains("| 1016 | 51 | insufficient funds |", run.Output, StringComparison.Ordinal);
        Assert.Contains("| 9107 | 91 | issuer or switch inoperative |", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_OfOneDialect_IsEmpty()
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "diff", "iso87-ascii", "iso87-ascii");
        string copy = Write("copy.json", Dialect.Get("iso87-ascii").ToJson("copy"));
        CommandRun same = await CommandRun.OfAsync("dialect", "diff", copy, copy);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("state the same", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, same.Code);
    }

    [Fact]
    public async Task Diff_OfFiles_NamesEachDifferenceAndNoOther()
    {
        string first = Write("first.json", Dialect.Get("iso87-ascii").ToJson("partner"));
        string second = Write("second.json", """
            { "name": "partner", "extends": "iso87-ascii", "storable": "63",
              "fields": { "41": { "format": "ans 16" }, "60": null, "36": { "content": "any" } } }
            """);

        CommandRun run = await CommandRun.OfAsync("dialect", "diff", first, second, "--json");

        Assert.Equal(ExitCode.Problems, run.Code);
        using var document = JsonDocument.Parse(run.Output);
        string[] layout = [.. document.RootElement.GetProperty("layout").EnumerateArray().Select(one =>
            $"{one.GetProperty("place")} {one.GetProperty("from")} -> {one.GetProperty("to")}")];
        Assert.Equal(
            [
                "storable  -> 63",
                "fields.36.content  -> any",
                "fields.41.format ans 8 -> ans 16",
                "fields.60.encoding ascii -> ",
                "fields.60.format ans...999 -> ",
                "fields.60.name Reserved, private -> ",
                "fields.60.prefix ascii -> ",
            ],
            layout);
    }

    /// <summary>What the switch drops is what the page says that it drops, and why.</summary>
    [Theory]
    [InlineData("iso87-ascii", "iso93-binary")]
    [InlineData("iso93-ascii", "iso03-binary")]
    [InlineData("iso03-ascii", "iso87-ebcdic")]
    [InlineData("iso87-ascii", "base1")]
    public async Task Diff_OfTwo_SaysWhatCannotBeCarried(string from, string to)
    {
        CommandRun run = await CommandRun.OfAsync("dialect", "diff", from, to, "--json");
        CommandRun table = await CommandRun.OfAsync("dialect", "diff", from, to);

        using var document = JsonDocument.Parse(run.Output);
        IReadOnlyList<FieldTranslation> fields = DialectTranslation.Describe(Dialect.Get(from), Dialect.Get(to));
        string[] dropped = [.. document.RootElement.GetProperty("there").EnumerateArray()
            .Where(one => !one.GetProperty("isCarried").GetBoolean())
            .Select(one => $"{one.GetProperty("from")}: {one.GetProperty("rule")}")];
        Assert.Equal(
            fields.Where(one => !one.IsCarried).Select(one => $"{one.From}: {one.Rule}"), dropped);
        Assert.Contains("128: a MAC belongs to the bytes it was made over", dropped);
        Assert.Contains($"From {from} to {to}: ", table.Output, StringComparison.Ordinal);
        Assert.Contains($"{dropped.Length} dropped.", table.Output, StringComparison.Ordinal);
        Assert.Contains("a MAC belongs to the bytes it was made over", table.Output, StringComparison.Ordinal);
    }

    private const string Full = """
        { "name": "full", "extends": "iso87-binary", "bitmaps": 3, "sensitive": "61", "storable": "63",
          "echo": "63", "match": "4,7,37", "carry": { "iso87-ascii": { "48": 63, "60": 62 } },
          "responseCodes": { "180": "51" }, "networkCodes": { "270": "301" }, "networkDefault": "001",
          "key": "11-13,37,41", "cardlessReversals": true,
          "messages": { "0100": { "mandatory": "2-4,49", "forbidden": "90" },
                        "08x0": { "mandatory": "70", "optional": "7,11" } },
          "fields": {
            "22": { "name": "Entry mode", "odd": "right", "pad": "F" },
            "35": { "encoding": "ascii", "separator": "D" },
            "36": null,
            "43": { "encoding": "ebcdic1047", "align": "right", "fill": "*", "content": "narrow" },
            "44": { "encoding": "shift-jis" }, "45": { "encoding": "ebcdic939" },
            "48": { "composite": { "kind": "tlv", "tag": "an 2", "length": 3, "sensitive": "92", "fields": {
              "01": { "name": "Product", "format": "ans 10" }, "92": { "name": "Code", "format": "n 4" } } } },
            "55": { "composite": null },
            "102": { "format": "n..28", "prefix": "ascii", "counts": "wire", "pad": "F" },
            "120": { "format": "b....2000", "prefix": "binary", "content": "any" },
            "121": { "format": "ans...999", "prefix": "hex", "encoding": "ebcdic500" },
            "150": { "name": "Beyond", "format": "b 8", "encoding": "hex-ebcdic" } } }
        """;

    private static void AssertSame(Dialect dialect)
    {
        Dialect copy = Read(dialect.ToJson("copy"));

        Assert.Equal(dialect.ToJson(""), copy.ToJson(""));
        Assert.Equal(dialect.Defined, copy.Defined);
        Assert.Equal(dialect.Sensitive, copy.Sensitive);
        Assert.Equal(dialect.Private, copy.Private);
        Assert.Equal(dialect.Match, copy.Match);
        Assert.Equal(dialect.BitmapMax, copy.BitmapMax);
        Assert.Equal(dialect.NetworkDefault, copy.NetworkDefault);
        Assert.Equal((dialect.Key, dialect.CardlessReversals), (copy.Key, copy.CardlessReversals));
        Assert.Equal(dialect.Messages.Where(pair => pair.Value is not null), copy.Messages);
        Assert.Equal(dialect.Edition.DescribeResponseCodes(), copy.Edition.DescribeResponseCodes());
        Assert.Equal(dialect.Edition.DescribeNetworkCodes(), copy.Edition.DescribeNetworkCodes());
        for (int field = 2; field <= Field.MaxWithThirdBitmap; field++)
        {
            // A fill that is never used, as in a field with a length of its own, is not said.
            Assert.Equal(Plain(dialect[field]), Plain(copy[field]));
            Assert.Equal(dialect.Rules[field].WireClass, copy.Rules[field].WireClass);
            Assert.Equal(dialect.Rules[field].Quirks, copy.Rules[field].Quirks);
        }
    }

    private static FieldSpec? Plain(FieldSpec? spec) => spec is null ? null : spec with
    {
        Composite = null,
        Fill = spec.IsFilled ? spec.Fill : default,
        FillsLeft = spec.IsFilled && spec.FillsLeft,
        Odd = spec.Encoding == FieldEncoding.Bcd ? spec.Odd : default,
        PadNibble = spec.Encoding == FieldEncoding.Bcd ? spec.PadNibble : default,
        Separator = spec.Kind == FieldKind.Z ? spec.Separator : default,
    };

    private static Dialect Read(string json)
    {
        bool good = new DialectCatalog().TryAdd(json, out Dialect? dialect, out IReadOnlyList<string> mistakes);
        Assert.True(good, string.Join("; ", mistakes));
        return dialect!;
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text);
        return file;
    }
}
