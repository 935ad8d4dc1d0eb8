using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// What stands before the fields: the MTI, and one bitmap or two. The leftmost bit of a bitmap announces the next
/// one.
/// </summary>
internal static class MessageHeader
{
    private const ulong Continuation = 1UL << 63;

    /// <summary>Bytes of MTI and bitmaps for these fields.</summary>
    public static int SizeOf(Dialect dialect, in FieldSet fields) =>
        dialect.MtiSize + (dialect.BitmapSize * (fields.Second == 0 ? 1 : 2));

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

        uint digits = dialect.Mti == MtiEncoding.Ascii
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes) ^ 0x3030_3030
            : Unpack(BinaryPrimitives.ReadUInt16BigEndian(bytes));
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
        Dialect dialect, ReadOnlySpan<byte> bytes, int offset, out ulong first, out ulong second, out ParseFault fault)
    {
        second = 0;
        if (!TryReadBitmap(dialect, bytes, offset, out first, out fault))
        {
            return 0;
        }

        offset += dialect.BitmapSize;
        if ((first & Continuation) == 0)
        {
            return offset;
        }

        first ^= Continuation;
        if (!TryReadBitmap(dialect, bytes, offset, out second, out fault))
        {
            return 0;
        }

        if ((second & Continuation) != 0)
        {
            fault = new ParseFault(ParseError.BadBitmap, Field.ThirdBitmap, offset);
            return 0;
        }

        return offset + dialect.BitmapSize;
    }

    public static void WriteMti(Dialect dialect, Mti mti, Span<byte> destination)
    {
        if (dialect.Mti == MtiEncoding.Ascii)
        {
            mti.CopyTo(destination);
            return;
        }

        destination[1] = (byte)((mti.Function << 4) | mti.Origin);
        destination[0] = (byte)((mti.Version << 4) | mti.Class);
    }

    public static void WriteBitmaps(Dialect dialect, in FieldSet fields, Span<byte> destination)
    {
        bool hasSecond = fields.Second != 0;
        WriteBitmap(dialect, fields.First | (hasSecond ? Continuation : 0), destination);
        if (hasSecond)
        {
            WriteBitmap(dialect, fields.Second, destination[dialect.BitmapSize..]);
        }
    }

    private static bool TryReadBitmap(
        Dialect dialect, ReadOnlySpan<byte> bytes, int offset, out ulong bits, out ParseFault fault)
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

        ref readonly ByteClass hex = ref ByteClasses.Of(ByteClassName.Hex);
        if (!hex.Holds(ref MemoryMarshal.GetReference(bitmap), bitmap.Length))
        {
            fault = new ParseFault(ParseError.BadBitmap, 1, offset + hex.FirstStranger(bitmap));
            return false;
        }

        bits = ((ulong)HexWord(BinaryPrimitives.ReadUInt64BigEndian(bitmap)) << 32)
            | HexWord(BinaryPrimitives.ReadUInt64BigEndian(bitmap[8..]));
        return true;
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
        }
    }

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
