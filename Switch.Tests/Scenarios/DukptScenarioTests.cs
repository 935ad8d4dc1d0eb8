using System.Net;
using System.Runtime.Versioning;
using System.Text;
using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Simulators;
using Switch.Host.Simulators.Hsm;
using Switch.Protocol.Fields;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>
/// Terminals with DUKPT through the whole switch, over sockets: what they send are the published blocks and key serial
/// numbers (docs/domain.md section 4.2), and each issuer opens what it gets with a key of its own.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class DukptScenarioTests
{
    private const string Card = "4012345678909";
    private const string AesCard = "4111111111111111";
    private const string AesSerial = "123456789012345600000001";
    private const string AesBlock = "A912150391AB65A67E52883D81CE2D15";

    [Theory]
    [InlineData("FFFF9876543210E00001", "1B9C1845EB993A7A")]
    [InlineData("FFFF9876543210E00002", "10A01C8D02C69107")]
    [InlineData("FFFF9876543210E00003", "18DC07B94797B466")]
    [InlineData("FFFF9876543210EFF800", "33365F5CC6F23C35")]
    [InlineData("FFFF9876543210F00000", "73EC88AD0AC5830E")]
    [InlineData("9876543210E00001", "1B9C1845EB993A7A")]
    public async Task Tdes_PublishedBlock_IsReadByTheIssuerAndTheNumberStaysBehind(string serial, string block)
    {
        await using Rig rig = await StartAsync();
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

        acquirer.Send(Purchase(serial, block));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal("1234", PinParties.PinOf(request.Message, PinParties.PrimaryKey));
        Assert.Null(request.Message[53]);
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Tdes_ByHostCommands_IsReadByTheIssuer()
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        await using Rig rig = await StartAsync(hsm);
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

        acquirer.Send(Purchase("FFFF9876543210E00002", "10A01C8D02C69107"));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal("1234", PinParties.PinOf(request.Message, PinParties.PrimaryKey));
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    [Fact]
    public async Task Tdes_PrimaryIsSilent_IsReadByTheStandbyUnderItsOwnKey()
    {
        await using Rig rig = await StartAsync(timeout: TimeSpan.FromMilliseconds(300));
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

        acquirer.Send(Purchase("FFFF9876543210E00003", "18DC07B94797B466"));
        Arrival request = await rig.Standby.NextAsync();

        Assert.Equal("1234", PinParties.PinOf(request.Message, PinParties.StandbyKey));
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    /// <summary>Format 4 under AES, where DE 52 has room for it; the issuer has format 0 under triple DES.</summary>
    [Fact]
    public async Task Aes_PublishedBlock_IsReadByTheIssuer()
    {
        await using Rig rig = await StartAsync(isAes: true);
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

        acquirer.Send(Purchase(AesSerial, AesBlock, AesCard));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal("1234", PinParties.PinOf(request.Message, PinParties.PrimaryKey));
        Assert.Null(request.Message[53]);
        request.Answer();
        Assert.Equal("00", (await acquirer.NextAsync())[39]);
    }

    /// <summary>The acquirer's fault, each time: no issuer is asked, and a payment without PIN goes on.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData("FFFF9876543210E000", false)] // Nine bytes.
    [InlineData("FFFF9876543210E0000100", false)]
    [InlineData("FFFF9876543210E00000", false)]
    [InlineData("FFFF9876543210FFFFFF", false)]
    [InlineData("FFFF9876543210E00002", true)] // Another payment's.
    [InlineData("FFFF1111111111E00001", true)] // A terminal that the base key has not made.
    [InlineData(AesSerial, true)] // Of the other cipher.
    public async Task Number_MissingWrongOrUnknown_IsDeclined(string? serial, bool isAsked)
    {
        await using var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), 4);
        hsm.Start();
        foreach (HsmSimulator? module in (HsmSimulator?[])[null, hsm])
        {
            await using Rig rig = await StartAsync(module);
            await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

            PlainMessage answer = await acquirer.AskAsync(Purchase(serial, "1B9C1845EB993A7A"));

            Assert.Equal("86", answer[39]);
            Assert.Null(answer[53]);
            Assert.Equal(0, rig.Counters.SentToIssuers);
            Assert.Equal(
                isAsked ? (1, 0) : (0, 1), (rig.Counters.PinsUnreadable, rig.Counters.PinSerialNumbersRefused));
            acquirer.Send(Purchase(serial, block: null));
            Arrival without = await rig.Primary.NextAsync();
            Assert.Null(without.Message[53]);
            without.Answer();
            Assert.Equal("00", (await acquirer.NextAsync())[39]);
        }
    }

    /// <summary>Terminals get another base key one after another: blocks under both are taken meanwhile.</summary>
    [Fact]
    public async Task Tdes_UnderTheFormerBaseKey_IsStillTaken()
    {
        await using Rig rig = await StartAsync(hasNewKey: true);
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);

        acquirer.Send(Purchase("FFFF9876543210E00001", "1B9C1845EB993A7A"));
        Arrival request = await rig.Primary.NextAsync();

        Assert.Equal("1234", PinParties.PinOf(request.Message, PinParties.PrimaryKey));
    }

    /// <summary>Many payments at once, twice: each block is opened with its own number.</summary>
    [Fact]
    public async Task Tdes_ManyAtOnce_EachIsReadWithItsOwnNumber()
    {
        const int Count = 20;
        await using Rig rig = await StartAsync(timeout: TimeSpan.FromSeconds(9));
        await using ScriptedAcquirer acquirer = await ConnectAsync(rig);
        foreach (int first in (int[])[1, Count + 1])
        {
            for (int i = first; i < first + Count; i++)
            {
                acquirer.Send(PurchaseWith(i));
            }

            for (int i = 0; i < Count; i++)
            {
                Arrival request = await rig.Primary.NextAsync();
                Assert.Equal(
                    request.Message[4]![^6..], PinParties.PinOf(request.Message, PinParties.PrimaryKey));
                request.Answer();
            }

            for (int i = 0; i < Count; i++)
            {
                Assert.Equal("00", (await acquirer.NextAsync())[39]);
            }
        }
    }

    // The amount is the PIN, and the terminal's counter.
    private static PlainMessage PurchaseWith(int number)
    {
        string serial = $"FFFF9876543210E{number:X5}";
        byte[] key = new byte[Dukpt.KeySize];
        byte[] clear = [.. Convert.FromHexString($"06{number:D6}FFFFFFFF")
            .Zip(Convert.FromHexString("0000" + Card[..^1]), static (one, other) => (byte)(one ^ other))];
        Assert.True(KeySerialNumber.TryParse(Convert.FromHexString(serial), out KeySerialNumber parsed));
        Assert.Equal(SecurityStatus.Done, Dukpt.Derive(DukptParties.BaseKey, parsed, DukptUse.Pin, key));
        PlainMessage purchase = Purchase(
            serial, Convert.ToHexString(PinParties.Cipher(key, clear, isEncrypting: true)));
        purchase[4] = $"{number:D12}";
        purchase[11] = $"{number:D6}";
        return purchase;
    }

    private static Task<ScriptedAcquirer> ConnectAsync(Rig rig) => ScriptedAcquirer.ConnectAsync(
        rig.Server.AcquirerEndPoints["acquirer"], Path.Combine(rig.Folder, DukptParties.DialectFile));

    private static Task<Rig> StartAsync(
        HsmSimulator? hsm = null, TimeSpan? timeout = null, bool isAes = false, bool hasNewKey = false) =>
        Rig.StartAsync(new RigSettings
        {
            IssuerTimeout = timeout ?? new RigSettings().IssuerTimeout,
            IsProduction = false,
            Prepare = folder => DukptParties.MakeKeys(folder, isPublicTest: hsm is not null, hasNewKey),
            Change = options =>
            {
                DukptParties.Configure(options, isAes);
                options.Security.Module = hsm is null ? SecurityModuleKind.Software : SecurityModuleKind.HostCommands;
                options.Security.MasterKey = hsm is null ? "file:master.key" : null;
                options.Security.Hsm =
                    hsm is null ? [] : [new HsmOptions { Endpoint = $"127.0.0.1:{hsm.EndPoint.Port}" }];
            },
        });

    private static PlainMessage Purchase(string? serial, string? block, string card = Card)
    {
        PlainMessage message = Purchases.Authorization(card: card);
        message[52] = block is null ? null : Text(block);
        message[53] = serial is null ? null : Text(serial);
        return message;
    }

    private static string Text(string hex) => Encoding.Latin1.GetString(Convert.FromHexString(hex));
}
