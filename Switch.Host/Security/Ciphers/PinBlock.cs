using System.Security.Cryptography;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.Ciphers;

/// <summary>
/// PIN blocks of ISO 9564-1 in the clear: what a module does between two keys. All of it stands on the caller's stack,
/// which the caller clears.
/// </summary>
/// <remarks>
/// A block of 8 bytes is a PIN field of 16 digits (format, length, PIN, filling) with the account field added bit by
/// bit: zeros and the twelve digits before the check digit; format 1 has none.
/// <code>
/// format 0   0 n P P P P F F F F F F F F F F      3   the same with random digits A to F
/// format 1   1 n P P P P r r r r r r r r r r      r: any digit
/// format 4   4 n P P P P A A A A A A A A A A and 8 random bytes; account field: M, the number, zeros
/// </code>
/// </remarks>
internal static class PinBlock
{
    private const int BlockSize = 8;
    private const int AccountDigits = 12;
    private const byte FormatFourFill = 0xA;

    /// <summary>Takes the PIN out of a clear block of format 0, 1 or 3.</summary>
    /// <param name="block">8 bytes; the account field is taken off it in place.</param>
    /// <param name="pin">Receives 12 digits at most, one a byte.</param>
    public static SecurityStatus Read(PinFormat format, Span<byte> block, Pan pan, Span<byte> pin, out int length)
    {
        if (format != PinFormat.Iso1)
        {
            AddAccount(block, pan);
        }

        return ReadField(block, format, pin, out length);
    }

    /// <summary>Makes a clear block of format 0, 1 or 3.</summary>
    /// <param name="fill">8 bytes of chance; of format 3 they are made digits A to F.</param>
    public static void Write(
        PinFormat format, ReadOnlySpan<byte> pin, Pan pan, ReadOnlySpan<byte> fill, Span<byte> block)
    {
        block = block[..BlockSize];
        for (int index = 0; index < BlockSize * 2; index++)
        {
            int chance = Digit(fill, index);
            Set(block, index, format switch
            {
                PinFormat.Iso0 => 0xF,
                PinFormat.Iso3 => chance >= 0xA ? chance : 0xA + (chance % 6),
                _ => chance,
            });
        }

        WriteField(format, pin, block);
        if (format != PinFormat.Iso1)
        {
            AddAccount(block, pan);
        }
    }

    /// <summary>Deciphers a block of format 4 and takes the PIN out of it.</summary>
    public static SecurityStatus ReadFormat4(
        BlockCipher aes, ReadOnlySpan<byte> block, Pan pan, Span<byte> pin, out int length)
    {
        Span<byte> field = stackalloc byte[PinFormats.BlockSizeMax];
        aes.Decrypt(block, field);
        AddLongAccount(field, pan);
        aes.Decrypt(field, field);
        SecurityStatus status = ReadField(field, PinFormat.Iso4, pin, out length);
        CryptographicOperations.ZeroMemory(field);
        return status;
    }

    /// <summary>Makes an enciphered block of format 4.</summary>
    /// <param name="fill">8 bytes of chance.</param>
    public static void WriteFormat4(
        BlockCipher aes, ReadOnlySpan<byte> pin, Pan pan, ReadOnlySpan<byte> fill, Span<byte> block)
    {
        Span<byte> field = stackalloc byte[PinFormats.BlockSizeMax];
        field[..BlockSize].Fill(FormatFourFill << 4 | FormatFourFill);
        fill[..BlockSize].CopyTo(field[BlockSize..]);
        WriteField(PinFormat.Iso4, pin, field);
        aes.Encrypt(field, field);
        AddLongAccount(field, pan);
        aes.Encrypt(field, block);
        CryptographicOperations.ZeroMemory(field);
    }

    /// <summary>The twelve digits before the check digit, in ASCII, with zeros before a shorter number.</summary>
    public static void WriteAccount(Pan pan, Span<byte> digits)
    {
        Span<byte> whole = stackalloc byte[Pan.LengthMax];
        int count = Math.Min(pan.CopyDigits(whole) - 1, AccountDigits);
        digits = digits[..AccountDigits];
        digits.Fill((byte)'0');
        whole.Slice(pan.Length - 1 - count, count).CopyTo(digits[^count..]);
        CryptographicOperations.ZeroMemory(whole);
    }

    private static SecurityStatus ReadField(ReadOnlySpan<byte> field, PinFormat format, Span<byte> pin, out int length)
    {
        length = Digit(field, 1);
        if (Digit(field, 0) != (int)format)
        {
            length = 0;
            return SecurityStatus.PinBlockInvalid;
        }

        if (length is < PinFormats.PinLengthMin or > PinFormats.PinLengthMax)
        {
            length = 0;
            return SecurityStatus.PinLengthInvalid;
        }

        // All digits are looked at, so that the time does not say which of them is wrong.
        bool isSound = true;
        for (int index = 2; index < BlockSize * 2; index++)
        {
            int digit = Digit(field, index);
            bool isOfPin = index - 2 < length;
            isSound &= isOfPin ? digit <= 9 : format switch
            {
                PinFormat.Iso0 => digit == 0xF,
                PinFormat.Iso3 => digit >= 0xA,
                PinFormat.Iso4 => digit == FormatFourFill,
                _ => true,
            };
            if (isOfPin)
            {
                pin[index - 2] = (byte)digit;
            }
        }

        return isSound ? SecurityStatus.Done : SecurityStatus.PinBlockInvalid;
    }

    private static void WriteField(PinFormat format, ReadOnlySpan<byte> pin, Span<byte> field)
    {
        Set(field, 0, (int)format);
        Set(field, 1, pin.Length);
        for (int index = 0; index < pin.Length; index++)
        {
            Set(field, index + 2, pin[index]);
        }
    }

    private static void AddAccount(Span<byte> block, Pan pan)
    {
        Span<byte> digits = stackalloc byte[AccountDigits];
        WriteAccount(pan, digits);
        for (int index = 0; index < AccountDigits; index++)
        {
            int at = index + 4;
            Set(block, at, Digit(block, at) ^ (digits[index] - '0'));
        }

        CryptographicOperations.ZeroMemory(digits);
    }

    private static void AddLongAccount(Span<byte> field, Pan pan)
    {
        // M is the count of digits beyond twelve; a shorter number has zeros before it.
        Span<byte> digits = stackalloc byte[Pan.LengthMax];
        int length = pan.CopyDigits(digits);
        int before = Math.Max(AccountDigits - length, 0);
        Set(field, 0, Digit(field, 0) ^ Math.Max(length - AccountDigits, 0));
        for (int index = 0; index < length; index++)
        {
            int at = 1 + before + index;
            Set(field, at, Digit(field, at) ^ (digits[index] - '0'));
        }

        CryptographicOperations.ZeroMemory(digits);
    }

    private static int Digit(ReadOnlySpan<byte> bytes, int index) =>
        (index & 1) == 0 ? bytes[index >> 1] >> 4 : bytes[index >> 1] & 0xF;

    private static void Set(Span<byte> bytes, int index, int digit)
    {
        ref byte at = ref bytes[index >> 1];
        at = (byte)((index & 1) == 0 ? (at & 0xF) | (digit << 4) : (at & 0xF0) | digit);
    }
}
