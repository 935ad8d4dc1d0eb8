using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Switch.Protocol.Fields;

/// <summary>
/// Turns the bytes of one field into its canonical text and back. The bytes were checked by the index, the text is
/// checked by <see cref="CheckText"/>: neither direction looks at content again.
/// </summary>
internal static class FieldCodec
{
    private const int Block = 16;
    private const int Half = Block / 2;
    private const ulong LowNibbles = 0x0F0F_0F0F_0F0F_0F0F;
    private const ulong Ones = 0x0101_0101_0101_0101;
    private const ulong AsciiZeros = 0x3030_3030_3030_3030;

    private static readonly SearchValues<byte> HexCharacters = SearchValues.Create("0123456789ABCDEFabcdef"u8);

    private static ReadOnlySpan<byte> HexDigits => "0123456789ABCDEF"u8;

    /// <summary>Whether the canonical text is the bytes on the wire themselves.</summary>
    public static bool IsVerbatim(in FieldRule rule) =>
        rule.Encoding is FieldEncoding.Ascii or FieldEncoding.Binary && !rule.SeparatesByD;

    /// <summary>
    /// Writes the canonical text: one byte per unit. <paramref name="wire"/> is without its prefix.
    /// </summary>
    public static void Decode(in FieldRule rule, ReadOnlySpan<byte> wire, int units, Span<byte> text)
    {
        switch (rule.Encoding)
        {
            case FieldEncoding.Bcd:
                int sign = (int)(rule.Quirks & ContentQuirks.Sign);
                if (sign != 0)
                {
                    text[0] = wire[0];
                }

                DecodePacked(wire[sign..], (rule.Quirks & ContentQuirks.PadLeft) != 0, text[sign..units]);
                break;
            case FieldEncoding.Hex:
                DecodeHex(wire, text[..units]);
                break;
            case FieldEncoding.HexEbcdic:
                DecodeEbcdicHex(wire, text[..units]);
                break;
            case FieldEncoding.Ebcdic or FieldEncoding.Ebcdic500 or FieldEncoding.Ebcdic1047
                or FieldEncoding.Ebcdic930 or FieldEncoding.Ebcdic939:
                CodePage.Of(rule.Encoding).Decode(wire, text);
                break;
            default:
                wire.CopyTo(text);
                break;
        }

        if (rule.SeparatesByD)
        {
            text[..units].Replace((byte)'D', (byte)'=');
        }
    }

    /// <summary>
    /// Writes the bytes of a text that has the field's length, exactly <see cref="FieldRule.SizeOf"/> of them.
    /// </summary>
    public static void Encode(in FieldRule rule, ReadOnlySpan<byte> text, Span<byte> wire)
    {
        switch (rule.Encoding)
        {
            case FieldEncoding.Bcd:
                int sign = (int)(rule.Quirks & ContentQuirks.Sign);
                if (sign != 0)
                {
                    wire[0] = text[0];
                }

                EncodePacked(text[sign..], (rule.Quirks & ContentQuirks.PadLeft) != 0, rule.PadNibble, wire[sign..]);
                break;
            case FieldEncoding.Hex:
                EncodeHex(text, wire);
                break;
            case FieldEncoding.HexEbcdic:
                EncodeHex(text, wire);
                CodePage.Of(FieldEncoding.Ebcdic).Encode(wire, wire);
                break;
            case FieldEncoding.Ebcdic or FieldEncoding.Ebcdic500 or FieldEncoding.Ebcdic1047
                or FieldEncoding.Ebcdic930 or FieldEncoding.Ebcdic939:
                var page = CodePage.Of(rule.Encoding);
                page.Encode(text, wire);
                if (rule.SeparatesByD)
                {
                    wire.Replace(page.ToWire((byte)'='), page.ToWire((byte)'D'));
                }

                break;
            default:
                text.CopyTo(wire);
                if (rule.SeparatesByD)
                {
                    wire.Replace((byte)'=', (byte)'D');
                }

                break;
        }
    }

