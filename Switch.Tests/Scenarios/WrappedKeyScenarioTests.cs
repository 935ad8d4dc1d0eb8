using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// The switch's own keys in files that are wrapped under a key of a PKCS#11 token, as an operator sets it up: the
/// token's key is made, the key in use is wrapped, the switch starts with it; without the token it does not; then
/// another master key. Method: SoftHSM, and processes, because its library reads the environment once.
/// </summary>
public sealed class WrappedKeyScenarioTests : IDisposable
{
    private const string Library = "/usr/lib/softhsm/libsofthsm2.so";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-token-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsFact("softhsm2-util")]
    public async Task Run_JournalKeyUnderAToken_StartsWithTheTokenOnly()
    {
        await MakeTokenAsync();
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: true);
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: true);
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Store.Provider = "None";
        options.Keys = new KeyOptions { Journal = MakeKey("journal"), Cards = MakeKey("cards") };
        await using var server = new SwitchProcess(_folder, options);
        await LiveAsync(server);

        // The key in use goes into a wrapped file, and its clear file away.
        SetKeys(server, options.Keys.Journal, UriOf("one"), masterOld: null);
        await DoneAsync("keys", "master", "--config", server.ConfigFile);
        await DoneAsync(
            "keys", "wrap", "journal", "--from", "file:journal.key", "--out", In("journal.wrapped"), "--config",
            server.ConfigFile);
        File.Delete(In("journal.key"));
        SetKeys(server, "wrapped:journal.wrapped", UriOf("one"), masterOld: null);
        await LiveAsync(server);

        // Without the token, with a wrong PIN and with another key of the token: refused, by the path.
        Directory.Move(In("tokens"), In("stolen"));
        Directory.CreateDirectory(In("tokens"));
        await RefusedAsync(server, "Keys:Master");
        Directory.Delete(In("tokens"));
        Directory.Move(In("stolen"), In("tokens"));
        File.WriteAllText(In("pin"), "999999");
        await RefusedAsync(server, "does not take the PIN");
        File.WriteAllText(In("pin"), "123456");
        SetKeys(server, "wrapped:journal.wrapped", UriOf("two"), masterOld: null);
        await RefusedAsync(server, "named 'two'");
        await DoneAsync("keys", "master", "--config", server.ConfigFile);
        await RefusedAsync(server, "under another master key");

        // The master key is changed: both are known until the files are wrapped anew.
        SetKeys(server, "wrapped:journal.wrapped", UriOf("two"), UriOf("one"));
        await LiveAsync(server);
        await DoneAsync("keys", "rewrap", In("journal.wrapped"), "--config", server.ConfigFile);
        SetKeys(server, "wrapped:journal.wrapped", UriOf("two"), masterOld: null);
        await LiveAsync(server);
    }

    private async Task MakeTokenAsync()
    {
        Directory.CreateDirectory(In("tokens"));
        File.WriteAllText(In("pin"), "123456");
        FileModes.Set(In("pin"), FileModes.Own);
        File.WriteAllText(In("softhsm.conf"), $"directories.tokendir = {In("tokens")}\nobjectstore.backend = file\n");
        using var made = System.Diagnostics.Process.Start(
            "env",
            [
                $"SOFTHSM2_CONF={In("softhsm.conf")}", "softhsm2-util", "--init-token", "--free", "--label", "switch",
                "--so-pin", "12345678", "--pin", "123456",
            ]);
        await made.WaitForExitAsync();
        Assert.Equal(0, made.ExitCode);
    }

    // A payment that is sent, so that its card number is in the journal, and an end in good order.
    private async Task LiveAsync(SwitchProcess server)
    {
        Assert.True(await server.StartUnderAsync(Environs), server.Printed);
        await server.UntilAsync("pending", static count => count == 0, Rig.Patience);
        await using (ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect))
        {
            await acquirer.AskAsync(Purchases.Authorization());
        }

        Assert.Equal(ExitCode.Done, await server.StopAsync());
    }

    private async Task RefusedAsync(SwitchProcess server, string reason)
    {
        Assert.False(await server.StartUnderAsync(Environs));
        Assert.Contains(reason, server.Printed, StringComparison.Ordinal);
    }

    private async Task DoneAsync(params string[] arguments)
    {
        await using HostProcess run = HostProcess.StartUnder(Environs, arguments);
        Assert.True(await run.EndAsync(Rig.Patience) == ExitCode.Done, run.Printed);
    }

    private string[] Environs => ["env", $"SOFTHSM2_CONF={In("softhsm.conf")}"];

    private string In(string name) => Path.Combine(_folder, name);

    private static string UriOf(string key) =>
        $"pkcs11:token=switch;object={key}?module-path={Library}&pin-source=file:pin";

    private string MakeKey(string name)
    {
        File.WriteAllText(In($"{name}.key"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        FileModes.Set(In($"{name}.key"), FileModes.Own);
        return $"file:{name}.key";
    }

    private static void SetKeys(SwitchProcess server, string journal, string master, string? masterOld)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(server.ConfigFile))!;
        JsonNode keys = root["Switch"]!["Keys"]!;
        keys["Journal"] = journal;
        keys["Master"] = master;
        keys["MasterOld"] = masterOld;
        File.WriteAllText(server.ConfigFile, root.ToJsonString());
    }
}
