using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Switch.Host.Security.Ciphers;

/// <summary>What the header of a key block says of its key; it is sealed together with it.</summary>
/// <param name="Version"><c>B</c> under TDES, <c>D</c> under AES.</param>
/// <param name="Usage">Two characters, <c>P0</c> for PIN blocks.</param>
/// <param name="Algorithm"><c>T</c> TDES, <c>A</c> AES, and others.</param>
/// <param name="Mode">What may be done with it: <c>B</c> both ways, <c>N</c> no restriction, and others.</param>
/// <param name="KeyVersion">Two characters of the owner.</param>
/// <param name="Exportability"><c>E</c>, <c>N</c> or <c>S</c>.</param>
internal readonly record struct KeyBlockHeader(
    char Version, string Usage, char Algorithm, char Mode, string KeyVersion, char Exportability);

/// <summary>
/// Key blocks of ANSI X9.143 (TR-31), versions B and D: header, enciphered key, and a MAC over both that is also the
/// vector of the encipherment.
/// </summary>
/// <remarks>
/// <code>
/// D 0112 P0 A E 00 E 00 00 | optional blocks | hexadecimal: length in bits, key, filling | MAC
/// </code>
/// The length counts all characters. Of version B the MAC has 16 digits and the rest comes in blocks of 8 bytes; of
/// version D 32, and blocks of 16. Optional blocks are read over, and covered by the MAC; none is written.
/// </remarks>
internal static class KeyBlock
{
    private const int HeaderLength = 16;
    private const int LengthDigits = 4;
    private const int EncryptionUsage = 0;
    private const int MacUsage = 1;
    private const int LengthField = 2;

    /// <summary>Characters of an optional block's id and length.</summary>
    private const int OptionLength = 4;

    /// <summary>Opens a block. False for whatever is not a block under this key.</summary>
    /// <param name="kbpk">The clear key above it: TDES of 16 or 24 bytes, AES of 16, 24 or 32.</param>
    public static bool TryUnwrap(
        ReadOnlySpan<byte> kbpk, ReadOnlySpan<char> block, out KeyBlockHeader header,
        [NotNullWhen(true)] out Secret? key)
    {
        key = null;
        if (!TryReadHeader(block, out header, out int headerLength))
        {
            return false;
        }

        bool isAes = header.Version == 'D';
        int unit = isAes ? 16 : 8;
        ReadOnlySpan<char> hex = block[headerLength..];
        if (hex.Length % 2 != 0 || hex.Length < unit * 4 || hex.Length / 2 % unit != 0)
        {
            return false;
        }

        Span<byte> sealedPart = stackalloc byte[WrappedKey.LengthMax / 2];
        Span<byte> message = stackalloc byte[WrappedKey.LengthMax * 2];
        sealedPart = sealedPart[..(hex.Length / 2)];
        if (Convert.FromHexString(hex, sealedPart, out _, out int written) != System.Buffers.OperationStatus.Done
            || written != sealedPart.Length
            || !TryKeys(kbpk, isAes, out BlockCipher? encryption, out BlockCipher? authentication))
        {
            return false;
        }

        using (encryption)
        using (authentication)
        {
            Span<byte> mac = stackalloc byte[BlockCipher.BlockSizeMax];
            message = message[..(headerLength + sealedPart.Length - unit)];
            Encoding.ASCII.GetBytes(block[..headerLength], message);
            Span<byte> clear = message[headerLength..];
            encryption.DecryptCbc(sealedPart[..^unit], sealedPart[^unit..], clear);
            CipherMac.Cmac(authentication, message, mac);
            int bits = BinaryPrimitives.ReadUInt16BigEndian(clear);
            int size = bits / 8;
            if (CryptographicOperations.FixedTimeEquals(mac[..unit], sealedPart[^unit..])
                && bits % 8 == 0 && size is > 0 and <= Secret.SizeMax && size <= clear.Length - LengthField)
            {
                key = new Secret(clear.Slice(LengthField, size));
            }

            CryptographicOperations.ZeroMemory(message);
            CryptographicOperations.ZeroMemory(mac);
            return key is not null;
        }
    }

