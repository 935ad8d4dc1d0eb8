using System.Text.Json;
using System.Text.RegularExpressions;
using Switch.Host.Commands;

namespace Switch.Tests.Host.Commands;

public partial class RunCommandTests
{
    [Fact]
    public async Task Run_FromStartToSignal_ServesStopsAndLeavesAJournalThatVerifies()
    {
        await using var world = new CommandWorld();
        string config = Configure(world, "node-1");
        using var stop = new CancellationTokenSource();
        using var output = new LineWriter();
        using var error = new StringWriter();
        Task<int> run = CommandLine.InvokeAsync(["run", "--config", config], output, error, stop.Token);

        Match ready = Ready().Match(await output.ReadLineAsync());
        Assert.True(ready.Success);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{ready.Groups["admin"].Value}") };
        Assert.Equal("ready\n", await client.GetStringAsync("/health/ready"));
        Assert.Contains("switch_ready 1\n", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        await stop.CancelAsync();
        Assert.Equal(ExitCode.Done, await run.WaitAsync(TimeSpan.FromSeconds(60)));

        CommandRun verify = await CommandRun.OfAsync("journal", "verify", "--config", config);
        Assert.Equal(ExitCode.Done, verify.Code);
        Assert.Contains("node node-1", verify.Output, StringComparison.Ordinal);
        CommandRun stat = await CommandRun.OfAsync("journal", "stat", "--json", "--config", config);
        using JsonDocument document = JsonDocument.Parse(stat.Output);
        Assert.True(document.RootElement.GetProperty("segmentCount").GetInt32() > 0);
    }

    /// <summary>Starting over another node's journal would answer for its transactions: it must not start.</summary>
    [Fact]
    public async Task Run_JournalOfAnotherNode_ExitsWithSeventy()
    {
        await using var world = new CommandWorld();
        using (var output = new LineWriter())
        using (var stop = new CancellationTokenSource())
        {
            Task<int> first = CommandLine.InvokeAsync(
                ["--config", Configure(world, "node-1")], output, TextWriter.Null, stop.Token);
            await output.ReadLineAsync();
            await stop.CancelAsync();
            Assert.Equal(ExitCode.Done, await first.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        CommandRun second = await CommandRun.OfAsync("run", "--config", Configure(world, "node-2"));

        Assert.Equal(ExitCode.Journal, second.Code);
        Assert.Contains("node-1", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PortTaken_ExitsWithOne()
    {
        await using var world = new CommandWorld();
        string config = Configure(world, "node-1", listen: world.Issuer.EndPoint.ToString());

        CommandRun run = await CommandRun.OfAsync("run", "--config", config);

        Assert.Equal(ExitCode.Problems, run.Code);
    }

    private static string Configure(CommandWorld world, string node, string listen = "127.0.0.1:0") => world.Write(
        "switch.json",
        $$"""
        { "Switch": {
            "Node": { "Name": "{{node}}" },
            "Acquirers": [ { "Name": "acq-a", "Listen": "{{listen}}" } ],
            "Issuers": [
              { "Name": "issuer-a", "Endpoints": [ "{{world.Issuer.EndPoint}}" ], "Dialect": "iso87-binary" } ],
            "Routes": [ { "Prefix": "4", "Primary": "issuer-a" } ],
            "Journal": { "SegmentSize": 1048576, "BufferSize": 262144 },
            "Keys": { "Development": true },
            "Limits": { "PendingMax": 1024, "InboxMax": 1024 },
            "Admin": { "Listen": "127.0.0.1:0" },
            "Logging": { "Console": false, "File": "switch.log" } } }
        """);

    [GeneratedRegex(@"^node-1 is ready: acq-a on 127\.0\.0\.1:\d+, admin on (?<admin>127\.0\.0\.1:\d+)\.$")]
    private static partial Regex Ready();
}
