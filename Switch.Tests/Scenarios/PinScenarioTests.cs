using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// PINs through the whole switch, over sockets: each issuer opens the block that it gets with a key of its own, as
/// <see cref="PinParties"/> enciphers and deciphers it by itself.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PinScenarioTests
{
    [Fact]
    public async Task Pin_OfAnApproval_IsReadByTheIssuerUnderItsOwnKey()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(PinParties.Purchase());
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(PinParties.Pin, PinParties.PinOf(request.Message, PinParties.PrimaryKey));
        Assert.Null(request.Message[53]);
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Pin_PrimaryIsSilent_IsReadByTheStandbyUnderItsOwnKey()
    {
        await using Rig rig = await StartAsync(timeout: TimeSpan.FromMilliseconds(300));
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(PinParties.Purchase());
        Arrival request = await rig.Standby.NextAsync();

        Assert.Equal(PinParties.Pin, PinParties.PinOf(request.Message, PinParties.StandbyKey));
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    /// <summary>A block under another key than the acquirer's is the acquirer's fault.</summary>
    [Fact]
    public async Task Pin_UnderAForeignKey_IsDeclinedAndNoIssuerSeesIt()
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        PlainMessage answer = await acquirer.AskAsync(PinParties.Purchase(PinParties.StandbyKey));

        Assert.Equal("86", answer[39]);
        Assert.Equal(0, rig.Counters.SentToIssuers);
        Assert.Equal(1, rig.Counters.PinsUnreadable);
    }

    /// <summary>Partners change keys at different moments: the former key opens blocks while both overlap.</summary>
    [Fact]
    public async Task Pin_UnderTheFormerKey_IsStillTaken()
    {
        await using Rig rig = await StartAsync(formerKey: PinParties.StandbyKey);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(PinParties.Purchase(PinParties.StandbyKey));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(PinParties.Pin, PinParties.PinOf(request.Message, PinParties.PrimaryKey));
    }

    /// <summary>
    /// Under the current key it looks like a block whose PIN has an impossible length, as one in forty does.
    /// </summary>
    [Fact]
    public async Task Pin_UnderTheFormerKeyWithAnotherLengthUnderTheCurrent_IsStillTaken()
    {
        string pin = Enumerable.Range(1_000, 9_000).Select(static number => $"{number}").First(static pin =>
        {
            byte[] block = PinParties.Cipher(PinParties.StandbyKey, PinParties.ClearBlock(pin), isEncrypting: true);
            return PinParties.FieldOf(PinParties.AcquirerKey, block)[..2] is ['0', < '4' or > 'C'];
        });
        await using Rig rig = await StartAsync(formerKey: PinParties.StandbyKey);
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();

        acquirer.Send(PinParties.Purchase(PinParties.StandbyKey, pin: pin));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(pin, PinParties.PinOf(request.Message, PinParties.PrimaryKey));
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

        PlainMessage answer = await acquirer.AskAsync(PinParties.Purchase());

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

        acquirer.Send(PinParties.Purchase());
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal(PinParties.Pin, PinParties.PinOf(request.Message, PinParties.PrimaryKey));
    }

    /// <summary>Neither block, nor the clear one, nor a key lies in a file when the switch has stopped.</summary>
    [Fact]
    public async Task Files_AfterPaymentsWithPins_HoldNoBlock()
    {
        var scanner = new LeakScanner();
        await using Rig rig = await StartAsync();
        await using (ScriptedAcquirer acquirer = await rig.ConnectAsync())
        {
            PlainMessage purchase = PinParties.Purchase();
            acquirer.Send(purchase);
            Arrival request = await rig.Primary.NextAsync();
            scanner.AddBytes("the acquirer's block", Bytes(purchase[52]!));
            scanner.AddBytes("the issuer's block", Bytes(request.Message[52]!));
            scanner.AddBytes("the clear block", PinParties.ClearBlock());
            request.Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            PlainMessage foreign = PinParties.Purchase(PinParties.StandbyKey, stan: "000078");
            Assert.Equal("86", (await acquirer.AskAsync(foreign))[39]);
        }

        scanner.AddBytes("the acquirer's key", PinParties.AcquirerKey);
        scanner.AddBytes("the primary's key", PinParties.PrimaryKey);
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
        Rig.StartAsync(PinParties.Settings(timeout, formerKey, hsm));

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
