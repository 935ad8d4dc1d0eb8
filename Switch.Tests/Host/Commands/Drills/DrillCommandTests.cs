using System.Text.Json.Nodes;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Commands.Drills;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands.Drills;

public sealed class DrillCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-drill-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task List_NamesEachDrillOnce()
    {
        CommandRun run = await CommandRun.OfAsync("drill", "list");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.All(DrillCatalog.Names, name => Assert.Contains($"│ {name} ", run.Output, StringComparison.Ordinal));
        Assert.Equal(DrillCatalog.Names.Count, DrillCatalog.Names.Distinct().Count());
        JsonNode json = JsonNode.Parse((await CommandRun.OfAsync("drill", "list", "--json")).Output)!;
        Assert.Equal(DrillCatalog.Names.Count, json.AsArray().Count);
    }

    [Fact]
    public async Task Run_WhatThereIsNot_IsWrongUsage()
    {
        CommandRun run = await CommandRun.OfAsync("drill", "run", "earthquake", "--sample");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("There is no drill 'earthquake'. Known: issuer-down, ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PartiesElsewhere_IsRefusedBeforeAnythingIsMade()
    {
        string work = Path.Combine(_folder, "work");
        string config = WriteSample(static text => text.Replace("127.0.0.1:9001", "10.0.0.1:9001"));

        CommandRun run = await CommandRun.OfAsync("drill", "all", "--config", config, "--work", work);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("10.0.0.1:9001 is not a loopback address", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(work));
        Assert.False(Directory.Exists(Path.Combine(_folder, "data")));
    }

    [Fact]
    public async Task Run_AWrongConfiguration_IsRefusedWithItsMistakes()
    {
        string config = WriteSample(static text => text.Replace("\"Connections\": 2", "\"Connections\": 2000"));

        CommandRun run = await CommandRun.OfAsync("drill", "run", "kill", "--config", config);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("Switch:Issuers:0:Connections", run.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// Whole drills with real processes. What depends on the machine's pace is not looked at: only that it was played
    /// to its end, that money is right, and that what it started and wrote is gone.
    /// </summary>
    [Theory]
    [InlineData("issuer-technical-declines")]
    [InlineData("kill")]
    [InlineData("wrong-configuration")]
    public async Task Run_ADrillOfTheSample_IsPlayedToItsEnd(string drill)
    {
        string work = Path.Combine(_folder, "work");
        string html = Path.Combine(_folder, "card.html");
        string targets = Path.Combine(_folder, "targets.json");
        File.WriteAllText(targets, $$"""{ "{{drill}}": { "uncertainAmountMax": 1000000000 } }""");

        CommandRun run = await CommandRun.OfAsync(
            "drill", "run", drill, "--config", WriteSample(static text => text), "--before", "1", "--fault", "2",
            "--rate", "30", "--work", work, "--html", html, "--targets", targets, "--json");

        Assert.True(run.Code is ExitCode.Done or ExitCode.Problems, run.Error);
        JsonNode card = JsonNode.Parse(run.Output)!;
        JsonNode result = Assert.Single(card["drills"]!.AsArray())!;
        Assert.Equal(drill, result["name"]!.GetValue<string>());
        Assert.Equal(run.Code == ExitCode.Done ? "passed" : "missed", result["outcome"]!.GetValue<string>());
        Assert.True(result["figures"]!["sent"]!.GetValue<long>() > 60, run.Output);
        Dictionary<string, bool> checks = result["checks"]!.AsArray().ToDictionary(
            static one => one!["what"]!.GetValue<string>(), static one => one!["isMet"]!.GetValue<bool>());
        Assert.All(
            ["the books of acquirers and issuers agree", "the journal is whole", "the node ended in good order",
                "everything owed was delivered in time", "no party saw a mistake in a message", "money in doubt"],
            what => Assert.True(checks[what], $"{what}\n{run.Output}"));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(html), StringComparison.Ordinal);
        Assert.Equal([Path.Combine(work, DrillFolder.Marker)], Directory.EnumerateFileSystemEntries(work));
        Assert.False(Directory.Exists(Path.Combine(_folder, "data"))); // Where the user's own journal would be.
    }

    /// <summary>What a person sees, and how a person gets out.</summary>
    [Fact]
    public async Task Run_Interrupted_PrintsTheCardAndLeavesNothing()
    {
        string work = Path.Combine(_folder, "work");
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new LineWriter();
        Task<int> running = CommandLine.InvokeAsync(
            ["drill", "all", "--sample", "--work", work, "--fault", "600"], output, error, stop.Token);

        Assert.Equal($"1 of {DrillCatalog.Names.Count}: issuer-down", await error.ReadLineAsync());
        string log = Path.Combine(work, "issuer-down", "logs");
        await Rig.UntilAsync(() => Directory.Exists(log), Rig.Patience); // The node runs.
        await stop.CancelAsync();

        Assert.Equal(ExitCode.Problems, await running.WaitAsync(Rig.Patience));
        Assert.Contains("0 passed, 0 missed, 0 not run", output.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("Interrupted", await error.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal([Path.Combine(work, DrillFolder.Marker)], Directory.EnumerateFileSystemEntries(work));
    }

    private string WriteSample(Func<string, string> change)
    {
        string file = Path.Combine(_folder, "switch.json");
        File.WriteAllText(file, change(File.ReadAllText(Switch.Host.Configuration.ConfigurationLoader.SampleFile)));
        return file;
    }
}
