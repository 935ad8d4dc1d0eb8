using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// What stands before the fields: the MTI, and up to as many bitmaps as the dialect has. The leftmost bit of a bitmap
/// announces the next one.
/// </summary>
internal static class MessageHeader
{
    private const ulong Continuation = 1UL << 63;

    /// <summary>Bytes of MTI and bitmaps for these fields.</summary>
    public static int SizeOf(Dialect dialect, in FieldSet fields) =>
        dialect.MtiSize + (dialect.BitmapSize * CountFor(dialect, in fields));

    /// <summary>Reads the MTI at the front of <paramref name="bytes"/>.</summary>
    public static bool TryReadMti(Dialect dialect, ReadOnlySpan<byte> bytes, out Mti mti, out ParseFault fault)
    {
        fault = default;
        mti = default;
        if (bytes.Length < dialect.MtiSize)
        {
            fault = new ParseFault(ParseError.Truncated, 0, bytes.Length);
            return false;
        }

        uint digits = dialect.Mti switch
        {
            MtiEncoding.Ascii => BinaryPrimitives.ReadUInt32BigEndian(bytes) ^ 0x3030_3030,
            MtiEncoding.Ebcdic => BinaryPrimitives.ReadUInt32BigEndian(bytes) ^ 0xF0F0_F0F0,
            _ => Unpack(BinaryPrimitives.ReadUInt16BigEndian(bytes)),
        };
        if ((((digits + 0x7676_7676) | digits) & 0x8080_8080) != 0) // A digit above 9 reaches the top bit of its byte.
        {
            fault = new ParseFault(ParseError.BadMti, 0, 0);
            return false;
        }

        uint pairs = ((digits >> 8) * 10) + digits; // The low byte of each half is now a number of two digits.
        mti = new Mti((int)((((pairs >> 16) & 0xFF) * 100) + (pairs & 0xFF)));
        return true;
    }

    /// <summary>
    /// Reads the bitmaps at <paramref name="offset"/>, without their continuation bits. Returns where the fields
    /// begin, or 0 at a fault. The caller vouches for <see cref="ByteClass.Slack"/> readable bytes after <paramref
    /// name="bytes"/>.
    /// </summary>
    public static int ReadBitmaps(
        Dialect dialect, ReadOnlySpan<byte> bytes, int offset, out Bitmaps bitmaps, out ParseFault fault)
    {
        bitmaps = default;
        if (!TryReadBitmap(dialect, bytes, offset, ref bitmaps.IsLower, out ulong first, out fault))
        {
            return 0;
        }

        offset += dialect.BitmapSize;
        bitmaps.First = first & ~Continuation;
        if ((first & Continuation) == 0)
        {
            return dialect.HasBothBitmaps ? ReadFixedBitmap(dialect, bytes, offset, ref bitmaps, out fault) : offset;
        }

        if (dialect.HasBothBitmaps)
        {
            fault = new ParseFault(ParseError.BadBitmap, 1, offset - dialect.BitmapSize);
            return 0;
        }

        if (!TryReadBitmap(dialect, bytes, offset, ref bitmaps.IsLower, out ulong second, out fault))
        {
            return 0;
        }

        bitmaps.Second = second & ~Continuation;
        if ((second & Continuation) == 0)
        {
            return offset + dialect.BitmapSize;
        }

        if (dialect.BitmapMax < 3)
        {
            fault = new ParseFault(ParseError.BadBitmap, Field.ThirdBitmap, offset);
            return 0;
        }

        offset += dialect.BitmapSize;
        if (!TryReadBitmap(dialect, bytes, offset, ref bitmaps.IsLower, out bitmaps.Third, out fault))
        {
            return 0;
        }

        if ((bitmaps.Third & Continuation) != 0)
        {
            fault = new ParseFault(ParseError.BadBitmap, Field.FourthBitmap, offset);
            return 0;
        }

        return offset + dialect.BitmapSize;
    }

    /// <summary>The second half of a bitmap of 16 bytes, whose first bits announce nothing.</summary>
    private static int ReadFixedBitmap(
        Dialect dialect, ReadOnlySpan<byte> bytes, int offset, ref Bitmaps bitmaps, out ParseFault fault)
    {
        if (!TryReadBitmap(dialect, bytes, offset, ref bitmaps.IsLower, out bitmaps.Second, out fault))
        {
            return 0;
        }

        if ((bitmaps.Second & Continuation) != 0)
        {
            fault = new ParseFault(ParseError.BadBitmap, Field.ThirdBitmap, offset);
            return 0;
        }

        return offset + dialect.BitmapSize;
    }

    public static void WriteMti(Dialect dialect, Mti mti, Span<byte> destination)
    {
        if (dialect.Mti == MtiEncoding.Bcd)
        {
            destination[1] = (byte)((mti.Function << 4) | mti.Origin);
            destination[0] = (byte)((mti.Version << 4) | mti.Class);
            return;
        }

        mti.CopyTo(destination);
        if (dialect.Mti == MtiEncoding.Ebcdic)
        {
            CodePage.Of(FieldEncoding.Ebcdic).Encode(destination[..4], destination);
        }
    }

