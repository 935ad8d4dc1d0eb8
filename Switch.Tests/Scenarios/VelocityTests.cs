using System.Text.Json;
using Switch.Host.Configuration;
using Switch.Host.Simulators;
using Switch.Routing.Settings;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>Card testing over real sockets, and what an operator sees of it.</summary>
public class VelocityTests
{
    private const int DeclinesMax = 4;
    private const string Rule = "card-testing";

    [Fact]
    public async Task CardTesting_AtOneTerminal_IsDeclinedWhileAnotherGoesOn()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        var told = new List<string?>();

        for (int card = 0; card < DeclinesMax + 4; card++)
        {
            told.Add(await AskAsync(rig, acquirer, card, "TERM0666", reachesIssuer: card < DeclinesMax));
        }

        string? other = await AskAsync(rig, acquirer, card: 500, "TERM0001", reachesIssuer: true);
        CommandRun listed = await RunAsync(rig, "velocity", "list", "--json");
        CommandRun cleared = await RunAsync(
            rig, "velocity", "clear", Rule, "acquirer/TERM0666", "--who", "anna", "--why", "the merchant tested");
        string? after = await AskAsync(rig, acquirer, card: 600, "TERM0666", reachesIssuer: true);
        CommandRun empty = await RunAsync(
            rig, "velocity", "clear", Rule, "acquirer/TERM0666", "--who", "anna", "--why", "again");

        Assert.Equal(["51", "51", "51", "51", "59", "59", "59", "59"], told);
        Assert.Equal(("51", "51"), (other, after));
        JsonElement item = Assert.Single(
            JsonDocument.Parse(listed.Output).RootElement.GetProperty("items").EnumerateArray(),
            static one => one.GetProperty("isOver").GetBoolean());
        Assert.Equal("acquirer/TERM0666", item.GetProperty("key").GetString());
        Assert.Equal((1, 0, 1), (listed.Code, cleared.Code, empty.Code));
        Assert.Equal((6, 4), (rig.Counters.DeclinedByIssuer, rig.Counters.DeclinedBySwitch));
        Assert.Equal(6, rig.Counters.SentToIssuers);
    }

    [Fact]
    public async Task Table_KeyThatIsOver_IsARowThatFitsTheScreen()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        CommandRun none = await RunAsync(rig, "velocity");
        for (int card = 0; card < DeclinesMax + 2; card++)
        {
            await AskAsync(rig, acquirer, card, "TERM0666", reachesIssuer: card < DeclinesMax);
        }

        CommandRun run = await RunAsync(rig, "velocity", "list");

        Assert.Equal((0, 1), (none.Code, run.Code));
        Assert.Contains("No key is over a rule.", none.Output, StringComparison.Ordinal);
        Assert.Contains("1 key is over its rule.", run.Output, StringComparison.Ordinal);
        string[] rows = run.Output.Split('\n');
        Assert.Contains(rows, static row => Words(row) is [Rule, "Terminal", "Decline", "1", "1", "1", ..]);
        Assert.Contains(rows, static row => Words(row) is [Rule, "acquirer/TERM0666", "over,", ..]);
        Assert.All(rows, static row => Assert.InRange(row.TrimEnd().Length, 0, 80));
    }

    private static string[] Words(string row) => row.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Task<Rig> StartAsync() => Rig.StartAsync(new RigSettings
    {
        Change = static options =>
        {
            options.Admin = new AdminOptions { Listen = "127.0.0.1:0" };
            options.Velocity.Rules =
            [
                new VelocityRuleOptions
                {
                    Name = Rule, Per = VelocityScope.Terminal, DistinctCards = 2, Declines = DeclinesMax,
                    Action = VelocityAction.Decline, Window = TimeSpan.FromHours(4), KeysMax = 64,
                },
            ];
        },
    });

    private static async Task<string?> AskAsync(
        Rig rig, ScriptedAcquirer acquirer, int card, string terminal, bool reachesIssuer)
    {
        PlainMessage request = Purchases.Authorization(card: TestCards.Make("4", card));
        request[35] = null;
        request[41] = terminal;
        acquirer.Send(request);
        if (reachesIssuer)
        {
            (await rig.Primary.NextAsync()).Answer("51");
        }

        return (await acquirer.NextAsync())[39];
    }

    private static async Task<CommandRun> RunAsync(Rig rig, params string[] arguments) => await CommandRun.OfAsync(
        [.. arguments, "--admin", rig.Server.AdminSocket!]);
}
