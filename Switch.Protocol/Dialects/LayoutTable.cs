using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Dialects;

/// <summary>
/// The layouts of the bitmaps that good messages of a dialect had, by the bytes of their bitmaps. It holds at most
/// <see cref="Capacity"/>, and never takes one away: a partner sends a few dozen different bitmaps. Messages with any
/// other are read by the rules, field by field.
/// <para>
/// Threads share it without a lock: an entry is one reference to what never changes, and a layout that one thread puts
/// in the place of another's is made again when it is needed.
/// </para>
/// </summary>
internal sealed class LayoutTable(Dialect dialect)
{
    public const int Capacity = Sets * Ways;

    private const int Sets = 64;
    private const int Ways = 4;
    private const int SetBits = 6;

    private readonly int _bitmapSize = dialect.BitmapSize;
    private readonly FieldLayout?[] _layouts = new FieldLayout?[Capacity];

    /// <summary>
    /// The layout of a message by its bitmaps, which begin at <paramref name="start"/>; null when it is not known.
    /// </summary>
    /// <param name="start">Sixteen bytes can be read here, whatever they are.</param>
    /// <param name="size">Bytes of the message from there.</param>
    public FieldLayout? Find(ref byte start, int size)
    {
        if (size < _bitmapSize)
        {
            return null;
        }

        int set = SetOf(ref start);
        for (int index = set; index < set + Ways; index++)
        {
            FieldLayout? layout = _layouts[index];
            if (layout is null)
            {
                return null;
            }

            ReadOnlySpan<byte> bitmaps = layout.Bitmaps;
            if (bitmaps.Length <= size && IsSame(ref start, bitmaps))
            {
                return layout;
            }
        }

        return null;
    }

    /// <summary>Makes the layout of a good message, which was not found, while there is room.</summary>
    /// <param name="bitmaps">
    /// All bitmaps of the message, in upper case where they are hexadecimal; 16 bytes can be read there.
    /// </param>
    /// <param name="fields">What they announce: at least one field.</param>
    public void Learn(ReadOnlySpan<byte> bitmaps, in FieldSet fields)
    {
        int set = SetOf(ref MemoryMarshal.GetReference(bitmaps));
        int free = _layouts.AsSpan(set, Ways).IndexOf((FieldLayout?)null);
        if (free >= 0)
        {
            _layouts[set + free] = new FieldLayout(dialect, bitmaps, in fields);
        }
    }

    // Bitmaps are 8 to 48 bytes; the first of them says how many there are, so none is the beginning of another.
    private static bool IsSame(ref byte start, ReadOnlySpan<byte> bitmaps)
    {
        ref byte known = ref MemoryMarshal.GetReference(bitmaps);
        ulong difference = 0;
        for (int offset = 0; offset < bitmaps.Length; offset += sizeof(ulong))
        {
            difference |= WordAt(ref start, offset) ^ WordAt(ref known, offset);
        }

        return difference == 0;
    }

    private int SetOf(ref byte start)
    {
        ulong word = WordAt(ref start, 0) * 0x9E37_79B9_7F4A_7C15;
        if (_bitmapSize > sizeof(ulong))
        {
            word += WordAt(ref start, sizeof(ulong)) * 0xC2B2_AE3D_27D4_EB4F;
        }

        return (int)(word >> (64 - SetBits)) * Ways;
    }

    private static ulong WordAt(ref byte start, int offset) =>
        Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
}