    /// <summary>Writes two upper-case hexadecimal characters per byte.</summary>
    public static void EncodeHex(ReadOnlySpan<byte> bytes, Span<byte> hex)
    {
        int index = 0;
        for (; bytes.Length - index >= Half; index += Half)
        {
            // '0' to '9', and 'A' is seven more than the character after '9'.
            Vector128<byte> nibbles = Nibbles(bytes[index..]);
            Vector128<byte> letters = Vector128.GreaterThan(nibbles, Vector128.Create((byte)9));
            Vector128<byte> digits = nibbles + Vector128.Create((byte)'0') + (letters & Vector128.Create((byte)7));
            digits.CopyTo(hex[(2 * index)..]);
        }

        for (; bytes.Length - index >= 4; index += 4)
        {
            ulong digits = HexOf(BinaryPrimitives.ReadUInt32LittleEndian(bytes[index..]));
            BinaryPrimitives.WriteUInt64LittleEndian(hex[(2 * index)..], digits);
        }

        for (; index < bytes.Length; index++)
        {
            hex[(2 * index) + 1] = HexDigits[bytes[index] & 15];
            hex[2 * index] = HexDigits[bytes[index] >> 4];
        }
    }

    /// <summary>Turns the first bytes of a buffer into twice as many characters at the same place.</summary>
    public static void EncodeHexInPlace(Span<byte> buffer, int size)
    {
        int index = size;
        for (; index >= 4; index -= 4)
        {
            ulong digits = HexOf(BinaryPrimitives.ReadUInt32LittleEndian(buffer[(index - 4)..]));
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[(2 * (index - 4))..], digits);
        }

