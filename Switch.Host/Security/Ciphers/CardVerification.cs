using System.Security.Cryptography;

namespace Switch.Host.Security.Ciphers;

/// <summary>
/// The card verification value of a magnetic stripe, as the self-test compares it with published ones: DES with the
/// left half, TDES, and the decimal digits first.
/// </summary>
internal static class CardVerification
{
    private const int ValueLength = 3;
    private const int Half = 8;

    /// <summary>Three digits.</summary>
    /// <param name="key">16 bytes.</param>
    /// <param name="digits">Card number, expiry and service code, 32 digits at most.</param>
    /// <returns>Empty when the key or the digits cannot be used.</returns>
    public static string Of(ReadOnlySpan<byte> key, string digits)
    {
        if (key.Length != Half * 2 || digits.Length > Half * 4 || !digits.All(char.IsAsciiDigit)
            || !BlockCipher.TryDes(key[..Half], out BlockCipher? left))
        {
            return "";
        }

        using (left)
        {
            if (!BlockCipher.TryTdes(key, out BlockCipher? whole))
            {
                return "";
            }

            using (whole)
            {
                byte[] blocks = Convert.FromHexString(digits.PadRight(Half * 4, '0'));
                Span<byte> state = stackalloc byte[Half];
                left.Encrypt(blocks.AsSpan(0, Half), state);
                for (int i = 0; i < Half; i++)
                {
                    state[i] ^= blocks[Half + i];
                }

                whole.Encrypt(state, state);
                string hex = Convert.ToHexString(state);
                CryptographicOperations.ZeroMemory(blocks);
                CryptographicOperations.ZeroMemory(state);
                string letters = string.Concat(
                    hex.Where(char.IsAsciiLetterUpper).Select(static letter => (char)(letter - 'A' + '0')));
                return (string.Concat(hex.Where(char.IsAsciiDigit)) + letters)[..ValueLength];
            }
        }
    }
}
