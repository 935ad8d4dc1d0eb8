using System.Runtime.Versioning;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Simulators;
using Switch.Routing.Settings;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// A whole acquirer that changes its keys while it sends payments with PINs and MACs: no payment notices, each issuer
/// reads every PIN, and a key of before is refused.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class AcquirerKeyExchangeTests : IDisposable
{
    private const string Primary = "primary";
    private const string Standby = "standby";
    private const string Name = "acquirer";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-exchange-").FullName;
    private readonly PartyKeys _keys;

    public AcquirerKeyExchangeTests() => _keys = PartyKeys.Make(_folder, [Name, Primary, Standby]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Exchange_UnderPayments_NoneIsDeclinedAndOldKeysAreRefused()
    {
        const int Rate = 200;
        await using Rig rig = await StartAsync();
        await using var acquirer = new AcquirerSimulator(new AcquirerProfile
        {
            Target = rig.Server.AcquirerEndPoints[Name],
            RatePerSecond = Rate,
            Timeout = Rig.Patience, // A busy machine is no switch that does not answer.
            Pins = new AcquirerPins(_keys.PinOf(Name), Share: 0.5),
            Mac = _keys.MacOf(Name, new MacOptions()),
            Mix = new AcquirerMix { Cancelled = 0, Repeated = 0 },
        });
        await acquirer.StartAsync(CancellationToken.None);
        Task answering = AnswerAsync(rig, _keys.PinOf(Primary), Rate);
        Task sending = acquirer.RunAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        var sent = new Dictionary<char, List<byte[]>>
        {
            ['P'] = [_keys.Clear(PartyKeys.PinKeyOf(Name))], ['M'] = [_keys.Clear(PartyKeys.MacKeyOf(Name))],
        };
        foreach (char kind in "PMPM")
        {
            byte[] key = PartyKeys.NewKey();
            Assert.Equal("00", await ExchangeAsync(acquirer, kind, key));
            Assert.Equal(KeyChecks.Value(KeyAlgorithm.Tdes, key), Stored(rig, kind).Current.CheckValue);
            sent[kind].Add(key);
        }

        await sending;
        await answering;
        foreach ((char kind, List<byte[]> keys) in sent)
        {
            Assert.Equal("94", await ExchangeAsync(acquirer, kind, keys[0]));
            Assert.Equal("94", await ExchangeAsync(acquirer, kind, keys[1]));
            Assert.Equal("00", await ExchangeAsync(acquirer, kind, keys[2])); // The current one once more.
            Assert.Equal(3, Stored(rig, kind).Current.Number);
        }

        Assert.True(await acquirer.DrainAsync(Rig.Patience));
        Assert.Equal(["00"], acquirer.Read(static desk => desk.Counters.ByResponseCode.Keys.ToArray()));
        Assert.Empty(acquirer.Read(static desk => desk.Counters.ViolationTexts.ToArray()));
        Assert.Equal(
            (0, 0, 0), (rig.Counters.PinsUnreadable, rig.Counters.MacsWrong, rig.Counters.MacsMissing));
    }

    private Task<string?> ExchangeAsync(AcquirerSimulator acquirer, char kind, byte[] key) =>
        acquirer.ExchangeAsync(kind, _keys.Clear(PartyKeys.ZoneKeyOf(Name)), key, Rig.Patience);

    private static async Task AnswerAsync(Rig rig, SimulatorPin pin, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Arrival request = await rig.Primary.NextAsync();
            if (request.Message[52] is { } block)
            {
                Assert.Equal(PinVerdict.Right, pin.Check(block, request.Message.Pan!));
            }

            request.Answer();
        }
    }

    private static StoredKey Stored(Rig rig, char kind) =>
        KeyStoreFile.Read(Path.Combine(rig.Folder, PartyKeys.StoreFile))
            .Find(kind == 'P' ? PartyKeys.PinKeyOf(Name) : PartyKeys.MacKeyOf(Name))!;

    private Task<Rig> StartAsync() => Rig.StartAsync(new RigSettings
    {
        IssuerTimeout = Rig.Patience,
        IsProduction = false,
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
            options.Acquirers[0].Deadline = TimeSpan.FromMinutes(2);
            options.Acquirers[0].Pin = PinHandling.Translate;
            options.Acquirers[0].PinSharedWith = [];
            options.Acquirers[0].Keys = KeysOf<AcquirerKeyOptions>(Name);
            options.Acquirers[0].Mac = new MacOptions();
            options.Acquirers[0].KeyExchange = new KeyExchangeOptions { Under = PartyKeys.ZoneKeyOf(Name) };
            options.Issuers[0].Keys = KeysOf<ZoneKeyOptions>(Primary);
            options.Issuers[1].Keys = KeysOf<ZoneKeyOptions>(Standby);
        },
    });

    private static TKeys KeysOf<TKeys>(string party)
        where TKeys : ZoneKeyOptions, new() =>
        new() { Zpk = PartyKeys.PinKeyOf(party), Zak = PartyKeys.MacKeyOf(party) };
}
