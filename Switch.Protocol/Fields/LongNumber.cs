namespace Switch.Protocol.Fields;

/// <summary>
/// Finds what may be a card number where no dialect says that one is: 8 digits or more in a row, which may stand in
/// groups with spaces or hyphens between them. It reads bytes, so that no text of them has to be made first.
/// </summary>
public static class LongNumber
{
    private const byte ShiftJisDigits = 0x82; // The first byte of full-width digits; the second is 4F to 58.

    /// <param name="value">The canonical text of a field or of a part of one.</param>
    /// <param name="isBytes">
    /// Whether it is bytes: digits are then looked for as packed, as ASCII, which packed ones cover, and as EBCDIC.
    /// </param>
    public static bool IsIn(ReadOnlySpan<byte> value, bool isBytes) =>
        isBytes ? HasPacked(value) || HasEbcdic(value) : HasCharacters(value);

    private static bool HasCharacters(ReadOnlySpan<byte> value)
    {
        int digits = 0;
        for (int i = 0; i < value.Length && digits < Pan.LengthMin; i++)
        {
            if (value[i] == ShiftJisDigits && i + 1 < value.Length && value[i + 1] is >= 0x4F and <= 0x58)
            {
                digits++;
                i++;
            }
            else
            {
                digits = value[i] is >= (byte)'0' and <= (byte)'9' ? digits + 1
                    : value[i] is (byte)' ' or (byte)'-' ? digits
                    : 0;
            }
        }

        return digits >= Pan.LengthMin;
    }

    private static bool HasPacked(ReadOnlySpan<byte> value)
    {
        int digits = 0;
        for (int i = 0; i < value.Length * 2 && digits < Pan.LengthMin; i++)
        {
            int nibble = (i & 1) == 0 ? value[i / 2] >> 4 : value[i / 2] & 0xF;
            digits = nibble <= 9 ? digits + 1 : 0;
        }

        return digits >= Pan.LengthMin;
    }

    private static bool HasEbcdic(ReadOnlySpan<byte> value)
    {
        int digits = 0;
        for (int i = 0; i < value.Length && digits < Pan.LengthMin; i++)
        {
            digits = value[i] is >= 0xF0 and <= 0xF9 ? digits + 1 : 0;
        }

        return digits >= Pan.LengthMin;
    }
}
