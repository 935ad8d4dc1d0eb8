namespace Switch.Protocol.Fields;

/// <summary>Writes length prefixes. Reading them is part of the index's inner loop.</summary>
internal static class LengthPrefix
{
    /// <summary>Writes <see cref="FieldRule.PrefixSize"/> bytes; nothing for a fixed field.</summary>
    public static void Write(in FieldRule rule, int units, Span<byte> destination)
    {
        bool isPacked = rule.Prefix is PrefixForm.OnePacked or PrefixForm.Packed;
        int rest = units;
        for (int index = rule.PrefixSize - 1; index >= 0; index--)
        {
            if (isPacked)
            {
                (rest, int pair) = int.DivRem(rest, 100);
                destination[index] = (byte)((pair / 10 << 4) | (pair % 10));
            }
            else
            {
                (rest, int digit) = int.DivRem(rest, 10);
                destination[index] = (byte)('0' + digit);
            }
        }
    }
}
