using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Switch.Host.Simulators;

/// <summary>What an issuer made of a PIN block.</summary>
internal enum PinVerdict
{
    Right,

    /// <summary>It is a block, and has another PIN than the card's.</summary>
    Wrong,

    /// <summary>The key does not open it.</summary>
    Unreadable,
}

/// <summary>
/// The PIN blocks of a simulated party, which has the key in clear: test keys only. It shares nothing with the
/// switch's own security module, so that one is held against the other. Any thread.
/// </summary>
internal sealed class SimulatorPin
{
#pragma warning disable CA5350 // PIN blocks of the trade are under TDES.
    private const int PinLengthMin = 4;
    private const int PinLengthMax = 12;
    private const int AccountLength = 12;
    private const int BlockDigits = 16;

    private readonly byte[] _key;

    /// <param name="key">16 bytes, whose first half is then also the last part, or 24.</param>
    /// <exception cref="ArgumentException">It is no key of TDES.</exception>
    public SimulatorPin(ReadOnlySpan<byte> key)
    {
        _key = key.Length == 16 ? [.. key, .. key[..8]] : key.ToArray();
        try
        {
            using TripleDES cipher = Cipher();
        }
        catch (CryptographicException)
        {
            throw new ArgumentException("is no key of TDES.", nameof(key));
        }
    }

    /// <summary>The PIN of a test card: four to six digits, always the same for the same number.</summary>
    public static string PinOf(string pan)
    {
        byte[] hash = SHA256.HashData(Encoding.ASCII.GetBytes($"switch simulators: test PIN {pan}"));
        int length = PinLengthMin + (hash[0] % 3);
        return string.Concat(hash.Skip(1).Take(length).Select(static value => (char)('0' + (value % 10))));
    }

    /// <summary>Another PIN than the card's.</summary>
    public static string WrongPinOf(string pan)
    {
        string right = PinOf(pan);
        return right[..^1] + (char)('0' + ((right[^1] - '0' + 1) % 10));
    }

    /// <summary>DE 52: the PIN in a block of format 0, enciphered; one character a byte.</summary>
    public string Encipher(string pin, string pan)
    {
        string field = $"0{pin.Length:X}{pin}".PadRight(BlockDigits, 'F');
        using TripleDES cipher = Cipher();
        return Encoding.Latin1.GetString(cipher.EncryptEcb(WithAccount(field, pan), PaddingMode.None));
    }

    /// <summary>What a block of format 0 or 3 says about the card's PIN.</summary>
    /// <param name="block">DE 52, one character a byte.</param>
    public PinVerdict Check(string block, string pan)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(block);
        if (bytes.Length != BlockDigits / 2)
        {
            return PinVerdict.Unreadable;
        }

        using TripleDES cipher = Cipher();
        string clear = Convert.ToHexString(cipher.DecryptEcb(bytes, PaddingMode.None));
        string field = Convert.ToHexString(WithAccount(clear, pan));
        int length = int.Parse(field.AsSpan(1, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (field[0] is not ('0' or '3') || length is < PinLengthMin or > PinLengthMax)
        {
            return PinVerdict.Unreadable;
        }

        string pin = field.Substring(2, length);
        bool isFilled = field[(2 + length)..].All(digit => field[0] == '0' ? digit == 'F' : digit >= 'A');
        return !isFilled || !pin.All(char.IsAsciiDigit) ? PinVerdict.Unreadable
            : pin == PinOf(pan) ? PinVerdict.Right : PinVerdict.Wrong;
    }

    private static byte[] WithAccount(string field, string pan)
    {
        string account = pan[..^1].PadLeft(AccountLength, '0')[^AccountLength..];
        byte[] bytes = Convert.FromHexString(field);
        byte[] added = Convert.FromHexString("0000" + account);
        return [.. bytes.Zip(added, static (one, other) => (byte)(one ^ other))];
    }

    /// <exception cref="CryptographicException">The key is a weak one, or of another length.</exception>
    private TripleDES Cipher()
    {
        var cipher = TripleDES.Create();
        try
        {
            cipher.Key = _key;
            return cipher;
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            cipher.Dispose();
            throw new CryptographicException("is no key of TDES.", problem);
        }
    }
}

/// <summary>The PINs that a simulated acquirer sends.</summary>
/// <param name="Key">What their blocks are enciphered with.</param>
/// <param name="Share">Of its requests, those that have one.</param>
/// <param name="WrongShare">Of those, the ones with another PIN than the card's.</param>
internal sealed record AcquirerPins(SimulatorPin Key, double Share = 1, double WrongShare = 0);
