namespace Switch.Protocol.Framing;

/// <summary>How the length of a frame is written.</summary>
internal enum LengthForm : byte
{
    /// <summary>It is not: a character ends the frame.</summary>
    None,
    BigEndian,
    LittleEndian,

    /// <summary>Two packed digits a byte.</summary>
    Bcd,

    /// <summary>A digit a byte.</summary>
    Ascii,

    /// <summary>A hexadecimal character a byte, of either case; written in upper case.</summary>
    Hex,
}

/// <summary>
/// One framing as a row of data.
/// <code>
///   | zeros | length | zeros |  header  message  | ETX |
///   | STX                    |  header  message  | ETX |
/// </code>
/// The length counts header and message, and itself or ETX where the row says so.
/// </summary>
internal sealed record FrameShape(string Name, LengthForm Form, int LengthSize)
{
    public const byte Stx = 0x02;
    public const byte Etx = 0x03;

    public static readonly FrameShape[] All =
    [
        new("len2", LengthForm.BigEndian, 2),
        new("len2-inclusive", LengthForm.BigEndian, 2) { Extra = 2 },
        new("len2-little", LengthForm.LittleEndian, 2),
        new("len2-bcd", LengthForm.Bcd, 2),
        new("len3-binary", LengthForm.BigEndian, 3),
        new("len4-ascii", LengthForm.Ascii, 4),
        new("len4-hex", LengthForm.Hex, 4),
        new("len4-binary", LengthForm.BigEndian, 4),
        new("vap", LengthForm.BigEndian, 2) { ZerosAfter = 2 },
        new("gicc", LengthForm.BigEndian, 2) { ZerosBefore = 2 },
        new("len2-etx", LengthForm.BigEndian, 2) { Extra = 1, EndsWithEtx = true },
        new("etx", LengthForm.None, 0) { EndsWithEtx = true },
        new("stx-etx", LengthForm.None, 0) { StartsWithStx = true, EndsWithEtx = true },
    ];

    public int ZerosBefore { get; init; }

    public int ZerosAfter { get; init; }

    /// <summary>What the length counts besides header and message: its own bytes, or ETX.</summary>
    public int Extra { get; init; }

    public bool StartsWithStx { get; init; }

    public bool EndsWithEtx { get; init; }

    /// <summary>Bytes before the header.</summary>
    public int LeadSize => (StartsWithStx ? 1 : 0) + ZerosBefore + LengthSize + ZerosAfter;

    public int TrailSize => EndsWithEtx ? 1 : 0;

    /// <summary>The greatest number that the length can state, or the greatest size of anything.</summary>
    public int LengthMax
    {
        get
        {
            (int radix, int digits) = Form switch
            {
                LengthForm.Bcd => (100, LengthSize),
                LengthForm.Ascii => (10, LengthSize),
                LengthForm.Hex => (16, LengthSize),
                LengthForm.None => (256, 4),
                _ => (256, LengthSize),
            };
            long max = 1;
            for (int digit = 0; digit < digits; digit++)
            {
                max *= radix;
            }

            return (int)Math.Min(max - 1, int.MaxValue);
        }
    }

    /// <summary>The number in the length, or -1 when it is not one; at most the greatest integer.</summary>
    public int ReadLength(ReadOnlySpan<byte> lead)
    {
        ReadOnlySpan<byte> bytes = lead.Slice(ZerosBefore, LengthSize);
        long number = 0;
        for (int index = 0; index < bytes.Length; index++)
        {
            byte value = bytes[index];
            switch (Form)
            {
                case LengthForm.BigEndian:
                    number = (number << 8) | value;
                    break;
                case LengthForm.LittleEndian:
                    number |= (long)value << (8 * index);
                    break;
                case LengthForm.Bcd when value >> 4 <= 9 && (value & 15) <= 9:
                    number = (number * 100) + ((value >> 4) * 10) + (value & 15);
                    break;
                case LengthForm.Ascii when char.IsAsciiDigit((char)value):
                    number = (number * 10) + (value - '0');
                    break;
                case LengthForm.Hex when char.IsAsciiHexDigit((char)value):
                    number = (number << 4) | (uint)((value & 15) + ((value >> 6) * 9));
                    break;
                default:
                    return -1;
            }
        }

        return (int)Math.Min(number, int.MaxValue);
    }

    /// <summary>Writes the length at the front, and everything else that precedes the header.</summary>
    public void WriteLead(Span<byte> lead, int number)
    {
        lead[..LeadSize].Clear();
        if (StartsWithStx)
        {
            lead[0] = Stx;
            return;
        }

        Span<byte> bytes = lead.Slice(ZerosBefore, LengthSize);
        for (int place = 0; place < bytes.Length; place++)
        {
            ref byte value = ref bytes[Form == LengthForm.LittleEndian ? place : bytes.Length - 1 - place];
            switch (Form)
            {
                case LengthForm.Bcd:
                    (number, int pair) = int.DivRem(number, 100);
                    value = (byte)((pair / 10 << 4) | (pair % 10));
                    break;
                case LengthForm.Ascii:
                    (number, int digit) = int.DivRem(number, 10);
                    value = (byte)('0' + digit);
                    break;
                case LengthForm.Hex:
                    value = "0123456789ABCDEF"u8[number & 15];
                    number >>= 4;
                    break;
                default:
                    value = (byte)number;
                    number >>= 8;
                    break;
            }
        }
    }

    /// <summary>Whether what should be zeros, or STX, is.</summary>
    public bool IsLead(ReadOnlySpan<byte> lead) => StartsWithStx
        ? lead[0] == Stx
        : !lead[..ZerosBefore].ContainsAnyExcept((byte)0)
            && !lead.Slice(ZerosBefore + LengthSize, ZerosAfter).ContainsAnyExcept((byte)0);
}
