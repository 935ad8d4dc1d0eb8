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

        foreach (int field in _placed)
        {
            // A text that still needs padding keeps the length of a fixed field all the same.
            ref readonly FieldRule rule = ref target.Rule(field);
            if (rule.IsVariable && _places[field].Size != source.Slot(field).Units)
            {
                return 0;
            }
        }

        _written = Math.Max(_written, source.Size);
        source.Bytes.CopyTo(_output);
        MessageHeader.WriteMti(target, _wireMti, _output);
        foreach (int field in _placed)
        {
            FieldSlot slot = source.Slot(field);
            if (!TryText(target, field, slot.Offset, out ReadOnlySpan<byte> text))
            {
                return 0;
            }

            FieldCodec.Encode(in target.Rule(field), text, _output.AsSpan(slot.Offset, slot.Size));
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
        int offset = header;
        _plan = _source is null || isSameDialect ? null : target.PlanFrom(_source.Dialect);
        foreach (int field in fields)
        {
            offset = _fromSecond.Contains(field) ? CopyField(_second!, field, offset)
                : _placed.Contains(field) ? WriteField(target, field, offset)
                : isSameDialect ? CopyField(_source!, field, offset)
                : Transcode(target, field, offset);
            _written = Math.Max(_written, offset);
            if (!_fault.IsNone)
            {
                return 0;
            }
        }

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

    /// <summary>Writes a field of the first source, by the plan of the two dialects where it has a short way.</summary>
    private int Transcode(Dialect target, int field, int offset)
    {
        FieldWay way = _plan!.WayOf(field);
        FieldSlot slot = _source!.Slot(field);
        ref readonly FieldRule rule = ref target.Rule(field);
        if (way == FieldWay.Text || !FieldFit.Fits(in rule, slot.Units))
        {
            return WriteField(target, field, offset);
        }

        int size = rule.SizeOf(slot.Units);
        if (rule.PrefixSize + size > _sizeMax - offset)
        {
            return Fail(ParseError.TooLong, field, offset);
        }

        LengthPrefix.Write(in rule, slot.Units, _output.AsSpan(offset));
        Span<byte> destination = _output.AsSpan(offset + rule.PrefixSize, size);
        ReadOnlySpan<byte> wire = _source.Bytes.Slice(slot.Offset, slot.Size);
        switch (way)
        {
            case FieldWay.Copy:
                wire.CopyTo(destination);
                break;
            case FieldWay.Encode:
                FieldCodec.Encode(in rule, wire, destination);
                break;
            case FieldWay.Decode:
                FieldCodec.Decode(in _source.Dialect.Rule(field), wire, slot.Units, destination);
                break;
            default:
                if (_scratch.TryDecode(in _source.Dialect.Rule(field), wire, slot.Units, out ReadOnlySpan<byte> text)
                    is not ParseError.None and ParseError error)
                {
                    return Fail(error, field, offset);
                }

                FieldCodec.Encode(in rule, text, destination);
                break;
        }

        return offset + rule.PrefixSize + size;
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
