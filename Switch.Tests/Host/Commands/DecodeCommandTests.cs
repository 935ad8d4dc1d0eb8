using Switch.Host.Commands;
using Switch.Tests.Protocol.Support;

namespace Switch.Tests.Host.Commands;

public sealed class DecodeCommandTests : IDisposable
{
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

    [Fact]
    public async Task Decode_Malformed_NamesFieldAndByteAndExitsWithOne()
    {
        string hex = Convert.ToHexString("0100400000000000000002X1"u8);

        CommandRun run = await CommandRun.OfAsync("decode", hex, "--json");

        Assert.Equal(ExitCode.Problems, run.Code);
        Assert.Contains("\"error\":{\"field\":2,\"offset\":22,", run.Output, StringComparison.Ordinal);
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

    private string Write(string name, params string[] lines)
    {
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllLines(file, lines);
        return file;
    }
}
