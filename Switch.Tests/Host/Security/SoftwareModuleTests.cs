using System.Text;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Software;

namespace Switch.Tests.Host.Security;

public sealed class SoftwareModuleTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly byte[] Message = Encoding.ASCII.GetBytes("0200 and all that follows, but the MAC");

    private readonly TestModule _test = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _test.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    public static TheoryData<int, int, int> Macs() => new()
    {
        { (int)MacAlgorithm.Retail, (int)MacPadding.Zeros, 4 },
        { (int)MacAlgorithm.Retail, (int)MacPadding.OneAndZeros, 8 },
        { (int)MacAlgorithm.Retail, (int)MacPadding.LengthFirst, 8 },
        { (int)MacAlgorithm.Alg1, (int)MacPadding.Zeros, 8 },
        { (int)MacAlgorithm.Alg1, (int)MacPadding.OneAndZeros, 4 },
        { (int)MacAlgorithm.Cmac, (int)MacPadding.None, 8 },
    };

    [Theory]
    [MemberData(nameof(Macs))]
    public async Task Verify_OneFlippedBitOfMessageOrMac_IsNotVerified(int algorithm, int padding, int size)
    {
        MacRequest request = Request((MacAlgorithm)algorithm, (MacPadding)padding, size, Message);
        MacAnswer made = await _test.Module.MakeMacAsync(request, CancellationToken.None);
        Assert.Equal((SecurityStatus.Done, size), (made.Status, made.Mac.Length));
        Assert.Equal(SecurityStatus.Done, await Verify(request, made.Mac.ToArray()));

        for (int bit = 0; bit < Message.Length * 8; bit++)
        {
            byte[] flipped = [.. Message];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(SecurityStatus.NotVerified, await Verify(request with { Data = flipped }, made.Mac.ToArray()));
        }

        for (int bit = 0; bit < size * 8; bit++)
        {
            byte[] flipped = made.Mac.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(SecurityStatus.NotVerified, await Verify(request, flipped));
        }
    }

    [Theory]
    [MemberData(nameof(Macs))]
    public async Task Mac_OfEachLength_IsMadeAndVerified(int algorithm, int padding, int size)
    {
        var seen = new HashSet<string>();
        for (int length = 0; length <= 40; length++)
        {
            byte[] data = Enumerable.Range(1, length).Select(static value => (byte)value).ToArray();
            MacRequest request = Request((MacAlgorithm)algorithm, (MacPadding)padding, size, data);

            MacAnswer made = await _test.Module.MakeMacAsync(request, CancellationToken.None);

            Assert.Equal(SecurityStatus.Done, made.Status);
            Assert.True(seen.Add(Convert.ToHexString(made.Mac.Span)), $"{length} bytes have the MAC of fewer.");
            Assert.Equal(SecurityStatus.Done, await Verify(request, made.Mac.ToArray()));
        }
    }

    [Fact]
    public async Task Verify_MacOfAnotherLength_IsNotVerified()
    {
        MacRequest request = Request(MacAlgorithm.Retail, MacPadding.Zeros, 8, Message);
        MacAnswer made = await _test.Module.MakeMacAsync(request, CancellationToken.None);
        for (int size = 0; size <= 16; size++)
        {
            byte[] other = new byte[size];
            made.Mac.Span[..Math.Min(size, 8)].CopyTo(other);

            Assert.Equal(size == 8 ? SecurityStatus.Done : SecurityStatus.NotVerified, await Verify(request, other));
        }
    }

    [Fact]
    public async Task Mac_RequestsThatCannotBe_AreDefinedResults()
    {
        MacRequest good = Request(MacAlgorithm.Retail, MacPadding.Zeros, 8, Message);

        Assert.Equal(SecurityStatus.InputRefused, await Status(good with { Size = 0 }));
        Assert.Equal(SecurityStatus.InputRefused, await Status(good with { Size = 16 }));
        Assert.Equal(SecurityStatus.InputRefused, await Status(good with { Kind = KeyKind.Zpk }));
        Assert.Equal(
            SecurityStatus.InputRefused, await Status(good with { Data = new byte[MacRequest.DataSizeMax + 1] }));
        Assert.Equal(SecurityStatus.SourceKeyRejected, await Status(good with { Algorithm = MacAlgorithm.Cmac }));
        Assert.Equal(SecurityStatus.SourceKeyRejected, await Status(good with { Algorithm = 0 }));
        Assert.Equal(SecurityStatus.SourceKeyRejected, await Status(good with { Padding = MacPadding.None }));
        Assert.Equal(SecurityStatus.SourceKeyRejected, await Status(good with { Kind = KeyKind.Tak }));

        async Task<SecurityStatus> Status(MacRequest request) =>
            (await _test.Module.MakeMacAsync(request, CancellationToken.None)).Status;
    }

    [Theory]
    [InlineData((int)KeyScheme.Variant, 'U')]
    [InlineData((int)KeyScheme.Ansi, 'X')]
    [InlineData((int)KeyScheme.Block, 'R')]
    public async Task Keys_GeneratedExportedAndImported_AreTheSameKey(int number, char letter)
    {
        var scheme = (KeyScheme)number;
        WrappedKey zmk = _test.Tdes(KeyKind.Zmk, TestModule.TdesA);
        foreach (KeyKind kind in Enum.GetValues<KeyKind>())
        {
            KeyAnswer made = await _test.Module.GenerateKeyAsync(kind, zmk, scheme, CancellationToken.None);
            KeyAnswer back = await _test.Module.ImportKeyAsync(kind, zmk, made.Exported!, CancellationToken.None);
            KeyAnswer again = await _test.Module.ExportKeyAsync(
                kind, zmk, made.Key!, scheme, CancellationToken.None);
            KeyAnswer value = await _test.Module.CheckValueAsync(kind, back.Key!, CancellationToken.None);

            Assert.All(
                new[] { made, back, again, value }, answer => Assert.Equal(SecurityStatus.Done, answer.Status));
            Assert.Equal((letter, letter), (made.Exported!.Scheme, again.Exported!.Scheme));
            Assert.Equal((made.Key, made.CheckValue), (back.Key, value.CheckValue));
            Assert.Equal(6, made.CheckValue.Length);
            Assert.False(back.IsParityCorrected);
        }
    }

    [Fact]
    public async Task Generate_WithoutAZoneMasterKey_HasNothingToSend()
    {
        KeyAnswer made = await _test.Module.GenerateKeyAsync(
            KeyKind.Zpk, null, KeyScheme.Variant, CancellationToken.None);

        Assert.Equal(SecurityStatus.Done, made.Status);
        Assert.Null(made.Exported);
    }

    [Fact]
    public async Task Import_KeyOfEvenParity_IsCorrectedAndSaysSo()
    {
        byte[] even = [.. TestModule.TdesB];
        KeyChecks.MakeOdd(even);
        even[3] ^= 1;
        Assert.True(VariantKeys.TryWrap(TestModule.TdesA, even, isVariant: false, out WrappedKey? wrapped));

        KeyAnswer answer = await _test.Module.ImportKeyAsync(
            KeyKind.Zpk, _test.Tdes(KeyKind.Zmk, TestModule.TdesA), wrapped, CancellationToken.None);

        Assert.Equal((SecurityStatus.Done, true), (answer.Status, answer.IsParityCorrected));
        Assert.Equal(_test.Tdes(KeyKind.Zpk, TestModule.TdesB), answer.Key);
    }

    [Fact]
    public async Task Import_AesKeyBlock_KeepsItsAlgorithm()
    {
        byte[] zmk = Enumerable.Range(0, 32).Select(static value => (byte)value).ToArray();
        Assert.True(KeyBlock.TryWrap(
            zmk, new KeyBlockHeader('D', "M6", 'A', 'C', "01", 'E'), TestModule.AesA, out string? block));

        KeyAnswer answer = await _test.Module.ImportKeyAsync(
            KeyKind.Zak, _test.Block("K1", 'A', zmk), TestModule.Parsed('R' + block), CancellationToken.None);

        Assert.Equal((SecurityStatus.Done, "7AD386C376"), (answer.Status, answer.CheckValue));
        Assert.Equal('R', answer.Key!.Scheme);
    }

    [Fact]
    public async Task Export_AesKeyUnderTdes_IsRefused()
    {
        KeyAnswer answer = await _test.Module.ExportKeyAsync(
            KeyKind.Zpk, _test.Tdes(KeyKind.Zmk, TestModule.TdesA), _test.Block("P0", 'A', TestModule.AesA),
            KeyScheme.Block, CancellationToken.None);

        Assert.Equal(SecurityStatus.SourceKeyRejected, answer.Status);
    }

    [Fact]
    public async Task Keys_UnderAnotherMaster_AreRefused()
    {
        await using var other = new SoftwareModule(SoftwareMasterKey.Derive(Enumerable.Repeat((byte)7, 32).ToArray()));
        WrappedKey zmk = _test.Tdes(KeyKind.Zmk, TestModule.TdesA);
        WrappedKey zpk = _test.Tdes(KeyKind.Zpk, TestModule.TdesB);

        Assert.Equal(
            SecurityStatus.SourceKeyRejected,
            (await other.CheckValueAsync(KeyKind.Zpk, zpk, CancellationToken.None)).Status);
        Assert.Equal(
            SecurityStatus.SourceKeyRejected,
            (await other.ImportKeyAsync(KeyKind.Zpk, zmk, zpk, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Module_AfterItsEnd_IsUnavailable()
    {
        WrappedKey key = _test.Tdes(KeyKind.Zpk, TestModule.TdesA);
        Assert.Equal(SecurityStatus.Done, await _test.Module.ProbeAsync(CancellationToken.None));
        await _test.Module.DisposeAsync();

        Assert.Equal(SecurityStatus.Unavailable, await _test.Module.ProbeAsync(CancellationToken.None));
        Assert.Equal(
            SecurityStatus.Unavailable,
            (await _test.Module.CheckValueAsync(KeyKind.Zpk, key, CancellationToken.None)).Status);
        Assert.Equal(
            SecurityStatus.Unavailable,
            await Verify(new MacRequest(KeyKind.Zak, key, MacAlgorithm.Retail, MacPadding.Zeros, 8, Message), []));
    }

    [Fact]
    public async Task Module_Cancelled_SaysSo() => await Assert.ThrowsAnyAsync<OperationCanceledException>(
        async () => await _test.Module.CheckValueAsync(
            KeyKind.Zpk, _test.Tdes(KeyKind.Zpk, TestModule.TdesA), new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("")]
    [InlineData("U")]
    [InlineData("U0123456789ABCDEFFEDCBA987654321")]
    [InlineData("U0123456789ABCDEFFEDCBA98765432100")]
    [InlineData("U0123456789abcdefFEDCBA9876543210")]
    [InlineData("U0123456789ABCDEFFEDCBA987654321G")]
    [InlineData("0123456789ABCDEF")]
    [InlineData("T0123456789ABCDEFFEDCBA9876543210")]
    [InlineData("RD0112")]
    [InlineData("SD0112P0AE00E0000 B82679114F470F54")]
    [InlineData("Q0123456789ABCDEFFEDCBA9876543210")]
    public void WrappedKey_OfAnotherForm_IsRefused(string text) => Assert.False(WrappedKey.TryParse(text, out _));

    [Fact]
    public void WrappedKey_AsText_SaysItsSchemeOnly() =>
        Assert.Equal("key of scheme U", $"{_test.Tdes(KeyKind.Zpk, TestModule.TdesA)}");

    [Fact]
    public void Secret_DisposedOf_IsCleared()
    {
        var secret = new Secret(TestModule.TdesA);
        Span<byte> bytes = secret.Bytes;
        Assert.Equal(TestModule.TdesA, bytes.ToArray());

        secret.Dispose();

        Assert.Equal(new byte[16], bytes.ToArray());
        Assert.DoesNotContain("01", secret.ToString(), StringComparison.Ordinal);
    }

    private MacRequest Request(MacAlgorithm algorithm, MacPadding padding, int size, byte[] data) => new(
        KeyKind.Zak,
        algorithm == MacAlgorithm.Cmac
            ? _test.Block("M6", 'A', TestModule.AesA) : _test.Tdes(KeyKind.Zak, TestModule.TdesA),
        algorithm, padding, size, data);

    private async Task<SecurityStatus> Verify(MacRequest request, byte[] mac) =>
        await _test.Module.VerifyMacAsync(request, mac, CancellationToken.None);
}
