using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Switch.Host.Commands.Common;

namespace Switch.Tests.Host.Commands;

public partial class RunCommandTests
{
    [Fact]
    public async Task Run_FromStartToSignal_ServesStopsAndLeavesAJournalThatVerifies()
    {
        await using var world = new CommandWorld();
        string config = Configure(world, "node-1");
        await using var run = new RunningCommand("run", "--config", config);

        Match ready = Ready().Match(await run.ReadLineAsync());
        Assert.True(ready.Success);
        using var client = new HttpClient { BaseAddress = new Uri($"http://{ready.Groups["admin"].Value}") };
        Assert.Equal("ready\n", await client.GetStringAsync("/health/ready"));
        Assert.Contains("switch_ready 1\n", await client.GetStringAsync("/metrics"), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, await run.StopAsync());

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
        await using (var first = new RunningCommand("--config", Configure(world, "node-1")))
        {
            await first.ReadLineAsync();
            Assert.Equal(ExitCode.Done, await first.StopAsync());
        }

        CommandRun second = await CommandRun.OfAsync("run", "--config", Configure(world, "node-2"));

        Assert.Equal(ExitCode.Journal, second.Code);
        Assert.Contains("node-1", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PortTaken_ExitsWithOne()
    {
        await using var world = new CommandWorld();
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        string config = Configure(world, "node-1", listen: holder.LocalEndpoint.ToString()!);

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
