using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Switch.Protocol.Fields;

/// <summary>
/// A set of byte values that 32 bytes at a time can be tested for. A byte belongs when the bits that its high
/// nibble selects in one table and the bits that its low nibble selects in another meet:
/// <code>
///   High[b >> 4] AND Low[b AND 15] != 0
/// </code>
/// Each bit stands for one shape of row in the 16 x 16 square of byte values, and a row may be several shapes
/// together, so any set fits whose rows are made of at most eight: digits, letters, printable ASCII, packed digits,
/// and the printable parts of EBCDIC 037, 500, 1047, 930 and 939 (eight at most).
/// </summary>
internal readonly struct ByteClass
{
    /// <summary>
    /// A test may read this many bytes past the end of what it tests: buffers carry that much slack.
    /// </summary>
    public const int Slack = 32;

    // Each table twice over, because a shuffle of 32 bytes works within its halves.
    private readonly Vector256<byte> _high;
    private readonly Vector256<byte> _low;

    private ByteClass(Vector128<byte> high, Vector128<byte> low)
    {
        _high = Vector256.Create(high, high);
        _low = Vector256.Create(low, low);
    }

    /// <summary>Builds the tables. Start-up only.</summary>
    public static ByteClass Of(Func<byte, bool> contains)
    {
        Span<byte> high = stackalloc byte[16];
        Span<byte> low = stackalloc byte[16];
        high.Clear();
        low.Clear();
        Span<ushort> rows = stackalloc ushort[16];
        for (int row = 0; row < 16; row++)
        {
            rows[row] = RowOf(contains, row);
        }

        // Small shapes first: a row that is made of shapes that are there needs none of its own.
        Span<ushort> shapes = stackalloc ushort[8];
        int shapeCount = 0;
        for (int size = 1; size <= 16; size++)
        {
            foreach (ushort row in rows)
            {
                if (BitOperations.PopCount(row) == size && CoverOf(row, shapes[..shapeCount], out _) != row)
                {
                    shapes[shapeCount++] = row; // A ninth would be a bug in a built-in class: it throws at start-up.
                }
            }
        }

        for (int row = 0; row < 16; row++)
        {
            CoverOf(rows[row], shapes[..shapeCount], out high[row]);
        }

        for (int bit = 0; bit < shapeCount; bit++)
        {
            for (int column = 0; column < 16; column++)
            {
                low[column] |= (byte)(((shapes[bit] >> column) & 1) << bit);
            }
        }

        return new ByteClass(Vector128.Create<byte>(high), Vector128.Create<byte>(low));
    }

    private static ushort RowOf(Func<byte, bool> contains, int row)
    {
        ushort shape = 0;
        for (int column = 0; column < 16; column++)
        {
            shape |= (ushort)(contains((byte)((row << 4) | column)) ? 1 << column : 0);
        }

        return shape;
    }

    /// <summary>What of a row its shapes make up, and the bits of those.</summary>
    private static ushort CoverOf(ushort row, ReadOnlySpan<ushort> shapes, out byte bits)
    {
        ushort cover = 0;
        bits = 0;
        for (int bit = 0; bit < shapes.Length; bit++)
        {
            if ((shapes[bit] & ~row) == 0)
            {
                cover |= shapes[bit];
                bits |= (byte)(1 << bit);
            }
        }

        return cover;
    }

    public bool Contains(byte value) => (_high[value >> 4] & _low[value & 15]) != 0;

    /// <summary>
    /// Whether all <paramref name="size"/> bytes from <paramref name="start"/> belong. The caller vouches that
    /// <see cref="Slack"/> more bytes may be read after them; what they hold does not matter.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Holds(ref byte start, int size) => HoldsHere(ref start, size);

    /// <summary>The same without a call, for the one loop that asks for many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HoldsHere(ref byte start, int size)
    {
        if (!Avx2.IsSupported)
        {
            return HoldsNarrow(ref start, size);
        }

        Vector256<byte> high = _high;
        Vector256<byte> low = _low;
        Vector256<byte> nibble = Vector256.Create((byte)15);
        uint bad = 0;
        for (int rest = size; rest > 0; rest -= Vector256<byte>.Count)
        {
            Vector256<byte> bytes = Vector256.LoadUnsafe(ref start);
            Vector256<byte> rows = Avx2.Shuffle(high, (bytes >>> 4) & nibble);
            Vector256<byte> columns = Avx2.Shuffle(low, bytes & nibble);
            uint strangers = Vector256.Equals(rows & columns, Vector256<byte>.Zero).ExtractMostSignificantBits();

            // Bit i is byte i; the bits of bytes past the end are shifted out.
            bad |= rest >= Vector256<byte>.Count ? strangers : strangers << (Vector256<byte>.Count - rest);
            start = ref Unsafe.Add(ref start, Vector256<byte>.Count);
        }

        return bad == 0;
    }

    /// <summary>
    /// The index of the first byte that does not belong, or -1. For a fault's offset: not on the fast path.
    /// </summary>
    public int FirstStranger(ReadOnlySpan<byte> bytes)
    {
        for (int index = 0; index < bytes.Length; index++)
        {
            if (!Contains(bytes[index]))
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>The same in blocks of sixteen, for processors without shuffles of 32 bytes.</summary>
    internal bool HoldsNarrow(ref byte start, int size)
    {
        Vector128<byte> high = _high.GetLower();
        Vector128<byte> low = _low.GetLower();
        Vector128<byte> nibble = Vector128.Create((byte)15);
        uint bad = 0;
        for (int rest = size; rest > 0; rest -= Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.LoadUnsafe(ref start);
            Vector128<byte> rows = Vector128.ShuffleNative(high, (bytes >>> 4) & nibble);
            Vector128<byte> columns = Vector128.ShuffleNative(low, bytes & nibble);
            uint strangers = Vector128.Equals(rows & columns, Vector128<byte>.Zero).ExtractMostSignificantBits();
            bad |= rest >= Vector128<byte>.Count ? strangers : strangers << (32 - rest);
            start = ref Unsafe.Add(ref start, Vector128<byte>.Count);
        }

        return bad == 0;
    }
}

/// <summary>
/// The classes in use; a field's rule names one for its bytes on the wire and one for its canonical text.
/// </summary>
internal enum ByteClassName : byte
{
    Any,
    Digits,
    Printable,
    Letters,
    LettersDigits,
    Track,
    Hex,
    PackedDigits,
    PackedTrack,
    TrackD,
    EbcdicDigits,
    EbcdicTrack,
    EbcdicTrackD,
    EbcdicLetters,
    EbcdicLettersDigits,
    EbcdicHex,
    Ebcdic,
    Ebcdic500,
    Ebcdic1047,
    Jis201,
    ShiftJis,
    Ebcdic930,
    Ebcdic939,
    HexOfBothCases,
    EbcdicHexOfBothCases,
    Count,
}

internal static class ByteClasses
{
    private static readonly ByteClass[] All = Build();

    public static ref ByteClass First => ref MemoryMarshal.GetArrayDataReference(All);

    public static ref readonly ByteClass Of(ByteClassName name) => ref All[(int)name];

    /// <summary>Whether bytes of the class beyond ASCII are Japanese characters.</summary>
    public static bool IsJapanese(ByteClassName name) => name is ByteClassName.Jis201 or ByteClassName.ShiftJis;

    private static ByteClass[] Build()
    {
        var classes = new ByteClass[(int)ByteClassName.Count];
        classes[(int)ByteClassName.Any] = ByteClass.Of(_ => true);
        classes[(int)ByteClassName.Digits] = ByteClass.Of(IsDigit);
        classes[(int)ByteClassName.Printable] = ByteClass.Of(IsPrintable);
        classes[(int)ByteClassName.Letters] = ByteClass.Of(IsLetter);
        classes[(int)ByteClassName.LettersDigits] = ByteClass.Of(b => IsLetter(b) || IsDigit(b));
        classes[(int)ByteClassName.Track] = ByteClass.Of(b => IsDigit(b) || b == '=');
        classes[(int)ByteClassName.TrackD] = ByteClass.Of(b => IsDigit(b) || b == 'D');
        classes[(int)ByteClassName.Hex] = ByteClass.Of(IsHex);
        classes[(int)ByteClassName.PackedDigits] = ByteClass.Of(b => b >> 4 <= 9 && (b & 15) <= 9);
        classes[(int)ByteClassName.PackedTrack] = ByteClass.Of(b => IsTrackNibble(b >> 4) && IsTrackNibble(b & 15));

        // Digits, letters, the space and = are the same bytes in all three pages.
        classes[(int)ByteClassName.EbcdicDigits] = InEbcdic(FieldEncoding.Ebcdic, IsDigit);
        classes[(int)ByteClassName.EbcdicTrack] = InEbcdic(FieldEncoding.Ebcdic, b => IsDigit(b) || b == '=');
        classes[(int)ByteClassName.EbcdicTrackD] = InEbcdic(FieldEncoding.Ebcdic, b => IsDigit(b) || b == 'D');
        classes[(int)ByteClassName.EbcdicLetters] = InEbcdic(FieldEncoding.Ebcdic, IsLetter);
        classes[(int)ByteClassName.EbcdicLettersDigits] =
            InEbcdic(FieldEncoding.Ebcdic, b => IsLetter(b) || IsDigit(b));
        classes[(int)ByteClassName.EbcdicHex] = InEbcdic(FieldEncoding.Ebcdic, IsHex);
        classes[(int)ByteClassName.Ebcdic] = InEbcdic(FieldEncoding.Ebcdic, IsPrintable);
        classes[(int)ByteClassName.Ebcdic500] = InEbcdic(FieldEncoding.Ebcdic500, IsPrintable);
        classes[(int)ByteClassName.Ebcdic1047] = InEbcdic(FieldEncoding.Ebcdic1047, IsPrintable);
        classes[(int)ByteClassName.HexOfBothCases] = ByteClass.Of(b => IsHex(b) || b is >= (byte)'a' and <= (byte)'f');
        classes[(int)ByteClassName.EbcdicHexOfBothCases] =
            InEbcdic(FieldEncoding.Ebcdic, b => IsHex(b) || b is >= (byte)'a' and <= (byte)'f');
        classes[(int)ByteClassName.Jis201] = ByteClass.Of(ShiftJis.IsSingle);
        classes[(int)ByteClassName.ShiftJis] = ByteClass.Of(ShiftJis.IsPart);
        classes[(int)ByteClassName.Ebcdic930] = InEbcdic(FieldEncoding.Ebcdic930, ShiftJis.IsSingle);
        classes[(int)ByteClassName.Ebcdic939] = InEbcdic(FieldEncoding.Ebcdic939, ShiftJis.IsSingle);
        return classes;
    }

    private static ByteClass InEbcdic(FieldEncoding encoding, Func<byte, bool> contains)
    {
        var page = CodePage.Of(encoding);
        byte[] text = new byte[1];
        return ByteClass.Of(wire =>
        {
            page.Decode([wire], text);
            return contains(text[0]);
        });
    }

    private static bool IsPrintable(byte value) => value is >= 0x20 and <= 0x7E;

    private static bool IsHex(byte value) => IsDigit(value) || value is >= (byte)'A' and <= (byte)'F';

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    // The space is what pads a fixed alphabetic field.
    private static bool IsLetter(byte value) =>
        value is (byte)' ' or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z');

    private static bool IsTrackNibble(int nibble) => nibble is <= 9 or 13;
}
