using Switch.Host.Commands.Common;
using Switch.Protocol.Fields;

namespace Switch.Tests.Host.Commands.Dialects;

/// <summary>
/// Goal: descriptions of the first versions of moov-io/iso8583 make the bytes that those made. Method: elements of each
/// kind in each encoding, and messages as that library writes them.
/// </summary>
public sealed class MoovElementsTests : IDisposable
{
    private readonly ImportRig _rig = new();

    public void Dispose() => _rig.Dispose();

    /// <summary>Characters throughout, as without encodings; bitmaps in small letters, as they are written.</summary>
    [Fact]
    public async Task Import_ElementsWithoutEncoding_ReadsAMessage()
    {
        CommandRun run = await _rig.RunAsync("moov", """
            { "elements": {
                "1": { "Describe": "b 64", "Description": "Second Bitmap" },
                "3": { "Describe": "n 6", "Description": "Processing code" },
                "7": { "Describe": "n 10; MMDDhhmmss" },
                "28": { "Describe": "x+n 8" },
                "44": { "Describe": "an..25" },
                "48": { "Describe": "ans..999" },
                "52": { "Describe": "b-64" },
                "65": { "Describe": "b 1" },
                "100": { "Describe": "n...11" } } }
            """);
        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal(
            "Warning: encoding.bin_enc: that library writes HEX in small letters; fields are read in capital "
            + "letters only",
            Assert.Single(ImportRig.WarningsOf(run)));
        string dialect = _rig.Write(run.Output);

        CommandRun decoded = await CommandRun.OfAsync(
            "decode", "--dialect", dialect, "--json", "--unmask",
            Convert.ToHexString(
                "0200a2000010001110000000000010000000000000"u8) + Convert.ToHexString(
                "1128120000C000012302AB003XYZ00A1B2C3D4E5F6070512345"u8));

        Assert.Equal(
            """
            {"mti":"0200","fields":{"3":"000000","7":"1128120000","28":"C0000123","44":"AB","48":"XYZ",
            "52":"00A1B2C3D4E5F607","100":"12345"}}
            """.ReplaceLineEndings(""),
            decoded.Output.Trim());
        Assert.Equal("Processing code", ImportRig.Read(run)[3]!.Name);
    }

    [Theory]
    [InlineData("num_enc", "BCD", "n 3", "n 3", FieldEncoding.Bcd, OddDigit.Right)]
    [InlineData("num_enc", "RBCD", "n 3", "n 3", FieldEncoding.Bcd, OddDigit.Left)]
    [InlineData("num_enc", "CHAR", "n.5", "n.5", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("num_enc", "CHAR", "n.....104", "n...104", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("chr_enc", "EBCDIC", "an..25", "an..25", FieldEncoding.Ebcdic, OddDigit.Left)]
    [InlineData("chr_enc", "ASCII", "ns..28", "ans..28", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("trk_enc", "CHAR", "z..37", "z..37", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("trk_enc", "EBCDIC", "z..37", "z..37", FieldEncoding.Ebcdic, OddDigit.Left)]
    [InlineData("len_enc", "BCD", "ans..99", "ans..99", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("len_enc", "RBCD", "ans...999", "ans...999", FieldEncoding.Ascii, OddDigit.Left)]
    [InlineData("len_enc", "HEX", "ans..15", "ans.15", FieldEncoding.Ascii, OddDigit.Left)]
    public async Task Import_EachEncoding_IsWhatThatLibraryWrites(
        string key, string enc, string described, string format, FieldEncoding encoding, OddDigit odd)
    {
        FieldSpec spec = ImportRig.Read(await ImportAsync(key, enc, described))[60]!;

        Assert.Equal((format, encoding, odd), (spec.Format, spec.Encoding, spec.Odd));
    }

    [Theory]
    [InlineData("num_enc", "BCD", "n..19", "elements.60: of packed digits that library writes a length in bytes")]
    [InlineData("num_enc", "HEX", "n 6", "elements.60: n in 'HEX' is not supported")]
    [InlineData("bin_enc", "CHAR", "b 64", "elements.60: bits in 'CHAR' cannot be expressed")]
    [InlineData("bin_enc", "HEX", "b 12", "elements.60.Describe: 12 bits are not whole bytes")]
    [InlineData("bin_enc", "HEX", "b..64", "elements.60.Describe: bytes of a variable length cannot be expressed")]
    [InlineData("bmp_enc", "CHAR", "n 6", "encoding.bmp_enc: 'CHAR' cannot be expressed")]
    [InlineData("mti_enc", "RBCD", "n 6", "encoding.mti_enc: 'RBCD' is not supported")]
    [InlineData("len_enc", "BCD", "ans...999", "elements.60: a length of 3 packed digits at the left")]
    [InlineData("len_enc", "HEX", "ans..99", "elements.60: of a length in HEX that library reads one digit")]
    [InlineData("len_enc", "OCT", "ans..99", "elements.60: a length in 'OCT' is not supported")]
    [InlineData("chr_enc", "ASCII", "q 4", "elements.60.Describe: 'q' is not a kind of that library")]
    [InlineData("chr_enc", "ASCII", "ans", "elements.60.Describe: 'ans' is not a kind with a length")]
    [InlineData("chr_enc", "ASCII", "ans..many", "elements.60.Describe: 'ans..many' is not a kind with a length")]
    public async Task Import_WhatCannotBeSaid_IsNamed(string key, string enc, string described, string expected)
    {
        CommandRun run = await ImportAsync(key, enc, described);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    private Task<CommandRun> ImportAsync(string key, string enc, string described) => _rig.RunAsync("moov", $$"""
        { "elements": { "60": { "Describe": "{{described}}" } }, "encoding": { "{{key}}": "{{enc}}" } }
        """);
}
