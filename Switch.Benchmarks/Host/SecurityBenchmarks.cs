using BenchmarkDotNet.Attributes;
using Switch.Benchmarks.Protocol;
using Switch.Host.Security;
using Switch.Host.Security.Ciphers;
using Switch.Host.Security.Keys;
using Switch.Host.Security.Macs;
using Switch.Host.Security.Software;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Effects;

namespace Switch.Benchmarks.Host;

/// <summary>
/// What a payment's MAC and PIN cost with the security module in software, which opens its keys each time. A module in
/// hardware takes the cipher's part on itself; the time on the way to it and back is measured by <c>load --pins</c>.
/// </summary>
[MemoryDiagnoser]
public class SecurityBenchmarks : IDisposable
{
    private const string Zak = "zak";

    private static readonly byte[] _tdes = Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210");
    private static readonly byte[] _otherTdes = Convert.FromHexString("1C587F1C13924FEF2A7A4F8CE53B6D9D");
    private static readonly byte[] _aes = Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C");

    private readonly SoftwareMasterKey _master = SoftwareMasterKey.Derive(new byte[SoftwareMasterKey.SeedSize]);
    private readonly SoftwareModule _module;
    private PartnerMac _mac = null!;
    private KeyStore _keys = KeyStore.Empty;
    private Message _sealed = null!;
    private byte[] _plain = [];
    private byte[] _room = [];
    private PinTranslation _pin;

    public SecurityBenchmarks() => _module = new SoftwareModule(_master);

    [Params(nameof(MacAlgorithm.Retail), nameof(MacAlgorithm.Cmac))]
    public string Algorithm { get; set; } = nameof(MacAlgorithm.Retail);

    [GlobalSetup]
    public void Setup()
    {
        MacAlgorithm algorithm = Enum.Parse<MacAlgorithm>(Algorithm);
        WrappedKey zak = algorithm == MacAlgorithm.Cmac ? AesKey() : Tdes(KeyKind.Zak, _tdes);
        Must(_keys.TryAdd(Zak, KeyKind.Zak, zak, "08D7B4", DateTimeOffset.UnixEpoch, out _keys)
            == KeyStoreOutcome.Done);
        Dialect dialect = Dialect.Get("iso87-ascii");
        var policy = new MacPolicy(new MacTerms(algorithm, 64, []), IsRequired: true, IsOfNetwork: true);
        _mac = new PartnerMac(
            policy, dialect, Zak, () => _keys, static key => key.Former, _module, new MacCounters());
        _plain = Purchase.Encode(dialect);
        _room = new byte[2 * PartnerMac.SizeOf(_plain.Length)];
        int size = Seal();
        _sealed = new Message(_room.Length);
        Must(size > 0 && _sealed.TryLoad(dialect, _room.AsSpan(_room.Length / 2, size), out _));
        Must(Verify() == MacState.Verified);

        Must(Pan.TryParse("4012345678909"u8, out Pan pan));
        byte[] block = new byte[8];
        PinBlock.Write(PinFormat.Iso0, [1, 2, 3, 4], pan, new byte[8], block);
        Must(BlockCipher.TryTdes(_tdes, out BlockCipher? cipher));
        using (cipher)
        {
            cipher!.Encrypt(block, block);
        }

        _pin = new PinTranslation(
            KeyKind.Zpk, Tdes(KeyKind.Zpk, _tdes), Tdes(KeyKind.Zpk, _otherTdes), block,
            PinFormat.Iso0, PinFormat.Iso0, pan);
        Must(Translate() == _pin.Block.Length);
    }

    public void Dispose()
    {
        _master.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The field is read out of a message, and its MAC made again and compared.</summary>
    [Benchmark]
    public MacState Verify() => Now(_mac.VerifyAsync(_sealed));

    /// <summary>The field is added to a message.</summary>
    [Benchmark]
    public int Seal()
    {
        _plain.CopyTo(_room, 0);
        return Now(_mac.SealAsync(_room, _plain.Length, _keys));
    }

    /// <summary>From one zone's key to another's, format 0 on both sides.</summary>
    [Benchmark]
    public int Translate() => Now(_module.TranslatePinAsync(_pin, CancellationToken.None)).Block.Length;

    private WrappedKey Tdes(KeyKind kind, byte[] key)
    {
        byte[] odd = [.. key];
        KeyChecks.MakeOdd(odd);
        Must(_master.TryWrap(kind, odd, out WrappedKey? wrapped));
        return wrapped!;
    }

    private WrappedKey AesKey()
    {
        var header = new KeyBlockHeader('D', "M6", 'A', 'N', "00", 'E');
        Must(KeyBlock.TryWrap(_master.Block, header, _aes, out string? block));
        Must(WrappedKey.TryParse('R' + block, out WrappedKey? key));
        return key!;
    }

    // The module in software answers at once.
    private static T Now<T>(ValueTask<T> answer) =>
        answer.IsCompletedSuccessfully ? answer.Result : throw new InvalidOperationException("It did not.");

    private static void Must(bool isSo)
    {
        if (!isSo)
        {
            throw new InvalidOperationException("The benchmark's own keys do not work.");
        }
    }
}
