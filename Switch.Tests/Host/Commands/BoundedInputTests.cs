using Switch.Host.Commands;
using Switch.Host.Commands.Common;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// Goal: no file that a command reads can hold it up or fill its memory. Method: a device that never ends, and files
/// that are longer than their bound.
/// </summary>
public sealed class BoundedInputTests : IDisposable
{
    private const string Endless = "/dev/zero";

    /// <summary>Far beyond what reading to any of the bounds takes; what has none takes all memory first.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-bounded-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("dialect", "import", "jpos", Endless)]
    [InlineData("dialect", "import", "moov", Endless)]
    [InlineData("dialect", "list", "--dialect-file", Endless)]
    [InlineData("decode", Endless)]
    [InlineData("decode", "--detect", Endless)]
    [InlineData("decode", "--input", "Hex", Endless)]
    [InlineData("encode", Endless)]
    [InlineData("send", Endless)]
    [InlineData("check", "--config", Endless)]
    [InlineData("simulate", "compare", Endless)]
    [InlineData("decode", "--pcap", Endless, "--framing", "len2")]
    public async Task Command_EndlessFile_EndsWithAMessage(params string[] arguments)
    {
        if (!File.Exists(Endless))
        {
            return; // No such device on this system.
        }

        CommandRun run = await Task.Run(() => CommandRun.OfAsync(arguments)).WaitAsync(Patience);

        Assert.NotEqual(ExitCode.Done, run.Code);
        Assert.NotEmpty(run.Output + run.Error);
    }

    /// <summary>The files that a configuration names: keys, a token, card lists.</summary>
    [Theory]
    [InlineData("\"Keys\": { \"Journal\": \"file:/dev/zero\", \"Cards\": \"file:/dev/zero\" }", "Keys:Cards")]
    [InlineData("\"Keys\": { \"Development\": true }, \"Admin\": { \"Tokens\": \"file:/dev/zero\" }", "Admin:Tokens")]
    [InlineData("\"StandIn\": { \"rules\": { \"NegativeFile\": \"/dev/zero\" } }", "StandIn:rules:NegativeFile")]
    [InlineData("\"StandIn\": { \"rules\": { \"PositiveFile\": \"/dev/zero\" } }", "StandIn:rules:PositiveFile")]
    public async Task Check_EndlessFileOfTheConfiguration_IsNamed(string group, string key)
    {
        if (!File.Exists(Endless))
        {
            return; // No such device on this system.
        }

        string file = Path.Combine(_folder.FullName, "switch.json");
        await File.WriteAllTextAsync(file, $$"""{ "Switch": { {{group}} } }""");

        CommandRun run = await Task.Run(() => CommandRun.OfAsync("check", "--config", file)).WaitAsync(Patience);

        Assert.Equal(ExitCode.Usage, run.Code);
        string line = Assert.Single(
            run.Error.Split('\n'), line => line.Contains($"Switch:{key}:", StringComparison.Ordinal));
        Assert.Contains("/dev/zero", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dialect", "import", "moov")]
    [InlineData("check", "--config")]
    [InlineData("dialect", "list", "--dialect-file")]
    public async Task Command_LongDocument_SaysItsBound(params string[] arguments)
    {
        string file = Path.Combine(_folder.FullName, "long.json");
        await File.WriteAllTextAsync(file, new string(' ', (4 * 1024 * 1024) + 1));

        CommandRun run = await CommandRun.OfAsync([.. arguments, file]);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("has more than 4194304 bytes", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("decode", 4 * 1024 * 1024)]
    [InlineData("encode", 1024 * 1024)]
    public async Task Command_LongLine_SaysItsBound(string command, int max)
    {
        string file = Path.Combine(_folder.FullName, "lines");
        await File.WriteAllTextAsync(file, "  \n" + new string('0', max + 1));

        CommandRun run = await CommandRun.OfAsync(command, file);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"A line of {file} has more than {max} characters", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb\r\nc\rd\n\n\r\n", "a|b|c|d||")]
    [InlineData("a", "a")]
    [InlineData("\r\r\n\n", "||")]
    [InlineData("", "")]
    public async Task ReadLines_AnyEnds_GivesEachLine(string text, string expected)
    {
        foreach (int step in (int[])[1, 2, 3, 1_000])
        {
            using var reader = new StepReader(text, step);
            var lines = new List<string>();
            await foreach (string line in BoundedLines.ReadAsync(reader, "it", 10))
            {
                lines.Add(line);
            }

            Assert.Equal(expected, string.Join('|', lines));
        }
    }

    /// <summary>Gives a text a few characters at a time, as a pipe may.</summary>
    private sealed class StepReader(string text, int step) : TextReader
    {
        private int _at;

        public override ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(step, text.Length - _at);
            text.AsSpan(_at, count).CopyTo(buffer.Span);
            _at += count;
            return ValueTask.FromResult(count);
        }
    }
}