        for (index--; index >= 0; index--)
        {
            byte value = buffer[index];
            buffer[(2 * index) + 1] = HexDigits[value & 15];
            buffer[2 * index] = HexDigits[value >> 4];
        }
    }

    /// <summary>Whether a text is pairs of hexadecimal characters, of either case.</summary>
    public static bool IsHex(ReadOnlySpan<byte> text) =>
        (text.Length & 1) == 0 && !text.ContainsAnyExcept(HexCharacters);

    /// <summary>
    /// Reads pairs of characters that are known to be hexadecimal. Source and destination may start at the same byte.
    /// </summary>
    public static void DecodeHex(ReadOnlySpan<byte> hex, Span<byte> bytes)
    {
        int index = 0;
        for (; bytes.Length - index >= Half; index += Half)
        {
            var hexadecimal = Vector128.Create(hex.Slice(2 * index, Block));
            Vector128<byte> letters = Vector128.GreaterThan(hexadecimal, Vector128.Create((byte)'9'));
            Vector128<byte> digits = hexadecimal & Vector128.Create((byte)15);
            Join(digits + (letters & Vector128.Create((byte)9)), bytes[index..]);
        }

        for (; bytes.Length - index >= 4; index += 4)
        {
            ulong characters = BinaryPrimitives.ReadUInt64LittleEndian(hex[(2 * index)..]);
            ulong letters = (characters >> 6) & Ones;
            BinaryPrimitives.WriteUInt32LittleEndian(
                bytes[index..], Gather((characters & LowNibbles) + (letters * 9)));
        }

        for (; index < bytes.Length; index++)
        {
            bytes[index] = (byte)((HexValue(hex[2 * index]) << 4) | HexValue(hex[(2 * index) + 1]));
        }
    }

    /// <summary>
    /// Whether a text may stand in the field. Its length is judged by <see cref="FieldFit"/>. The caller vouches for
    /// <see cref="ByteClass.Slack"/> readable bytes after it.
    /// </summary>
    public static ParseError CheckText(in FieldRule rule, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return ParseError.None;
        }

        ReadOnlySpan<byte> body = text;
        if ((rule.Quirks & ContentQuirks.Sign) != 0)
        {
            if (!IsSign(text[0]))
            {
                return ParseError.BadSign;
            }

            body = text[1..];
        }

        bool holds = body.IsEmpty
            || ByteClasses.Of(rule.TextClass).Holds(ref MemoryMarshal.GetReference(body), body.Length);
        holds = holds && ((rule.Quirks & ContentQuirks.Pairs) == 0 || ShiftJis.FirstStranger(body) < 0);
        return holds ? ParseError.None : ErrorOf(rule.Kind);
    }

    /// <summary>
    /// Whether a text of a field of one class says the same in a field of another: beyond ASCII it does not where one
    /// of them is Japanese and the other takes any byte, of whatever page.
    /// </summary>
    public static bool SaysTheSame(ByteClassName from, ByteClassName to, ReadOnlySpan<byte> text) =>
        from == to || ByteClasses.IsJapanese(from) == ByteClasses.IsJapanese(to) || System.Text.Ascii.IsValid(text);

    private static bool IsSign(byte value) => value is (byte)'C' or (byte)'D';

    /// <summary>What a stranger in a field of this kind is called.</summary>
    public static ParseError ErrorOf(FieldKind kind) => kind switch
    {
        FieldKind.N or FieldKind.XN or FieldKind.Z => ParseError.ContentNotNumeric,
        FieldKind.B => ParseError.ContentNotHex,
        _ => ParseError.ContentNotPrintable,
    };

    /// <summary>The other way.</summary>
    // '0' + 13 is '=', so the packed track separator D needs no case of its own in either direction.
    public static void DecodePacked(ReadOnlySpan<byte> wire, bool padLeft, Span<byte> text)
    {
        if ((text.Length & 1) != 0)
        {
            if (padLeft)
            {
                text[0] = (byte)('0' + (wire[0] & 15));
                wire = wire[1..];
                text = text[1..];
            }
            else
            {
                text[^1] = (byte)('0' + (wire[text.Length / 2] >> 4));
                text = text[..^1];
            }
        }

        Unpack(wire[..(text.Length / 2)], text);
    }

    /// <summary>Digits, and the separator of a track, to half as many bytes, with a pad when they are odd.</summary>
    public static void EncodePacked(ReadOnlySpan<byte> text, bool padLeft, int padNibble, Span<byte> wire)
    {
        if ((text.Length & 1) != 0)
        {
            if (padLeft)
            {
                wire[0] = (byte)((padNibble << 4) | (text[0] & 15));
                wire = wire[1..];
                text = text[1..];
            }
            else
            {
                wire[text.Length / 2] = (byte)((text[^1] << 4) | padNibble);
                text = text[..^1];
            }
        }

        Pack(text, wire[..(text.Length / 2)]);
    }

    /// <summary>Bytes to twice as many digits. The last block may lie over the one before it.</summary>
    private static void Unpack(ReadOnlySpan<byte> wire, Span<byte> text)
    {
        int size = wire.Length;
        if (size >= Half)
        {
            for (int index = 0; index <= size - Half; index += Half)
            {
                UnpackSixteen(wire[index..], text[(2 * index)..]);
            }

            if (size % Half != 0)
            {
                UnpackSixteen(wire[^Half..], text[^Block..]);
            }

            return;
        }

        if (size >= Half / 2)
        {
            UnpackEight(wire, text);
            UnpackEight(wire[(size - (Half / 2))..], text[(text.Length - Half)..]);
            return;
        }

        for (int index = 0; index < size; index++)
        {
            text[(2 * index) + 1] = (byte)('0' + (wire[index] & 15));
            text[2 * index] = (byte)('0' + (wire[index] >> 4));
        }
    }

    /// <summary>Digits to half as many bytes. The last block may lie over the one before it.</summary>
    private static void Pack(ReadOnlySpan<byte> text, Span<byte> wire)
    {
        int size = wire.Length;
        if (size >= Half)
        {
            for (int index = 0; index <= size - Half; index += Half)
            {
                PackSixteen(text[(2 * index)..], wire[index..]);
            }

            if (size % Half != 0)
            {
                PackSixteen(text[^Block..], wire[^Half..]);
            }

            return;
        }

        if (size >= Half / 2)
        {
            PackEight(text, wire);
            PackEight(text[(text.Length - Half)..], wire[(size - (Half / 2))..]);
            return;
        }

        for (int index = 0; index < size; index++)
        {
            wire[index] = (byte)((text[2 * index] << 4) | (text[(2 * index) + 1] & 15));
        }
    }

    private static void UnpackSixteen(ReadOnlySpan<byte> wire, Span<byte> text) =>
        (Nibbles(wire) | Vector128.Create((byte)'0')).CopyTo(text);

    private static void PackSixteen(ReadOnlySpan<byte> text, Span<byte> wire) =>
        Join(Vector128.Create(text[..Block]) & Vector128.Create((byte)15), wire);

    private static void UnpackEight(ReadOnlySpan<byte> wire, Span<byte> text) =>
        BinaryPrimitives.WriteUInt64LittleEndian(
            text, Spread(BinaryPrimitives.ReadUInt32LittleEndian(wire)) | AsciiZeros);

    private static void PackEight(ReadOnlySpan<byte> text, Span<byte> wire) =>
        BinaryPrimitives.WriteUInt32LittleEndian(wire, Gather(BinaryPrimitives.ReadUInt64LittleEndian(text)));

    // Eight bytes AB CD ... as sixteen nibbles: each byte in a lane of two, its left half the first in memory.
    private static Vector128<byte> Nibbles(ReadOnlySpan<byte> bytes)
    {
        var packed = Vector128.CreateScalarUnsafe(BinaryPrimitives.ReadUInt64LittleEndian(bytes)).AsByte();
        Vector128<ushort> lanes = Vector128.WidenLower(packed);
        return ((lanes >>> 4) | (lanes << 8)).AsByte() & Vector128.Create((byte)15);
    }

    // The other way: of a lane of two nibbles the first in memory becomes the left half.
    private static void Join(Vector128<byte> nibbles, Span<byte> bytes)
    {
        Vector128<ushort> lanes = nibbles.AsUInt16();
        Vector128<ushort> pairs = ((lanes << 4) | (lanes >>> 8)) & Vector128.Create((ushort)0xFF);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Vector128.Narrow(pairs, pairs).AsUInt64().ToScalar());
    }

    // Four bytes AB CD EF GH become eight: A B C D E F G H, first in memory first.
    private static ulong Spread(uint packed)
    {
        ulong value = packed;
        value = (value | (value << 16)) & 0x0000_FFFF_0000_FFFF;
        value = (value | (value << 8)) & 0x00FF_00FF_00FF_00FF;
        return ((value >> 4) | (value << 8)) & LowNibbles;
    }

    // Eight nibbles become '0' to '9' and 'A' to 'F': 6 more than 9 and up carries into the next nibble.
    private static ulong HexOf(uint bytes)
    {
        ulong nibbles = Spread(bytes);
        ulong letters = ((nibbles + (Ones * 6)) >> 4) & Ones;
        return nibbles + AsciiZeros + (letters * 7);
    }

    private static uint Gather(ulong characters)
    {
        ulong value = characters & LowNibbles;
        value = ((value << 4) | (value >> 8)) & 0x00FF_00FF_00FF_00FF;
        value = (value | (value >> 8)) & 0x0000_FFFF_0000_FFFF;
        return (uint)(value | (value >> 16));
    }

    private static void DecodeEbcdicHex(ReadOnlySpan<byte> hex, Span<byte> bytes)
    {
        for (int index = 0; index < bytes.Length; index++)
        {
            bytes[index] = (byte)((EbcdicHexValue(hex[2 * index]) << 4) | EbcdicHexValue(hex[(2 * index) + 1]));
        }
    }

    // Letters are C1 to C6, digits F0 to F9.
    private static int EbcdicHexValue(byte character) => (character & 15) + ((character & 0x30) == 0 ? 9 : 0);

    private static int HexValue(byte character) => (character & 15) + ((character >> 6) * 9);
}
