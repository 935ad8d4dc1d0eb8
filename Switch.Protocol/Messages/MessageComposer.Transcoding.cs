using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <content>How the fields of a source in another dialect are laid down.</content>
public sealed partial class MessageComposer
{
    private const int OverwritesMax = 8;
    private const int NoRun = -1;

    // Fields that are set and stand in the midst of a run, and where they go: the run is converted as it is, and they
    // are written over it.
    private readonly (int Field, int Offset)[] _overwrites = new (int, int)[OverwritesMax];
    private int _overwriteCount;

    /// <summary>Neighbouring fields that are converted at once.</summary>
    private struct ConversionRun
    {
        public int First;
        public FieldWay Way;
        public int From;
        public int Units;
        public int FromSize;
    }

    // Words and not sets: a set that is read whole just after its words were written makes the processor wait.
    private int ConvertFields(Dialect target, Message source, in FieldSet fields, int offset)
    {
        ref TranscodingStep steps =
            ref MemoryMarshal.GetReference(target.PlanFrom(source.Dialect).Steps);
        ref readonly FieldSet inSource = ref source.WireFields;
        bool isDense = ((inSource.First & ~fields.First) | (inSource.Second & ~fields.Second)
            | (inSource.Third & ~fields.Third)) == 0; // Then places are counted on, and not looked up.
        int place = -1;
        int kind = NoRun;
        int runPlace = 0;
        int runSize = 0;
        ConversionRun run = default;
        _overwriteCount = 0;
        for (int word = 0; word < FieldSet.BitmapWords; word++)
        {
            ulong rest = fields.Word(word);
            ulong here = inSource.Word(word);
            ulong own = _fromSource.Word(word);
            while (rest != 0)
            {
                int lead = BitOperations.LeadingZeroCount(rest);
                ulong bit = (1UL << 63) >> lead;
                rest ^= bit;
                int field = (64 * word) + lead + 1;
                ref readonly TranscodingStep step = ref Unsafe.Add(ref steps, field);
                bool isOwn = (own & bit) != 0;
                if (isDense & isOwn & (step.Run == kind) & (place + 1 == runPlace))
                {
                    place++; // The commonest: one more of a run.
                    run.Units += step.Units;
                    run.FromSize += step.FromSize;
                    runSize += step.ToSize;
                    runPlace++;
                    continue;
                }

                place = !isDense ? inSource.CountBelow(field) : (here & bit) != 0 ? place + 1 : place;
                bool canRun = step.Run != 0 && (here & bit) != 0 && (isOwn || CanOverwrite(target, field));
                if (!canRun || step.Run != kind || place != runPlace)
                {
                    if (kind != NoRun)
                    {
                        offset = ConvertRun(target, source, in fields, in run, runSize, offset);
                        kind = NoRun;
                        runSize = 0;
                        run = default;
                    }

                    if (!canRun && _fault.IsNone)
                    {
                        offset = isOwn ? Convert(target, source, field, source.SlotAt(place), step.Way, offset)
                            : _fromSecond.Contains(field) ? CopyField(_second!, field, offset)
                            : WriteField(target, field, offset);
                        _written = Math.Max(_written, offset);
                    }

                    if (!_fault.IsNone)
                    {
                        return 0;
                    }

                    if (!canRun)
                    {
                        continue;
                    }

                    kind = step.Run;
                    run.First = field;
                    run.Way = step.Way;
                    run.From = source.SlotAt(place).Offset;
                }

                if (!isOwn)
                {
                    _overwrites[_overwriteCount++] = (field, offset + runSize);
                }

                run.Units += step.Units;
                run.FromSize += step.FromSize;
                runSize += step.ToSize;
                runPlace = place + 1;
            }
        }

        return kind == NoRun ? offset : ConvertRun(target, source, in fields, in run, runSize, offset);
    }

    /// <summary>Whether what was set has the length that the field has, and may stand in it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool CanOverwrite(Dialect target, int field)
    {
        if (!_placed.Contains(field) || _overwriteCount == OverwritesMax)
        {
            return false;
        }

        ref readonly FieldRule rule = ref target.Rule(field);
        ReadOnlySpan<byte> text = _scratch[_places[field]];
        return FieldFit.Fits(in rule, text.Length) && FieldCodec.CheckText(in rule, text) == ParseError.None;
    }

