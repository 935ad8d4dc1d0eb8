using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A change of the journal's key as an operator does it: the new key and the old in the configuration, a restart; then
/// what is kept under the old is written anew, and the old key goes. Before that it must not be missing, and a key must
/// never be another.
/// </summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Journal_KeyIsChanged_OldRecordsOpenUntilTheyAreWrittenAnew()
    {
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: true);
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: true);
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Store.Provider = "None";
        options.Keys = new KeyOptions { Journal = MakeKey("first"), JournalId = 1, Cards = MakeKey("cards") };
        await using var server = new SwitchProcess(_folder, options);
        await LiveAsync(server);

        SetKeys(server, MakeKey("second"), 2, old: null);
        bool isStarted = await server.StartUnderAsync([]);
        Assert.False(isStarted);
        Assert.Contains("key id 1, which is not configured", server.Printed, StringComparison.Ordinal);

        SetKeys(server, "file:second.key", 2, old: "file:first.key");
        await LiveAsync(server);
        Assert.Contains("1, 2", (await RunAsync(server, "verify")).Output, StringComparison.Ordinal);

        CommandRun resealed = await RunAsync(server, "reseal");
        Assert.Equal(ExitCode.Done, resealed.Code);
        Assert.Contains("Written anew: 000000000001.segment", resealed.Output, StringComparison.Ordinal);

        SetKeys(server, "file:second.key", 2, old: null);
        CommandRun verified = await RunAsync(server, "verify", "--secrets");
        Assert.Equal(ExitCode.Done, verified.Code);
        Assert.Contains("key ids of secret parts: 2\n", verified.Output, StringComparison.Ordinal);
        await LiveAsync(server);

        // The right id and another key: refused by its id, and not called damage.
        SetKeys(server, MakeKey("other"), 2, old: null);
        CommandRun wrong = await RunAsync(server, "verify");
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("key configured as id 2", wrong.Output, StringComparison.Ordinal);
    }

    // A payment that is sent, so that its card number is in the journal, and an end in good order.
    private static async Task LiveAsync(SwitchProcess server)
    {
        await server.StartAsync();
        await server.UntilAsync("pending", static count => count == 0, Rig.Patience);
        await using (ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect))
        {
            await acquirer.AskAsync(Purchases.Authorization());
        }

        Assert.Equal(ExitCode.Done, await server.StopAsync());
    }

    private static Task<CommandRun> RunAsync(SwitchProcess server, string command, params string[] more) =>
        CommandRun.OfAsync(["journal", command, "--config", server.ConfigFile, .. more]);

    private string MakeKey(string name)
    {
        string file = Path.Combine(_folder, $"{name}.key");
        File.WriteAllText(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        FileModes.Set(file, FileModes.Own);
        return $"file:{name}.key";
    }

    private static void SetKeys(SwitchProcess server, string journal, int id, string? old)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(server.ConfigFile))!;
        JsonNode keys = root["Switch"]!["Keys"]!;
        keys["Journal"] = journal;
        keys["JournalId"] = id;
        keys["JournalOld"] = old is null ? new JsonObject() : new JsonObject { ["1"] = old };
        File.WriteAllText(server.ConfigFile, root.ToJsonString());
    }
}
