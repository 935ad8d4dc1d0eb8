using System.Text.Json;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>People and a running switch: the commands, the admin listener, the core and the journal together.</summary>
public class OperatorTests
{
    [Fact]
    public async Task ParkedAdvice_IsListedMaskedAndRetriedByCommand()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        PlainMessage advice = Purchases.Authorization(mti: 120);
        advice[39] = "00";
        await acquirer.AskAsync(advice);
        (await rig.Primary.NextAsync()).Answer("30");
        await Rig.UntilAsync(() => rig.Counters.ParkedNow == 1);

        CommandRun listed = await RunAsync(rig, "advices", "list", "--parked", "--json");
        JsonElement item = Assert.Single(
            JsonDocument.Parse(listed.Output).RootElement.GetProperty("items").EnumerateArray());
        CommandRun retried = await RunAsync(
            rig, "advices", "retry", item.GetProperty("id").GetString()!, "--who", "anna", "--why", "fixed there");
        (await rig.Primary.NextAsync()).Answer();
        await rig.UntilSettledAsync();

        Assert.Equal("400000******0002", item.GetProperty("card").GetString());
        Assert.DoesNotContain(Purchases.Card, listed.Output, StringComparison.Ordinal);
        Assert.Equal((0, "Done."), (retried.Code, retried.Output.Trim()));
        Assert.Equal((0, 1), (rig.Counters.ParkedNow, rig.Counters.AdvicesAcknowledged));
    }

    [Fact]
    public async Task ForcedStandIn_OutlivesARestartAndEndsByCommand()
    {
        await using Rig rig = await StartAsync();
        CommandRun forced = await RunAsync(rig, "issuers", "force-standin", "primary", "--who", "a", "--why", "drill");
        await rig.RestartAsync();
        CommandRun listed = await RunAsync(rig, "issuers", "list", "--json");
        CommandRun again = await RunAsync(rig, "issuers", "force-standin", "primary", "--who", "a", "--why", "drill");
        CommandRun restored = await RunAsync(rig, "issuers", "restore", "primary", "--who", "a", "--why", "over");
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();

        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        Assert.Equal((0, 0, 0), (forced.Code, again.Code, restored.Code));
        Assert.Equal("Nothing to do.", again.Output.Trim());
        JsonElement first = JsonDocument.Parse(listed.Output).RootElement.GetProperty("items")[0];
        Assert.True(first.GetProperty("isForcedToStandIn").GetBoolean());
    }

    /// <summary>An issuer that is back is not waited for: the pause of its links ends by command.</summary>
    [Fact]
    public async Task Reconnect_WhileLinksWait_ConnectsAtOnce()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            IsPrimaryListening = false,
            Change = static options =>
            {
                options.Admin = new AdminOptions { Listen = "127.0.0.1:0" };
                options.Issuers[0].Reconnect.Min = options.Issuers[0].Reconnect.Max = TimeSpan.FromHours(1);
            },
        });
        await Rig.UntilAsync(() => rig.Server.EdgeCounters.LinkConnectFailures == 1);
        rig.Primary.Listen();

        // The link says that it has failed a moment before it waits: a command in between finds nothing to end.
        var codes = new List<int>();
        while (!rig.Server.IsLinkReady(0) && codes.Count < 1_000)
        {
            codes.Add((await ReconnectAsync("primary")).Code);
        }

        CommandRun none = await ReconnectAsync("primary");
        CommandRun unknown = await ReconnectAsync("nope");
        Assert.True(rig.Server.IsLinkReady(0));
        Assert.All(codes, static code => Assert.Equal(0, code));
        Assert.Equal((0, "Nothing to do."), (none.Code, none.Output.Trim()));
        Assert.NotEqual(0, unknown.Code);

        Task<CommandRun> ReconnectAsync(string issuer) =>
            RunAsync(rig, "issuers", "reconnect", issuer, "--who", "a", "--why", "it is back");
    }

    [Fact]
    public async Task CardLists_ReplacedWhileRunning_CountFromThen_AndMistakesChangeNothing()
    {
        await using Rig rig = await StartAsync(options => options.StandIn["rules"].NegativeFile = NegativeFile);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        string file = Path.Combine(rig.Folder, NegativeFile);
        await RunAsync(rig, "issuers", "force-standin", "primary", "--who", "a", "--why", "drill");
        await RunAsync(rig, "issuers", "force-standin", "standby", "--who", "a", "--why", "drill");
        var told = new List<string?> { (await acquirer.AskAsync(Purchases.Authorization()))[39] };

        await File.WriteAllTextAsync(file, $"{Purchases.Card},43\n");
        CommandRun good = await RunAsync(rig, "cards", "reload", "--who", "a", "--why", "stolen");
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);
        await File.WriteAllTextAsync(file, "4000000000000003,43\n");
        CommandRun bad = await RunAsync(rig, "cards", "reload", "--who", "a", "--why", "typo");
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);
        File.Delete(file);
        CommandRun gone = await RunAsync(rig, "cards", "reload", "--who", "a", "--why", "lost");
        told.Add((await acquirer.AskAsync(Purchases.Authorization()))[39]);

        Assert.Equal(["00", "43", "43", "91"], told);
        Assert.Equal((0, 1, 1), (good.Code, bad.Code, gone.Code));
        Assert.Contains("line 1", bad.Output, StringComparison.Ordinal);
        Assert.Contains("no longer exists", gone.Output, StringComparison.Ordinal);
    }

    private const string NegativeFile = "negative.csv";

    private static Task<Rig> StartAsync(Action<SwitchOptions>? change = null) => Rig.StartAsync(new RigSettings
    {
        Change = options =>
        {
            options.Admin = new AdminOptions { Listen = "127.0.0.1:0" };
            change?.Invoke(options);
        },
        Prepare = folder => File.WriteAllText(Path.Combine(folder, NegativeFile), "4000000000000010,41\n"),
    });

    private static Task<CommandRun> RunAsync(Rig rig, params string[] arguments) =>
        CommandRun.OfAsync([.. arguments, "--admin", rig.Server.AdminSocket!]);
}
