using System.Runtime.CompilerServices;

namespace Switch.Protocol.Fields;

/// <summary>Reads and writes length prefixes. The two commonest forms are read in the index's inner loop.</summary>
internal static class LengthPrefix
{
    /// <summary>
    /// The number in a prefix, or -1 when it is not one. Reads <see cref="FieldRule.PrefixSize"/> bytes, which the
    /// caller vouches for.
    /// </summary>
    public static int Read(in FieldRule rule, ref byte start)
    {
        int radix = RadixOf(rule.Prefix);
        long number = 0;
        for (int index = 0; index < rule.PrefixSize; index++)
        {
            int place = PlaceOf(in rule, Unsafe.Add(ref start, index));
            if (place < 0)
            {
                return -1;
            }

            number = (number * radix) + place;
        }

        return (int)Math.Min(number, int.MaxValue); // Four bytes hold more than any field: it is over its limit.
    }

    /// <summary>Writes <see cref="FieldRule.PrefixSize"/> bytes; nothing for a fixed field.</summary>
    public static void Write(in FieldRule rule, int units, Span<byte> destination)
    {
        if (rule.Prefix == PrefixForm.None)
        {
            return;
        }

        int rest = rule.WireCountOf(units);
        if (rule.Prefix is not (PrefixForm.TwoDigits or PrefixForm.OnePacked))
        {
            WriteOther(in rule, rest, destination);
            return;
        }

        // Below 100: a field's greatest length is what its prefix can state.
        uint tens = ((uint)rest * 103) >> 10;
        uint ones = (uint)rest - (tens * 10);
        if (rule.Prefix == PrefixForm.OnePacked)
        {
            destination[0] = (byte)((tens << 4) | ones);
            return;
        }

        destination[1] = (byte)(rule.PrefixZero + ones);
        destination[0] = (byte)(rule.PrefixZero + tens);
    }

    private static void WriteOther(in FieldRule rule, int rest, Span<byte> destination)
    {
        for (int index = rule.PrefixSize - 1; index >= 0; index--)
        {
            switch (rule.Prefix)
            {
                case PrefixForm.OnePacked or PrefixForm.Packed:
                    (rest, int pair) = int.DivRem(rest, 100);
                    destination[index] = (byte)((pair / 10 << 4) | (pair % 10));
                    break;
                case PrefixForm.Binary:
                    destination[index] = (byte)rest;
                    rest >>= 8;
                    break;
                case PrefixForm.Hex:
                    destination[index] = "0123456789ABCDEF"u8[rest & 15];
                    rest >>= 4;
                    break;
                default:
                    (rest, int digit) = int.DivRem(rest, 10);
                    destination[index] = (byte)(rule.PrefixZero + digit);
                    break;
            }
        }
    }

    private static int RadixOf(PrefixForm prefix) => prefix switch
    {
        PrefixForm.Binary => 256,
        PrefixForm.Hex => 16,
        PrefixForm.Packed or PrefixForm.OnePacked => 100,
        _ => 10,
    };

    /// <summary>The value of one byte of a prefix, or -1.</summary>
    private static int PlaceOf(in FieldRule rule, byte value)
    {
        int digit = value - rule.PrefixZero;
        return rule.Prefix switch
        {
            PrefixForm.Binary => value,
            PrefixForm.Packed or PrefixForm.OnePacked =>
                value >> 4 <= 9 && (value & 15) <= 9 ? ((value >> 4) * 10) + (value & 15) : -1,
            PrefixForm.Hex when value is >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
            _ => digit is >= 0 and <= 9 ? digit : -1,
        };
    }
}
