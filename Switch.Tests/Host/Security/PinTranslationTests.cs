using Switch.Host.Security;
using Switch.Protocol.Fields;

namespace Switch.Tests.Host.Security;

public sealed class PinTranslationTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly TestModule _test = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _test.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    public static TheoryData<int, int, bool> Pairs()
    {
        var pairs = new TheoryData<int, int, bool>();
        for (int from = 0; from <= 5; from++)
        {
            for (int to = 0; to <= 5; to++)
            {
                pairs.Add(from, to, from is 0 or 1 or 3 or 4 && to is 0 or 3 or 4);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Translate_EachPairOfFormats_IsReadByTheIssuerOrRefused(int from, int to, bool isAllowed)
    {
        var source = (PinFormat)from;
        var destination = (PinFormat)to;
        for (int length = 4; length <= 12; length++)
        {
            string pin = "120045678901"[..length];
            byte[] block = source.IsKnown()
                ? TestModule.Enciphered(source, ClearKey(source, isSource: true), pin, TestModule.Card) : new byte[8];

            PinAnswer answer = await Translate(block, source, destination, TestModule.Card);

            Assert.Equal(isAllowed ? SecurityStatus.Done : SecurityStatus.FormatNotAllowed, answer.Status);
            Assert.Equal(isAllowed ? destination.BlockSize() : 0, answer.Block.Length);
            if (isAllowed)
            {
                byte[] key = ClearKey(destination, isSource: false);
                Assert.Equal(pin, TestModule.Read(destination, key, answer.Block.Span, TestModule.Card));
            }
        }
    }

    [Theory]
    [InlineData("40123456")]
    [InlineData("401234567890")]
    [InlineData("4012345678901")]
    [InlineData("4012345678901234")]
    [InlineData("4012345678901234567")]
    public async Task Translate_CardsOfEachLength_AreOfBothBlocks(string digits)
    {
        Pan pan = TestModule.PanOf(digits);
        foreach (PinFormat format in new[] { PinFormat.Iso0, PinFormat.Iso3, PinFormat.Iso4 })
        {
            byte[] block = TestModule.Enciphered(format, ClearKey(format, isSource: true), TestModule.Pin, pan);

            PinAnswer answer = await Translate(block, format, format, pan);

            byte[] key = ClearKey(format, isSource: false);
            Assert.Equal(TestModule.Pin, TestModule.Read(format, key, answer.Block.Span, pan));
            Assert.NotEqual(block, answer.Block.ToArray());
        }
    }

    [Fact]
    public async Task Translate_ToFormatWithChance_GivesAnotherBlockEachTime()
    {
        foreach (PinFormat format in new[] { PinFormat.Iso3, PinFormat.Iso4 })
        {
            byte[] block = TestModule.Enciphered(format, ClearKey(format, isSource: true), "1234", TestModule.Card);

            PinAnswer first = await Translate(block, format, format, TestModule.Card);
            PinAnswer second = await Translate(block, format, format, TestModule.Card);

            Assert.NotEqual(first.Block.ToArray(), second.Block.ToArray());
        }
    }

    [Fact]
    public async Task Translate_AnotherCard_IsAnInvalidBlock()
    {
        foreach (PinFormat format in new[] { PinFormat.Iso0, PinFormat.Iso3, PinFormat.Iso4 })
        {
            byte[] block = TestModule.Enciphered(format, ClearKey(format, isSource: true), "1234", TestModule.Card);

            PinAnswer answer = await Translate(block, format, format, TestModule.PanOf("4912345678909"));

            Assert.True(answer.Status.IsOfPinBlock(), $"{format}: {answer.Status}");
            Assert.Equal(PinConsequence.Decline, answer.Status.OfPin());
        }
    }

    [Fact]
    public async Task Translate_BlocksOfAnyBytes_NeverGiveAPinThatWasNotThere()
    {
        var chance = new Random(20261129);
        int read = 0;
        for (int round = 0; round < 5_000; round++)
        {
            byte[] block = new byte[8];
            chance.NextBytes(block);

            PinAnswer answer = await Translate(block, PinFormat.Iso0, PinFormat.Iso0, TestModule.Card);

            Assert.True(answer.Status == SecurityStatus.Done || answer.Status.IsOfPinBlock());
            read += answer.Status == SecurityStatus.Done ? 1 : 0;
        }

        Assert.True(read < 5, $"{read} blocks of chance were taken for PINs.");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 7)]
    [InlineData(0, 9)]
    [InlineData(0, 16)]
    [InlineData(4, 8)]
    [InlineData(4, 17)]
    public async Task Translate_BlockOfAnotherLength_IsAnInvalidBlock(int number, int size)
    {
        var format = (PinFormat)number;

        PinAnswer answer = await Translate(new byte[size], format, format, TestModule.Card);

        Assert.Equal(SecurityStatus.PinBlockInvalid, answer.Status);
    }

    [Fact]
    public async Task Translate_NoCard_IsAnInvalidAccount() => Assert.Equal(
        SecurityStatus.AccountInvalid,
        (await Translate(new byte[8], PinFormat.Iso0, PinFormat.Iso0, default)).Status);

    [Fact]
    public async Task Translate_KeysOfAnotherUseOrMaster_SayWhichOfThemItIs()
    {
        byte[] block = TestModule.Enciphered(PinFormat.Iso0, TestModule.TdesA, "1234", TestModule.Card);
        WrappedKey good = _test.Tdes(KeyKind.Zpk, TestModule.TdesA);
        WrappedKey[] bad =
        [
            _test.Tdes(KeyKind.Zak, TestModule.TdesA),
            TestModule.Parsed("U" + new string('0', 32)),
            TestModule.Parsed("X" + good.Body.ToString()),
            TestModule.Parsed("S10096P0TN00S0000" + new string('0', 79)),
            _test.Block("M3", 'T', TestModule.TdesA),
            _test.Block("P0", 'A', TestModule.AesA),
            _test.Block("P0", 'D', [.. TestModule.TdesA.Take(8)]),
            _test.Block("P0", 'T', [.. TestModule.TdesA.Take(8), .. TestModule.TdesA.Take(8)]),
            TestModule.Parsed("RD0112P0AE00E0000" + new string('A', 96)),
        ];
        foreach (WrappedKey key in bad)
        {
            Assert.Equal(SecurityStatus.SourceKeyRejected, (await Of(key, good)).Status);
            Assert.Equal(SecurityStatus.DestinationKeyRejected, (await Of(good, key)).Status);
        }

        Assert.Equal(SecurityStatus.Done, (await Of(_test.Block("P0", 'T', TestModule.TdesA), good)).Status);

        ValueTask<PinAnswer> Of(WrappedKey source, WrappedKey destination) => _test.Module.TranslatePinAsync(
            new PinTranslation(
                KeyKind.Zpk, source, destination, block, PinFormat.Iso0, PinFormat.Iso0, TestModule.Card),
            CancellationToken.None);
    }

    [Fact]
    public async Task Translate_TerminalKey_IsTakenAsSuchOnly()
    {
        byte[] block = TestModule.Enciphered(PinFormat.Iso0, TestModule.TdesA, "1234", TestModule.Card);
        WrappedKey terminal = _test.Tdes(KeyKind.Tpk, TestModule.TdesA);
        var request = new PinTranslation(
            KeyKind.Tpk, terminal, _test.Tdes(KeyKind.Zpk, TestModule.TdesB), block, PinFormat.Iso0, PinFormat.Iso0,
            TestModule.Card);

        PinAnswer asTerminal = await _test.Module.TranslatePinAsync(request, CancellationToken.None);
        PinAnswer asZone = await _test.Module.TranslatePinAsync(
            request with { SourceKind = KeyKind.Zpk }, CancellationToken.None);
        PinAnswer asMac = await _test.Module.TranslatePinAsync(
            request with { SourceKind = KeyKind.Zak }, CancellationToken.None);

        Assert.Equal("1234", TestModule.Read(PinFormat.Iso0, TestModule.TdesB, asTerminal.Block.Span, TestModule.Card));
        Assert.Equal(SecurityStatus.SourceKeyRejected, asZone.Status);
        Assert.Equal(SecurityStatus.InputRefused, asMac.Status);
    }

    [Theory]
    [InlineData("FFFF9876543210E00001", "1B9C1845EB993A7A", nameof(SecurityStatus.Done))]
    [InlineData("FFFF9876543210F00000", "73EC88AD0AC5830E", nameof(SecurityStatus.Done))]
    [InlineData("FFFF9876543210E00002", "1B9C1845EB993A7A", nameof(SecurityStatus.PinBlockInvalid))]
    [InlineData("FFFF9876543210E00000", "1B9C1845EB993A7A", nameof(SecurityStatus.KsnInvalid))]
    [InlineData("FFFF9876543210FFFFFF", "1B9C1845EB993A7A", nameof(SecurityStatus.KsnInvalid))]
    [InlineData("123456789012345600000001", "1B9C1845EB993A7A", nameof(SecurityStatus.SourceKeyRejected))]
    [InlineData("", "1B9C1845EB993A7A", nameof(SecurityStatus.KsnInvalid))]
    public async Task TranslateDukpt_TdesTerminal_IsReadByTheIssuerOrSaysWhy(
        string ksn, string block, string name)
    {
        var expected = Enum.Parse<SecurityStatus>(name);
        _ = KeySerialNumber.TryParseText(System.Text.Encoding.ASCII.GetBytes(ksn), out KeySerialNumber number);

        PinAnswer answer = await _test.Module.TranslateDukptAsync(
            new DukptTranslation(
                _test.Tdes(KeyKind.Bdk, TestModule.TdesA), number, _test.Tdes(KeyKind.Zpk, TestModule.TdesB),
                Convert.FromHexString(block), PinFormat.Iso0, PinFormat.Iso3, TestModule.Card),
            CancellationToken.None);

        Assert.True(
            answer.Status == expected || (expected.IsOfPinBlock() && answer.Status.IsOfPinBlock()), $"{answer.Status}");
        if (expected == SecurityStatus.Done)
        {
            Assert.Equal(
                "1234", TestModule.Read(PinFormat.Iso3, TestModule.TdesB, answer.Block.Span, TestModule.Card));
        }
    }

    [Fact]
    public async Task TranslateDukpt_AesTerminal_IsReadByTheIssuer()
    {
        Pan pan = TestModule.PanOf("4111111111111111");
        Assert.True(KeySerialNumber.TryParse(
            Convert.FromHexString("123456789012345600000001"), out KeySerialNumber number));

        PinAnswer answer = await _test.Module.TranslateDukptAsync(
            new DukptTranslation(
                _test.Block("B0", 'A', Convert.FromHexString("FEDCBA9876543210F1F1F1F1F1F1F1F1")), number,
                _test.Tdes(KeyKind.Zpk, TestModule.TdesB), Convert.FromHexString("A912150391AB65A67E52883D81CE2D15"),
                PinFormat.Iso4, PinFormat.Iso0, pan),
            CancellationToken.None);

        Assert.Equal("1234", TestModule.Read(PinFormat.Iso0, TestModule.TdesB, answer.Block.Span, pan));
    }

    [Fact]
    public void Consequences_OfEachStatus_AreWhatTheSwitchDoes()
    {
        foreach (SecurityStatus status in Enum.GetValues<SecurityStatus>())
        {
            Assert.Equal(
                status switch
                {
                    SecurityStatus.Done => PinConsequence.Proceed,
                    SecurityStatus.PinBlockInvalid or SecurityStatus.PinLengthInvalid or SecurityStatus.AccountInvalid
                        or SecurityStatus.KsnInvalid or SecurityStatus.SourceKeyRejected => PinConsequence.Decline,
                    SecurityStatus.DestinationKeyRejected => PinConsequence.NextLeg,
                    _ => PinConsequence.SystemError,
                },
                status.OfPin());
        }
    }

    private static byte[] ClearKey(PinFormat format, bool isSource) =>
        format == PinFormat.Iso4 ? TestModule.AesA : isSource ? TestModule.TdesA : TestModule.TdesB;

    private ValueTask<PinAnswer> Translate(byte[] block, PinFormat from, PinFormat to, Pan pan)
    {
        WrappedKey KeyFor(PinFormat format, bool isSource) => format == PinFormat.Iso4
            ? _test.Block("P0", 'A', ClearKey(format, isSource)) : _test.Tdes(KeyKind.Zpk, ClearKey(format, isSource));

        return _test.Module.TranslatePinAsync(
            new PinTranslation(
                KeyKind.Zpk, KeyFor(from, isSource: true), KeyFor(to, isSource: false), block, from, to, pan),
            CancellationToken.None);
    }
}