    public static void WriteBitmaps(Dialect dialect, in FieldSet fields, Span<byte> destination)
    {
        int count = CountFor(dialect, in fields);
        bool announces = count > 1 && !dialect.HasBothBitmaps;
        WriteBitmap(dialect, fields.First | (announces ? Continuation : 0), destination);
        if (count > 1)
        {
            destination = destination[dialect.BitmapSize..];
            WriteBitmap(dialect, fields.Second | (count > 2 ? Continuation : 0), destination);
        }

        if (count > 2)
        {
            WriteBitmap(dialect, fields.Third, destination[dialect.BitmapSize..]);
        }
    }

    private static int CountFor(Dialect dialect, in FieldSet fields) =>
        fields.Third != 0 ? 3 : fields.Second != 0 || dialect.HasBothBitmaps ? 2 : 1;

    private static bool TryReadBitmap(
        Dialect dialect, ReadOnlySpan<byte> bytes, int offset, ref bool isLower, out ulong bits, out ParseFault fault)
    {
        fault = default;
        bits = 0;
        if (bytes.Length - offset < dialect.BitmapSize)
        {
            fault = new ParseFault(ParseError.Truncated, 1, bytes.Length);
            return false;
        }

        ReadOnlySpan<byte> bitmap = bytes.Slice(offset, dialect.BitmapSize);
        if (dialect.Bitmap == BitmapEncoding.Binary)
        {
            bits = BinaryPrimitives.ReadUInt64BigEndian(bitmap);
            return true;
        }

        bool isEbcdic = dialect.Bitmap == BitmapEncoding.HexEbcdic;
        ref readonly ByteClass hex = ref ByteClasses.Of(isEbcdic ? ByteClassName.EbcdicHex : ByteClassName.Hex);
        if (!hex.Holds(ref MemoryMarshal.GetReference(bitmap), bitmap.Length)
            && !IsHexOfBothCases(bitmap, isEbcdic, ref isLower, out int stranger))
        {
            fault = new ParseFault(ParseError.BadBitmap, 1, offset + stranger);
            return false;
        }

        ulong left = BinaryPrimitives.ReadUInt64BigEndian(bitmap);
        ulong right = BinaryPrimitives.ReadUInt64BigEndian(bitmap[8..]);
        bits = isEbcdic
            ? ((ulong)HexWord(FromEbcdic(left)) << 32) | HexWord(FromEbcdic(right))
            : ((ulong)HexWord(left) << 32) | HexWord(right);
        return true;
    }

    // A letter differs from a digit by the same bit in both cases, so the numbers are read the same way.
    private static bool IsHexOfBothCases(ReadOnlySpan<byte> bitmap, bool isEbcdic, ref bool isLower, out int stranger)
    {
        ref readonly ByteClass hex =
            ref ByteClasses.Of(isEbcdic ? ByteClassName.EbcdicHexOfBothCases : ByteClassName.HexOfBothCases);
        bool isHex = hex.Holds(ref MemoryMarshal.GetReference(bitmap), bitmap.Length);
        isLower |= isHex;
        stranger = isHex ? -1 : hex.FirstStranger(bitmap);
        return isHex;
    }

    private static void WriteBitmap(Dialect dialect, ulong bits, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, bits);
        if (dialect.Bitmap == BitmapEncoding.Binary)
        {
            bytes.CopyTo(destination);
        }
        else
        {
            FieldCodec.EncodeHex(bytes, destination);
            if (dialect.Bitmap == BitmapEncoding.HexEbcdic)
            {
                CodePage.Of(FieldEncoding.Ebcdic).Encode(destination[..16], destination);
            }
        }
    }

    /// <summary>
    /// Marks letters as ASCII does, by bit 6: in EBCDIC the digits have bit 5 set, and the letters have not.
    /// </summary>
    private static ulong FromEbcdic(ulong characters) =>
        ((~characters & 0x2020_2020_2020_2020) << 1) | (characters & 0x0F0F_0F0F_0F0F_0F0F);

    /// <summary>Four packed digits, one to a byte.</summary>
    private static uint Unpack(uint packed)
    {
        uint digits = (packed | (packed << 8)) & 0x00FF_00FF;
        return (digits | (digits << 4)) & 0x0F0F_0F0F;
    }

    /// <summary>
    /// Eight characters known to be 0-9 A-F, the leftmost in the top byte, to the number they write.
    /// </summary>
    private static uint HexWord(ulong characters)
    {
        // Letters have bit 6 set and begin at 1: nine more makes them their value.
        ulong letters = (characters >> 6) & 0x0101_0101_0101_0101;
        ulong nibbles = (characters & 0x0F0F_0F0F_0F0F_0F0F) + (letters * 9);
        nibbles = (nibbles | (nibbles >> 4)) & 0x00FF_00FF_00FF_00FF;
        nibbles = (nibbles | (nibbles >> 8)) & 0x0000_FFFF_0000_FFFF;
        return (uint)(nibbles | (nibbles >> 16));
    }
}

/// <summary>What the bitmaps of a message announce, without their continuation bits.</summary>
internal struct Bitmaps
{
    public ulong First;
    public ulong Second;
    public ulong Third;

    /// <summary>Whether one is in lower-case hexadecimal: taken, and not sent on.</summary>
    public bool IsLower;
}
