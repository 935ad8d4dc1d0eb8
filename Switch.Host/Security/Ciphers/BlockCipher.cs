using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Switch.Host.Security.Ciphers;

/// <summary>
/// A block cipher under one key: DES, TDES or AES of the platform's library. Not thread safe. The platform keeps a copy
/// of the key, which it clears when this is disposed of.
/// </summary>
/// <remarks>
/// Weak keys are refused, of TDES also those whose parts are equal: it would be DES. DES alone is a part of the retail
/// MAC and nothing else.
/// </remarks>
internal sealed class BlockCipher : IDisposable
{
    public const int BlockSizeMax = 16;

    private const int DesKeySize = 8;

    private readonly SymmetricAlgorithm _algorithm;

    private BlockCipher(SymmetricAlgorithm algorithm)
    {
        _algorithm = algorithm;
        BlockSize = algorithm.BlockSize / 8;
    }

    /// <summary>Bytes.</summary>
    public int BlockSize { get; }

    /// <summary>8 bytes.</summary>
    public static bool TryDes(ReadOnlySpan<byte> key, [NotNullWhen(true)] out BlockCipher? cipher) =>
        TryOf(DES.Create, key, key.Length == DesKeySize, out cipher);

    /// <summary>16 bytes, whose first half is then also the last part, or 24.</summary>
    public static bool TryTdes(ReadOnlySpan<byte> key, [NotNullWhen(true)] out BlockCipher? cipher)
    {
        Span<byte> whole = stackalloc byte[DesKeySize * 3];
        bool isKey = key.Length is DesKeySize * 2 or DesKeySize * 3;
        if (isKey)
        {
            key[..DesKeySize].CopyTo(whole[(DesKeySize * 2)..]);
            key.CopyTo(whole);
        }

        bool isMade = TryOf(TripleDES.Create, whole, isKey, out cipher);
        CryptographicOperations.ZeroMemory(whole);
        return isMade;
    }

    /// <summary>16, 24 or 32 bytes.</summary>
    public static bool TryAes(ReadOnlySpan<byte> key, [NotNullWhen(true)] out BlockCipher? cipher) =>
        TryOf(Aes.Create, key, key.Length is 16 or 24 or 32, out cipher);

    /// <summary>Each block by itself. Source and destination may be the same.</summary>
    public void Encrypt(ReadOnlySpan<byte> source, Span<byte> destination) =>
        _algorithm.EncryptEcb(source, destination, PaddingMode.None);

    /// <summary>Each block by itself.</summary>
    public void Decrypt(ReadOnlySpan<byte> source, Span<byte> destination) =>
        _algorithm.DecryptEcb(source, destination, PaddingMode.None);

    /// <summary>Whole blocks, chained.</summary>
    public void EncryptCbc(ReadOnlySpan<byte> source, ReadOnlySpan<byte> vector, Span<byte> destination) =>
        _algorithm.EncryptCbc(source, vector, destination, PaddingMode.None);

    public void DecryptCbc(ReadOnlySpan<byte> source, ReadOnlySpan<byte> vector, Span<byte> destination) =>
        _algorithm.DecryptCbc(source, vector, destination, PaddingMode.None);

    public void Dispose() => _algorithm.Dispose();

    private static bool TryOf(
        Func<SymmetricAlgorithm> create, ReadOnlySpan<byte> key, bool isKey,
        [NotNullWhen(true)] out BlockCipher? cipher)
    {
        cipher = null;
        if (!isKey)
        {
            return false;
        }

        SymmetricAlgorithm algorithm = create();
        try
        {
            algorithm.SetKey(key);
            cipher = new BlockCipher(algorithm);
            return true;
        }
        catch (CryptographicException)
        {
            algorithm.Dispose(); // A weak key.
            return false;
        }
    }
}
