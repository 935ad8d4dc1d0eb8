using System.Net;
using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// The switch, the issuers and the acquirer as processes of their own, as users run them. The switch is killed under
/// load again and again; after the queues drain no card may owe a unit more or less than its acquirer was told.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 4;

    /// <summary>Requests between a start and the kill: about a second of load.</summary>
    private const int RequestsBetweenKills = 250;

    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Switch_KilledUnderLoad_BooksAgreeAfterTheDrain()
    {
        await using HostProcess primary = StartIssuer("primary", "iso87-binary");
        await using HostProcess standby = StartIssuer("standby", "iso87-ascii");
        await using var server = new SwitchProcess(
            _folder, ProcessConfiguration.For(await ListeningAsync(primary), await ListeningAsync(standby)));
        await server.StartAsync();
        await using HostProcess acquirer = HostProcess.Start(
            "simulate", "acquirer", "--connect", server.EndPoint.ToString(), "--rate", "250", "--seconds", "3600",
            "--timeout", "2", "--drain", "30", "--cards", "100", "--cancel", "0.1", "--repeat", "0.1",
            "--advise", "0.02", "--books", Books("acquirer"), "--json");

        string[] moods = ["normal", "silent", "silent", "normal"];
        for (int round = 0; round < Rounds; round++)
        {
            await server.UntilAsync("requests", static count => count >= RequestsBetweenKills / 2, DrainMax);
            primary.Tell(moods[round]);
            standby.Tell(round == 2 ? "silent" : "normal");
            await server.UntilAsync("requests", static count => count >= RequestsBetweenKills, DrainMax);
            await server.KillAsync();
            await server.StartAsync();
        }

        primary.Tell("normal");
        standby.Tell("normal");
        int acquirerCode = await acquirer.TerminateAsync(); // Stops sending, and drains.
        JsonNode report = JsonNode.Parse(acquirer.LastLine())!;
        await server.UntilAsync("pending", static count => count == 0, DrainMax);
        await server.UntilAsync("owedNow", static count => count == 0, DrainMax);
        long parked = await server.CoreCounterAsync("parkedNow");
        int serverCode = await server.StopAsync();
        int[] issuerCodes = [await QuitAsync(primary), await QuitAsync(standby)];
        await using HostProcess comparison = HostProcess.Start(
            "simulate", "compare", Books("acquirer"), Books("primary"), Books("standby"));
        int comparisonCode = await comparison.EndAsync(Rig.Patience);

        CommandRun store = await CommandRun.OfAsync("store", "rebuild", "--compare", "--config", server.ConfigFile);
        CommandRun reconciled = await CommandRun.OfAsync("reconcile", "--config", server.ConfigFile);

        Assert.True(comparisonCode == 0, comparison.Printed);
        Assert.True(store.Code == 0, store.Output + store.Error);
        Assert.True(reconciled.Code == 0, reconciled.Output + reconciled.Error);
        Assert.True(acquirerCode == ExitCode.Problems, acquirer.Printed); // It was ended before its time.
        Assert.True(report["violations"]!.GetValue<long>() == 0, acquirer.Printed);
        Assert.Equal(0, report["open"]!.GetValue<long>());
        Assert.True(issuerCodes is [0, 0], primary.Printed + standby.Printed);
        Assert.Equal((0, 0), (serverCode, parked));
        Assert.True(report["approved"]!.GetValue<long>() > 500, "The kills left hardly anything to check.");
        Assert.True(report["reconnects"]!.GetValue<long>() >= Rounds);
    }

    private HostProcess StartIssuer(string name, string dialect) => HostProcess.Start(
        "simulate", "issuer", "--listen", "127.0.0.1:0", "--name", name, "--dialect", dialect, "--latency", "1ms..10ms",
        "--decline", "0.05", "--drop", "0.01", "--books", Books(name));

    /// <summary>"primary listens on 127.0.0.1:9001, speaks ..."</summary>
    private static async Task<IPEndPoint> ListeningAsync(HostProcess issuer)
    {
        string line = await issuer.NextLineAsync();
        return IPEndPoint.Parse(line.Split(' ')[3].TrimEnd(','));
    }

    private static async Task<int> QuitAsync(HostProcess issuer)
    {
        issuer.Tell("quit");
        return await issuer.EndAsync(Rig.Patience);
    }

    private string Books(string name) => Path.Combine(_folder, $"{name}.books.json");
}
