using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// One pass over the bytes of a message: MTI, bitmaps, then for each announced field its place and whether its
/// content is what the dialect says. It is generic over the compiled tables: no field costs a call through a table.
/// <para>
/// A length that cannot be right ends the pass, because nothing after it can be found; unless it is only more than the
/// field may have, and all that follows it is good to the last byte. A byte that cannot be right does not: its field is
/// left out, the first such fault is reported, and the other fields stay readable so that the sender can be told.
/// </para>
/// </summary>
internal readonly ref struct MessageIndexer
{
    /// <summary>
    /// Bytes that must be readable after the message: content is loaded in blocks, and a prefix before it is known to
    /// be whole. What they hold does not matter, because every length is checked against the end before it is
    /// believed.
    /// </summary>
    public const int Slack = ByteClass.Slack;

    private readonly Dialect _dialect;
    private readonly ref byte _first;
    private readonly IndexScratch _scratch;
    private readonly int _size;

    /// <param name="dialect">How the bytes are to be read.</param>
    /// <param name="buffer">The message and at least <see cref="Slack"/> bytes more.</param>
    /// <param name="size">Bytes of the message.</param>
    /// <param name="scratch">Room to work in, and what receives the places.</param>
    public MessageIndexer(Dialect dialect, byte[] buffer, int size, IndexScratch scratch)
    {
        // Every reference below is derived from these, under these bounds.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, buffer.Length - Slack);
        ArgumentOutOfRangeException.ThrowIfLessThan(scratch.Slots.Length, dialect.Rules.Length - 1, nameof(scratch));
        _dialect = dialect;
        _first = ref MemoryMarshal.GetArrayDataReference(buffer);
        _scratch = scratch;
        _size = size;
    }

    /// <summary>
    /// Reads everything. The MTI and the fields given back can be relied on even when there is a fault. The way of a
    /// good message keeps to single words: a structure that is passed on just after it was written makes the
    /// processor wait.
    /// </summary>
    public bool TryRead(out Mti mti, out FieldSet fields, out ParseFault fault)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(ref _first, _size);
        fields = default;
        _scratch.SlotCount = 0;
        _scratch.HasLowerBitmap = false;
        if (!MessageHeader.TryReadMti(_dialect, bytes, out mti, out fault))
        {
            return false;
        }

        int offset = _dialect.MtiSize;
        if (offset == _size)
        {
            return true; // Nothing after the MTI is no fault: some senders leave out a bitmap that would be zero.
        }

        offset = MessageHeader.ReadBitmaps(_dialect, bytes, offset, out Bitmaps bitmaps, out fault);
        if (offset == 0)
        {
            return false;
        }

        _scratch.HasLowerBitmap = bitmaps.IsLower;
        int missing = FindFields(bitmaps.First, bitmaps.Second, bitmaps.Third, offset, out int end);
        bool good = RunsHold() & QuirksHold();
        ref readonly FieldSet defined = ref _dialect.DefinedFields;
        bool known = ((bitmaps.First & ~defined.First) | (bitmaps.Second & ~defined.Second)
            | (bitmaps.Third & ~defined.Third)) == 0;
        fields = new FieldSet(bitmaps.First, bitmaps.Second, bitmaps.Third);
        return (good & known & (missing == 0) & (end == _size)) || Explain(missing, end, ref fields, out fault);
    }

    /// <summary>
    /// Writes the places of the announced fields. Gives the offset after the last of them, and the number of the one
    /// that could not be found, or 0. Notes what is to be checked: stretches of neighbours of one class, because most
    /// of a message is a few long ones, and fields with quirks.
    /// </summary>
    private int FindFields(ulong announced, ulong announcedNext, ulong announcedLast, int start, out int end)
    {
        // This loop is where the time goes: locals only, and no call but for long prefixes.
        ref byte first = ref _first;
        ref FieldSlot slots = ref MemoryMarshal.GetArrayDataReference(_scratch.Slots);
        ref FieldRule rules = ref MemoryMarshal.GetArrayDataReference(_dialect.Rules);
        ref byte quirky = ref MemoryMarshal.GetArrayDataReference(_scratch.Quirky);
        ref byte quirkyPlaces = ref MemoryMarshal.GetArrayDataReference(_scratch.QuirkyPlaces);
        ref ContentRun runs = ref MemoryMarshal.GetArrayDataReference(_scratch.Runs);
        int slotCount = 0;
        int quirkCount = 0;
        int runCount = 0;
        int runStart = start;
        byte runClass = (byte)ByteClassName.Any;
        int offset = start;
        int lowest = 1;
        int missing = 0;

        // Turned round, so that the next field is the lowest bit: taking it off waits for nothing but the one before.
        ulong rest = ReverseBits(announced);
        while (true)
        {
            if (rest == 0)
            {
                if ((announcedNext | announcedLast) == 0)
                {
                    break;
                }

                rest = ReverseBits(announcedNext);
                announcedNext = announcedLast;
                announcedLast = 0;
                lowest += 64;
                continue;
            }

            int field = lowest + BitOperations.TrailingZeroCount(rest);
            ref readonly FieldRule rule = ref Unsafe.Add(ref rules, field);
            FieldSlot slot = rule.FixedSlot;
            int size = rule.FixedSize;
            int value = offset;
            if (rule.Prefix != PrefixForm.None)
            {
                int units = FieldLength.Read(in rule, ref _first, _size, offset);
                if ((uint)units > (uint)rule.LengthMax)
                {
                    missing = field;
                    break;
                }

                size = ((units * rule.UnitNibbles) + 1) >> 1;
                value += rule.PrefixSize;
                slot = new FieldSlot(0, size, units);
            }

            if (size > _size - value)
            {
                missing = field;
                break;
            }

            if (rule.RunKey != runClass)
            {
                Unsafe.Add(ref runs, runCount++) = new ContentRun(runStart, offset - runStart, runClass);
                runStart = value + (int)(rule.Quirks & ContentQuirks.Sign);
                runClass = (byte)(rule.RunKey & ~FieldRule.StartsRun);
            }

            if (rule.Quirks != ContentQuirks.None)
            {
                Unsafe.Add(ref quirkyPlaces, quirkCount) = (byte)slotCount;
                Unsafe.Add(ref quirky, quirkCount++) = (byte)field;
            }

            Unsafe.Add(ref slots, slotCount++) = slot.At(value);
            offset = value + size;
            rest &= rest - 1;
        }

        Unsafe.Add(ref runs, runCount++) = new ContentRun(runStart, offset - runStart, runClass);
        _scratch.SlotCount = slotCount;
        _scratch.RunCount = runCount;
        _scratch.QuirkCount = quirkCount;
        end = offset;
        return missing;
    }

    private bool RunsHold()
    {
        bool good = true;
        foreach (ref readonly ContentRun run in _scratch.Runs.AsSpan(0, _scratch.RunCount))
        {
            if (run.Class != ByteClassName.Any)
            {
                good &= ByteClasses.Of(run.Class).Holds(ref Unsafe.Add(ref _first, run.Offset), run.Size);
            }
        }

        return good;
    }

    private bool QuirksHold()
    {
        bool good = true;
        for (int i = 0; i < _scratch.QuirkCount; i++)
        {
            FieldSlot slot = _scratch.Slots[_scratch.QuirkyPlaces[i]];
            ref byte value = ref Unsafe.Add(ref _first, slot.Offset);
            good &= FieldContent.QuirksHold(in _dialect.Rule(_scratch.Quirky[i]), ref value, slot.Size, slot.Units);
        }

        return good;
    }

    /// <summary>
    /// Names the first fault of a message that has one, and takes out of <paramref name="fields"/> what cannot be
    /// relied on. Always false.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Explain(int missing, int end, ref FieldSet fields, out ParseFault fault)
    {
        ParseFault stop = missing != 0 ? ExplainStop(missing, end)
            : end < _size ? new ParseFault(ParseError.TrailingBytes, 0, end)
            : default;

        // An undefined field has an empty rule: the search went on behind it, and nothing found there counts.
        int unknown = fields.Except(_dialect.Defined).Lowest;
        if (unknown != 0 && (missing == 0 || unknown < missing))
        {
            stop = new ParseFault(ParseError.UnknownField, unknown, _scratch.Slots[fields.CountBelow(unknown)].Offset);
            missing = unknown;
        }

        // Content first: what is wrong with it comes earlier in the message than whatever ended the search.
        fault = default;
        FieldSet after = stop.Error == ParseError.LengthOverLimit ? FindAfter(missing, end, in fields) : default;
        fields = missing == 0 ? fields : fields.Below(missing) | after;
        int place = 0;
        int kept = 0;
        foreach (int field in fields)
        {
            FieldSlot slot = _scratch.Slots[place++];
            ref byte value = ref Unsafe.Add(ref _first, slot.Offset);
            ReadOnlySpan<byte> wire = MemoryMarshal.CreateReadOnlySpan(ref value, slot.Size);
            ParseError error = FieldContent.Explain(in _dialect.Rule(field), wire, slot.Units, out int at);
            if (error != ParseError.None)
            {
                fields = fields.Without(field); // The walk is over the set as it was.
                fault = fault.IsNone ? new ParseFault(error, field, slot.Offset + at) : fault;
            }
            else
            {
                _scratch.Slots[kept++] = slot;
            }
        }

        _scratch.SlotCount = kept;
        fault = fault.IsNone ? stop : fault;
        return false;
    }

    /// <summary>Why the field at <paramref name="offset"/> could not be found.</summary>
    private ParseFault ExplainStop(int field, int offset)
    {
        ref readonly FieldRule rule = ref _dialect.Rule(field);
        if (rule.IsVariable && _size - offset >= rule.PrefixSize)
        {
            int units = FieldLength.Read(in rule, ref _first, _size, offset);
            if ((uint)units > (uint)rule.LengthMax)
            {
                ParseError error = units < 0 ? ParseError.LengthNotNumeric : ParseError.LengthOverLimit;
                return new ParseFault(error, field, offset);
            }
        }

        return new ParseFault(ParseError.Truncated, field, _size);
    }

    /// <summary>
    /// The fields after one whose length is over its limit, where that length is right all the same: the rest fits to
    /// the last byte, and is what the dialect says. Else none. Their places are added to those that there are.
    /// </summary>
    private FieldSet FindAfter(int first, int offset, in FieldSet announced)
    {
        FieldSet found = default;
        int places = _scratch.SlotCount;
        foreach (int field in announced.Except(announced.Below(first)))
        {
            ref readonly FieldRule rule = ref _dialect.Rule(field);
            if (!_dialect.Defined.Contains(field) || !TryFind(in rule, ref offset, out FieldSlot slot))
            {
                return default;
            }

            if (slot.Units > rule.LengthMax)
            {
                continue; // Another sender's field is as long: it is not this dialect's, and its extent is known.
            }

            ReadOnlySpan<byte> wire =
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref _first, slot.Offset), slot.Size);
            if (FieldContent.Explain(in rule, wire, slot.Units, out _) != ParseError.None)
            {
                return default;
            }

            found = found.With(field);
            _scratch.Slots[places++] = slot;
        }

        return offset == _size ? found : default;
    }

    /// <summary>
    /// Where a field lies, whatever its greatest length; false when its length is no number or beyond the end, or does
    /// not count units: then it says nothing once it is over the limit.
    /// </summary>
    private bool TryFind(in FieldRule rule, ref int offset, out FieldSlot slot)
    {
        int units = rule.LengthMax;
        long size = rule.FixedSize;
        if (rule.IsVariable)
        {
            units = _size - offset < rule.PrefixSize ? -1
                : FieldLength.Read(in rule, ref _first, _size, offset);
            size = (((long)units * rule.UnitNibbles) + 1) >> 1;
            offset += rule.PrefixSize;
        }

        bool counts = units <= rule.LengthMax || (rule.Quirks & ContentQuirks.CountsWire) == 0;
        slot = default;
        if (units < 0 || !counts || size > _size - offset)
        {
            return false;
        }

        slot = new FieldSlot(offset, (int)size, units);
        offset += (int)size;
        return true;
    }

    private static ulong ReverseBits(ulong word)
    {
        word = ((word >> 1) & 0x5555_5555_5555_5555) | ((word & 0x5555_5555_5555_5555) << 1);
        word = ((word >> 2) & 0x3333_3333_3333_3333) | ((word & 0x3333_3333_3333_3333) << 2);
        word = ((word >> 4) & 0x0F0F_0F0F_0F0F_0F0F) | ((word & 0x0F0F_0F0F_0F0F_0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(word);
    }
}
