using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Switch.Host.Security.Ciphers;

namespace Switch.Host.Security.Software;

/// <summary>
/// The local master key of <see cref="SoftwareModule"/>: pairs of TDES keys for schemes U and T, one pair for each kind
/// of key, and an AES key for key blocks. In pinned memory, cleared when disposed of.
/// </summary>
internal sealed class SoftwareMasterKey : IDisposable
{
    /// <summary>Bytes of the key that all pairs are derived from.</summary>
    public const int SeedSize = 32;

    private const int PairSize = 16;

    private static readonly KeyKind[] Kinds = Enum.GetValues<KeyKind>();

    private readonly Secret[] _pairs;
    private readonly Secret _block;

    private SoftwareMasterKey(Secret[] pairs, Secret block)
    {
        _pairs = pairs;
        _block = block;
    }

    /// <summary>The key above key blocks, AES-256.</summary>
    public ReadOnlySpan<byte> Block => _block.Bytes;

    /// <summary>All pairs from 32 secret bytes, by HMAC-SHA-256 of a text for each.</summary>
    public static SoftwareMasterKey Derive(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedSize, nameof(seed));
        Span<byte> derived = stackalloc byte[SeedSize];
        var pairs = new Secret[Kinds.Length];
        foreach (KeyKind kind in Kinds)
        {
            HMACSHA256.HashData(seed, Encoding.ASCII.GetBytes($"switch software master key, {kind.Code()}"), derived);
            KeyChecks.MakeOdd(derived);
            pairs[(int)kind] = new Secret(derived[..PairSize]);
        }

        HMACSHA256.HashData(seed, "switch software master key, key blocks"u8, derived);
        var block = new Secret(derived);
        CryptographicOperations.ZeroMemory(derived);
        return new SoftwareMasterKey(pairs, block);
    }

    /// <summary>
    /// The test key that modules of the payShield family are delivered with and that the whole world knows: for vectors
    /// and for the simulated module.
    /// </summary>
    public static SoftwareMasterKey PublicTest()
    {
        static Secret Pair(KeyKind kind) => new(Convert.FromHexString(kind switch
        {
            KeyKind.Zmk => "40404040404040405151515151515151",
            KeyKind.Zpk => "61616161616161617070707070707070",
            KeyKind.Tpk => "E0E0010101010101F1F1010101010101",
            KeyKind.Tak => "1C587F1C13924FEF0101010101010101",
            KeyKind.Zak => "16161616161616161919191919191919",
            _ => "1A1A1A1A1A1A1A1A1C1C1C1C1C1C1C1C",
        }));
        return new SoftwareMasterKey([.. Kinds.Select(Pair)], new Secret(SHA256.HashData("public test key"u8)));
    }

    /// <summary>Schemes U and T to a clear key of odd parity. False for anything else.</summary>
    public bool TryUnwrap(KeyKind kind, WrappedKey wrapped, [NotNullWhen(true)] out Secret? key) =>
        VariantKeys.TryUnwrap(_pairs[(int)kind].Bytes, wrapped, out key);

    /// <summary>A clear key of 16 or 24 bytes to scheme U or T.</summary>
    public bool TryWrap(KeyKind kind, ReadOnlySpan<byte> key, [NotNullWhen(true)] out WrappedKey? wrapped) =>
        VariantKeys.TryWrap(_pairs[(int)kind].Bytes, key, isVariant: true, out wrapped);

    public void Dispose()
    {
        foreach (Secret pair in _pairs)
        {
            pair.Dispose();
        }

        _block.Dispose();
    }
}