    /// <summary>Seals a key. False when the key above it is none of the version's.</summary>
    public static bool TryWrap(
        ReadOnlySpan<byte> kbpk, KeyBlockHeader header, ReadOnlySpan<byte> key, [NotNullWhen(true)] out string? block)
    {
        block = null;
        bool isAes = header.Version == 'D';
        int unit = isAes ? 16 : 8;
        if (header.Version is not ('B' or 'D') || key.Length is 0 or > Secret.SizeMax
            || !TryKeys(kbpk, isAes, out BlockCipher? encryption, out BlockCipher? authentication))
        {
            return false;
        }

        using (encryption)
        using (authentication)
        {
            // Shorter keys are filled, so that the length of a block does not say that of its key.
            int longest = isAes ? Secret.SizeMax : 24;
            int size = (LengthField + Math.Max(key.Length, longest) + unit - 1) / unit * unit;
            Span<byte> message = stackalloc byte[HeaderLength + 64];
            Span<byte> mac = stackalloc byte[BlockCipher.BlockSizeMax];
            Span<byte> enciphered = stackalloc byte[64];
            message = message[..(HeaderLength + size)];
            enciphered = enciphered[..size];
            int length = HeaderLength + ((size + unit) * 2);
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"{header.Version}{length:D4}{header.Usage}{header.Algorithm}{header.Mode}{header.KeyVersion}"
                + $"{header.Exportability}0000");
            Encoding.ASCII.GetBytes(text, message);
            Span<byte> clear = message[HeaderLength..];
            BinaryPrimitives.WriteUInt16BigEndian(clear, (ushort)(key.Length * 8));
            key.CopyTo(clear[LengthField..]);
            RandomNumberGenerator.Fill(clear[(LengthField + key.Length)..]);
            CipherMac.Cmac(authentication, message, mac);
            encryption.EncryptCbc(clear, mac[..unit], enciphered);
            CryptographicOperations.ZeroMemory(message);
            block = text + Convert.ToHexString(enciphered) + Convert.ToHexString(mac[..unit]);
            return true;
        }
    }

    private static bool TryReadHeader(ReadOnlySpan<char> block, out KeyBlockHeader header, out int headerLength)
    {
        header = default;
        headerLength = HeaderLength;
        if (block.Length is < HeaderLength or > WrappedKey.LengthMax || block.ContainsAnyExceptInRange(' ', '~')
            || block[0] is not ('B' or 'D')
            || !TryNumber(block.Slice(1, LengthDigits), NumberStyles.None, out int length) || length != block.Length
            || !TryNumber(block.Slice(12, 2), NumberStyles.None, out int options))
        {
            return false;
        }

        for (int i = 0; i < options; i++)
        {
            ReadOnlySpan<char> rest = block[headerLength..];
            if (rest.Length < OptionLength
                || !TryNumber(rest.Slice(2, 2), NumberStyles.AllowHexSpecifier, out int optionLength)
                || optionLength < OptionLength || optionLength > rest.Length)
            {
                return false;
            }

            headerLength += optionLength;
        }

        header = new KeyBlockHeader(
            block[0], block.Slice(5, 2).ToString(), block[7], block[8], block.Slice(9, 2).ToString(), block[11]);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, NumberStyles style, out int number) =>
        int.TryParse(text, style, CultureInfo.InvariantCulture, out number);

    /// <summary>The two keys that CMAC derives from the one above a block.</summary>
    private static bool TryKeys(
        ReadOnlySpan<byte> kbpk, bool isAes, [NotNullWhen(true)] out BlockCipher? encryption,
        [NotNullWhen(true)] out BlockCipher? authentication)
    {
        encryption = authentication = null;
        Span<byte> derived = stackalloc byte[Secret.SizeMax];
        bool isMade = TryDerive(kbpk, isAes, EncryptionUsage, derived)
            && TryCipher(derived[..kbpk.Length], isAes, out encryption)
            && TryDerive(kbpk, isAes, MacUsage, derived)
            && TryCipher(derived[..kbpk.Length], isAes, out authentication);
        CryptographicOperations.ZeroMemory(derived);
        if (!isMade)
        {
            encryption?.Dispose();
        }

        return isMade && encryption is not null && authentication is not null;
    }

    private static bool TryDerive(ReadOnlySpan<byte> kbpk, bool isAes, ushort usage, Span<byte> derived)
    {
        if (!TryCipher(kbpk, isAes, out BlockCipher? cipher))
        {
            return false;
        }

        using (cipher)
        {
            // Counter, usage, a zero, algorithm, length in bits: all derivation data of X9.143.
            Span<byte> data = stackalloc byte[8];
            Span<byte> part = stackalloc byte[BlockCipher.BlockSizeMax];
            BinaryPrimitives.WriteUInt16BigEndian(data[1..], usage);
            data[3] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(
                data[4..], (ushort)(isAes ? kbpk.Length / 8 : kbpk.Length == 16 ? 0 : 1));
            BinaryPrimitives.WriteUInt16BigEndian(data[6..], (ushort)(kbpk.Length * 8));
            for (int at = 0; at < kbpk.Length; at += cipher.BlockSize)
            {
                data[0] = (byte)((at / cipher.BlockSize) + 1);
                CipherMac.Cmac(cipher, data, part);
                part[..Math.Min(cipher.BlockSize, kbpk.Length - at)].CopyTo(derived[at..]);
            }

            CryptographicOperations.ZeroMemory(part);
            return true;
        }
    }

    private static bool TryCipher(ReadOnlySpan<byte> key, bool isAes, [NotNullWhen(true)] out BlockCipher? cipher) =>
        isAes ? BlockCipher.TryAes(key, out cipher) : BlockCipher.TryTdes(key, out cipher);
}
