using System.Security.Cryptography;

namespace Switch.Host.Simulators;

/// <summary>
/// A key as a simulated partner sends it in an 0800: its kind, the key under the zone master key by ANSI X9.17, and its
/// check value.
/// </summary>
internal static class KeyUnderZone
{
#pragma warning disable CA5350 // Keys of the trade are under TDES.
    private const int CheckDigits = 6;
    private const int BlockSize = 8;

    /// <param name="kind">P, of PIN blocks, or M, of MACs.</param>
    /// <param name="zone">The zone master key in clear, 16 bytes.</param>
    /// <param name="key">In clear, 16 bytes.</param>
    public static string Text(char kind, byte[] zone, byte[] key) =>
        $"{kind}X{Encipher(zone, key)}{CheckValue(key)}";

    /// <summary>Reads what <see cref="Text"/> writes. False: it is no key, or its check value is another one.</summary>
    public static bool TryRead(string text, byte[] zone, out char kind, out byte[] key)
    {
        (kind, key) = ('?', []);
        if (text.Length != 2 + (4 * BlockSize) + CheckDigits || text[0] is not ('P' or 'M') || text[1] != 'X')
        {
            return false;
        }

        using var cipher = TripleDES.Create();
        cipher.Key = [.. zone, .. zone[..BlockSize]];
        kind = text[0];
        key = cipher.DecryptEcb(Convert.FromHexString(text[2..^CheckDigits]), PaddingMode.None);
        return CheckValue(key) == text[^CheckDigits..];
    }

    /// <summary>Six digits.</summary>
    public static string CheckValue(byte[] key) => Encipher(key, new byte[BlockSize])[..CheckDigits];

    private static string Encipher(byte[] key, byte[] blocks)
    {
        using var cipher = TripleDES.Create();
        cipher.Key = [.. key, .. key[..BlockSize]];
        return Convert.ToHexString(cipher.EncryptEcb(blocks, PaddingMode.None));
    }
}
