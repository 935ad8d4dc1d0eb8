using System.Security.Cryptography;

namespace Switch.Host.Security.Ciphers;

/// <summary>MACs made with block ciphers: CMAC, and algorithms 1 and 3 of ISO/IEC 9797-1.</summary>
internal static class CipherMac
{
    private const int DesBlockSize = 8;
    private const int ChunkSize = 256; // A multiple of each block's size.
    private const int PolynomialOf16 = 0x87; // x^128 + x^7 + x^2 + x + 1
    private const int PolynomialOf8 = 0x1b; // x^64 + x^4 + x^3 + x + 1

    /// <summary>CMAC (NIST SP 800-38B) of the whole block size.</summary>
    public static void Cmac(BlockCipher cipher, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        int size = cipher.BlockSize;
        Span<byte> subkey = stackalloc byte[BlockCipher.BlockSizeMax];
        Span<byte> state = stackalloc byte[BlockCipher.BlockSizeMax];
        subkey = subkey[..size];
        state = state[..size];
        subkey.Clear();
        state.Clear();
        cipher.Encrypt(subkey, subkey);
        Double(subkey);
        int whole = Math.Max(message.Length - 1, 0) / size * size;
        Chain(cipher, message[..whole], state);
        message = message[whole..];
        Add(state, message);
        if (message.Length < size)
        {
            Double(subkey);
            state[message.Length] ^= 0x80;
        }

        Add(state, subkey);
        cipher.Encrypt(state, mac[..size]);
        CryptographicOperations.ZeroMemory(subkey);
        CryptographicOperations.ZeroMemory(state);
    }

    /// <summary>The whole code of a message under a clear key: 8 bytes, of CMAC 16.</summary>
    /// <returns>False when the key is none of the algorithm.</returns>
    public static bool TryCompute(
        MacAlgorithm algorithm, MacPadding padding, ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> mac)
    {
        switch (algorithm)
        {
            case MacAlgorithm.Cmac when padding == MacPadding.None && BlockCipher.TryAes(key, out BlockCipher? aes):
                using (aes)
                {
                    Cmac(aes, message, mac);
                    return true;
                }

            case MacAlgorithm.Alg1 when padding != MacPadding.None && BlockCipher.TryTdes(key, out BlockCipher? whole):
                using (whole)
                {
                    Chained(whole, whole, message, padding, mac);
                    return true;
                }

            case MacAlgorithm.Retail when padding != MacPadding.None && key.Length == DesBlockSize * 2
                && BlockCipher.TryDes(key[..DesBlockSize], out BlockCipher? left):
                using (left)
                {
                    if (!BlockCipher.TryTdes(key, out BlockCipher? last))
                    {
                        return false;
                    }

                    using (last)
                    {
                        Chained(left, last, message, padding, mac);
                        return true;
                    }
                }

            default:
                return false;
        }
    }

    /// <summary>
    /// CBC with a vector of zeros. The last block goes through another cipher: of algorithm 3, encryption with the left
    /// half, decryption with the right and encryption with the left again are one encryption by TDES.
    /// </summary>
    private static void Chained(
        BlockCipher chain, BlockCipher last, ReadOnlySpan<byte> message, MacPadding padding, Span<byte> mac)
    {
        Span<byte> state = stackalloc byte[DesBlockSize];
        state.Clear();
        bool isEmpty = message.IsEmpty && padding == MacPadding.Zeros;
        if (padding == MacPadding.LengthFirst)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(state, (ulong)message.Length * 8);
            isEmpty = message.IsEmpty;
            (isEmpty ? last : chain).Encrypt(state, state);
        }

        int behind = padding == MacPadding.OneAndZeros ? 0 : 1;
        int whole = Math.Max(message.Length - behind, 0) / DesBlockSize * DesBlockSize;
        Chain(chain, message[..whole], state);
        message = message[whole..];
        if (!isEmpty || padding == MacPadding.Zeros)
        {
            Add(state, message);
            if (padding == MacPadding.OneAndZeros)
            {
                state[message.Length] ^= 0x80;
            }

            last.Encrypt(state, state);
        }

        state.CopyTo(mac);
        CryptographicOperations.ZeroMemory(state);
    }

    /// <summary>
    /// Whole blocks; the state becomes what the last of them is enciphered to. In few calls: each costs the platform an
    /// object and a context.
    /// </summary>
    private static void Chain(BlockCipher cipher, ReadOnlySpan<byte> blocks, Span<byte> state)
    {
        Span<byte> chained = stackalloc byte[ChunkSize];
        while (!blocks.IsEmpty)
        {
            ReadOnlySpan<byte> part = blocks[..Math.Min(ChunkSize, blocks.Length)];
            cipher.EncryptCbc(part, state, chained);
            chained[(part.Length - state.Length)..part.Length].CopyTo(state);
            blocks = blocks[part.Length..];
        }

        CryptographicOperations.ZeroMemory(chained);
    }

    private static void Add(Span<byte> state, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            state[i] ^= bytes[i];
        }
    }

    // In GF(2^128) or GF(2^64). No branch on what is secret.
    private static void Double(Span<byte> value)
    {
        int polynomial = value.Length == BlockCipher.BlockSizeMax ? PolynomialOf16 : PolynomialOf8;
        int carry = 0;
        for (int i = value.Length - 1; i >= 0; i--)
        {
            int shifted = (value[i] << 1) | carry;
            value[i] = (byte)shifted;
            carry = shifted >> 8;
        }

        value[^1] ^= (byte)(carry * polynomial);
    }
}