    /// <summary>Converts what was gathered, and writes what was set over it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // The loop above keeps its registers.
    private int ConvertRun(
        Dialect target, Message source, in FieldSet fields, in ConversionRun run, int size, int offset)
    {
        if (size > _sizeMax - offset)
        {
            return FailRun(target, in fields, run.First, offset);
        }

        Span<byte> destination = _output.AsSpan(offset, size);
        ReadOnlySpan<byte> wire = source.Bytes.Slice(run.From, run.FromSize);
        if (!TryConvert(target, source, run.First, run.Way, wire, run.Units, destination))
        {
            return Fail(ParseError.TooLong, run.First, offset);
        }

        for (int i = 0; i < _overwriteCount; i++)
        {
            (int field, int at) = _overwrites[i];
            ref readonly FieldRule rule = ref target.Rule(field);
            FieldCodec.Encode(in rule, _scratch[_places[field]], _output.AsSpan(at, rule.FixedSize));
        }

        offset += size;
        _written = Math.Max(_written, offset);
        _overwriteCount = 0;
        return offset;
    }

    /// <summary>Blames the field of a run that has no room left.</summary>
    private int FailRun(Dialect target, in FieldSet fields, int first, int offset)
    {
        foreach (int field in fields.Except(fields.Below(first)))
        {
            int size = target.Rule(field).FixedSize;
            if (size > _sizeMax - offset)
            {
                return Fail(ParseError.TooLong, field, offset);
            }

            offset += size;
        }

        return Fail(ParseError.TooLong, first, offset);
    }

    /// <summary>Writes a field of the first source the short way where it has one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Convert(Dialect target, Message source, int field, FieldSlot slot, FieldWay way, int offset)
    {
        ref readonly FieldRule rule = ref target.Rule(field);
        ReadOnlySpan<byte> wire = source.Bytes.Slice(slot.Offset, slot.Size);
        int units = way switch
        {
            FieldWay.ToHex => 2 * slot.Units,
            FieldWay.FromHex => slot.Units / 2,
            _ => slot.Units,
        };
        bool isText = way == FieldWay.Text || (way == FieldWay.FromHex && !FieldCodec.IsHex(wire));
        if (isText || !FieldFit.Fits(in rule, units))
        {
            return WriteField(target, field, offset);
        }

        int size = rule.SizeOf(units);
        if (rule.PrefixSize + size > _sizeMax - offset)
        {
            return Fail(ParseError.TooLong, field, offset);
        }

        LengthPrefix.Write(in rule, units, _output.AsSpan(offset));
        Span<byte> destination = _output.AsSpan(offset + rule.PrefixSize, size);
        return TryConvert(target, source, field, way, wire, units, destination)
            ? offset + rule.PrefixSize + size
            : Fail(ParseError.TooLong, field, offset);
    }

    /// <summary>False when there is no room for a text between the two.</summary>
    private bool TryConvert(
        Dialect target, Message source, int field, FieldWay way, ReadOnlySpan<byte> wire, int units,
        Span<byte> destination)
    {
        switch (way)
        {
            case FieldWay.Copy:
                wire.CopyTo(destination);
                return true;
            case FieldWay.Pack:
                ref readonly FieldRule to = ref target.Rule(field);
                bool padsLeft = (to.Quirks & ContentQuirks.PadLeft) != 0;
                FieldCodec.EncodePacked(wire, padsLeft, to.PadNibble, destination);
                return true;
            case FieldWay.Unpack:
                bool isLeft = (source.Dialect.Rule(field).Quirks & ContentQuirks.PadLeft) != 0;
                FieldCodec.DecodePacked(wire, isLeft, destination);
                return true;
            case FieldWay.Encode:
                FieldCodec.Encode(in target.Rule(field), wire, destination);
                return true;
            case FieldWay.Decode:
                FieldCodec.Decode(in source.Dialect.Rule(field), wire, units, destination);
                return true;
            case FieldWay.ToHex:
                FieldCodec.EncodeHex(wire, destination);
                return true;
            case FieldWay.FromHex:
                FieldCodec.DecodeHex(wire, destination);
                return true;
            default:
                ref readonly FieldRule rule = ref source.Dialect.Rule(field);
                if (_scratch.TryDecode(in rule, wire, units, out ReadOnlySpan<byte> text) != ParseError.None)
                {
                    return false;
                }

                FieldCodec.Encode(in target.Rule(field), text, destination);
                return true;
        }
    }
}
