using System.Net;
using System.Text;
using Switch.Protocol.Dialects;
using Switch.Tests.Host.Captures;
using Switch.Tests.House;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// Goal: the examples of docs/connecting/tools.md are what the commands print. Method: its blocks <c>file NAME</c> are
/// written to a folder, its blocks <c>tool</c> run there, command by command, and each line of output is compared; a
/// line of three dots stands for any lines.
/// </summary>
public sealed class ToolsPageTests : IDisposable
{
    private const string Prompt = "$ switch ";
    private const string Elision = "...";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-tools-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Page_Examples_AreWhatCommandsPrint()
    {
        await File.WriteAllBytesAsync(Path.Combine(_folder.FullName, "trace.pcap"), Trace());
        int commands = 0;
        foreach ((string title, string[] lines) in Blocks("connecting/tools.md"))
        {
            if (title.StartsWith("file ", StringComparison.Ordinal))
            {
                await File.WriteAllLinesAsync(Path.Combine(_folder.FullName, title["file ".Length..]), lines);
            }
            else if (title == "tool")
            {
                commands += await CheckAsync(lines);
            }
        }

        Assert.True(commands > 15, $"Only {commands} commands were found on the page.");
    }

    /// <summary>What other pages show as JSON of a dialect is one.</summary>
    [Fact]
    public void WirePage_Dialects_Compile()
    {
        (string Title, string[] Lines)[] blocks =
            [.. Blocks("connecting/wire.md").Where(block => block.Title == "json")];

        Assert.NotEmpty(blocks);
        foreach ((_, string[] lines) in blocks)
        {
            string json = string.Join('\n', lines);
            bool good = new DialectCatalog().TryAdd(json, out _, out IReadOnlyList<string> mistakes);
            Assert.True(good, string.Join("; ", mistakes));
        }
    }

    private async Task<int> CheckAsync(string[] lines)
    {
        int commands = 0;
        for (int at = 0; at < lines.Length; commands++)
        {
            string command = lines[at++];
            Assert.StartsWith(Prompt, command, StringComparison.Ordinal);
            int end = Array.FindIndex(lines, at, line => line.StartsWith(Prompt, StringComparison.Ordinal));
            end = end < 0 ? lines.Length : end;
            CommandRun run = await CommandRun.OfAsync([.. Words(command[Prompt.Length..])]);
            string text = (run.Output + run.Error).Replace(_folder.FullName + "/", "", StringComparison.Ordinal);
            string[] printed = [.. text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
            AssertFits(command, lines[at..end], printed);
            at = end;
        }

        return commands;
    }

    private static void AssertFits(string command, string[] expected, string[] printed)
    {
        int elided = Array.IndexOf(expected, Elision);
        if (elided >= 0)
        {
            Assert.True(elided == expected.Length - 1, $"{command}: lines are left out at the end only.");
            Assert.True(printed.Length > elided, $"{command}: nothing is left out.");
            printed = printed[..elided];
            expected = expected[..elided];
        }

        string lines = string.Join('\n', printed);
        Assert.True(expected.SequenceEqual(printed), $"{command} prints other lines than the page has:\n{lines}");
    }

    /// <summary>As a shell would part them: apostrophes hold a word together.</summary>
    private IEnumerable<string> Words(string line)
    {
        string[] parts = line.Split('\'');
        for (int part = 0; part < parts.Length; part++)
        {
            if (part % 2 != 0)
            {
                yield return parts[part];
                continue;
            }

            foreach (string word in parts[part].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string file = Path.Combine(_folder.FullName, word);
                yield return File.Exists(file) ? file : word;
            }
        }
    }

    /// <summary>A request in two segments, its answer, and a request after bytes that were not captured.</summary>
    private static byte[] Trace()
    {
        var acquirer = IPEndPoint.Parse("10.1.2.3:40001");
        var issuer = IPEndPoint.Parse("10.1.2.4:8583");
        byte[] first = Frame(123);
        return new CaptureBuilder()
            .Tcp(acquirer, issuer, 1, first.AsSpan(0, 20))
            .Tcp(acquirer, issuer, 21, first.AsSpan(20))
            .Tcp(issuer, acquirer, 1, Frame(124))
            .Tcp(acquirer, issuer, (uint)(11 + first.Length), Frame(125))
            .Bytes;
    }

    private static byte[] Frame(int stan)
    {
        byte[] message = Encoding.ASCII.GetBytes($"0800822000000000000004000000000000001122140154{stan:D6}301");
        return [0, (byte)message.Length, .. message];
    }

    private static IEnumerable<(string Title, string[] Lines)> Blocks(string page)
    {
        string[] lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", page));
        for (int at = 0; at < lines.Length; at++)
        {
            if (lines[at].StartsWith("```", StringComparison.Ordinal))
            {
                int end = Array.IndexOf(lines, "```", at + 1);
                Assert.True(end > at, $"{page}: the block at line {at + 1} has no end.");
                yield return (lines[at][3..], lines[(at + 1)..end]);
                at = end;
            }
        }
    }
}
