using System.Net;
using System.Text.Json;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Who commanded what is found in the journal. Goal: a command that was answered is there after kill -9.
/// Method: a process, its socket, its signals, and the journal that is left.
/// </summary>
public sealed class AuditScenarioTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-audit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Commands_AfterKill_AreInTheJournalWithWhoAndWhyAndWhereFrom()
    {
        var closed = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        await using var server = new SwitchProcess(_folder, ProcessConfiguration.For(closed, closed));
        await server.StartAsync();
        const string Issuer = "primary";
        CommandRun forced = await RunAsync(server, "issuers", "force-standin", Issuer, "--why", "a drill");
        CommandRun again = await RunAsync(server, "issuers", "force-standin", Issuer, "--why", "a drill");
        CommandRun unknown = await RunAsync(
            server, "advices", "write-off", "4000001234567899", "--why", "no such message");
        CommandRun paused = await RunAsync(
            server, "issuers", "pause-advices", Issuer, "--why", "card 4000001234567899");
        JsonElement[] online = await ListAsync("audit", server);
        await server.ReloadCardsAsync(times: 1);
        await server.KillAsync();

        CommandRun run = await CommandRun.OfAsync("audit", "list", "--config", server.ConfigFile, "--json");
        JsonElement[] lines = [.. JsonDocument.Parse(run.Output).RootElement.EnumerateArray()];
        CommandRun table = await CommandRun.OfAsync("audit", "list", "--config", server.ConfigFile);

        Assert.Equal((0, 0, 1, 0), (forced.Code, again.Code, unknown.Code, paused.Code));
        Assert.Equal((0, 0), (run.Code, table.Code));
        Assert.DoesNotContain("4000001234567899", run.Output, StringComparison.Ordinal);
        Assert.Equal(
            ["start-with-settings begun", "start-with-settings done"],
            lines[..2].Select(static one => $"{Text(one, "command")} {Text(one, "outcome")}"));
        JsonElement[] given = lines[2..];
        Assert.Equal(
            ["force-standin done", "pause-advices done", "replace-card-lists done"],
            given.Select(static one => $"{Text(one, "command")} {Text(one, "outcome")}"));
        Assert.Equal(
            (AdminHttp.OwnName, "operator", $"issuer={Issuer}", "a drill"),
            (Text(given[0], "who"), Text(given[0], "role"), Text(given[0], "arguments"), Text(given[0], "why")));
        Assert.StartsWith($"process {Environment.ProcessId} of user", Text(given[0], "from"), StringComparison.Ordinal);
        Assert.Equal(("signal", "SIGHUP"), (Text(given[2], "role"), Text(given[2], "why")));
        Assert.Equal(
            lines[..4].Select(static one => Text(one, "lsn")), online.Select(static one => Text(one, "lsn")));
        Assert.Contains("force-standin", table.Output, StringComparison.Ordinal);

        // Nothing waits, and what was done is shown again from elsewhere.
        await server.StartAsync();
        Assert.Empty(await ListAsync("approvals", server));
        Assert.Equal(lines.Length, (await ListAsync("audit", server)).Length);
    }

    [Fact]
    public async Task List_OfNoJournal_SaysSo()
    {
        CommandRun run = await CommandRun.OfAsync("audit", "list", "--path", Path.Combine(_folder, "none"));

        Assert.Equal(70, run.Code);
        Assert.Contains("does not exist", run.Error, StringComparison.Ordinal);
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).ToString();

    private static async Task<JsonElement[]> ListAsync(string what, SwitchProcess server)
    {
        CommandRun run = await RunAsync(server, what, "list", "--json");
        Assert.True(run.Code == 0, run.Error);
        return [.. JsonDocument.Parse(run.Output).RootElement.EnumerateArray()];
    }

    private static Task<CommandRun> RunAsync(SwitchProcess server, params string[] arguments) =>
        CommandRun.OfAsync([.. arguments, "--admin", server.AdminAddress]);
}
