using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Security.Macs;

/// <summary>
/// How the field of a MAC is put behind a message that was composed without one: its bit is set, and zeros are added
/// as the last field. Works on the bytes of one dialect, so what was composed needs no second look.
/// </summary>
internal sealed class MacLayout
{
    private const byte EbcdicZero = 0xF0;

    private readonly bool _isAlwaysSecond;
    private readonly bool _hasBoth;
    private readonly bool _isBinary;
    private readonly int _mtiSize;
    private readonly int _bitmapSize;
    private readonly FieldSpec? _first;
    private readonly FieldSpec? _second;

    /// <param name="field">See <see cref="MacTerms.Field"/>.</param>
    public MacLayout(Dialect dialect, int field)
    {
        _isAlwaysSecond = field == Field.Mac2;
        _hasBoth = dialect.HasBothBitmaps;
        _isBinary = dialect.Bitmap == BitmapEncoding.Binary;
        _mtiSize = dialect.Mti == MtiEncoding.Bcd ? 2 : 4;
        _bitmapSize = _isBinary ? 8 : 16;
        _first = dialect[Field.Mac];
        _second = dialect[Field.Mac2];
    }

    /// <summary>Bytes that a message may grow by.</summary>
    public const int GrowthMax = 16 + MessageMac.HexLength;

    /// <summary>Whether a field can hold a MAC: eight bytes, as they are or in hexadecimal digits.</summary>
    public static bool IsField(FieldSpec? field) => field is
    {
        Kind: FieldKind.B, IsVariable: false, LengthMax: MessageMac.FieldSize,
        Encoding: FieldEncoding.Binary or FieldEncoding.Hex or FieldEncoding.HexEbcdic,
    };

    /// <summary>
    /// Copies a message and adds the field. False: it has the field already, or has no room for it.
    /// </summary>
    /// <param name="grown">Receives the message; at least <see cref="GrowthMax"/> bytes longer.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="offset">Where the field's value begins.</param>
    public bool TryAdd(ReadOnlySpan<byte> message, Span<byte> grown, out int length, out int offset)
    {
        (length, offset) = (0, 0);
        int fields = _mtiSize + _bitmapSize;
        if (message.Length < fields || grown.Length < message.Length + GrowthMax)
        {
            return false;
        }

        bool announces = IsFirstBit(message[_mtiSize]);
        bool hasSecond = _hasBoth || announces;
        bool isSecond = hasSecond || _isAlwaysSecond;
        FieldSpec? spec = isSecond ? _second : _first;
        if (spec is null || (hasSecond && (message.Length < fields + _bitmapSize || IsFirstBit(message[fields]))))
        {
            return false; // Of a third bitmap, fields would stand behind the MAC.
        }

        message[..fields].CopyTo(grown);
        length = fields;
        if (isSecond && !hasSecond)
        {
            SetFirstBit(ref grown[_mtiSize]);
            grown.Slice(length, _bitmapSize).Fill(_isBinary ? (byte)0 : IsEbcdic(message) ? EbcdicZero : (byte)'0');
            length += _bitmapSize;
        }

        message[fields..].CopyTo(grown[length..]);
        length += message.Length - fields;
        ref byte last = ref grown[fields + (isSecond ? _bitmapSize : 0) - 1];
        if (!TrySetLastBit(ref last))
        {
            return false;
        }

        offset = length;
        (int size, byte zero) = spec.Encoding switch
        {
            FieldEncoding.Binary => (MessageMac.FieldSize, (byte)0),
            FieldEncoding.HexEbcdic => (MessageMac.HexLength, EbcdicZero),
            _ => (MessageMac.HexLength, (byte)'0'),
        };
        grown.Slice(offset, size).Fill(zero);
        length += size;
        return true;
    }

    private bool IsEbcdic(ReadOnlySpan<byte> message) => message[_mtiSize] is >= EbcdicZero or (>= 0xC1 and <= 0xC6);

    // Of a byte, or of a digit that stands for four bits: A has the value of a character after 9 in its code.
    private bool IsFirstBit(byte first) => _isBinary
        ? first >= 0x80
        : first is (byte)'8' or (byte)'9' or (>= (byte)'A' and <= (byte)'F')
            or 0xF8 or 0xF9 or (>= 0xC1 and <= 0xC6);

    private void SetFirstBit(ref byte first)
    {
        if (_isBinary)
        {
            first |= 0x80;
        }
        else
        {
            bool isEbcdic = first >= EbcdicZero;
            first = Digit((first & 0x0F) + 8, isEbcdic); // It was 0 to 7.
        }
    }

    private bool TrySetLastBit(ref byte last)
    {
        if (_isBinary)
        {
            bool wasSet = (last & 1) != 0;
            last |= 1;
            return !wasSet;
        }

        bool isEbcdic = last >= 0x80;
        bool isLetter = isEbcdic ? last < EbcdicZero : last >= (byte)'A';
        int value = (last & 0x0F) + (isLetter ? 9 : 0);
        last = Digit(value | 1, isEbcdic);
        return (value & 1) == 0;
    }

    private static byte Digit(int value, bool isEbcdic) => (byte)(value < 10
        ? (isEbcdic ? EbcdicZero : '0') + value
        : (isEbcdic ? 0xC1 : 'A') + value - 10);
}
