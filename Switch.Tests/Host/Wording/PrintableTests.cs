using System.Text.Json;
using Spectre.Console;
using Switch.Host.Commands.Common;
using Switch.Host.Wording;
using Switch.Tests.Host.Commands;
using Switch.Tests.Host.Commands.Dialects;

namespace Switch.Tests.Host.Wording;

/// <summary>
/// Goal: nothing that a file or a message holds can command a terminal. Method: control characters in each place that
/// is quoted, and none in what comes out.
/// </summary>
public sealed class PrintableTests : IDisposable
{
    private const string Evil = "\u001B]0;owned\u0007\u009B2J\u202E";

    private readonly ImportRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("plain text, \u00E4\u3042", "plain text, \u00E4\u3042")]
    [InlineData("a\u001B[2Jb", "a\\u001B[2Jb")]
    [InlineData("\u0000\u007F\u0085\u009B", "\\u0000\\u007F\\u0085\\u009B")]
    [InlineData("line\nline\ttab\r", "line\\u000Aline\\u0009tab\\u000D")]
    [InlineData("\u202Eabc\u2066", "\\u202Eabc\\u2066")]
    public void Of_Controls_AreCodes(string text, string expected) => Assert.Equal(expected, Printable.Of(text));

    [Fact]
    public void Writer_AnyWayOfWriting_KeepsLinesAndNothingElse()
    {
        using var inner = new StringWriter { NewLine = "\n" };
        using (var writer = new PlainWriter(inner))
        {
            writer.Write('\u001B');
            writer.Write("a\u001Bb\n");
            writer.WriteLine("c\u009Bd");
            writer.Write("e\u0007".AsSpan());
            writer.WriteLine();
            writer.WriteLine('f');
            writer.Write(['\t', '\r'], 0, 2);
        }

        Assert.Equal("\\u001Ba\\u001Bb\nc\\u009Bd\ne\\u0007\nf\n\t\\u000D", inner.ToString());
    }

    /// <summary>A console with colours has control sequences of its own, and only these.</summary>
    [Fact]
    public void Rendering_WithColours_PassesItsOwnSequencesAlone()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.Standard,
        });
        console.Pipeline.Attach(new PlainRendering());

        console.Write(new Text("x\u001B[2Jy\u009Bz", new Style(Color.Red)));

        Assert.Contains("x\\u001B[2Jy\\u009Bz", output.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("\u001B[91m", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u009B", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A message whose field may hold any byte, as a table and as JSON.</summary>
    [Fact]
    public async Task Decode_ControlsInAField_ShowsCodes()
    {
        string dialect = _rig.Write(
            """{ "name": "any", "extends": "iso87-ascii", "fields": { "43": { "content": "any" } } }""");
        byte[] message =
        [
            .. "08000000000000200000"u8, 0x1B, 0x5D, 0x07, 0x9B, .. Enumerable.Repeat((byte)'A', 36),
        ];
        string hex = Convert.ToHexString(message);

        CommandRun table = await CommandRun.OfAsync("decode", "--dialect", dialect, hex);
        CommandRun json = await CommandRun.OfAsync("decode", "--dialect", dialect, "--json", hex);

        AssertPlain(table);
        AssertPlain(json);
        Assert.Contains("\\u001B]\\u0007\\u009BAAA", table.Output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json.Output);
        Assert.StartsWith(
            "\u001B]\u0007\u009BAAA", document.RootElement.GetProperty("fields").GetProperty("43").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dialect_ControlsInNames_ShowsCodes()
    {
        string name = JsonSerializer.Serialize(Evil);
        string file = _rig.Write(
            $$"""{ "name": {{name}}, "extends": "iso87-ascii", "fields": { "60": { "name": {{name}} } } }""");

        foreach (string[] arguments in (string[][])
            [
                ["list", "--dialect-file", file], ["describe", file], ["export", file],
                ["diff", "iso87-ascii", file],
            ])
        {
            CommandRun run = await CommandRun.OfAsync(["dialect", .. arguments]);

            AssertPlain(run);
            Assert.NotEmpty(run.Output);
        }
    }

    [Fact]
    public async Task Import_ControlsInADescription_ShowsCodes()
    {
        string text = JsonSerializer.Serialize(Evil);
        AssertPlain(await _rig.RunAsync("moov", $$"""{ "fields": { "0": { "enc": {{text}} }, {{text}}: 1 } }"""));
        AssertPlain(await _rig.RunAsync(
            "jpos", "<isopackager><isofield id='2' length='3' class='&#x9b;2J'/></isopackager>"));
        AssertPlain(await _rig.RunAsync("jpos", "<isopackager \u009B='1'/>"));
        AssertPlain(await CommandRun.OfAsync(
            "check", "--config", _rig.Write($$"""{ {{text}}: 1, "Switch": { {{text}}: 2 } }""")));
        AssertPlain(await CommandRun.OfAsync("send", _rig.Write($$"""{ {{text}}: 1 }""")));
        AssertPlain(await CommandRun.OfAsync("encode", $$"""{ "mti": "0800", "fields": { {{text}}: "1" } }"""));
    }

    private static void AssertPlain(CommandRun run)
    {
        string all = run.Output + run.Error;
        Assert.NotEmpty(all);
        Assert.DoesNotContain(all, character => char.IsControl(character) && character is not ('\n' or '\t'));
        Assert.DoesNotContain("\u202E", all, StringComparison.Ordinal);
    }
}
