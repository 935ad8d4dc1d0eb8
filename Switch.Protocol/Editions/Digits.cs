using System.Buffers.Binary;

namespace Switch.Protocol.Editions;

/// <summary>Numbers as ASCII digits, for the conversions of editions.</summary>
internal static class Digits
{
    /// <summary>Eight times the digit 0.</summary>
    public const ulong Zeros = 0x3030_3030_3030_3030;

    /// <summary>False when there are none, more than 18, or something else among them.</summary>
    public static bool TryParse(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        if (digits.Length is 0 or > 18)
        {
            return false;
        }

        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>Fills the destination with the number's last digits, and zeros before them.</summary>
    public static void Write(Span<byte> destination, long value)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            (value, long digit) = Math.DivRem(value, 10);
            destination[i] = (byte)('0' + digit);
        }
    }

    /// <summary>Writes a number below 100,000,000 as eight digits.</summary>
    public static void WriteEight(uint value, Span<byte> destination) =>
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Eight(value));

    /// <summary>The eight digits of a number below 100,000,000, the first in the lowest byte, all at once.</summary>
    public static ulong Eight(uint value)
    {
        // Four digits to a lane of 32 bits, then two to one of 16, then one to a byte; the left one is always lower.
        // The multipliers divide by 100 and by 10, exactly for what a lane can hold.
        ulong fours = (value / 10_000) | ((ulong)(value % 10_000) << 32);
        ulong hundreds = ((fours * 10_486) >> 20) & 0x0000_007F_0000_007F;
        ulong pairs = hundreds | ((fours - (hundreds * 100)) << 16);
        ulong tens = ((pairs * 103) >> 10) & 0x000F_000F_000F_000F;
        ulong digits = tens | ((pairs - (tens * 10)) << 8);
        return digits | Zeros;
    }

    public static bool AreAll(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    /// <summary>Eight bytes of packed digits to sixteen; false when they are not that.</summary>
    public static bool TryUnpack(ReadOnlySpan<byte> packed, Span<byte> digits)
    {
        const int PackedSize = 8;
        bool isPacked = packed.Length == PackedSize;
        for (int i = 0; i < packed.Length && isPacked; i++)
        {
            isPacked = packed[i] >> 4 <= 9 && (packed[i] & 15) <= 9;
            digits[2 * i] = (byte)('0' + (packed[i] >> 4));
            digits[(2 * i) + 1] = (byte)('0' + (packed[i] & 15));
        }

        return isPacked;
    }

    /// <summary>Sixteen digits to eight bytes; false when they are not that.</summary>
    public static bool TryPack(ReadOnlySpan<byte> digits, Span<byte> packed)
    {
        const int DigitsSize = 16;
        if (digits.Length != DigitsSize || !AreAll(digits))
        {
            return false;
        }

        for (int i = 0; i < DigitsSize / 2; i++)
        {
            packed[i] = (byte)(((digits[2 * i] & 15) << 4) | (digits[(2 * i) + 1] & 15));
        }

        return true;
    }
}
