using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Switch.Host.Security;
using Switch.Host.Security.HostCommands;
using Switch.Host.Security.Software;
using Switch.Host.Simulators.Hsm;
using Switch.Protocol.Fields;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Goal: whatever modules do, each request ends once, with a result that is right or with none. Method: simulated
/// modules over real sockets, written apart from the client, and the software module as a second opinion.
/// </summary>
public sealed class HostCommandModuleTests : IAsyncLifetime
{
    private const string Pin = "12345";

    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    private readonly List<HsmSimulator> _hsms = [];
    private readonly SoftwareMasterKey _master = SoftwareMasterKey.PublicTest();
    private HostCommandModule? _module;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_module is not null)
        {
            await _module.DisposeAsync();
        }

        foreach (HsmSimulator hsm in _hsms)
        {
            await hsm.DisposeAsync();
        }

        _master.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(255)]
    public async Task Requests_ManyAtOnceWithHeadersOfEachLength_GetTheirOwnAnswers(int headerLength)
    {
        HostCommandModule module = await StartAsync(Ample, 1, headerLength);
        string[] pins = [.. Enumerable.Range(0, 18).Select(static index => $"{1_000 + (index * 7)}")];

        for (int round = 0; round < 5; round++)
        {
            PinAnswer[] answers = await Task.WhenAll(pins.Select(pin => Translate(module, pin)));

            Assert.All(answers, static answer => Assert.Equal(SecurityStatus.Done, answer.Status));
            Assert.Equal(
                pins, answers.Select(static answer => TestModule.Read(
                    PinFormat.Iso0, TestModule.TdesB, answer.Block.Span, TestModule.Card)));
        }

        Assert.Equal(0, module.Counters.UnknownReplies);
    }

    [Fact]
    public async Task Commands_EachOne_AgreesWithTheSoftwareModule()
    {
        HostCommandModule module = await StartAsync(Ample);
        await using var software = new SoftwareModule(SoftwareMasterKey.PublicTest());
        WrappedKey zmk = Key(KeyKind.Zmk, TestModule.TdesA);
        foreach (KeyKind kind in Enum.GetValues<KeyKind>())
        {
            KeyAnswer made = await module.GenerateKeyAsync(kind, zmk, KeyScheme.Ansi, default);
            KeyAnswer imported = await software.ImportKeyAsync(kind, zmk, made.Exported!, default);
            KeyAnswer back = await module.ImportKeyAsync(kind, zmk, made.Exported!, default);
            KeyAnswer exported = await module.ExportKeyAsync(kind, zmk, made.Key!, KeyScheme.Variant, default);
            KeyAnswer value = await module.CheckValueAsync(kind, made.Key!, default);
            KeyAnswer ownExport = await software.ExportKeyAsync(kind, zmk, made.Key!, KeyScheme.Variant, default);

            Assert.Equal(made.Key, imported.Key);
            Assert.Equal(made.Key, back.Key);
            Assert.Equal(ownExport.Exported, exported.Key ?? exported.Exported);
            Assert.Equal(made.CheckValue, value.CheckValue);
            Assert.Equal(imported.CheckValue, value.CheckValue);
        }

        foreach (MacAlgorithm algorithm in new[] { MacAlgorithm.Alg1, MacAlgorithm.Retail })
        {
            foreach (MacPadding padding in new[] { MacPadding.Zeros, MacPadding.OneAndZeros })
            {
                for (int length = 0; length < 20; length++)
                {
                    byte[] data = Enumerable.Range(3, length).Select(static value => (byte)(value * 37)).ToArray();
                    var request = new MacRequest(
                        KeyKind.Zak, Key(KeyKind.Zak, TestModule.TdesA), algorithm, padding, 8, data);

                    MacAnswer made = await module.MakeMacAsync(request, default);
                    MacAnswer expected = await software.MakeMacAsync(request, default);

                    Assert.Equal(Convert.ToHexString(expected.Mac.Span), Convert.ToHexString(made.Mac.Span));
                    Assert.Equal(SecurityStatus.Done, await module.VerifyMacAsync(request, made.Mac, default));
                    Assert.Equal(
                        SecurityStatus.NotVerified, await module.VerifyMacAsync(request, new byte[8], default));
                }
            }
        }

        Assert.Equal(SecurityStatus.Done, await module.ProbeAsync(default));
    }

    [Theory]
    [InlineData("FFFF9876543210E00001", "1B9C1845EB993A7A")]
    [InlineData("FFFF9876543210EFF800", "33365F5CC6F23C35")]
    [InlineData("FFFF9876543210F00000", "73EC88AD0AC5830E")]
    public async Task TranslateDukpt_PublishedBlocks_AreReadByTheIssuer(string ksn, string block)
    {
        HostCommandModule module = await StartAsync(Ample);
        Assert.True(KeySerialNumber.TryParse(Convert.FromHexString(ksn), out KeySerialNumber number));

        PinAnswer answer = await module.TranslateDukptAsync(
            new DukptTranslation(
                Key(KeyKind.Bdk, TestModule.TdesA), number, Key(KeyKind.Zpk, TestModule.TdesB),
                Convert.FromHexString(block), PinFormat.Iso0, PinFormat.Iso0, TestModule.Card), default);

        Assert.Equal("1234", TestModule.Read(PinFormat.Iso0, TestModule.TdesB, answer.Block.Span, TestModule.Card));
    }

    [Theory]
    [InlineData((int)HsmMode.Silent, 0)]
    [InlineData((int)HsmMode.SwappedHeader, 0)]
    [InlineData((int)HsmMode.Slow, 0)]
    [InlineData((int)HsmMode.Garbage, 0)]
    [InlineData((int)HsmMode.Error, 41)]
    [InlineData((int)HsmMode.Error, 91)]
    [InlineData((int)HsmMode.Error, 12)]
    [InlineData((int)HsmMode.Error, 13)]
    [InlineData((int)HsmMode.Error, 21)]
    [InlineData((int)HsmMode.Error, 1)]
    public async Task OneOfTwo_ThatFails_IsLeftOutAndEachRequestIsAnswered(int mode, int code)
    {
        HostCommandModule module = await StartAsync(Ample, 2);
        _hsms[0].Delay = TimeSpan.FromDays(1);
        _hsms[0].ErrorCode = $"{code:00}";
        await using HostCommandModule quick = await OtherAsync(Short * 4);
        _hsms[0].Mode = (HsmMode)mode;
        for (int i = 0; i < 12; i++)
        {
            PinAnswer answer = await Translate(quick, Pin);

            // A machine that pauses for longer than the limit may leave no time for the second one.
            Assert.True(answer.Status is SecurityStatus.Done or SecurityStatus.Unavailable, $"{answer.Status}");
            if (answer.Status == SecurityStatus.Done)
            {
                Assert.Equal(
                    Pin, TestModule.Read(PinFormat.Iso0, TestModule.TdesB, answer.Block.Span, TestModule.Card));
            }
        }

        Assert.True(quick.Counters.Retries > 0);
        Assert.True(quick.Counters.OutOfUse > 0);

        _hsms[0].Mode = HsmMode.Healthy;
        await Rig.UntilAsync(() => quick.Modules.All(static one => one.IsInUse), TimeSpan.FromMinutes(1));
        Assert.Equal(SecurityStatus.Done, (await Translate(module, Pin)).Status);
    }

    [Theory]
    [InlineData("20", nameof(SecurityStatus.PinBlockInvalid))]
    [InlineData("22", nameof(SecurityStatus.AccountInvalid))]
    [InlineData("23", nameof(SecurityStatus.FormatNotAllowed))]
    [InlineData("24", nameof(SecurityStatus.PinLengthInvalid))]
    [InlineData("10", nameof(SecurityStatus.SourceKeyRejected))]
    [InlineData("11", nameof(SecurityStatus.DestinationKeyRejected))]
    [InlineData("15", nameof(SecurityStatus.InputRefused))]
    [InlineData("68", nameof(SecurityStatus.NotAuthorized))]
    public async Task Errors_OfTheRequestItself_AreFinalAndTakeNoModuleOut(string code, string expected)
    {
        HostCommandModule module = await StartAsync(Ample, 2);
        foreach (HsmSimulator hsm in _hsms)
        {
            hsm.ErrorCode = code;
            hsm.Mode = HsmMode.Error;
        }

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(expected, $"{(await Translate(module, Pin)).Status}");
        }

        Assert.Equal(20, _hsms.Sum(static hsm => hsm.Commands));
        Assert.Equal((0, 0), (module.Counters.Retries, module.Counters.OutOfUse));
        Assert.All(module.Modules, static one => Assert.True(one.IsInUse));
    }

    [Fact]
    public async Task AllModules_Silent_EachRequestEndsWithNone()
    {
        await StartAsync(Ample, 2);
        await using HostCommandModule quick = await OtherAsync(Short);
        foreach (HsmSimulator hsm in _hsms)
        {
            hsm.Mode = HsmMode.Silent;
        }

        PinAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Translate(quick, Pin)));

        Assert.All(answers, static answer => Assert.Equal(SecurityStatus.Unavailable, answer.Status));
    }

    [Fact]
    public async Task Connection_LostInTheMidst_IsMadeAgain()
    {
        HostCommandModule module = await StartAsync(Ample, 2);
        for (int round = 0; round < 5; round++)
        {
            Task<PinAnswer>[] asked = [.. Enumerable.Range(0, 20).Select(_ => Translate(module, Pin))];
            _hsms[round % 2].Reset();
            foreach (PinAnswer answer in await Task.WhenAll(asked))
            {
                Assert.True(answer.Status is SecurityStatus.Done or SecurityStatus.Unavailable, $"{answer.Status}");
            }

            await Rig.UntilAsync(() => module.Modules.All(static one => one.IsInUse), TimeSpan.FromMinutes(1));
            Assert.Equal(SecurityStatus.Done, (await Translate(module, Pin)).Status);
        }
    }

    /// <summary>What a module has changed is not found here, but by the issuer: its PIN is another one.</summary>
    [Fact]
    public async Task WrongBlock_IsABlockOfTheRightFormAndNothingElse()
    {
        HostCommandModule module = await StartAsync(Ample);
        _hsms[0].Mode = HsmMode.WrongBlock;

        PinAnswer answer = await Translate(module, Pin);

        Assert.Equal((SecurityStatus.Done, 8), (answer.Status, answer.Block.Length));
        Assert.NotEqual(Pin, TestModule.Read(PinFormat.Iso0, TestModule.TdesB, answer.Block.Span, TestModule.Card));
    }

    [Fact]
    public async Task Requests_ThatHaveNoPublicLayout_AreRefusedBeforeAnythingIsSent()
    {
        HostCommandModule module = await StartAsync(Ample);
        Assert.True(KeySerialNumber.TryParse(new byte[12], out KeySerialNumber aes));
        Assert.True(KeySerialNumber.TryParse(
            Convert.FromHexString("123456789012345600000001"), out KeySerialNumber valid));
        var dukpt = new DukptTranslation(
            Key(KeyKind.Bdk, TestModule.TdesA), aes, Key(KeyKind.Zpk, TestModule.TdesB), new byte[8], PinFormat.Iso0,
            PinFormat.Iso0, TestModule.Card);
        var mac = new MacRequest(
            KeyKind.Zak, Key(KeyKind.Zak, TestModule.TdesA), MacAlgorithm.Cmac, MacPadding.None, 8, new byte[8]);

        Assert.Equal(SecurityStatus.KsnInvalid, (await module.TranslateDukptAsync(dukpt, default)).Status);
        Assert.Equal(
            SecurityStatus.NotAuthorized,
            (await module.TranslateDukptAsync(dukpt with { SerialNumber = valid }, default)).Status);
        Assert.Equal(
            SecurityStatus.FormatNotAllowed,
            (await module.TranslateDukptAsync(dukpt with { DestinationFormat = PinFormat.Iso4 }, default)).Status);
        Assert.Equal(SecurityStatus.NotAuthorized, (await module.MakeMacAsync(mac, default)).Status);
        Assert.Equal(SecurityStatus.InputRefused, (await module.MakeMacAsync(mac with { Size = 5 }, default)).Status);
        Assert.Equal(
            SecurityStatus.NotVerified,
            await module.VerifyMacAsync(
                mac with { Algorithm = MacAlgorithm.Retail, Padding = MacPadding.Zeros }, new byte[7], default));
        Assert.Equal(0, _hsms[0].Commands);
    }

    [Fact]
    public async Task Request_WithoutAnyModule_IsUnavailableAtOnce()
    {
        await using var module = new HostCommandModule(
            [new HsmSettings("127.0.0.1", 1)], Ample, TimeProvider.System, NullLogger.Instance);

        Assert.Equal(SecurityStatus.Unavailable, (await Translate(module, Pin)).Status);
    }

    private async Task<HostCommandModule> StartAsync(TimeSpan limit, int count = 1, int headerLength = 4)
    {
        for (int i = 0; i < count; i++)
        {
            var hsm = new HsmSimulator(new IPEndPoint(IPAddress.Loopback, 0), headerLength);
            hsm.Start();
            _hsms.Add(hsm);
        }

        return _module = await OtherAsync(limit, headerLength);
    }

    private async Task<HostCommandModule> OtherAsync(TimeSpan limit, int headerLength = 4)
    {
        var module = new HostCommandModule(
            [.. _hsms.Select(hsm => new HsmSettings("127.0.0.1", hsm.EndPoint.Port, headerLength))], limit,
            TimeProvider.System, NullLogger.Instance);
        await Rig.UntilAsync(() => module.Modules.All(static one => one.IsInUse), TimeSpan.FromMinutes(1));
        return module;
    }

    private WrappedKey Key(KeyKind kind, byte[] clear)
    {
        byte[] odd = [.. clear];
        Switch.Host.Security.Ciphers.KeyChecks.MakeOdd(odd);
        Assert.True(_master.TryWrap(kind, odd, out WrappedKey? key));
        return key;
    }

    private async Task<PinAnswer> Translate(HostCommandModule module, string pin) => await module.TranslatePinAsync(
        new PinTranslation(
            KeyKind.Zpk, Key(KeyKind.Zpk, TestModule.TdesA), Key(KeyKind.Zpk, TestModule.TdesB),
            TestModule.Enciphered(PinFormat.Iso0, TestModule.TdesA, pin, TestModule.Card), PinFormat.Iso0,
            PinFormat.Iso0, TestModule.Card), default);
}
