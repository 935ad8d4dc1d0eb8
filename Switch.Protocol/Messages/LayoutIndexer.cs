using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// The index of a message whose bitmaps are known: lengths are read, everything else is looked up. It finds what <see
/// cref="MessageIndexer"/> finds and takes no message that it does not take. When anything is wrong it gives up, and
/// the indexer says what.
/// </summary>
internal readonly ref struct LayoutIndexer
{
    private readonly Dialect _dialect;
    private readonly ref byte _first;
    private readonly int _size;

    /// <param name="dialect">How the bytes are to be read.</param>
    /// <param name="buffer">The message and at least <see cref="MessageIndexer.Slack"/> bytes more.</param>
    /// <param name="size">Bytes of the message.</param>
    public LayoutIndexer(Dialect dialect, byte[] buffer, int size)
    {
        // Every reference below is derived from these, under these bounds.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, buffer.Length - MessageIndexer.Slack);
        _dialect = dialect;
        _first = ref MemoryMarshal.GetArrayDataReference(buffer);
        _size = size;
    }

    /// <summary>
    /// Reads everything, or gives back false and nothing that counts. The places of the fields go to <paramref
    /// name="slots"/>, in a longer array when they do not fit.
    /// </summary>
    public bool TryRead(ref FieldSlot[] slots, out Mti mti, out FieldSet fields)
    {
        Unsafe.SkipInit(out fields);
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(ref _first, _size);
        if (!MessageHeader.TryReadMti(_dialect, bytes, out mti, out _))
        {
            return false;
        }

        int offset = _dialect.MtiSize;
        FieldLayout? layout = _dialect.Layouts.Find(ref Unsafe.Add(ref _first, offset), _size - offset);
        if (layout is null)
        {
            return false;
        }

        if (layout.Count + FieldLayout.Block > slots.Length)
        {
            slots = RoomFor(layout.Count + FieldLayout.Block);
        }

        ref FieldSlot places = ref MemoryMarshal.GetArrayDataReference(slots);
        if (!FindFields(layout, offset + layout.Bitmaps.Length, ref places)
            || !(RunsHold(layout, ref places) & QuirksHold(layout, ref places)))
        {
            return false;
        }

        fields = layout.Fields;
        return true;
    }

    /// <summary>An array for so many places. It is kept: who sends so many fields sends them again.</summary>
    public static FieldSlot[] RoomFor(int count) => new FieldSlot[BitOperations.RoundUpToPowerOf2((uint)count)];

    /// <summary>False when a length is wrong, or the fields do not end where the message does.</summary>
    private bool FindFields(FieldLayout layout, int start, ref FieldSlot places)
    {
        ref byte first = ref _first;
        ref FieldRule rules = ref MemoryMarshal.GetArrayDataReference(_dialect.Rules);
        ref FieldSlot fixedSlots = ref MemoryMarshal.GetReference(layout.FixedSlots);
        int size = _size;
        int offset = start;
        int place = 0;
        foreach (ref readonly LayoutStep step in layout.Steps)
        {
            if (step.Field != 0)
            {
                ref readonly FieldRule rule = ref Unsafe.Add(ref rules, step.Field);
                int units = FieldLength.Read(in rule, ref first, size, offset);
                if ((uint)units > (uint)rule.LengthMax)
                {
                    return false;
                }

                int valueSize = ((units * rule.UnitNibbles) + 1) >> 1;
                offset += rule.PrefixSize;
                Unsafe.Add(ref places, place++) = new FieldSlot(offset, valueSize, units);
                offset += valueSize;
            }

            // Whole blocks: what is too much is overwritten by the next step, or lies in the room behind the last.
            ref ulong from = ref Unsafe.As<FieldSlot, ulong>(ref Unsafe.Add(ref fixedSlots, place));
            ref ulong to = ref Unsafe.As<FieldSlot, ulong>(ref Unsafe.Add(ref places, place));
            Vector256<ulong> moved = Vector256.Create((ulong)(uint)offset);
            for (int i = 0; i < step.FixedCount; i += FieldLayout.Block)
            {
                (Vector256.LoadUnsafe(ref from, (nuint)i) + moved).StoreUnsafe(ref to, (nuint)i);
            }

            place += step.FixedCount;
            offset += step.FixedSize;
            if (offset > size)
            {
                return false; // No prefix may be read there.
            }
        }

        return offset == size;
    }

    private bool RunsHold(FieldLayout layout, ref FieldSlot places)
    {
        bool good = true;
        ref ByteClass classes = ref ByteClasses.First;
        foreach (ref readonly LayoutRun run in layout.Runs)
        {
            FieldSlot last = Unsafe.Add(ref places, run.Last);
            int start = Unsafe.Add(ref places, run.First).Offset + run.Sign;
            int end = last.Offset + last.Size;
            good &= Unsafe.Add(ref classes, (int)run.Class).HoldsHere(ref Unsafe.Add(ref _first, start), end - start);
        }

        return good;
    }

    private bool QuirksHold(FieldLayout layout, ref FieldSlot places)
    {
        bool good = true;
        foreach (ref readonly LayoutQuirk quirk in layout.Quirks)
        {
            FieldSlot slot = Unsafe.Add(ref places, quirk.Place);
            ref byte value = ref Unsafe.Add(ref _first, slot.Offset);
            good &= quirk.Check switch
            {
                LayoutCheck.ZeroLeft => (slot.Units & 1) == 0 || (value & 0xF0) == 0,
                LayoutCheck.ZeroRight => (slot.Units & 1) == 0 || (Unsafe.Add(ref value, slot.Size - 1) & 15) == 0,
                _ => FieldContent.QuirksHold(in _dialect.Rule(quirk.Field), ref value, slot.Size, slot.Units),
            };
        }

        return good;
    }
}
