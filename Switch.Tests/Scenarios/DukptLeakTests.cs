using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;
using Switch.Protocol.Fields;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// No key serial number of a terminal, none of the keys that it names, no PIN block under them, and no key of MACs in
/// anything that a switch leaves behind. Looked for byte by byte, in every encoding, after a run with all of them and a
/// kill in the middle.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class DukptLeakTests : IDisposable
{
    private const string Card = "4012345678909";
    private const string Terminal = "7C35A1E94DE0";
    private const int Serials = 12;

    private static readonly byte[] _zmk = MacParties.Odd("5E6F7A8B9CADBECFD0E1F203142536AB");
    private static readonly byte[] _newKey = MacParties.Odd("6F7A8B9CADBECFD0E1F203142536475C");

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-dukpt-leak-").FullName;
    private readonly string _keys = Directory.CreateTempSubdirectory("switch-dukpt-keys-").FullName;
    private int _stan = 200;

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_keys, recursive: true);
    }

    [Fact]
    public async Task Run_WithTerminalsAndMacsUnderKnownKeys_LeavesNoTraceOfNumbersOrKeys()
    {
        MakeKeys();
        await using var primary = new ScriptedIssuer("iso87-binary", isListening: true) { AcknowledgesOwed = true };
        await using var standby = new ScriptedIssuer("iso87-ascii", isListening: true) { AcknowledgesOwed = true };
        primary.Mac = MacParties.Of("iso87-binary", MacAlgorithm.Alg1, MacParties.PrimaryKey);
        standby.Mac = MacParties.Of("iso87-ascii", MacAlgorithm.Retail, MacParties.StandbyKey);
        await using var server = new SwitchProcess(_folder, OptionsFor(primary, standby));

        Assert.True(await server.StartUnderAsync(ForTests), server.Printed);
        await server.UntilAsync("pending", static count => count == 0, Rig.Patience);
        await using (ScriptedAcquirer acquirer = await ConnectAsync(server, MacParties.AcquirerKey))
        {
            await PlayAsync(server, acquirer, primary, standby);
            acquirer.Send(Purchase(Serial(11)));
            await SecretLeakTests.RequestAsync(primary);
            await server.KillAsync(); // With a request under way.
        }

        await using HostProcess checkpoint = HostProcess.StartUnder(
            ForTests, "journal", "checkpoint", "--config", server.ConfigFile);
        Assert.True(await checkpoint.EndAsync(Rig.Patience) == 0, checkpoint.Printed);
        await using HostProcess list = HostProcess.StartUnder(ForTests, "keys", "list", "--config", server.ConfigFile);
        Assert.True(await list.EndAsync(Rig.Patience) == 0, list.Printed);
        Assert.True(await server.StartUnderAsync(ForTests), server.Printed);
        await server.UntilAsync("owedNow", static count => count == 0, TimeSpan.FromSeconds(30));
        Assert.Equal(0, await server.StopAsync());

        LeakScanner scanner = MakeScanner();
        foreach (string folder in (string[])["journal", "logs"])
        {
            Assert.Contains(
                Directory.EnumerateFiles(Path.Combine(_folder, folder)), static file => new FileInfo(file).Length > 0);
        }

        Assert.Empty(scanner.ScanFolder(_folder));
        Assert.Empty(scanner.Scan(Encoding.UTF8.GetBytes(server.Printed + checkpoint.Printed + list.Printed)));
    }

    /// <summary>The scanner would find each of them.</summary>
    [Fact]
    public void Scanner_EachSecretPlanted_FindsIt()
    {
        LeakScanner scanner = MakeScanner();
        foreach ((string name, byte[] secret) in Secrets())
        {
            Assert.Contains(scanner.Scan([1, .. secret, 2]), leak => leak.StartsWith(name, StringComparison.Ordinal));
            Assert.NotEmpty(scanner.Scan(Encoding.ASCII.GetBytes($"x{Convert.ToHexStringLower(secret)}y")));
        }
    }

    private async Task PlayAsync(
        SwitchProcess server, ScriptedAcquirer acquirer, ScriptedIssuer primary, ScriptedIssuer standby)
    {
        // Approved by the primary; it does not want and the standby does; neither does, without and with a PIN.
        acquirer.Send(Purchase(Serial(1)));
        await SecretLeakTests.AnswerAsync(primary, "00");
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        acquirer.Send(Purchase(Serial(2)));
        await SecretLeakTests.AnswerAsync(primary, "91");
        await SecretLeakTests.AnswerAsync(standby, "00");
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
        PlainMessage without = Purchase(Serial(5));
        without[52] = null;
        foreach ((PlainMessage purchase, string code) in
            ((PlainMessage, string)[])[(without, "00"), (Purchase(Serial(6)), "57")])
        {
            acquirer.Send(purchase);
            await SecretLeakTests.AnswerAsync(primary, "91");
            await SecretLeakTests.AnswerAsync(standby, "91");
            Assert.Equal(code, (await acquirer.NextAsync())[39]);
        }

        // A block of another payment; a number that is none.
        PlainMessage foreign = Purchase(Serial(3));
        foreign[52] = Purchase(Serial(4))[52];
        Assert.Equal("86", (await acquirer.AskAsync(foreign))[39]);
        PlainMessage cut = Purchase(Serial(4));
        cut[53] = cut[53]![..9];
        Assert.Equal("86", (await acquirer.AskAsync(cut))[39]);

        // A reversal and an advice with a number, which nothing asks for there; a message that cannot be read.
        PlainMessage reversal = Purchases.Reversal(without, null);
        (reversal[11], reversal[53]) = (NextStan(), Text(Serial(7)));
        Assert.Equal("00", (await acquirer.AskAsync(reversal))[39]);
        PlainMessage advice = Purchase(Serial(8));
        (advice.Mti, advice[39], advice[52]) = (120, "00", null);
        Assert.Equal("00", (await acquirer.AskAsync(advice))[39]);
        PlainMessage unreadable = Purchase(Serial(9));
        unreadable[4] = null;
        Assert.Equal("30", (await acquirer.AskAsync(unreadable))[39]);
        await using (ScriptedAcquirer forger = await ConnectAsync(server, _newKey))
        {
            forger.Send(Purchase(Serial(10)));
            await server.UntilAsync("macsWrong", static count => count > 0, Rig.Patience);
            forger.SendBody(Encoding.ASCII.GetBytes($"0100{Convert.ToHexString(Serial(10))}"));
        }

        Assert.True(VariantKeys.TryWrap(_zmk, _newKey, isVariant: false, out WrappedKey? wrapped));
        PlainMessage exchange = await acquirer.AskAsync(new PlainMessage(800)
        {
            [7] = "1122100000", [11] = NextStan(), [70] = "161",
            [48] = $"M{wrapped.Text}{KeyChecks.Value(KeyAlgorithm.Tdes, _newKey)}",
        });
        Assert.Equal("00", exchange[39]);
    }

    private void MakeKeys()
    {
        DukptParties.MakeKeys(_keys, isPublicTest: false);
        DukptParties.WriteDialect(_folder);
        string file = Path.Combine(_folder, "keys.json");
        File.Move(Path.Combine(_keys, "keys.json"), file);
        using SoftwareMasterKey master = SoftwareMasterKey.Derive(Convert.FromHexString(PinParties.Seed));
        TestKeyStore.Add(file, master, "acquirer-zmk", KeyKind.Zmk, _zmk);
        TestKeyStore.Add(file, master, "acquirer-zak", KeyKind.Zak, MacParties.AcquirerKey);
        TestKeyStore.Add(file, master, "primary-zak", KeyKind.Zak, MacParties.PrimaryKey);
        TestKeyStore.Add(file, master, "standby-zak", KeyKind.Zak, MacParties.StandbyKey);
    }

    // The module in software is refused elsewhere.
    private static string[] ForTests => ["env", "DOTNET_ENVIRONMENT=Development"];

    private SwitchOptions OptionsFor(ScriptedIssuer primary, ScriptedIssuer standby)
    {
        SwitchOptions options = ProcessConfiguration.For(primary.EndPoint, standby.EndPoint);
        DukptParties.Configure(options);
        options.Security.Module = SecurityModuleKind.Software;
        options.Security.MasterKey = $"file:{Path.Combine(_keys, "master.key")}";
        options.Issuers.ForEach(static issuer => issuer.Timeout = TimeSpan.FromSeconds(4)); // None is to be silent.
        options.Acquirers[0].Keys.Zak = "acquirer-zak";
        options.Acquirers[0].Mac = new MacOptions();
        options.Acquirers[0].KeyExchange = new KeyExchangeOptions { Under = "acquirer-zmk" };
        options.Issuers[0].Keys.Zak = "primary-zak";
        options.Issuers[0].Mac = new MacOptions { Algorithm = MacMethod.Cbc };
        options.Issuers[1].Keys.Zak = "standby-zak";
        options.Issuers[1].Mac = new MacOptions();
        return options;
    }

    private Task<ScriptedAcquirer> ConnectAsync(SwitchProcess server, byte[] key)
    {
        string dialect = Path.Combine(_folder, DukptParties.DialectFile);
        return ScriptedAcquirer.ConnectAsync(
            server.EndPoint, dialect, mac: MacParties.Of(dialect, MacAlgorithm.Retail, key));
    }

    private PlainMessage Purchase(byte[] serial)
    {
        PlainMessage message = Purchases.Authorization(card: Card);
        message[11] = NextStan();
        message[52] = Text(BlockUnder(serial));
        message[53] = Text(serial);
        return message;
    }

    private string NextStan() => $"{++_stan:D6}";

    private static byte[] Serial(int counter) => Convert.FromHexString($"FFFF{Terminal}{counter:X4}");

    private static byte[] KeyOf(byte[] serial, DukptUse use)
    {
        byte[] key = new byte[Dukpt.KeySize];
        Assert.True(KeySerialNumber.TryParse(serial, out KeySerialNumber number));
        Assert.Equal(SecurityStatus.Done, Dukpt.Derive(DukptParties.BaseKey, number, use, key));
        return key;
    }

    private static byte[] BlockUnder(byte[] serial) =>
        PinParties.Cipher(KeyOf(serial, DukptUse.Pin), ClearBlock(), isEncrypting: true);

    private static byte[] ClearBlock() =>
    [
        .. Convert.FromHexString($"06{PinParties.Pin}FFFFFFFF")
            .Zip(Convert.FromHexString("0000" + Card[..^1]), static (one, other) => (byte)(one ^ other)),
    ];

    private static IEnumerable<(string Name, byte[] Secret)> Secrets()
    {
        yield return ("terminal", Convert.FromHexString(Terminal));
        for (int i = 1; i < Serials; i++)
        {
            byte[] serial = Serial(i);
            yield return ($"number {i}", serial);
            yield return ($"number without its FFFF {i}", serial[2..]);
            yield return ($"PIN key {i}", KeyOf(serial, DukptUse.Pin));
            yield return ($"transaction key {i}", KeyOf(serial, DukptUse.Transaction));
            yield return ($"block {i}", BlockUnder(serial));
        }

        yield return ("clear block", ClearBlock());
        yield return ("base key", DukptParties.BaseKey);
        yield return ("base key of AES", DukptParties.AesBaseKey);
        yield return ("zone master key", _zmk);
        yield return ("acquirer's MAC key", MacParties.AcquirerKey);
        yield return ("acquirer's next MAC key", _newKey);
        yield return ("primary's MAC key", MacParties.PrimaryKey);
        yield return ("standby's MAC key", MacParties.StandbyKey);
        yield return ("primary's PIN key", PinParties.PrimaryKey);
        yield return ("standby's PIN key", PinParties.StandbyKey);
        yield return ("seed of the module", Convert.FromHexString(PinParties.Seed));
    }

    private static LeakScanner MakeScanner()
    {
        var scanner = new LeakScanner();
        foreach ((string name, byte[] secret) in Secrets())
        {
            scanner.AddBytes(name, secret);
        }

        return scanner;
    }

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
