using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Switch.Protocol.Fields;

/// <summary>
/// Checks what about a field's content a class of bytes alone cannot tell, and finds the culprit in a field that
/// fails.
/// </summary>
internal static class FieldContent
{
    /// <summary>
    /// Whether sign and pad of a field with quirks are what the rule says. Its other bytes are checked in a run with
    /// its neighbours, except where the pad is F: there they are checked here. The caller vouches for slack after the
    /// field.
    /// </summary>
    public static bool QuirksHold(in FieldRule rule, ref byte start, int size, int units)
    {
        if ((rule.Quirks & ContentQuirks.Pairs) != 0)
        {
            return ShiftJis.FirstStranger(MemoryMarshal.CreateReadOnlySpan(ref start, size)) < 0;
        }

        int sign = (int)(rule.Quirks & ContentQuirks.Sign);
        if (sign != 0 && !IsSign(in rule, start))
        {
            return false;
        }

        if (((units - sign) & 1) == 0)
        {
            return rule.PadNibble == 0 || DigitsHold(in rule, ref start, sign, size);
        }

        if ((rule.Quirks & ContentQuirks.PadLeft) != 0)
        {
            byte padded = Unsafe.Add(ref start, sign);
            return padded >> 4 == rule.PadNibble && (rule.PadNibble == 0
                || (IsDigitNibble(in rule, padded & 15) && DigitsHold(in rule, ref start, sign + 1, size)));
        }

        if ((rule.Quirks & ContentQuirks.PadRight) != 0)
        {
            byte padded = Unsafe.Add(ref start, size - 1);
            return (padded & 15) == rule.PadNibble && (rule.PadNibble == 0
                || (IsDigitNibble(in rule, padded >> 4) && DigitsHold(in rule, ref start, sign, size - 1)));
        }

        return true;
    }

    /// <summary>
    /// Judges one field slowly. Names its fault, if it has one, and the index of the first byte to blame.
    /// </summary>
    public static ParseError Explain(in FieldRule rule, ReadOnlySpan<byte> wire, int units, out int at)
    {
        at = 0;
        int sign = (int)(rule.Quirks & ContentQuirks.Sign);
        if (sign != 0 && !IsSign(in rule, wire[0]))
        {
            return ParseError.BadSign;
        }

        bool isOdd = ((units - sign) & 1) != 0;
        bool padLeft = isOdd && (rule.Quirks & ContentQuirks.PadLeft) != 0;
        bool padRight = isOdd && (rule.Quirks & ContentQuirks.PadRight) != 0;
        ref readonly ByteClass wireClass = ref ByteClasses.Of(rule.WireClass);
        for (at = sign; at < wire.Length; at++)
        {
            byte value = wire[at];
            if (padLeft && at == sign)
            {
                if (value >> 4 != rule.PadNibble)
                {
                    return ParseError.BadPadding;
                }

                value &= 15;
            }
            else if (padRight && at == wire.Length - 1)
            {
                if (IsDigitNibble(in rule, value >> 4) && (value & 15) != rule.PadNibble)
                {
                    return ParseError.BadPadding;
                }

                value &= 0xF0;
            }

            if (!wireClass.Contains(value))
            {
                return FieldCodec.ErrorOf(rule.Kind);
            }
        }

        int stranger = (rule.Quirks & ContentQuirks.Pairs) != 0 ? ShiftJis.FirstStranger(wire) : -1;
        at = Math.Max(0, stranger);
        return stranger < 0 ? ParseError.None : FieldCodec.ErrorOf(rule.Kind);
    }

    private static bool IsSign(in FieldRule rule, byte value) => (uint)(value - rule.SignC) <= 1;

    private static bool DigitsHold(in FieldRule rule, ref byte start, int from, int to) =>
        ByteClasses.Of(rule.WireClass).Holds(ref Unsafe.Add(ref start, from), to - from);

    private static bool IsDigitNibble(in FieldRule rule, int nibble) =>
        ByteClasses.Of(rule.WireClass).Contains((byte)nibble);
}
