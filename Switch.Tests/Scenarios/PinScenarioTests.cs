using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Software;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Routing.Settings;
using Switch.Tests.Support;

#pragma warning disable CA5350 // PIN blocks of the trade are under TDES.

namespace Switch.Tests.Scenarios;

/// <summary>
/// PINs through the whole switch, over sockets: each issuer opens the block that it gets with a key of its own, as this
/// file enciphers and deciphers it by itself.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PinScenarioTests
{
    internal const string Pin = "739251";
    internal const string Seed = "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5";

    internal const string SecurityControl = "2001017359514286";

    internal static readonly byte[] AcquirerKey = Convert.FromHexString("1A2C3E4F5B6D7F8092A4B6C8DAECFE10");
    internal static readonly byte[] PrimaryKey = Convert.FromHexString("2A3D4F5E6D7A8F91A2B5C7D9EAFD0E20");
    internal static readonly byte[] StandbyKey = Convert.FromHexString("3D4F5E6D7A8A9EA2B5C7D9EAFD0E1F31");

    [Fact]
    public async Task Pin_OfAnApproval_IsReadByTheIssuerUnderItsOwnKey()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchase());
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(Pin, PinOf(request.Message, PrimaryKey));
        Assert.Null(request.Message[53]);
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Pin_PrimaryIsSilent_IsReadByTheStandbyUnderItsOwnKey()
    {
        await using Rig rig = await StartAsync(timeout: TimeSpan.FromMilliseconds(300));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchase());
        Arrival request = await rig.Standby.NextAsync();

        Assert.Equal(Pin, PinOf(request.Message, StandbyKey));
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    /// <summary>A block under another key than the acquirer's is the acquirer's fault.</summary>
    [Fact]
    public async Task Pin_UnderAForeignKey_IsDeclinedAndNoIssuerSeesIt()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(Purchase(StandbyKey));

        Assert.Equal("86", answer[39]);
        Assert.Equal(0, rig.Counters.SentToIssuers);
        Assert.Equal(1, rig.Counters.PinsUnreadable);
    }

    /// <summary>Partners change keys at different moments: the former key opens blocks while both overlap.</summary>
    [Fact]
    public async Task Pin_UnderTheFormerKey_IsStillTaken()
    {
        await using Rig rig = await StartAsync(formerKey: StandbyKey);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchase(StandbyKey));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(Pin, PinOf(request.Message, PrimaryKey));
    }

    /// <summary>
    /// Under the current key it looks like a block whose PIN has an impossible length, as one in forty does.
    /// </summary>
    [Fact]
    public async Task Pin_UnderTheFormerKeyWithAnotherLengthUnderTheCurrent_IsStillTaken()
    {
        string pin = Enumerable.Range(1_000, 9_000).Select(static number => $"{number}").First(static pin =>
        {
            byte[] block = Cipher(StandbyKey, ClearBlock(pin), isEncrypting: true);
            return FieldOf(AcquirerKey, block)[..2] is ['0', < '4' or > 'C'];
        });
        await using Rig rig = await StartAsync(formerKey: StandbyKey);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchase(StandbyKey, pin: pin));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(pin, PinOf(request.Message, PrimaryKey));
    }

    /// <summary>What a hardware module says, and what the acquirer then hears.</summary>
    [Theory]
    [InlineData(HsmMode.Error, "10", "86")]
    [InlineData(HsmMode.Error, "20", "86")]
    [InlineData(HsmMode.Error, "22", "86")]
    [InlineData(HsmMode.Error, "24", "86")]
    [InlineData(HsmMode.Error, "11", "57")] // No issuer can be asked, and stand-in verifies no PIN.
    [InlineData(HsmMode.Error, "23", "96")]
    [InlineData(HsmMode.Error, "15", "96")]
    [InlineData(HsmMode.Error, "41", "96")]
    [InlineData(HsmMode.Silent, "00", "96")]
    [InlineData(HsmMode.Garbage, "00", "96")]
    [InlineData(HsmMode.SwappedHeader, "00", "96")]
    internal async Task Module_Fails_IsAnsweredByItsCodeAndPaymentsWithoutPinGoOn(
        HsmMode mode, string error, string code)
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using Rig rig = await StartAsync(hsm: hsm);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        hsm.ErrorCode = error;
        hsm.Mode = mode;

        PlainMessage answer = await acquirer.AskAsync(Purchase());

        Assert.Equal(code, answer[39]);
        Assert.Equal(0, rig.Counters.SentToIssuers);
        acquirer.Send(Purchases.Authorization());
        (await rig.Primary.NextAsync()).Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Module_IsHardware_TranslatesByHostCommands()
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using Rig rig = await StartAsync(hsm: hsm);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(Purchase());
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(Pin, PinOf(request.Message, PrimaryKey));
    }

    /// <summary>Neither block, nor the clear one, nor a key lies in a file when the switch has stopped.</summary>
    [Fact]
    public async Task Files_AfterPaymentsWithPins_HoldNoBlock()
    {
        var scanner = new LeakScanner();
        await using Rig rig = await StartAsync();
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            PlainMessage purchase = Purchase();
            acquirer.Send(purchase);
            Arrival request = await rig.Primary.NextAsync();
            scanner.AddBytes("the acquirer's block", Bytes(purchase[52]!));
            scanner.AddBytes("the issuer's block", Bytes(request.Message[52]!));
            scanner.AddBytes("the clear block", ClearBlock());
            request.Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            Assert.Equal("86", (await acquirer.AskAsync(Purchase(StandbyKey, stan: "000078")))[39]);
        }

        scanner.AddBytes("the acquirer's key", AcquirerKey);
        scanner.AddBytes("the primary's key", PrimaryKey);
        await rig.Server.StopAsync(TimeSpan.FromSeconds(5));

        Assert.All(
            Directory.EnumerateFiles(rig.Folder, "*", SearchOption.AllDirectories),
            file => Assert.Empty(scanner.Places(ReadShared(file))));
    }

    private static byte[] ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static Task<Rig> StartAsync(TimeSpan? timeout = null, byte[]? formerKey = null, HsmSimulator? hsm = null) =>
        Rig.StartAsync(SettingsOf(timeout, formerKey, hsm));

    internal static RigSettings SettingsOf(
        TimeSpan? timeout = null, byte[]? formerKey = null, HsmSimulator? hsm = null) => new()
        {
            IssuerTimeout = timeout ?? new RigSettings().IssuerTimeout,
            IsProduction = false,
            Prepare = folder => MakeKeys(folder, formerKey, isPublicTest: hsm is not null),
            Change = options =>
            {
                options.Security.Module = hsm is null ? SecurityModuleKind.Software : SecurityModuleKind.HostCommands;
                options.Security.MasterKey = hsm is null ? "file:master.key" : null;
                options.Security.KeyStore = "keys.json";
                options.Security.Timeout = TimeSpan.FromSeconds(3); // A busy machine is no silent module.
                options.Security.Hsm =
                    hsm is null ? [] : [new HsmOptions { Endpoint = $"127.0.0.1:{hsm.EndPoint.Port}" }];
                options.Acquirers[0].Pin = PinHandling.Translate;
                options.Acquirers[0].PinSharedWith = [];
                options.Acquirers[0].Keys.Zpk = "acquirer-zpk";
                options.Issuers[0].Keys.Zpk = "primary-zpk";
                options.Issuers[1].Keys.Zpk = "standby-zpk";
            },
        };

    internal static void MakeKeys(string folder, byte[]? formerKey, bool isPublicTest)
    {
        string seed = Path.Combine(folder, "master.key");
        File.WriteAllText(seed, Seed);
        File.SetUnixFileMode(seed, UnixFileMode.UserRead);
        using SoftwareMasterKey master = isPublicTest
            ? SoftwareMasterKey.PublicTest()
            : SoftwareMasterKey.Derive(Convert.FromHexString(Seed));
        string file = Path.Combine(folder, "keys.json");
        if (formerKey is not null)
        {
            Add(file, master, "acquirer-zpk", formerKey);
        }

        Add(file, master, "acquirer-zpk", AcquirerKey);
        Add(file, master, "primary-zpk", PrimaryKey);
        Add(file, master, "standby-zpk", StandbyKey);
    }

    private static void Add(string file, SoftwareMasterKey master, string name, byte[] key)
    {
        Assert.True(master.TryWrap(KeyKind.Zpk, key, out WrappedKey? wrapped));
        string checkValue = Convert.ToHexString(Cipher(key, new byte[8], isEncrypting: true))[..6];
        TestKeyStore.Add(file, name, KeyKind.Zpk, wrapped, checkValue);
    }

    internal static PlainMessage Purchase(byte[]? key = null, string? stan = null, string pin = Pin)
    {
        PlainMessage message = Purchases.Authorization();
        message[11] = stan ?? message[11];
        message[52] = Text(Cipher(key ?? AcquirerKey, ClearBlock(pin), isEncrypting: true));
        message[53] = SecurityControl;
        return message;
    }

    // Format 0 of ISO 9564-1.
    internal static byte[] ClearBlock(string pin = Pin) =>
        WithAccount(Convert.FromHexString($"0{pin.Length}{pin}".PadRight(16, 'F')));

    internal static string PinOf(PlainMessage message, byte[] key)
    {
        string field = FieldOf(key, Bytes(message[52]!), message.Pan!);
        return field[2..(2 + (field[1] - '0'))];
    }

    private static string FieldOf(byte[] key, byte[] block, string card = Purchases.Card) =>
        Convert.ToHexString(WithAccount(Cipher(key, block, isEncrypting: false), card));

    private static byte[] WithAccount(byte[] field, string card = Purchases.Card)
    {
        byte[] account = Convert.FromHexString($"0000{card[^13..^1]}");
        return [.. field.Zip(account, static (one, other) => (byte)(one ^ other))];
    }

    internal static byte[] Cipher(byte[] key, byte[] block, bool isEncrypting)
    {
        using var cipher = TripleDES.Create();
        cipher.Key = [.. key, .. key[..8]];
        return isEncrypting
            ? cipher.EncryptEcb(block, PaddingMode.None)
            : cipher.DecryptEcb(block, PaddingMode.None);
    }

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
