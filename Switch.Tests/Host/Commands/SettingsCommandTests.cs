using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Commands;

/// <summary>
/// A change of settings that two persons make, as they make it: with a real process where real cards may come.
/// </summary>
public sealed class SettingsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-two-persons-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Settings_OfARunningSwitch_AreRowsAndChangesSayHowManyPersons()
    {
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: false);
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: false);
        await using SwitchProcess server = Make(primary, standby);
        await server.StartAsync();
        string next = Path.Combine(_folder, "next.json");
        Change(server.ConfigFile, next, static root => root["StandIn"]!["rules"]!["PerTransaction"] = 1);

        CommandRun list = await CommandRun.OfAsync("settings", "--admin", server.AdminAddress);
        CommandRun lower = await CommandRun.OfAsync("settings", "changes", next, "--admin", server.AdminAddress);
        Change(server.ConfigFile, next, static root => root["Routes"]![0]!["Standby"] = new JsonArray());
        CommandRun route = await CommandRun.OfAsync("settings", "changes", next, "--admin", server.AdminAddress);
        CommandRun none = await CommandRun.OfAsync(
            "settings", "changes", server.ConfigFile, "--admin", server.AdminAddress);

        Assert.Equal((ExitCode.Done, ""), (list.Code, list.Error));
        Assert.Contains("StandIn:rules:PerTransaction", list.Output, StringComparison.Ordinal);
        Assert.Matches("Hash: [0-9a-f]{64}", list.Output);
        Assert.Equal(ExitCode.Done, lower.Code);
        Assert.Matches(@"StandIn:rules:PerTransaction\s+one", lower.Output);
        Assert.Equal(ExitCode.Problems, route.Code);
        Assert.Matches(@"Routes:\d*\s+two", route.Output);
        Assert.Equal(ExitCode.Done, none.Code);
        Assert.StartsWith("No guarded setting.", none.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChangedRoute_IsStartedWithOnceAnotherPersonHasApprovedItOrWithAReason()
    {
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: false);
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: false);
        await using SwitchProcess server = Make(primary, standby);
        await server.StartAsync();
        string next = Path.Combine(_folder, "next.json");
        Change(server.ConfigFile, next, static root => root["Routes"]![0]!["Standby"] = new JsonArray());

        CommandRun requested = await CommandRun.OfAsync(
            "settings", "request", next, "--why", "contract ended", "--admin", server.AdminAddress, "--json");
        Assert.Equal(ExitCode.Problems, requested.Code); // Not done yet.
        string id = JsonNode.Parse(requested.Output)!["request"]!.GetValue<string>();
        string listener = server.AdminListener;
        CommandRun approved = await CommandRun.OfAsync(
            "approvals", "approve", id, "--why", "contract seen", "--admin", listener, "--token",
            $"file:{Path.Combine(_folder, "approver")}");
        Assert.Equal("Done.\n", approved.Output);
        Assert.Equal(0, await server.StopAsync());

        // What was not approved is refused still; what was, is taken, and is in the journal.
        string former = await File.ReadAllTextAsync(server.ConfigFile);
        Change(next, server.ConfigFile, static root => root["StandIn"]!["rules"]!["PerTransaction"] = 99_999_999);
        Assert.False(await server.StartWithAsync());
        Assert.Contains("Switch:StandIn:rules:PerTransaction", server.Printed, StringComparison.Ordinal);
        File.Copy(next, server.ConfigFile, overwrite: true);
        await server.StartAsync();
        Assert.Contains("start-with-settings", await server.GetAsync("/api/audit"), StringComparison.Ordinal);
        await server.KillAsync();
        await server.StartAsync();
        await server.KillAsync();

        // Back again in an emergency, by one person with a reason.
        await File.WriteAllTextAsync(server.ConfigFile, former);
        Assert.False(await server.StartWithAsync());
        const string Reason = "the primary is down for the day";
        Assert.True(await server.StartWithAsync("--changed-settings", Reason), server.Printed);
        Assert.Contains(Reason, await server.GetAsync("/api/audit"), StringComparison.Ordinal);
    }

    private SwitchProcess Make(ScriptedIssuer primary, ScriptedIssuer standby)
    {
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Keys = new KeyOptions { Journal = "file:journal.key", Cards = "file:cards.key" };
        options.Admin.Tokens = "file:tokens";
        options.StandIn["rules"] = new StandInOptions
        {
            Currency = "392", PerTransaction = 10_000, IssuerExposure = 50_000_000,
            PerCard = new PerCardOptions { Count = 2, Amount = 3_000_000 },
        };
        WriteOwn("journal.key", new string('1', 64));
        WriteOwn("cards.key", new string('2', 64));
        WriteOwn("tokens", AdminHttp.TokenFile());
        WriteOwn("approver", AdminHttp.TokenOf(AdminRole.Approver));
        return new SwitchProcess(_folder, options) { IsGuarded = true };
    }

    private void WriteOwn(string name, string text) => FileModes.WriteOwn(Path.Combine(_folder, name), text);

    private static void Change(string from, string to, Action<JsonNode> change)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(from))!;
        change(root["Switch"]!);
        File.WriteAllText(to, root.ToJsonString());
    }
}
