using System.Text;
using Switch.Host.Commands.Common;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Tests.Protocol.Editions;
using Switch.Tests.Protocol.Support;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

public sealed class DecodeCommandTests : IDisposable
{
    /// <summary>For a program that starts on a machine that is busy with others.</summary>
    private static readonly TimeSpan ProcessPatience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-decode-");

    public static TheoryData<string> Dialects => new(Vector.Dialects);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Whatever the bytes, decoding and encoding them again gives the same.</summary>
    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Encode_OfDecodedVectors_GivesTheSameBytes(string dialect)
    {
        string[] lines = [.. Vector.Of(dialect).Select(vector => Convert.ToHexString(vector.Bytes))];
        string hex = Write("in.hex", lines);

        CommandRun decoded = await CommandRun.OfAsync("decode", hex, "--dialect", dialect, "--json", "--unmask");
        string json = Write("out.json", decoded.Output);
        CommandRun encoded = await CommandRun.OfAsync("encode", json, "--dialect", dialect);

        Assert.Equal(ExitCode.Done, decoded.Code);
        Assert.Equal(ExitCode.Done, encoded.Code);
        Assert.Equal(lines, encoded.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>"東京 ｾﾌﾞﾝ" in a field of its own and in a part of another, in both Japanese families.</summary>
    [Theory]
    [InlineData("shift-jis", "\u6771\u4EAC \uFF7E\uFF8C\uFF9E\uFF9D", "938C8B9E20BECCDEDD")]
    [InlineData("ebcdic930", "\uFF7E\uFF8C\uFF9E\uFF9D", "8F9FBEBD")]
    public async Task Encode_JapaneseText_IsItsBytesAndDecodesAgain(string encoding, string text, string bytes)
    {
        string dialect = Write(
            "partner.json",
            """
            { "name": "partner", "extends": "iso87-ascii", "fields": {
              "43": { "format": "ans..40", "encoding": "ANY" },
              "44": { "format": "ans..40", "encoding": "ANY", "composite": { "kind": "positional",
                "fields": { "1": { "format": "n 2" }, "2": { "format": "ans..20", "encoding": "shift-jis" } } } } } }
            """.Replace("ANY", encoding, StringComparison.Ordinal));
        string message = """{"mti":"0100","fields":{"43":"TEXT","44":{"1":"07","2":"TEXT"}}}"""
            .Replace("TEXT", text, StringComparison.Ordinal);

        CommandRun encoded = await CommandRun.OfAsync(
            "encode", Write("message.json", message), "--dialect", dialect);
        CommandRun decoded = await CommandRun.OfAsync(
            "decode", encoded.Output.Trim(), "--dialect", dialect, "--json", "--unmask");
        CommandRun table = await CommandRun.OfAsync("decode", encoded.Output.Trim(), "--dialect", dialect);

        Assert.Equal((ExitCode.Done, ""), (encoded.Code, encoded.Error));
        Assert.Equal(2, encoded.Output.Split(bytes).Length - 1);
        Assert.Equal(message, decoded.Output.Trim());
        Assert.Contains(text, table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_Malformed_NamesFieldAndByteAndExitsWithOne()
    {
        string hex = Convert.ToHexString("0100400000000000000002X1"u8);

        CommandRun run = await CommandRun.OfAsync("decode", hex, "--json");

        Assert.Equal(ExitCode.Problems, run.Code);
        Assert.Contains("\"error\":{\"field\":2,\"offset\":22,", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_EmptyFields_ShowsWhereTheyAre()
    {
        CommandRun run = await CommandRun.OfAsync(
            "decode", Cases.PathOf("zero-length-fields.hex"), "--dialect", "iso87-binary");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("\n  15 54 ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  17 56 ", run.Output, StringComparison.Ordinal);
    }

    /// <summary>What is shown around a fault ends before an empty field, too: its place is no beginning.</summary>
    [Fact]
    public async Task Decode_FaultBehindAnEmptyFirstField_ShowsTheHeader()
    {
        CommandRun run = await CommandRun.OfAsync(
            "decode", "--dialect", "iso87-binary", "0800" + "0000000000000500" + "0000" + "0001");

        Assert.Equal(ExitCode.Problems, run.Code);
        Assert.Contains("08 00 00 00 00 00 00 00 05 00 00 00", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decode_CardData_IsMasked()
    {
        string hex = Convert.ToHexString(Samples.Load(Samples.Ascii).Bytes);
        CommandRun json = await CommandRun.OfAsync("decode", hex, "--json");
        CommandRun table = await CommandRun.OfAsync("decode", hex);

        Assert.Contains("\"2\":\"400000******7899\"", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Samples.PanDigits, json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Samples.PanDigits, table.Output, StringComparison.Ordinal);
        Assert.Contains("Application transaction counter", table.Output, StringComparison.Ordinal);
    }

    /// <summary>Behind a first frame the bytes may be from the middle of a message.</summary>
    [Theory]
    [InlineData("--framing", "len4-ascii")]
    [InlineData("--detect", "--json")]
    public async Task Decode_BytesBehindTheFirstFrame_AreDots(string option, string value)
    {
        const string Frame = "3030303430383030";
        const string Start = "40001234";
        CommandRun run = await CommandRun.OfAsync("decode", Frame + Start + "567899", option, value);

        Assert.Contains(
            "len4-ascii: the bytes ........ at byte 8 do not start a frame", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Start, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detect_FramedMessage_RanksWhatItIsFirst()
    {
        byte[] bytes = Samples.Load(Samples.Ascii).Bytes.ToArray();
        string hex = Convert.ToHexString([(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes]);

        CommandRun run = await CommandRun.OfAsync("decode", hex, "--detect", "--json");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.StartsWith(
            "{\"framing\":\"len2\",\"dialect\":\"iso87-ascii\",\"fits\":true,\"messages\":1", run.Output,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Chip data as cards and terminals send them, and as they should not: the bytes come back, what can be read is
    /// shown as objects, and nothing of a card is shown without --unmask.
    /// </summary>
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("9F360200428202390095050000008000", "{\"9F36\":\"0042\",\"82\":\"3900\",\"95\":\"0000008000\"}")]
    [InlineData("DF8129020102DF0101FF", "{\"DF8129\":\"0102\",\"DF01\":\"FF\"}")]
    [InlineData("71099F180400000001860600", null)]
    [InlineData("720F9F180400000001860600DA00000102",
        "{\"72\":{\"9F18\":\"00000001\",\"86\":\"00DA00000102\"}}")]
    [InlineData("9F2680", null)]
    [InlineData("77809F360200420000", null)]
    [InlineData("9F2608A1B2", null)]
    [InlineData("9F1081020102", null)]
    [InlineData("00009F36020042", null)]
    [InlineData("860101720386010186010386010286010A", null)]
    [InlineData("5A084000001234567899", "{\"5A\":\"4000001234567899\"}")]
    [InlineData("770A5A084000001234567899", "{\"77\":{\"5A\":\"4000001234567899\"}}")]
    [InlineData("5A084000001234567899FF", null)]
    [InlineData("57114000001234567899D28122010000000000", "{\"57\":\"4000001234567899D28122010000000000\"}")]
    public async Task Decode_ChipData_ComesBackAndIsMasked(string icc, string? expected)
    {
        foreach (string dialect in (string[])["iso87-ascii", "iso87-binary", "iso93-binary"])
        {
            byte[] bytes = Samples.Encode(
                Dialect.Get(dialect), Mti.AuthorizationRequest,
                new SortedDictionary<int, string> { [11] = "000123", [55] = Chip(dialect, icc) });
            string hex = Convert.ToHexString(bytes);

            CommandRun plain = await CommandRun.OfAsync("decode", hex, "--dialect", dialect, "--json", "--unmask");
            CommandRun masked = await CommandRun.OfAsync("decode", hex, "--dialect", dialect, "--json");
            CommandRun table = await CommandRun.OfAsync("decode", hex, "--dialect", dialect);
            CommandRun again = await CommandRun.OfAsync("encode", plain.Output, "--dialect", dialect);

            Assert.Equal(ExitCode.Done, plain.Code);
            Assert.Equal(hex, again.Output.Trim());
            Assert.Contains($"\"55\":{expected ?? $"\"{icc}\""}", plain.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("4000001234567899", masked.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("4000001234567899", table.Output, StringComparison.Ordinal);
        }
    }

    /// <summary>Templates in templates, one more than are followed: shown as bytes, or not at all.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(40)]
    public async Task Decode_DeeplyNestedChipData_ComesBack(int depth)
    {
        byte[] data = [0x5A, 0x08, 0x40, 0x00, 0x00, 0x12, 0x34, 0x56, 0x78, 0x99];
        for (int level = 0; level < depth; level++)
        {
            data = [0x70, (byte)data.Length, .. data];
        }

        string hex = Convert.ToHexString(Samples.Encode(
            Samples.Ascii, Mti.AuthorizationRequest,
            new SortedDictionary<int, string> { [11] = "000123", [55] = Convert.ToHexString(data) }));

        CommandRun plain = await CommandRun.OfAsync("decode", hex, "--json", "--unmask");
        CommandRun masked = await CommandRun.OfAsync("decode", hex, "--json");
        CommandRun again = await CommandRun.OfAsync("encode", plain.Output);

        Assert.Equal(hex, again.Output.Trim());
        Assert.DoesNotContain("4000001234567899", masked.Output, StringComparison.Ordinal);
    }

    /// <summary>
    /// However a message is cut off, nothing that is printed about it has the card in it: not as digits, and not as
    /// the bytes around the fault, packed, in ASCII or in EBCDIC.
    /// </summary>
    [Theory]
    [InlineData("iso87-ascii")]
    [InlineData("iso87-binary")]
    [InlineData("iso87-ebcdic")]
    [InlineData("base1")]
    [InlineData("iso93-binary")]
    [InlineData("iso03-ascii")]
    public async Task Decode_CutAnywhere_ShowsNoCard(string dialect)
    {
        byte[] purchase = Samples.Encode(Samples.Ascii, Mti.AuthorizationRequest, Samples.Purchase, withIcc: true);
        if (dialect != "iso87-ascii")
        {
            purchase = Translations.Say(Translations.Hear(Samples.Ascii, purchase), Dialect.Get(dialect));
        }

        IEnumerable<int> sizes = Enumerable.Range(1, purchase.Length);
        string file = Write("cuts.hex", [.. sizes.Select(size => Convert.ToHexString(purchase, 0, size))]);
        CommandRun table = await CommandRun.OfAsync("decode", file, "--dialect", dialect);
        CommandRun json = await CommandRun.OfAsync("decode", file, "--dialect", dialect, "--json");

        Assert.Equal(ExitCode.Problems, json.Code);
        Assert.Contains("400000******7899", json.Output, StringComparison.Ordinal);
        string printed = (table.Output + json.Output).Replace(" ", "", StringComparison.Ordinal);
        foreach (string secret in (string[])
            [
                Samples.PanDigits, Convert.ToHexString(Encoding.ASCII.GetBytes(Samples.PanDigits)),
                string.Concat(Samples.PanDigits.Select(digit => $"F{digit}")),
            ])
        {
            Assert.DoesNotContain(secret, printed, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>The line that the README promises, in a process of its own.</summary>
    [Fact]
    public async Task DecodeAndEncode_AsProcesses_TakeLinesAndGiveThemBack()
    {
        string[] lines = [.. Vector.Of("iso87-ascii").Take(3).Select(vector => Convert.ToHexString(vector.Bytes))];
        (int code, string[] json) = await PipeAsync(lines, "decode", "--dialect", "iso87-ascii", "--json", "--unmask");
        (int back, string[] hex) = await PipeAsync(json, "encode", "--dialect", "iso87-ascii");
        (int bad, string[] mistakes) = await PipeAsync([lines[0][..^2], "zz"], "decode", "--json");

        Assert.Equal(ExitCode.Done, code);
        Assert.All(json, line => Assert.StartsWith("{\"mti\":\"", line, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, back);
        Assert.Equal(lines, hex);
        Assert.Equal(ExitCode.Problems, bad);
        Assert.All(mistakes, line => Assert.Contains("\"error\":{\"field\":", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExitCode.Done, "dialect", "list")]
    [InlineData(ExitCode.Problems, "dialect", "diff", "iso87-ascii", "base24")]
    [InlineData(ExitCode.Usage, "dialect", "import", "jpos", "nowhere.xml")]
    [InlineData(ExitCode.Usage, "dialect", "export", "unknown")]
    [InlineData(ExitCode.Usage, "decode", "--pcap", "nowhere.pcap", "--framing", "len2")]
    public async Task Process_Ends_WithItsCode(int expected, params string[] arguments)
    {
        await using HostProcess process = HostProcess.Start(arguments);

        Assert.Equal(expected, await process.EndAsync(ProcessPatience));
        Assert.DoesNotContain("Unhandled", process.Printed, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string[] Lines)> PipeAsync(string[] input, params string[] arguments)
    {
        await using HostProcess process = HostProcess.Start(arguments);
        foreach (string line in input)
        {
            process.Tell(line);
        }

        process.EndInput();
        int code = await process.EndAsync(ProcessPatience);
        return (code, process.Printed.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Chip(string dialect, string hex) => dialect == "iso87-ascii"
        ? hex
        : Encoding.Latin1.GetString(Convert.FromHexString(hex));

    private string Write(string name, params string[] lines)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllLines(file, lines);
        return file;
    }
}
