using System.CommandLine;
using System.Text.Json;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;

namespace Switch.Tests.Host.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("switch-commands-");

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Commands()
    {
        var all = new TheoryData<string>();
        void Add(Command command, string path)
        {
            all.Add(path);
            foreach (Command child in command.Subcommands)
            {
                Add(child, $"{path} {child.Name}".Trim());
            }
        }

        Add(CommandLine.Build(), "");
        return all;
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfEveryCommand_DescribesItself(string command)
    {
        CommandRun run = await CommandRun.OfAsync(
            [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("Description:", run.Output, StringComparison.Ordinal);
        Assert.Contains("--help", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("chek")]
    [InlineData("check", "--konfig", "x")]
    [InlineData("send", "--timeout", "soon")]
    [InlineData("simulate", "somebody")]
    [InlineData("journal")]
    public async Task Usage_Wrong_ExitsWithTwoAndSaysWhatIsRight(params string[] arguments)
    {
        CommandRun run = await CommandRun.OfAsync(arguments);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.NotEmpty(run.Error);
    }

    [Fact]
    public async Task Check_Sample_SaysWhatItMeans()
    {
        CommandRun run = await CommandRun.OfAsync("check");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("is valid", run.Output, StringComparison.Ordinal);
        Assert.Contains("stand-in 'everyday'", run.Output, StringComparison.Ordinal);
        Assert.Contains("approves up to 10,000 minor units of currency 392", run.Output, StringComparison.Ordinal);
        Assert.Contains("Note: Switch:Keys", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    [InlineData("journal", "verify")]
    public async Task AnyCommand_BrokenConfiguration_ListsEveryMistakeAndExitsWithTwo(params string[] command)
    {
        string file = Write("""
            { "Switch": { "Issuers": [ { "Name": "a", "Endpoints": [ "foo" ], "Colour": "red" } ] }, "Swich": {} }
            """);

        CommandRun run = await CommandRun.OfAsync([.. command, "--config", file]);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("Switch:Issuers:0:Endpoints:0: 'foo' is not host:port", run.Error, StringComparison.Ordinal);
        Assert.Contains("Switch:Issuers:0:Colour: is not a known key", run.Error, StringComparison.Ordinal);
        Assert.Contains("Switch:Acquirers: is empty", run.Error, StringComparison.Ordinal);
        Assert.Contains("Swich: is not a known key", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_BrokenConfigurationAsJson_GivesPathsAndProblems()
    {
        CommandRun run = await CommandRun.OfAsync("check", "--json", "--config", Write("""{ "Switch": {} }"""));

        using JsonDocument document = JsonDocument.Parse(run.Output);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.False(document.RootElement.GetProperty("valid").GetBoolean());
        Assert.Contains(
            document.RootElement.GetProperty("errors").EnumerateArray(),
            error => error.GetProperty("path").GetString() == "Switch:Routes");
    }

    [Theory]
    [InlineData("{ \"Switch\": ")]
    [InlineData("[]")]
    [InlineData("{ \"Switch\": {}, \"Switch\": {} }")]
    [InlineData("{ \"Switch\": { \"Node\": {}, \"node\": { \"Name\": \"a\", \"name\": \"b\" } } }")]
    [InlineData("")]
    public async Task Check_NotADocument_ExitsWithTwo(string text)
    {
        CommandRun run = await CommandRun.OfAsync("check", "--config", Write(text));

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("cannot be read", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_MissingFile_ExitsWithTwo()
    {
        CommandRun run = await CommandRun.OfAsync("check", "--config", Path.Combine(_folder.FullName, "nowhere.json"));

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("cannot be read", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Looking must not touch: no folder, no key, no log comes of a check.</summary>
    [Fact]
    public async Task Check_GoodConfiguration_LeavesNothingBehind()
    {
        string file = Path.Combine(_folder.FullName, "switch.json");
        File.Copy(Path.Combine(AppContext.BaseDirectory, ConfigurationLoader.FileName), file);

        CommandRun run = await CommandRun.OfAsync("check", "--config", file);

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.FullName));
    }

    private string Write(string json)
    {
        string file = Path.Combine(_folder.FullName, "switch.json");
        File.WriteAllText(file, json);
        return file;
    }
}
