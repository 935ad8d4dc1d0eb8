using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// The length that a field of a received message has. Prefixes are read before they are known to be whole: slack behind
/// the message makes that harmless, and the caller checks the end.
/// </summary>
internal static class FieldLength
{
    /// <summary>The units that a length prefix states, or a negative number when it is not one.</summary>
    /// <param name="rule">Of a field that has a prefix.</param>
    /// <param name="message">Its first byte.</param>
    /// <param name="size">Bytes of the message.</param>
    /// <param name="offset">Where the prefix begins.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(in FieldRule rule, ref byte message, int size, int offset)
    {
        ref byte start = ref Unsafe.Add(ref message, offset);
        switch (rule.Prefix)
        {
            case PrefixForm.TwoDigits:
            {
                uint tens = (uint)start - rule.PrefixZero;
                uint ones = (uint)Unsafe.Add(ref start, 1) - rule.PrefixZero;
                return (tens > 9) | (ones > 9) ? -1 : (int)((tens * 10) + ones);
            }

            case PrefixForm.OnePacked:
            {
                uint tens = (uint)start >> 4;
                uint ones = (uint)start & 15;
                return (tens > 9) | (ones > 9) ? -1 : (int)((tens * 10) + ones);
            }

            default:
                return ReadOther(in rule, ref message, size, offset);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ReadOther(in FieldRule rule, ref byte message, int size, int offset)
    {
        int number = ReadNumber(in rule, ref Unsafe.Add(ref message, offset));
        return (rule.Quirks & ContentQuirks.CountsWire) == 0 || number <= 0
            ? number
            : UnitsOf(in rule, number, ref message, size, offset + rule.PrefixSize);
    }

    // Three digits, or four in two bytes, are what is common besides: both without a loop.
    private static int ReadNumber(in FieldRule rule, ref byte start)
    {
        if (rule.Prefix == PrefixForm.Digits && rule.PrefixSize == 3)
        {
            uint hundreds = (uint)start - rule.PrefixZero;
            uint tens = (uint)Unsafe.Add(ref start, 1) - rule.PrefixZero;
            uint ones = (uint)Unsafe.Add(ref start, 2) - rule.PrefixZero;
            return (hundreds > 9) | (tens > 9) | (ones > 9) ? -1 : (int)((((hundreds * 10) + tens) * 10) + ones);
        }

        if (rule.Prefix == PrefixForm.Packed && rule.PrefixSize == 2)
        {
            uint left = start;
            uint right = Unsafe.Add(ref start, 1);
            bool isNumber = ((left >> 4) <= 9) & ((left & 15) <= 9) & ((right >> 4) <= 9) & ((right & 15) <= 9);
            int number = (int)((((left >> 4) * 10) + (left & 15)) * 100 + ((right >> 4) * 10) + (right & 15));
            return isNumber ? number : -1;
        }

        return LengthPrefix.Read(in rule, ref start);
    }

    /// <summary>
    /// The units in so many bytes on the wire: of hexadecimal a half, of packed digits twice as many, less the spare
    /// nibble where it shows. Beyond any limit when there is no such count.
    /// </summary>
    private static int UnitsOf(in FieldRule rule, int stated, ref byte message, int size, int offset)
    {
        if (rule.UnitNibbles == 4)
        {
            return (stated & 1) == 0 ? stated >> 1 : int.MaxValue;
        }

        if (stated > rule.LengthMax)
        {
            return stated;
        }

        if (stated > size - offset)
        {
            return (2 * stated) - 1; // The spare nibble is not there to be looked at, and the search ends here.
        }

        bool padLeft = (rule.Quirks & ContentQuirks.PadLeft) != 0;
        int spare = padLeft
            ? Unsafe.Add(ref message, offset) >> 4
            : Unsafe.Add(ref message, offset + stated - 1) & 15;
        bool isOdd = rule.PadNibble != 0 ? spare == rule.PadNibble : 2 * stated == rule.LengthMax + 1;
        return isOdd ? (2 * stated) - 1 : 2 * stated;
    }
}
