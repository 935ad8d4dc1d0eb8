using Switch.Host.Configuration;
using Switch.Host.Security;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Macs;
using Switch.Host.Simulators;
using Switch.Protocol.Dialects;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Security;

/// <summary>
/// Sealing and verifying a message allocate nothing by themselves. What a module allocates is its own: the one in
/// software opens the key for each message, and is for tests and demonstrations.
/// </summary>
public sealed class MacAllocationTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Name = "zak";

    /// <summary>Of a MAC by the software module: two opened keys, two ciphers, and their contexts.</summary>
    private const long SoftwareBytesMax = 3_000;

    private static readonly Dialect _dialect = DialectFiles.Find("iso87-ascii");

    private readonly TestModule _module = new();
    private readonly byte[] _sealed = Sealed();
    private readonly byte[] _plain = Encoded();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _module.DisposeAsync().AsTask();

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void VerifyAndSeal_ByAModuleThatAllocatesNothing_AllocateNothing(bool isList, bool hasFormer)
    {
        PartnerMac mac = Of(new FixedModule(isFormer: hasFormer), isList, hasFormer);

        Assert.Equal((0, 0), (VerifyBytes(mac), SealBytes(mac)));
    }

    [Fact]
    public void VerifyAndSeal_BySoftware_AllocateWhatTheModuleDoes()
    {
        PartnerMac mac = Of(_module.Module, isList: false, hasFormer: false);

        long verified = VerifyBytes(mac, rounds: 100) / 100;
        long made = SealBytes(mac, rounds: 100) / 100;

        Assert.InRange(verified, 0, SoftwareBytesMax);
        Assert.InRange(made, 0, SoftwareBytesMax);
    }

    private long VerifyBytes(PartnerMac mac, int rounds = 1_000)
    {
        var message = new Message(_sealed.Length);
        Assert.True(message.TryLoad(_dialect, _sealed, out _));
        return AllocationMeter.Of(
            () =>
            {
                ValueTask<MacState> state = mac.VerifyAsync(message);
                Assert.True(state is { IsCompletedSuccessfully: true, Result: MacState.Verified });
            },
            warmUp: 1_000, rounds);
    }

    private long SealBytes(PartnerMac mac, int rounds = 1_000)
    {
        byte[] bytes = new byte[2 * PartnerMac.SizeOf(_plain.Length)];
        KeyStore under = mac.Keys;
        return AllocationMeter.Of(
            () =>
            {
                _plain.CopyTo(bytes, 0);
                ValueTask<int> size = mac.SealAsync(bytes, _plain.Length, under);
                Assert.True(size is { IsCompletedSuccessfully: true, Result: > 0 });
            },
            warmUp: 1_000, rounds);
    }

    private PartnerMac Of(ISecurityModule module, bool isList, bool hasFormer)
    {
        KeyStore keys = KeyStore.Empty;
        foreach (byte[] key in hasFormer ? new[] { TestModule.TdesB, TestModule.TdesA } : [TestModule.TdesA])
        {
            Assert.Equal(
                KeyStoreOutcome.Done,
                keys.TryAdd(
                    Name, KeyKind.Zak, _module.Tdes(KeyKind.Zak, key), Convert.ToHexString(key)[..6],
                    DateTimeOffset.UnixEpoch, out keys));
        }

        var policy = new MacPolicy(Terms(isList), IsRequired: true, IsOfNetwork: true);
        return new PartnerMac(policy, _dialect, Name, () => keys, static key => key.Former, module, new MacCounters());
    }

    private static MacTerms Terms(bool isList) => new(MacAlgorithm.Retail, 64, isList ? [0, 2, 4, 7, 11] : []);

    private static byte[] Encoded() => new PlainCodec(_dialect, 8_192).Encode(Purchases.Authorization()).ToArray();

    private static byte[] Sealed() =>
        new SimulatorMac(_dialect, Terms(isList: false), MacParties.Odd(Convert.ToHexString(TestModule.TdesA)))
            .Seal(Encoded());

    /// <summary>Says yes at once, with a MAC that it has; of two keys to the second one.</summary>
    private sealed class FixedModule(bool isFormer) : ISecurityModule
    {
        private readonly byte[] _mac = new byte[8];
        private bool _isAskedAgain;

        public ValueTask<SecurityStatus> VerifyMacAsync(
            MacRequest request, ReadOnlyMemory<byte> mac, CancellationToken stop)
        {
            bool isDone = !isFormer || _isAskedAgain;
            _isAskedAgain = !isDone;
            return new(isDone ? SecurityStatus.Done : SecurityStatus.NotVerified);
        }

        public ValueTask<MacAnswer> MakeMacAsync(MacRequest request, CancellationToken stop) =>
            new(new MacAnswer(SecurityStatus.Done, _mac));

        public ValueTask<PinAnswer> TranslatePinAsync(PinTranslation request, CancellationToken stop) =>
            throw new NotSupportedException();

        public ValueTask<PinAnswer> TranslateDukptAsync(DukptTranslation request, CancellationToken stop) =>
            throw new NotSupportedException();

        public ValueTask<KeyAnswer> CheckValueAsync(KeyKind kind, WrappedKey key, CancellationToken stop) =>
            throw new NotSupportedException();

        public ValueTask<KeyAnswer> GenerateKeyAsync(
            KeyKind kind, WrappedKey? zmk, KeyScheme scheme, CancellationToken stop) =>
            throw new NotSupportedException();

        public ValueTask<KeyAnswer> ImportKeyAsync(
            KeyKind kind, WrappedKey zmk, WrappedKey key, CancellationToken stop) => throw new NotSupportedException();

        public ValueTask<KeyAnswer> ExportKeyAsync(
            KeyKind kind, WrappedKey zmk, WrappedKey key, KeyScheme scheme, CancellationToken stop) =>
            throw new NotSupportedException();

        public ValueTask<SecurityStatus> ProbeAsync(CancellationToken stop) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
