using System.Numerics;
using System.Runtime.CompilerServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <content>How the bytes of a message are laid down: the source's patched in place, or field by field.</content>
public sealed partial class MessageComposer
{
    private bool IsOneSource(Dialect target) =>
        !_isTranslated && _source is { View: null } && ReferenceEquals(_source.Dialect, target);

    /// <summary>
    /// Copies the source and overwrites what was set. Returns 0 when a field changes its length, or at a fault.
    /// </summary>
    private int TryPatch(Message source)
    {
        Dialect target = Target;
        if (source.Size > _sizeMax)
        {
            return 0;
        }

        // The bytes that go out are those that came in until something is known to be longer: nothing is lost then.
        _written = Math.Max(_written, source.Size);
        source.Bytes.CopyTo(_output);
        if (_wireMti != source.WireMti)
        {
            MessageHeader.WriteMti(target, _wireMti, _output);
        }

        for (int word = 0; word < FieldSet.BitmapWords; word++)
        {
            ulong rest = _placed.Word(word);
            while (rest != 0)
            {
                int lead = BitOperations.LeadingZeroCount(rest);
                rest ^= (1UL << 63) >> lead;
                if (!TryPatch(target, source, (64 * word) + lead + 1))
                {
                    return 0;
                }
            }
        }

        foreach (int field in _fromSecond)
        {
            FieldSlot from = _second!.Slot(field);
            FieldSlot to = source.Slot(field);
            if (from.Size != to.Size || from.Units != to.Units)
            {
                return 0;
            }

            _second.Bytes.Slice(from.Offset, from.Size).CopyTo(_output.AsSpan(to.Offset));
        }

        return source.Size;
    }

