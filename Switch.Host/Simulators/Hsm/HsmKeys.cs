using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace Switch.Host.Simulators.Hsm;

/// <summary>
/// The arithmetic of a simulated security module under the public test key, in hexadecimal text. It shares nothing with
/// the switch's own security module, so that one can be held against the other.
/// </summary>
internal static class HsmKeys
{
#pragma warning disable CA5350, CA5351 // DES and TDES are what PIN blocks and MACs of the trade are made with.
    private const string TwoParts = "A65A";
    private const string ThreeParts = "6ADE2B";

    /// <summary>The master key's pair for a type of key, or null for a type that is not known.</summary>
    private static string? PairOf(string type) => type switch
    {
        "000" => "40404040404040405151515151515151",
        "001" => "61616161616161617070707070707070",
        "002" => "E0E0010101010101F1F1010101010101",
        "003" => "1C587F1C13924FEF0101010101010101",
        "008" => "16161616161616161919191919191919",
        "009" => "1A1A1A1A1A1A1A1A1C1C1C1C1C1C1C1C",
        _ => null,
    };

    /// <summary>A key under the master key in the clear; null when its parity is wrong.</summary>
    public static string? Open(string type, string key)
    {
        string? pair = PairOf(type);
        string? clear = pair is null || key[0] is not ('U' or 'T') ? null : Parts(pair, key[1..], true, false);
        return clear is not null && IsOdd(clear) ? clear : null;
    }

    public static string Close(string type, string clear) =>
        (clear.Length == 32 ? 'U' : 'T') + Parts(PairOf(type)!, clear, true, true);

    /// <summary>A key under a zone master key in the clear, whatever its parity.</summary>
    public static string OpenUnder(string zmk, string key) => Parts(zmk, key[1..], key[0] is 'U' or 'T', false);

    public static string CloseUnder(string zmk, string clear, char scheme) =>
        scheme + Parts(zmk, clear, scheme is 'U' or 'T', true);

    public static string CheckValue(string clear) => Encrypt(clear, new string('0', 16))[..6];

    public static string Encrypt(string key, string blocks)
    {
        using TripleDES des = Of(key);
        return Convert.ToHexString(des.EncryptEcb(Convert.FromHexString(blocks), PaddingMode.None));
    }

    public static string Decrypt(string key, string blocks)
    {
        using TripleDES des = Of(key);
        return Convert.ToHexString(des.DecryptEcb(Convert.FromHexString(blocks), PaddingMode.None));
    }

    public static string Xor(string left, string right) => string.Concat(left.Zip(right).Select(
        static pair => (Digit(pair.First) ^ Digit(pair.Second)).ToString("X", CultureInfo.InvariantCulture)));

    public static bool IsOdd(string key) =>
        Convert.FromHexString(key).All(static value => BitOperations.PopCount(value) % 2 == 1);

    public static string MakeOdd(string key) => Convert.ToHexString(
        [.. Convert.FromHexString(key).Select(static value =>
            BitOperations.PopCount(value) % 2 == 1 ? value : (byte)(value ^ 1))]);

    /// <summary>Algorithms 1 and 3 of ISO 9797-1, eight bytes in hexadecimal.</summary>
    public static string Mac(string key, char algorithm, char padding, byte[] data)
    {
        string text = Convert.ToHexString(data) + (padding == '2' ? "80" : "");
        text += new string('0', (16 - (text.Length % 16)) % 16);
        text = text.Length == 0 ? new string('0', 16) : text;
        string state = new('0', 16);
        using DES left = DES.Create();
        left.Key = Convert.FromHexString(key[..16]);
        for (int at = 0; at < text.Length; at += 16)
        {
            state = Xor(state, text.Substring(at, 16));
            bool isLast = at + 16 == text.Length;
            state = algorithm == '1' || isLast ? Encrypt(key, state)
                : Convert.ToHexString(left.EncryptEcb(Convert.FromHexString(state), PaddingMode.None));
        }

        return state;
    }

    /// <summary>The PIN key of one payment by TDES DUKPT, as ANSI X9.24-1 derives it.</summary>
    public static string DukptPinKey(string bdk, string ksn)
    {
        const string Mask = "C0C0C0C000000000";
        ulong register = ulong.Parse(ksn.AsSpan(4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        ulong counter = register & 0x1FFFFF;
        register &= ~0x1FFFFFUL;
        string serial = ksn[..4] + register.ToString("X16", CultureInfo.InvariantCulture)[..12];
        string key = Encrypt(bdk, serial) + Encrypt(Xor(bdk, Mask + Mask), serial);
        for (int bit = 20; bit >= 0; bit--)
        {
            if ((counter & (1UL << bit)) != 0)
            {
                register |= 1UL << bit;
                string text = register.ToString("X16", CultureInfo.InvariantCulture);
                key = Half(Xor(key, Mask + Mask), text) + Half(key, text);
            }
        }

        return Xor(key, "00000000000000FF00000000000000FF");
    }

    private static string Half(string key, string register)
    {
        using DES des = DES.Create();
        des.Key = Convert.FromHexString(key[..16]);
        byte[] mixed = Convert.FromHexString(Xor(register, key[16..]));
        return Xor(Convert.ToHexString(des.EncryptEcb(mixed, PaddingMode.None)), key[16..]);
    }

    private static string Parts(string above, string key, bool isVariant, bool isEncryption)
    {
        string variants = key.Length == 32 ? TwoParts : ThreeParts;
        string result = "";
        for (int part = 0; part * 16 < key.Length; part++)
        {
            string variant = isVariant ? variants.Substring(part * 2, 2) : "00";
            string mask = new string('0', 16) + variant + new string('0', 14);
            string under = Xor(above, mask);
            string text = key.Substring(part * 16, 16);
            result += isEncryption ? Encrypt(under, text) : Decrypt(under, text);
        }

        return result;
    }

    private static TripleDES Of(string key)
    {
        TripleDES des = TripleDES.Create();
        des.Key = Convert.FromHexString(key.Length == 32 ? key + key[..16] : key);
        return des;
    }

    private static int Digit(char digit) => digit <= '9' ? digit - '0' : digit - 'A' + 10;
}
