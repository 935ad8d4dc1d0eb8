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
/// Each bit stands for one shape of row in the 16 x 16 square of byte values, so any set with at most eight different
/// non-empty rows fits: digits, letters, printable ASCII, packed digits, and the printable part of EBCDIC 037
/// (exactly eight).
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
        Span<ushort> shapes = stackalloc ushort[8];
        int shapeCount = 0;
        for (int row = 0; row < 16; row++)
        {
            ushort shape = 0;
            for (int column = 0; column < 16; column++)
            {
                shape |= (ushort)(contains((byte)((row << 4) | column)) ? 1 << column : 0);
            }

            if (shape == 0)
            {
                continue;
            }

            int bit = shapes[..shapeCount].IndexOf(shape);
            if (bit < 0)
            {

                // A ninth shape would be a bug in a built-in class: it throws at start-up.
                bit = shapeCount;
                shapes[shapeCount++] = shape;
                for (int column = 0; column < 16; column++)
                {
                    low[column] |= (byte)(((shape >> column) & 1) << bit);
                }
            }

            high[row] |= (byte)(1 << bit);
        }

        return new ByteClass(Vector128.Create<byte>(high), Vector128.Create<byte>(low));
    }

    public bool Contains(byte value) => (_high[value >> 4] & _low[value & 15]) != 0;

    /// <summary>
    /// Whether all <paramref name="size"/> bytes from <paramref name="start"/> belong. The caller vouches that
    /// <see cref="Slack"/> more bytes may be read after them; what they hold does not matter.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public bool Holds(ref byte start, int size)
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
    Count,
}

internal static class ByteClasses
{
    private static readonly ByteClass[] All = Build();

    public static ref ByteClass First => ref MemoryMarshal.GetArrayDataReference(All);

    public static ref readonly ByteClass Of(ByteClassName name) => ref All[(int)name];

    private static ByteClass[] Build()
    {
        var classes = new ByteClass[(int)ByteClassName.Count];
        classes[(int)ByteClassName.Any] = ByteClass.Of(_ => true);
        classes[(int)ByteClassName.Digits] = ByteClass.Of(IsDigit);
        classes[(int)ByteClassName.Printable] = ByteClass.Of(b => b is >= 0x20 and <= 0x7E);
        classes[(int)ByteClassName.Letters] = ByteClass.Of(IsLetter);
        classes[(int)ByteClassName.LettersDigits] = ByteClass.Of(b => IsLetter(b) || IsDigit(b));
        classes[(int)ByteClassName.Track] = ByteClass.Of(b => IsDigit(b) || b == '=');
        classes[(int)ByteClassName.Hex] = ByteClass.Of(b => IsDigit(b) || b is >= (byte)'A' and <= (byte)'F');
        classes[(int)ByteClassName.PackedDigits] = ByteClass.Of(b => b >> 4 <= 9 && (b & 15) <= 9);
        classes[(int)ByteClassName.PackedTrack] = ByteClass.Of(b => IsTrackNibble(b >> 4) && IsTrackNibble(b & 15));
        return classes;
    }

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    // The space is what pads a fixed alphabetic field.
    private static bool IsLetter(byte value) =>
        value is (byte)' ' or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z');

    private static bool IsTrackNibble(int nibble) => nibble is <= 9 or 13;
}
