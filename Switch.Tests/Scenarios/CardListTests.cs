using System.Net;
using Switch.Host.Configuration;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>The negative file of a running process, replaced as scripts do it: write, rename, SIGHUP.</summary>
public sealed class CardListTests : IDisposable
{
    private const string File = "negative.csv";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-cards-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task HangUp_ReadsTheNegativeFileAnew_AndALostOneTurnsStandInOff()
    {
        // Nothing listens there: every request goes to stand-in.
        var closed = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(closed, closed);
        options.StandIn["rules"].NegativeFile = File;
        Write("4000000000000010,41\n");
        await using var server = new SwitchProcess(_folder, options);
        await server.StartAsync();
        await using ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect);
        var told = new List<string?> { (await acquirer.AskAsync(Purchases.Authorization()))[39] };

        Write($"{Purchases.Card},43\n");
        await server.ReloadCardsAsync(times: 1);
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);
        System.IO.File.Delete(Path.Combine(_folder, File));
        await server.ReloadCardsAsync(times: 2);
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);

        Assert.Equal(["00", "43", "91"], told);
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>A lost list is seen wherever an operator looks, until it is back; a refused one too.</summary>
    [Fact]
    public async Task Reload_OfALostOrRefusedFile_IsSeenEverywhere()
    {
        var closed = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(closed, closed);
        options.StandIn["rules"].NegativeFile = File;
        Write("4000000000000010,41\n");
        await using var server = new SwitchProcess(_folder, options);
        await server.StartAsync();

        System.IO.File.Delete(Path.Combine(_folder, File));
        CommandRun lost = await ReloadAsync(server);
        string lostReady = await server.GetAsync("/health/ready");
        string lostStatus = await server.GetAsync("/api/status");
        string lostMetrics = await server.GetAsync("/metrics");
        Write("4000000000000011,41\n"); // Its check digit is wrong.
        CommandRun refused = await ReloadAsync(server);
        string refusedReady = await server.GetAsync("/health/ready");
        Write("4000000000000010,41\n");
        CommandRun good = await ReloadAsync(server);

        const string Off = "stand-in is off for profile rules: negative.csv could not be read";
        Assert.Equal((1, 1, 0), (lost.Code, refused.Code, good.Code));
        Assert.StartsWith("Done, but stand-in is off", lost.Output, StringComparison.Ordinal);
        Assert.Contains("NegativeFile: negative.csv no longer exists", lost.Output, StringComparison.Ordinal);
        Assert.Equal($"ready, but {Off}\n", lostReady);
        Assert.Contains(Off, lostStatus, StringComparison.Ordinal);
        Assert.Contains("switch_standin_off{profile=\"rules\"} 1\n", lostMetrics, StringComparison.Ordinal);
        Assert.StartsWith(
            $"ready, but {Off}; the card lists were not replaced, those of before are in use: Switch:StandIn:rules:",
            refusedReady, StringComparison.Ordinal);
        Assert.Equal("ready\n", await server.GetAsync("/health/ready"));
        string metrics = await server.GetAsync("/metrics");
        Assert.Contains("switch_standin_off{profile=\"rules\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("readings_total{outcome=\"replaced\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("readings_total{outcome=\"refused\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());
        string[] log = server.Printed.Split('\n');
        Assert.Single(log, line => line.Contains("negative.csv could not", StringComparison.Ordinal));
        Assert.Single(log, line => line.Contains("replaced the card lists", StringComparison.Ordinal));
    }

    private static Task<CommandRun> ReloadAsync(SwitchProcess server) =>
        CommandRun.OfAsync("cards", "reload", "--admin", server.AdminAddress, "--why", "test");

    private void Write(string text)
    {
        string next = Path.Combine(_folder, File + ".next");
        System.IO.File.WriteAllText(next, text);
        System.IO.File.Move(next, Path.Combine(_folder, File), overwrite: true);
    }
}
