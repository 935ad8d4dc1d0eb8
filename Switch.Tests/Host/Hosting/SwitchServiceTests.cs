using System.Net;
using System.Net.Sockets;
using System.Text;
using Switch.Host.Commands;
using Switch.Host.Commands.Common;
using Switch.Host.Hosting;
using Switch.Host.Simulators.Hsm;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Hosting;

/// <summary>
/// Goal: what a supervisor hears of the process, and what the process reads to start. Method: the program itself, with
/// a socket in the place of systemd's, or under strace.
/// </summary>
public sealed class SwitchServiceTests
{
    /// <summary>Ready when payments are taken, fed while the core works, told of a reload and of the end.</summary>
    [Fact]
    public async Task Run_UnderASupervisor_TellsReadyAliveReloadAndStopping()
    {
        await using var world = new CommandWorld();
        string config = Configure(world);
        using var supervisor = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        string path = Path.Combine(world.Folder, "notify");
        supervisor.Bind(new UnixDomainSocketEndPoint(path));

        await using HostProcess process = HostProcess.StartUnder(
            ["env", $"NOTIFY_SOCKET={path}", $"{CoreWatchdog.Variable}=300000"], "run", "--config", config);
        Assert.Equal("READY=1", await NextButAliveAsync(supervisor));
        Assert.Contains("is ready", await process.NextLineAsync(), StringComparison.Ordinal);
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(supervisor));

        process.HangUp();
        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+$", await NextButAliveAsync(supervisor));
        Assert.Equal("READY=1", await NextButAliveAsync(supervisor));

        Task<int> end = process.TerminateAsync();
        Assert.Equal("STOPPING=1", await NextButAliveAsync(supervisor));
        Assert.Equal(ExitCode.Done, await end);
    }

    /// <summary>A module is let go of once, whatever the container does.</summary>
    [Fact]
    public async Task Run_WithAHardwareModule_EndsWell()
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using var world = new CommandWorld();
        string config = Configure(
            world,
            more: $$"""
                , "Security": { "Module": "HostCommands", "Hsm": [ { "Endpoint": "{{hsm.EndPoint}}" } ],
                    "KeyStore": "keys.json", "Timeout": "00:00:03" }
                """);

        await using HostProcess process = HostProcess.Start("run", "--config", config);
        Assert.Contains("is ready", await process.NextLineAsync(), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Done, await process.TerminateAsync());
    }

    /// <summary>Card files may have millions of lines: a start reads each of them once.</summary>
    [NeedsFact("strace")]
    public async Task Run_CardFiles_AreReadOnce()
    {
        await using var world = new CommandWorld();
        world.Write("negative.csv", "4000001234567899,41\n");
        world.Write("positive.csv", "4000001234567899,x2\n");
        string config = Configure(world, withCards: true);
        string trace = Path.Combine(world.Folder, "trace.txt");

        await using HostProcess process = HostProcess.StartUnder(
            ["strace", "-D", "-f", "-s", "300", "-o", trace, "-e", "trace=openat"], "run", "--config", config);
        Assert.Contains("is ready", await process.NextLineAsync(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await process.TerminateAsync());
        await Rig.UntilAsync(() => File.ReadAllText(trace).Contains("+++ exited with 0 +++", StringComparison.Ordinal));

        string[] opened = File.ReadAllLines(trace);
        Assert.Single(opened, static line => line.Contains("negative.csv\"", StringComparison.Ordinal));
        Assert.Single(opened, static line => line.Contains("positive.csv\"", StringComparison.Ordinal));
    }

    /// <summary>A mistake in a card file and one elsewhere are both listed, whichever is found first.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_MistakeInACardFile_IsListedWithAllOthers(bool isElsewhereToo)
    {
        await using var world = new CommandWorld();
        world.Write("negative.csv", "4000001234567890,41\n");
        world.Write("positive.csv", "4000001234567899,x2\n");
        string config = Configure(world, withCards: true, drain: isElsewhereToo ? "24:00:00" : "00:00:05");

        CommandRun run = await CommandRun.OfAsync("run", "--config", config);

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("Switch:StandIn:s:NegativeFile", run.Error, StringComparison.Ordinal);
        Assert.Equal(isElsewhereToo, run.Error.Contains("Switch:Limits:Drain", StringComparison.Ordinal));
        Assert.StartsWith(
            isElsewhereToo ? "The configuration has 2 mistakes" : "The configuration has 1 mistake:", run.Error,
            StringComparison.Ordinal);
    }

    private static async Task<string> NextButAliveAsync(Socket supervisor)
    {
        string said;
        do
        {
            said = await ReceiveAsync(supervisor);
        }
        while (said == "WATCHDOG=1");

        return said;
    }

    private static async Task<string> ReceiveAsync(Socket supervisor)
    {
        byte[] datagram = new byte[512];
        using var limit = new CancellationTokenSource(Rig.Patience);
        int size = await supervisor.ReceiveAsync(datagram.AsMemory(), limit.Token);
        return Encoding.ASCII.GetString(datagram, 0, size);
    }

    private static string Configure(
        CommandWorld world, bool withCards = false, string drain = "00:00:05", string more = "")
    {
        string files = withCards ? """, "NegativeFile": "negative.csv", "PositiveFile": "positive.csv" """ : "";
        return world.Write(
            "switch.json",
            $$"""
            { "Switch": {
                "Acquirers": [ { "Name": "acq-a", "Listen": "127.0.0.1:0" } ],
                "Issuers": [
                  { "Name": "issuer-a", "Endpoints": [ "{{world.Issuer.EndPoint}}" ], "Dialect": "iso87-binary" } ],
                "Routes": [ { "Prefix": "4", "Primary": "issuer-a", "StandIn": "s" } ],
                "StandIn": { "s": { "Currency": "392", "PerTransaction": 100, "IssuerExposure": 1000,
                  "PerCard": { "Count": 1, "Amount": 100 }{{files}} } },
                "Journal": { "SegmentSize": 1048576, "BufferSize": 262144 },
                "Store": { "Provider": "None" },
                "Keys": { "Development": true },
                "Limits": { "PendingMax": 1024, "InboxMax": 1024, "Drain": "{{drain}}" },
                "Admin": { "Listen": "127.0.0.1:0" },
                "Logging": { "Console": false, "File": "switch.log" }{{more}} } }
            """);
    }
}
