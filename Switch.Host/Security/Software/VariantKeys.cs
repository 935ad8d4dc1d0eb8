using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Switch.Host.Security.Ciphers;

namespace Switch.Host.Security.Software;

/// <summary>Keys enciphered part by part under a double length key, with variants or without.</summary>
/// <remarks>
/// Each part is enciphered under the upper key with another byte added to the first byte of its right half: A6 and 5A
/// for two parts, 6A, DE and 2B for three. So parts cannot change places. Without variants they can.
/// </remarks>
internal static class VariantKeys
{
    private const int PairSize = 16;
    private const int PartSize = 8;

    private static ReadOnlySpan<byte> OfTwo => [0xA6, 0x5A];

    private static ReadOnlySpan<byte> OfThree => [0x6A, 0xDE, 0x2B];

    /// <summary>Any scheme of parts; the parity is not looked at when there are no variants.</summary>
    public static bool TryUnwrap(
        ReadOnlySpan<byte> above, WrappedKey wrapped, [NotNullWhen(true)] out Secret? key)
    {
        key = null;
        if (wrapped.IsBlock)
        {
            return false;
        }

        bool isVariant = wrapped.Scheme is 'U' or 'T';
        Span<byte> parts = stackalloc byte[PartSize * 3];
        parts = parts[..(wrapped.Body.Length / 2)];
        _ = Convert.FromHexString(wrapped.Body, parts, out _, out _);
        var clear = new Secret(parts.Length);
        if (TryParts(above, parts, clear.Bytes, isVariant, isEncryption: false)
            && (!isVariant || KeyChecks.HasOddParity(clear.Bytes)))
        {
            key = clear;
            return true;
        }

        clear.Dispose();
        return false;
    }

    public static bool TryWrap(
        ReadOnlySpan<byte> above, ReadOnlySpan<byte> key, bool isVariant,
        [NotNullWhen(true)] out WrappedKey? wrapped)
    {
        wrapped = null;
        if (key.Length is not (PartSize * 2 or PartSize * 3))
        {
            return false;
        }

        Span<byte> parts = stackalloc byte[PartSize * 3];
        parts = parts[..key.Length];
        char scheme = (isVariant, key.Length == PartSize * 2) switch
        {
            (true, true) => 'U',
            (true, false) => 'T',
            (false, true) => 'X',
            _ => 'Y',
        };
        return TryParts(above, key, parts, isVariant, isEncryption: true)
            && WrappedKey.TryParse(scheme + Convert.ToHexString(parts), out wrapped);
    }

    private static bool TryParts(
        ReadOnlySpan<byte> above, ReadOnlySpan<byte> source, Span<byte> destination, bool isVariant,
        bool isEncryption)
    {
        ReadOnlySpan<byte> variants = source.Length == PartSize * 2 ? OfTwo : OfThree;
        Span<byte> pair = stackalloc byte[Secret.SizeMax];
        pair = pair[..above.Length];
        bool isDone = above.Length is PairSize or PartSize * 3;
        for (int part = 0; part < variants.Length && isDone; part++)
        {
            above.CopyTo(pair);
            pair[PartSize] ^= isVariant ? variants[part] : (byte)0;
            isDone = BlockCipher.TryTdes(pair, out BlockCipher? cipher);
            using (cipher)
            {
                ReadOnlySpan<byte> from = source.Slice(part * PartSize, PartSize);
                Span<byte> to = destination.Slice(part * PartSize, PartSize);
                if (isEncryption)
                {
                    cipher?.Encrypt(from, to);
                }
                else
                {
                    cipher?.Decrypt(from, to);
                }
            }
        }

        CryptographicOperations.ZeroMemory(pair);
        return isDone;
    }
}