    /// <summary>Overwrites one field; false when it changes its length, or at a fault.</summary>
    private bool TryPatch(Dialect target, Message source, int field)
    {
        ref readonly FieldRule rule = ref target.Rule(field);
        FieldSlot place = _places[field];
        FieldSlot slot = source.Slot(field);
        ReadOnlySpan<byte> text = _scratch[place];
        if (place.Size == slot.Units)
        {
            ParseError error = FieldCodec.CheckText(in rule, text);
            if (error != ParseError.None)
            {
                return Fail(error, field, slot.Offset - rule.PrefixSize) != 0;
            }
        }
        else if (rule.IsVariable || !TryText(target, field, slot.Offset - rule.PrefixSize, out text))
        {
            return false; // A text that still needs padding keeps the length of a fixed field all the same.
        }

        if (FieldCodec.IsVerbatim(in rule))
        {
            text.CopyTo(_output.AsSpan(slot.Offset));
        }
        else
        {
            FieldCodec.Encode(in rule, text, _output.AsSpan(slot.Offset, slot.Size));
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // What is patched needs no room for it on the stack.
    private int Build(Dialect target, bool isSameDialect)
    {
        FieldSet fields = Chosen;
        int header = MessageHeader.SizeOf(target, fields);
        if (header > _sizeMax)
        {
            return Fail(ParseError.TooLong, 1, 0);
        }

        MessageHeader.WriteMti(target, _wireMti, _output);
        MessageHeader.WriteBitmaps(target, fields, _output.AsSpan(target.MtiSize));
        _written = Math.Max(_written, header);
        return _source is null ? WriteFields(target, in fields, header)
            : isSameDialect ? CopyFields(target, _source, in fields, header)
            : ConvertFields(target, _source, in fields, header);
    }

    /// <summary>All of them were set.</summary>
    private int WriteFields(Dialect target, in FieldSet fields, int offset)
    {
        foreach (int field in fields)
        {
            offset = WriteField(target, field, offset);
            _written = Math.Max(_written, offset);
            if (!_fault.IsNone)
            {
                return 0;
            }
        }

        return offset;
    }

    /// <summary>What stands together in the first source, and stays together, is copied at once.</summary>
    private int CopyFields(Dialect target, Message source, in FieldSet fields, int offset)
    {
        int start = 0; // In the source, of what is to be copied; its end is where the next one must begin.
        int end = 0;
        foreach (int field in fields)
        {
            if (_fromSource.Contains(field))
            {
                FieldSlot slot = source.Slot(field);
                int prefix = slot.Offset - target.Rule(field).PrefixSize;
                if (prefix != end)
                {
                    offset = CopyBytes(source, start, end, offset);
                    start = prefix;
                }

                end = slot.Offset + slot.Size;
                if (end - start > _sizeMax - offset)
                {
                    return Fail(ParseError.TooLong, field, offset + prefix - start);
                }

                continue;
            }

            offset = CopyBytes(source, start, end, offset);
            start = 0;
            end = 0;
            offset = _fromSecond.Contains(field)
                ? CopyField(_second!, field, offset)
                : WriteField(target, field, offset);
            _written = Math.Max(_written, offset);
            if (!_fault.IsNone)
            {
                return 0;
            }
        }

        return CopyBytes(source, start, end, offset);
    }

    private int CopyBytes(Message source, int start, int end, int offset)
    {
        source.Bytes[start..end].CopyTo(_output.AsSpan(offset));
        offset += end - start;
        _written = Math.Max(_written, offset);
        return offset;
    }

    /// <summary>Copies a field with its prefix from a source in the same dialect.</summary>
    private int CopyField(Message source, int field, int offset)
    {
        FieldSlot slot = source.Slot(field);
        int prefixSize = Target.Rule(field).PrefixSize;
        int size = prefixSize + slot.Size;
        if (size > _sizeMax - offset)
        {
            return Fail(ParseError.TooLong, field, offset);
        }

        source.Bytes.Slice(slot.Offset - prefixSize, size).CopyTo(_output.AsSpan(offset));
        return offset + size;
    }

    private int WriteField(Dialect target, int field, int offset)
    {
        if (!TryText(target, field, offset, out ReadOnlySpan<byte> text))
        {
            return 0;
        }

        ref readonly FieldRule rule = ref target.Rule(field);
        int size = rule.SizeOf(text.Length);
        if (rule.PrefixSize + size > _sizeMax - offset)
        {
            return Fail(ParseError.TooLong, field, offset);
        }

        LengthPrefix.Write(in rule, text.Length, _output.AsSpan(offset));
        offset += rule.PrefixSize;
        FieldCodec.Encode(in rule, text, _output.AsSpan(offset, size));
        return offset + size;
    }

    /// <summary>
    /// The text that a field has in the target, at the target's length: what was set, or what the source has,
    /// converted.
    /// </summary>
    private bool TryText(Dialect target, int field, int offset, out ReadOnlySpan<byte> text)
    {
        ref readonly FieldRule to = ref target.Rule(field);
        ParseError error = ParseError.None;
        bool isChecked = false;
        if (_placed.Contains(field))
        {
            text = _scratch[_places[field]];
        }
        else
        {
            FieldSlot slot = _source!.Slot(field);
            ref readonly FieldRule from = ref _source.Dialect.Rule(field);
            error = _scratch.TryDecode(in from, _source.Bytes.Slice(slot.Offset, slot.Size), slot.Units, out text);
            if (error == ParseError.None)
            {
                error = _scratch.TryCross(text, from.Kind == FieldKind.B, to.Kind == FieldKind.B, out text);
            }

            // Text that was good in a field of the same class is good here: it was checked when the source was
            // loaded.
            isChecked = from.TextClass == to.TextClass && from.Kind == to.Kind;
            bool isForeign = error == ParseError.None && !isChecked
                && !FieldCodec.SaysTheSame(from.TextClass, to.TextClass, text);
            error = isForeign ? ParseError.ContentNotPrintable : error;
        }

        if (error == ParseError.None && !isChecked)
        {
            error = FieldCodec.CheckText(in to, text);
        }

        if (error == ParseError.None && !FieldFit.Fits(in to, text.Length))
        {
            error = FieldFit.TryFit(in to, text, _padded, out text);
        }

        return error == ParseError.None || Fail(error, field, offset) != 0;
    }
}
