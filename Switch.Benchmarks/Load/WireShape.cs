using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Benchmarks.Load;

/// <summary>
/// Where the fields of a message lie, for the load generator and its issuer: a table made from the dialect, no checks
/// of content. The switch's own indexer is what is measured, so it is not what measures.
/// </summary>
internal sealed class WireShape
{
    private readonly int[] _size = new int[FieldPlaces.Count];
    private readonly int[] _prefixDigits = new int[FieldPlaces.Count];
    private readonly bool[] _isPacked = new bool[FieldPlaces.Count];
    private readonly bool[] _isHex = new bool[FieldPlaces.Count];
    private readonly bool _hasPackedPrefix;

    private WireShape(Dialect dialect)
    {
        Dialect = dialect;
        IsBinary = dialect.Bitmap == BitmapEncoding.Binary;
        for (int field = 2; field < FieldPlaces.Count; field++)
        {
            if (dialect[field] is { } spec)
            {
                _isPacked[field] = spec.Encoding == FieldEncoding.Bcd;
                _isHex[field] = spec.Encoding == FieldEncoding.Hex;
                _prefixDigits[field] = spec.PrefixDigits;
                _hasPackedPrefix |= spec.Prefix == PrefixEncoding.Bcd;
                bool isSigned = spec.Kind == FieldKind.XN && _isPacked[field];
                _size[field] = spec.IsVariable ? 0
                    : isSigned ? 1 + (spec.LengthMax / 2) : BytesOf(field, spec.LengthMax);
            }
        }
    }

    public Dialect Dialect { get; }

    /// <summary>Packed digits and bitmaps as bytes; else everything is text.</summary>
    public bool IsBinary { get; }

    /// <summary>Bytes of the MTI.</summary>
    public int MtiSize => IsBinary ? 2 : 4;

    /// <summary>Bytes of one bitmap.</summary>
    public int BitmapSize => IsBinary ? 8 : 16;

    public static WireShape Of(string dialect) => new(Dialect.Get(dialect));

    /// <summary>The MTI as a number of four digits.</summary>
    public int MtiOf(ReadOnlySpan<byte> message) => (int)ReadDigits(message, 4);

    /// <summary>False when it does not add up.</summary>
    public bool TryIndex(ReadOnlySpan<byte> message, FieldPlaces places)
    {
        int at = MtiSize;
        if (message.Length < at + BitmapSize)
        {
            return false;
        }

        places.First = ReadBitmap(message[at..]);
        at += BitmapSize;
        places.Second = 0;
        if (places.First >> 63 != 0)
        {
            if (message.Length < at + BitmapSize)
            {
                return false;
            }

            places.Second = ReadBitmap(message[at..]);
            at += BitmapSize;
        }

        return TryWalk(message, places.First & (ulong.MaxValue >> 1), 1, ref at, places)
            && TryWalk(message, places.Second, 65, ref at, places)
            && at == message.Length;
    }

    public void WriteBitmap(Span<byte> into, ulong bitmap)
    {
        if (IsBinary)
        {
            BinaryPrimitives.WriteUInt64BigEndian(into, bitmap);
            return;
        }

        for (int i = 15; i >= 0; i--, bitmap >>= 4)
        {
            into[i] = "0123456789ABCDEF"u8[(int)(bitmap & 0xF)];
        }
    }

    /// <summary>The number in <paramref name="digits"/> digits, as this dialect writes fixed numbers.</summary>
    public void WriteDigits(Span<byte> into, long value, int digits)
    {
        if (IsBinary)
        {
            WritePacked(into, value, digits);
        }
        else
        {
            WriteText(into, value, digits);
        }
    }

    /// <summary>The number in <paramref name="digits"/> digits, as this dialect writes fixed numbers.</summary>
    public long ReadDigits(ReadOnlySpan<byte> from, int digits) =>
        IsBinary ? ReadPacked(from, digits) : ReadText(from, digits);

    public static long ReadText(ReadOnlySpan<byte> from, int digits)
    {
        long value = 0;
        for (int i = 0; i < digits; i++)
        {
            value = (value * 10) + (from[i] & 0xF);
        }

        return value;
    }

    public static void WriteText(Span<byte> into, long value, int digits)
    {
        for (int i = digits - 1; i >= 0; i--)
        {
            (value, long digit) = Math.DivRem(value, 10);
            into[i] = (byte)('0' + digit);
        }
    }

    private static long ReadPacked(ReadOnlySpan<byte> from, int digits)
    {
        long value = 0;
        for (int i = 0; i < (digits + 1) / 2; i++)
        {
            value = (value * 100) + ((from[i] >> 4) * 10) + (from[i] & 0xF);
        }

        return value;
    }

    private static void WritePacked(Span<byte> into, long value, int digits)
    {
        for (int i = ((digits + 1) / 2) - 1; i >= 0; i--)
        {
            (value, long pair) = Math.DivRem(value, 100);
            into[i] = (byte)(((pair / 10) << 4) | (pair % 10));
        }
    }

    private ulong ReadBitmap(ReadOnlySpan<byte> from)
    {
        if (IsBinary)
        {
            return BinaryPrimitives.ReadUInt64BigEndian(from);
        }

        return Utf8Parser.TryParse(from[..16], out ulong bitmap, out _, 'X') ? bitmap : 0;
    }

    private bool TryWalk(ReadOnlySpan<byte> message, ulong bits, int first, ref int at, FieldPlaces places)
    {
        while (bits != 0)
        {
            int bit = BitOperations.LeadingZeroCount(bits);
            bits &= ~(1UL << (63 - bit));
            int field = first + bit;
            int begin = at;
            int digits = _prefixDigits[field];
            int size = _size[field];
            if (digits != 0)
            {
                int prefixSize = _hasPackedPrefix ? (digits + 1) / 2 : digits;
                if (message.Length - at < prefixSize)
                {
                    return false;
                }

                size = BytesOf(field, (int)ReadDigits(message[at..], digits));
                at += prefixSize;
            }

            places.Set(field, begin, at, at + size);
            at += size;
            if (size == 0 || at > message.Length)
            {
                return false;
            }
        }

        return true;
    }

    private int BytesOf(int field, int length) =>
        _isPacked[field] ? (length + 1) / 2 : _isHex[field] ? length * 2 : length;
}

/// <summary>The fields of one message: which there are, and where. Used again for each.</summary>
internal sealed class FieldPlaces
{
    /// <summary>Fields are 1 to 128.</summary>
    public const int Count = 129;

    private readonly int[] _begins = new int[Count];
    private readonly int[] _starts = new int[Count];
    private readonly int[] _ends = new int[Count];

    /// <summary>Fields 1 to 64, the first in the highest bit.</summary>
    public ulong First { get; set; }

    /// <summary>Fields 65 to 128.</summary>
    public ulong Second { get; set; }

    /// <summary>The field's length prefix, or its value where it has none.</summary>
    public int BeginOf(int field) => _begins[field];

    /// <summary>The field's value.</summary>
    public int StartOf(int field) => _starts[field];

    public int EndOf(int field) => _ends[field];

    public bool Has(int field) => (field <= 64 ? First >> (64 - field) : Second >> (128 - field)) % 2 != 0;

    public void Set(int field, int begin, int start, int end)
    {
        _begins[field] = begin;
        _starts[field] = start;
        _ends[field] = end;
    }
}
