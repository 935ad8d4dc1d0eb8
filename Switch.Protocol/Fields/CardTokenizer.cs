using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Switch.Protocol.Fields;

/// <summary>
/// Makes tokens under one key: AES-256-CMAC of one block, which holds the count of digits and the number
/// (docs/internals/security.md). Thread safe, but not while it is disposed of. Allocates nothing per card, and takes
/// the same time whatever the card.
/// </summary>
/// <remarks>
/// <code>
///  0 digits  u8                8 to 19
///  1 number  u64, big-endian   the card number, which is below 10^19
///  9 zeros   7 bytes
/// </code>
/// </remarks>
public sealed class CardTokenizer : IDisposable
{
    public const int KeySizeMin = 16;

    private readonly AesCmac _cmac;

    /// <summary>Derives its own key from this one: at least 16 bytes, 32 from a random source is the right choice.
    /// </summary>
    /// <exception cref="CryptographicException">The AES of this machine gives wrong values.</exception>
    public CardTokenizer(ReadOnlySpan<byte> key)
        : this(key, AesCmac.BestPath)
    {
    }

    internal CardTokenizer(ReadOnlySpan<byte> key, AesPath path)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(key.Length, KeySizeMin, nameof(key));
        CmacSelfTest.Require(path);
        Span<byte> own = stackalloc byte[AesCmac.KeySize];

        // Not the key itself: the tokens of version 0.1 are HMACs under it.
        HMACSHA256.HashData(key, "switch card token, aes-256-cmac"u8, own);
        _cmac = new AesCmac(own, path);
        CryptographicOperations.ZeroMemory(own);
    }

    /// <summary>The token of a card; the token of no card is none.</summary>
    public CardToken Of(in Pan pan)
    {
        if (pan.IsNone)
        {
            return default;
        }

        // The lowest byte comes first: the length, then the number from its highest byte on, which is the ninth byte
        // of the block with its last.
        ulong number = BinaryPrimitives.ReverseEndianness(pan.Number);
        Vector128<ulong> block = Vector128.Create((number << 8) | (byte)pan.Length, number >> 56);
        Vector128<ulong> code = _cmac.Of(block.AsByte()).AsUInt64();
        return new CardToken(
            BinaryPrimitives.ReverseEndianness(code.GetElement(0)),
            BinaryPrimitives.ReverseEndianness(code.GetElement(1)));
    }

    /// <summary>Clears the key. No thread may be using it.</summary>
    public void Dispose() => _cmac.Dispose();
}
