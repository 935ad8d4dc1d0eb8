using System.Numerics;
using System.Security.Cryptography;

namespace Switch.Host.Security.Ciphers;

/// <summary>Parity and check values of clear keys.</summary>
internal static class KeyChecks
{
    private const int TdesDigits = 6;
    private const int AesDigits = 10;

    /// <summary>Whether each byte has an odd count of ones, as bytes of DES keys have.</summary>
    public static bool HasOddParity(ReadOnlySpan<byte> key)
    {
        int odd = 1;
        foreach (byte value in key)
        {
            odd &= BitOperations.PopCount(value);
        }

        return (odd & 1) == 1;
    }

    /// <summary>Changes the lowest bit of each byte of even parity.</summary>
    public static void MakeOdd(Span<byte> key)
    {
        for (int i = 0; i < key.Length; i++)
        {
            key[i] ^= (byte)(~BitOperations.PopCount(key[i]) & 1);
        }
    }

    /// <summary>
    /// The check value, in hexadecimal digits. TDES: the first three bytes of the encryption of zeros. AES: the first
    /// five of CMAC over a block of zeros (ANSI X9.24-1:2017). Empty when the key is none of its algorithm.
    /// </summary>
    public static string Value(KeyAlgorithm algorithm, ReadOnlySpan<byte> key)
    {
        bool isAes = algorithm == KeyAlgorithm.Aes;
        if (!(isAes ? BlockCipher.TryAes(key, out BlockCipher? cipher) : BlockCipher.TryTdes(key, out cipher)))
        {
            return "";
        }

        using (cipher)
        {
            Span<byte> zeros = stackalloc byte[BlockCipher.BlockSizeMax];
            Span<byte> value = stackalloc byte[BlockCipher.BlockSizeMax];
            zeros.Clear();
            if (isAes)
            {
                CipherMac.Cmac(cipher, zeros, value);
            }
            else
            {
                cipher.Encrypt(zeros[..cipher.BlockSize], value);
            }

            string digits = Convert.ToHexString(value[..((isAes ? AesDigits : TdesDigits) / 2)]);
            CryptographicOperations.ZeroMemory(value); // All of it would help to try keys.
            return digits;
        }
    }
}
