using System.Net;
using System.Net.Sockets;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// Goal: a switch that cannot start says why, on standard error and in its log, in one line, and its exit code is that
/// of the cause. Method: each obstacle in turn, with a log that goes to a file only.
/// </summary>
public class RunFailureTests
{
    public static TheoryData<string, int, string> Obstacles() => new()
    {
        { "acquirer port taken", ExitCode.Problems, "acq-a cannot listen on TAKEN: another process has it" },
        { "admin port taken", ExitCode.Problems, "Admin cannot listen on TAKEN: another process has it" },
        { "acquirer elsewhere", ExitCode.Problems, "acq-a cannot listen on 203.0.113.7:0: that is no address" },
        { "metrics elsewhere", ExitCode.Problems, "Metrics cannot listen on 203.0.113.7:0: that is no address" },
        { "journal nowhere", ExitCode.Journal, "/proc/nope/journal" },
        { "journal nowhere, keys", ExitCode.Journal, "/proc/nope/journal" },
        { "journal not writable", ExitCode.Journal, "/proc/self/task" },
        { "journal not writable, keys", ExitCode.Journal, "/proc/self/task" },
    };

    [Theory]
    [MemberData(nameof(Obstacles))]
    public async Task Run_Obstacle_SaysWhyOnceAndKeepsItInTheLog(string obstacle, int code, string reason)
    {
        await using var world = new CommandWorld();
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        string taken = holder.LocalEndpoint.ToString()!;
        string config = Configure(
            world,
            acquirer: obstacle switch
            {
                "acquirer port taken" => taken,
                "acquirer elsewhere" => "203.0.113.7:0",
                _ => "127.0.0.1:0",
            },
            admin: obstacle switch
            {
                "admin port taken" => taken,
                _ => "127.0.0.1:0",
            },
            metrics: obstacle == "metrics elsewhere" ? "203.0.113.7:0" : "127.0.0.1:0",
            journal: obstacle.StartsWith("journal nowhere", StringComparison.Ordinal) ? "/proc/nope/journal"
                : obstacle.StartsWith("journal not", StringComparison.Ordinal) ? "/proc/self/task" : "journal",
            withKeys: obstacle.EndsWith("keys", StringComparison.Ordinal));

        CommandRun run = await CommandRun.OfAsync("run", "--config", config);

        string expected = reason.Replace("TAKEN", taken, StringComparison.Ordinal);
        string line = Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("The switch cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Equal((code, ""), (run.Code, run.Output));
        Assert.Contains(line, LogOf(world), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", LogOf(world), StringComparison.Ordinal);
    }

    /// <summary>The switch that runs is not disturbed, and the second one says what is in its way.</summary>
    [Fact]
    public async Task Run_SecondOnOneJournal_SaysThatItIsInUse()
    {
        await using var world = new CommandWorld();
        string config = Configure(world);
        using var stop = new CancellationTokenSource();
        using var output = new LineWriter();
        Task<int> first = CommandLine.InvokeAsync(["run", "--config", config], output, TextWriter.Null, stop.Token);
        await output.ReadLineAsync();

        CommandRun second = await CommandRun.OfAsync("run", "--config", config);

        Assert.Equal(ExitCode.Journal, second.Code);
        Assert.Contains("is in use by another process", Assert.Single(second.Error.TrimEnd('\n').Split('\n')),
            StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(ExitCode.Done, await first.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData("Journal", "\"Path\": \"switch.json/j\"", "Switch:Journal:Path: 'switch.json/j' cannot be made")]
    [InlineData("Logging", "\"File\": \"switch.json/x/l\"", "Switch:Logging:File: 'switch.json/x/l' cannot be made")]
    public async Task CheckAndRun_FileInTheWayOfAFolder_AreRefused(string group, string setting, string reason)
    {
        await using var world = new CommandWorld();
        string config = Configure(world);
        File.WriteAllText(config, File.ReadAllText(config)
            .Replace($"\"{group}\": {{", $"\"{group}\": {{ {setting},", StringComparison.Ordinal)
            .Replace(", \"Path\": \"journal\"", "", StringComparison.Ordinal)
            .Replace(", \"File\": \"switch.log\"", "", StringComparison.Ordinal));

        foreach (string command in (string[])["check", "run"])
        {
            CommandRun run = await CommandRun.OfAsync(command, "--config", config);

            Assert.Equal(ExitCode.Usage, run.Code);
            Assert.Contains(reason, run.Error, StringComparison.Ordinal);
            Assert.Contains("is a file, where a folder is expected", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_LogThatCannotBeWritten_IsRefused()
    {
        await using var world = new CommandWorld();
        string config = Configure(world);
        File.WriteAllText(
            config, File.ReadAllText(config).Replace("switch.log", "/proc/nope/switch.log", StringComparison.Ordinal));

        CommandRun run = await CommandRun.OfAsync("run", "--config", config);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(
            "Switch:Logging:File: nothing can be written in /proc/nope", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "journal")));
    }

    /// <summary>The last lines of a log are those that say why a process ended.</summary>
    [Fact]
    public async Task Run_PortTaken_AsAProcess_LogsItOnStandardErrorBeforeTheEnd()
    {
        await using var world = new CommandWorld();
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        string config = Configure(world, acquirer: holder.LocalEndpoint.ToString()!);
        string text = File.ReadAllText(config);
        File.WriteAllText(
            config, text.Replace("\"Console\": false", "\"Console\": true", StringComparison.Ordinal));

        await using HostProcess process = HostProcess.Start("run", "--config", config);

        Assert.Equal(ExitCode.Problems, await process.EndAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains(" FTL Switch.Host.Commands.SwitchRun The switch cannot start: ", process.Printed,
            StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Printed, StringComparison.Ordinal);
    }

    /// <summary>A tool for a journal that is there makes none, and no keys for it either.</summary>
    [Theory]
    [InlineData("repair")]
    [InlineData("reseal")]
    [InlineData("checkpoint")]
    public async Task JournalUpkeep_NoJournal_SaysSoAndMakesNone(string command)
    {
        await using var world = new CommandWorld();
        string config = Configure(world);

        CommandRun run = await CommandRun.OfAsync("journal", command, "--config", config);

        Assert.Equal(ExitCode.Journal, run.Code);
        Assert.Contains("There is no journal in", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(world.Folder, "journal")));
    }

    /// <summary>The sample has rules that an owner of cards never saw: it runs when it is asked for only.</summary>
    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("check", "--json")]
    [InlineData]
    public async Task RunAndCheck_NothingNamedAndNothingHere_SayHowToStart(params string[] arguments)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("switch-nothing-");
        try
        {
            await using HostProcess process = HostProcess.StartIn(folder.FullName, [], arguments);

            Assert.Equal(ExitCode.Usage, await process.EndAsync(TimeSpan.FromSeconds(60)));
            Assert.Contains("run --config FILE", process.Printed, StringComparison.Ordinal);
            Assert.Contains("run --sample, or demo", process.Printed, StringComparison.Ordinal);
            Assert.Empty(folder.GetFileSystemInfos());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Check_Sample_IsAskedForByName()
    {
        CommandRun run = await CommandRun.OfAsync("check", "--sample");
        CommandRun both = await CommandRun.OfAsync("check", "--sample", "--config", "switch.json");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.StartsWith("The sample that is shipped is valid.", run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, both.Code);
        Assert.Contains("exclude each other", both.Error, StringComparison.Ordinal);
    }

    private static string LogOf(CommandWorld world) => string.Concat(
        Directory.GetFiles(world.Folder, "switch*.log").Select(File.ReadAllText));

    private static string Configure(
        CommandWorld world, string acquirer = "127.0.0.1:0", string admin = "127.0.0.1:0", string journal = "journal",
        bool withKeys = false, string metrics = "127.0.0.1:0")
    {
        string[] files = [world.Write("j.key", new string('a', 64)), world.Write("c.key", new string('b', 64))];
        foreach (string key in files)
        {
            FileModes.Set(key, FileModes.Own);
        }

        string keys = withKeys
            ? """{ "Journal": "file:j.key", "Cards": "file:c.key" }""" : """{ "Development": true }""";
        return world.Write(
            "switch.json",
            $$"""
            { "Switch": {
                "Acquirers": [ { "Name": "acq-a", "Listen": "{{acquirer}}", "Tls": "None" } ],
                "Issuers": [
                  { "Name": "issuer-a", "Endpoints": [ "{{world.Issuer.EndPoint}}" ], "Dialect": "iso87-binary" } ],
                "Routes": [ { "Prefix": "4", "Primary": "issuer-a" } ],
                "Journal": { "SegmentSize": 1048576, "BufferSize": 262144, "Path": "{{journal}}" },
                "Store": { "Provider": "None" },
                "Keys": {{keys}},
                "Limits": { "PendingMax": 1024, "InboxMax": 1024 },
                "Admin": { "Listen": "{{admin}}" },
                "Metrics": { "Listen": "{{metrics}}" },
                "Logging": { "Console": false, "File": "switch.log" } } }
            """);
    }
}
