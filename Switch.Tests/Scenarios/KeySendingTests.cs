using System.Runtime.Versioning;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Host.Simulators;
using Switch.Routing.Settings;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Keys that the switch sends to an issuer because people ask for it, over sockets: in force when the issuer has said
/// so, and otherwise the one before, whatever is lost on the way.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class KeySendingTests : IDisposable
{
    private const string Acquirer = "acquirer";
    private const string Primary = "primary";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-send-").FullName;
    private readonly PartyKeys _keys;

    public KeySendingTests() => _keys = PartyKeys.Make(_folder, [Acquirer, Primary]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Keys of a simulated issuer change under payments: it reads every PIN, and declines nothing.</summary>
    [Fact]
    public async Task Exchange_WithASimulatedIssuerUnderPayments_NoneNotices()
    {
        await using IssuerSimulator issuer = StartIssuer();
        await using Rig rig = await StartAsync(issuer);
        await Rig.UntilAsync(() => rig.Server.IsLinkReady(0));
        await using var acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Target = rig.Server.AcquirerEndPoints[Acquirer],
            RatePerSecond = 100,
            Timeout = Rig.Patience,
            Pins = new AcquirerPins(_keys.PinOf(Acquirer), Share: 0.5),
            Mix = new AcquirerMix { Cancelled = 0, Repeated = 0 },
        });
        await acquirer.StartAsync(CancellationToken.None);
        Task sending = acquirer.RunAsync(TimeSpan.FromSeconds(2), CancellationToken.None);
        foreach (string kind in (string[])["zpk", "zak", "zpk"])
        {
            CommandRun run = await ExchangeAsync(rig, kind);
            Assert.True(run.Code == 0, run.Output + run.Error);
            string checkValue = Stored(rig, kind).Current.CheckValue;
            Assert.Contains($"is {checkValue} from now on", run.Output, StringComparison.Ordinal);
        }

        await sending;
        Assert.True(await acquirer.DrainAsync(Rig.Patience));
        Assert.Equal(["00"], acquirer.Read(static desk => desk.Counters.ByResponseCode.Keys.ToArray()));
        Assert.Equal((3, 2), (Stored(rig, "zpk").Current.Number, Stored(rig, "zak").Current.Number));
        Assert.Null(Stored(rig, "zpk").Sent);
        Assert.Empty(issuer.Read(static ledger => ledger.Counters.ComplaintTexts.ToArray()));
        Assert.True(issuer.Read(static ledger => ledger.Counters.PinsRight) > 0);
        Assert.Equal(0, rig.Counters.MacsWrong + rig.Counters.MacsMissing);
    }

    /// <summary>
    /// The issuer has taken the key, and its answer is lost with the switch: what it seals with that key is taken, it
    /// is sent nothing under it, and the next order sends the same key.
    /// </summary>
    [Fact]
    public async Task Exchange_AnswerLostAndSwitchStartedAnew_BothKeysWorkAndTheSameIsSentAgain()
    {
        SimulatorMac mac = MacOf();
        await using Rig rig = await StartAsync(issuer: null, mac);
        Task<CommandRun> asking = ExchangeAsync(rig, "zak");
        byte[] sent = KeyIn(await NextKeyAsync(rig));
        mac.Adopt(sent);
        CommandRun silent = await asking;
        KeyGeneration? waiting = Stored(rig, "zak").Sent;

        await rig.RestartAsync(); // Its sign-on is answered under the key that was sent.
        await PayAsync(rig);
        asking = ExchangeAsync(rig, "zak");
        Arrival again = await NextKeyAsync(rig);
        again.Answer();
        CommandRun done = await asking;
        await PayAsync(rig);

        Assert.Equal((1, 0), (silent.Code, done.Code));
        Assert.Contains("did not answer", silent.Output, StringComparison.Ordinal);
        Assert.Contains("may have the key", silent.Output, StringComparison.Ordinal);
        Assert.Equal(sent, KeyIn(again));
        KeyGeneration current = Stored(rig, "zak").Current;
        Assert.Equal((2, waiting!.CheckValue), (current.Number, current.CheckValue));
        Assert.Equal(0, rig.Primary.BadMacs);
    }

    [Theory]
    [InlineData("63", null, "refused the key with 63", false)]
    [InlineData("96", null, "refused the key with 96", true)]
    [InlineData("00", "ABCDEF", "another check value", true)]
    public async Task Exchange_NotTaken_LeavesTheKeyOfBefore(string code, string? check, string said, bool isKept)
    {
        await using Rig rig = await StartAsync(issuer: null, MacOf());
        string before = Stored(rig, "zak").Current.CheckValue;
        Task<CommandRun> asking = ExchangeAsync(rig, "zak");
        (await NextKeyAsync(rig)).Answer(code, answer => answer[48] = check);

        CommandRun run = await asking;

        Assert.Equal(1, run.Code);
        Assert.Contains(said, run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Stored(rig, "zak").Current.CheckValue);
        Assert.Equal(isKept, Stored(rig, "zak").Sent is not null);
        await PayAsync(rig);
        Assert.Equal(0, rig.Primary.BadMacs);
    }

    [Fact]
    public async Task Exchange_WithoutALinkOrAKind_SaysSoAndSendsNothing()
    {
        await using Rig rig = await StartAsync(issuer: null, MacOf(), isListening: false);

        CommandRun down = await ExchangeAsync(rig, "zak");
        CommandRun both = await ExchangeAsync(rig, kind: null);

        Assert.Equal((1, 1), (down.Code, both.Code));
        Assert.Contains("no link to primary is signed on", down.Output, StringComparison.Ordinal);
        Assert.Contains("--kind", both.Output, StringComparison.Ordinal);
        Assert.Null(Stored(rig, "zak").Sent);
    }

    private byte[] KeyIn(Arrival arrival)
    {
        Assert.True(KeyUnderZone.TryRead(
            arrival.Message[48]!, _keys.Clear(PartyKeys.ZoneKeyOf(Primary)), out _, out byte[] key));
        return key;
    }

    private static async Task<Arrival> NextKeyAsync(Rig rig)
    {
        Arrival arrival = await rig.Primary.NextNetworkAsync();
        while (arrival.Message[70] is not (NetworkMessages.NewMacKey or NetworkMessages.NewPinKey))
        {
            arrival = await rig.Primary.NextNetworkAsync();
        }

        return arrival;
    }

    private static async Task PayAsync(Rig rig)
    {
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    private static StoredKey Stored(Rig rig, string kind) =>
        KeyStoreFile.Read(Path.Combine(rig.Folder, PartyKeys.StoreFile))
            .Find(kind == "zpk" ? PartyKeys.PinKeyOf(Primary) : PartyKeys.MacKeyOf(Primary))!;

    private static Task<CommandRun> ExchangeAsync(Rig rig, string? kind)
    {
        string[] of = kind is null ? [] : ["--kind", kind];
        return CommandRun.OfAsync(
            ["keys", "exchange", Primary, .. of, "--why", "every year", "--admin", rig.Server.AdminSocket!]);
    }

    private SimulatorMac MacOf() =>
        _keys.MacOf(Primary, new MacOptions()).For(DialectFiles.Find("iso87-binary"));

    private IssuerSimulator StartIssuer()
    {
        var issuer = new IssuerSimulator(new IssuerProfile
        {
            Name = Primary,
            Dialect = "iso87-binary",
            Mac = _keys.MacOf(Primary, new MacOptions()),
            Pin = _keys.PinOf(Primary),
            ZoneKey = _keys.Clear(PartyKeys.ZoneKeyOf(Primary)),
        });
        issuer.Start();
        return issuer;
    }

    private Task<Rig> StartAsync(IssuerSimulator? issuer, SimulatorMac? mac = null, bool isListening = true) =>
        Rig.StartAsync(new RigSettings
        {
            IsProduction = false,
            IsPrimaryListening = isListening,
            WaitsForLinks = issuer is null && isListening,
            PrimaryMac = mac,
            IssuerTimeout = issuer is null ? TimeSpan.FromSeconds(4) : Rig.Patience,
            Prepare = folder =>
            {
                foreach (string file in (string[])[PartyKeys.MasterFile, PartyKeys.StoreFile])
                {
                    File.Copy(Path.Combine(_folder, file), Path.Combine(folder, file));
                }
            },
            Change = options =>
            {
                options.Security.Module = SecurityModuleKind.Software;
                options.Security.MasterKey = $"file:{PartyKeys.MasterFile}";
                options.Security.KeyStore = PartyKeys.StoreFile;
                options.Security.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent module.
                options.Admin = new AdminOptions { DualControl = false };
                options.Routes[0].Standby = [];
                options.Acquirers[0].Deadline = TimeSpan.FromMinutes(2);
                options.Acquirers[0].Pin = PinHandling.Translate;
                options.Acquirers[0].PinSharedWith = [];
                options.Acquirers[0].Keys = new AcquirerKeyOptions { Zpk = PartyKeys.PinKeyOf(Acquirer) };
                options.Issuers[0].Endpoints = issuer is null
                    ? options.Issuers[0].Endpoints : [issuer.EndPoint.ToString()];
                options.Issuers[0].Keys = new ZoneKeyOptions
                {
                    Zpk = PartyKeys.PinKeyOf(Primary), Zak = PartyKeys.MacKeyOf(Primary),
                };
                options.Issuers[0].Mac = new MacOptions();
                options.Issuers[0].KeyExchange =
                    new IssuerKeyExchangeOptions { Under = PartyKeys.ZoneKeyOf(Primary) };
            },
        });
}
