using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Configuration;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// No PIN block, clear or under any key, no clear key and no DE 53 in anything that a switch with PINs leaves behind.
/// Looked for byte by byte, in every encoding, after a run with a kill in the middle.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class SecretLeakTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-secrets-").FullName;
    private readonly string _keys = Directory.CreateTempSubdirectory("switch-secret-keys-").FullName;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_keys, recursive: true);
    }

    [Fact]
    public async Task Run_WithPinsUnderKnownKeys_LeavesNoTraceOfBlocksOrKeys()
    {
        PinParties.MakeKeys(_keys, formerKey: null, isPublicTest: false);
        File.Move(Path.Combine(_keys, "keys.json"), Path.Combine(_folder, "keys.json"));
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: true) { AcknowledgesOwed = true };
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: true) { AcknowledgesOwed = true };
        await using var server = new SwitchProcess(_folder, OptionsFor(primary, standby));

        Assert.True(await server.StartUnderAsync(ForTests), server.Printed);
        await server.UntilAsync("pending", static count => count == 0, Rig.Patience);
        await using (ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            server.EndPoint, Rig.AcquirerDialect))
        {
            // Approved by the primary; the primary cannot and the standby is asked; a block that no key opens; neither
            // issuer can and stand-in declines.
            acquirer.Send(PinParties.Purchase(stan: "000101"));
            await AnswerAsync(primary, "00");
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            acquirer.Send(PinParties.Purchase(stan: "000102"));
            await AnswerAsync(primary, "91");
            await AnswerAsync(standby, "00");
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            Assert.Equal(
                "86", (await acquirer.AskAsync(PinParties.Purchase(PinParties.StandbyKey, "000103")))[39]);
            acquirer.Send(PinParties.Purchase(stan: "000104"));
            await AnswerAsync(primary, "91");
            await AnswerAsync(standby, "91");
            Assert.Equal("57", (await acquirer.NextAsync())[39]);
            acquirer.Send(PinParties.Purchase(stan: "000105"));
            await RequestAsync(primary);
            await server.KillAsync(); // With a request under way.
        }

        await using HostProcess checkpoint = HostProcess.StartUnder(
            ForTests, "journal", "checkpoint", "--config", server.ConfigFile);
        Assert.True(await checkpoint.EndAsync(Rig.Patience) == 0, checkpoint.Printed);
        Assert.True(await server.StartUnderAsync(ForTests), server.Printed);
        await server.UntilAsync("owedNow", static count => count == 0, TimeSpan.FromSeconds(30));
        Assert.Equal(0, await server.StopAsync());

        LeakScanner scanner = MakeScanner();
        Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(_folder, "journal")), static file => new FileInfo(file).Length > 0);
        Assert.Contains(
            Directory.EnumerateFiles(Path.Combine(_folder, "logs")), static file => new FileInfo(file).Length > 0);
        Assert.Empty(scanner.ScanFolder(_folder));
        Assert.Empty(scanner.Scan(Encoding.UTF8.GetBytes(server.Printed)));
    }

    internal static async Task AnswerAsync(ScriptedIssuer issuer, string code) =>
        (await RequestAsync(issuer)).Answer(code);

    /// <summary>What is owed comes in between, and is acknowledged by itself.</summary>
    internal static async Task<Arrival> RequestAsync(ScriptedIssuer issuer)
    {
        Arrival arrival = await issuer.NextAsync();
        while (arrival.Message.Mti != 100)
        {
            arrival = await issuer.NextAsync();
        }

        return arrival;
    }

    /// <summary>The scanner would find each of them.</summary>
    [Fact]
    public void Scanner_EachSecretPlanted_FindsIt()
    {
        LeakScanner scanner = MakeScanner();
        foreach ((string name, byte[] secret) in Secrets())
        {
            Assert.Contains(scanner.Scan([1, .. secret, 2]), leak => leak.StartsWith(name, StringComparison.Ordinal));
            Assert.NotEmpty(scanner.Scan(Encoding.ASCII.GetBytes($"x{Convert.ToHexString(secret)}y")));
        }

        Assert.NotEmpty(scanner.Scan(Encoding.ASCII.GetBytes($"DE 53: {PinParties.SecurityControl}")));
    }

    // The module in software is refused elsewhere.
    private static string[] ForTests => ["env", "DOTNET_ENVIRONMENT=Development"];

    private SwitchOptions OptionsFor(ScriptedIssuer primary, ScriptedIssuer standby)
    {
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        options.Security.Module = SecurityModuleKind.Software;
        options.Security.MasterKey = $"file:{Path.Combine(_keys, "master.key")}";
        options.Security.KeyStore = "keys.json";
        options.Security.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent module.
        options.Issuers.ForEach(static issuer => issuer.Timeout = TimeSpan.FromSeconds(4)); // None is to be silent.
        options.Acquirers[0].Pin = Switch.Routing.Settings.PinHandling.Translate;
        options.Acquirers[0].Keys.Zpk = "acquirer-zpk";
        options.Issuers[0].Keys.Zpk = "primary-zpk";
        options.Issuers[1].Keys.Zpk = "standby-zpk";
        return options;
    }

    private static IEnumerable<(string Name, byte[] Secret)> Secrets()
    {
        byte[] clear = PinParties.ClearBlock();
        yield return ("clear block", clear);
        yield return ("block without the card", Convert.FromHexString($"06{PinParties.Pin}FFFFFFFF"));
        foreach ((string name, byte[] key) in new[]
        {
            ("acquirer", PinParties.AcquirerKey), ("primary", PinParties.PrimaryKey),
            ("standby", PinParties.StandbyKey),
        })
        {
            yield return ($"key of {name}", key);
            yield return ($"block under the key of {name}", PinParties.Cipher(key, clear, isEncrypting: true));
        }

        yield return ("seed of the module", Convert.FromHexString(PinParties.Seed));
    }

    private static LeakScanner MakeScanner()
    {
        var scanner = new LeakScanner();
        foreach ((string name, byte[] secret) in Secrets())
        {
            scanner.AddBytes(name, secret);
        }

        scanner.AddDigits("DE 53", PinParties.SecurityControl);
        return scanner;
    }
}
