using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <content>What a composer in canonical terms does besides, when not all speak 1987.</content>
public sealed partial class MessageComposer
{
    /// <summary>The text of a canonical field that the message has, in its canonical form; 0 bytes when not.</summary>
    internal int CopyCanonical(int field, Span<byte> destination)
    {
        return (_fromSource | _placed).Contains(field)
            && TryCanonicalText(field, out ReadOnlySpan<byte> text, out _) == ParseError.None
            && text.TryCopyTo(destination)
                ? text.Length
                : 0;
    }

    /// <summary>The same without a copy: valid until the next text is asked for or kept.</summary>
    internal ParseError TryCanonicalText(int field, out ReadOnlySpan<byte> text, out bool isBytes)
    {
        text = default;
        isBytes = HoldsBytes(field);
        if (_placed.Contains(field))
        {
            text = _scratch[_places[field]];
            return ParseError.None;
        }

        return _fromSource.Contains(field)
            ? TrySourceText(_source!, field, out text, out isBytes)
            : ParseError.TooShort;
    }

    /// <summary>The text of a field on the wire that is to be the source's own; an empty place when none is.</summary>
    internal FieldSlot ExactPlace(int wire) => _exact.Contains(wire) ? _exactPlaces[wire] : default;

    /// <summary>The class of the text of a canonical field as its source has it; printable where it was set.</summary>
    internal ByteClassName SourceClassOf(int field)
    {
        if (!_fromSource.Contains(field) || _source!.View?.Converted.Contains(field) == true)
        {
            return ByteClassName.Printable;
        }

        return _source.Dialect.Rule(_source.View?.SourceOf(field) ?? field).TextClass;
    }

    // A name is for people: rather none than one in characters that the other side does not have. Between editions the
    // writer leaves out what does not fit.
    private FieldSet Readable(Message source, in FieldSet taken)
    {
        if (!taken.Contains(Field.MerchantName) || source.View is not null || _isTranslated)
        {
            return taken;
        }

        ref readonly FieldRule from = ref source.Dialect.Rule(Field.MerchantName);
        ref readonly FieldRule to = ref Target.Rule(Field.MerchantName);
        if (from.TextClass == to.TextClass || !ByteClasses.IsJapanese(from.TextClass))
        {
            return taken;
        }

        FieldSlot slot = source.Slot(Field.MerchantName);
        ReadOnlySpan<byte> wire = source.Bytes.Slice(slot.Offset, slot.Size);
        bool isReadable = _scratch.TryDecode(in from, wire, slot.Units, out ReadOnlySpan<byte> text) == ParseError.None
            && FieldCodec.CheckText(in to, text) == ParseError.None
            && FieldCodec.SaysTheSame(from.TextClass, to.TextClass, text);
        LeftOut = isReadable ? LeftOut : LeftOut.With(Field.MerchantName);
        return isReadable ? taken : taken.Without(Field.MerchantName);
    }

    private ParseError TrySourceText(Message source, int field, out ReadOnlySpan<byte> text, out bool isBytes)
    {
        isBytes = false;
        int wire = field;
        if (source.View is { } view)
        {
            if (view.Converted.Contains(field))
            {
                text = view.Text(field);
                return ParseError.None;
            }

            wire = view.SourceOf(field);
        }

        FieldSlot slot = source.Slot(wire);
        ref readonly FieldRule rule = ref source.Dialect.Rule(wire);
        isBytes = rule.Kind == FieldKind.B;
        return _scratch.TryDecode(in rule, source.Bytes.Slice(slot.Offset, slot.Size), slot.Units, out text);
    }

    /// <summary>
    /// Takes fields of a further source of another edition. What is in the target's own dialect goes back byte for
    /// byte, whatever the canonical form cannot hold of it: an echo is the same as what was sent.
    /// </summary>
    private void TakeTranslated(Message source, CanonicalView view, in FieldSet taken)
    {
        FieldSet exact = default;
        if (ReferenceEquals(source.Dialect, _target))
        {
            exact = source.WireFields;
            foreach (int field in source.Fields.Except(taken))
            {
                exact = exact.Without(view.SourceOf(field));
            }
        }

        FieldSet converted = default;
        foreach (int field in taken)
        {
            if (view.Derived.Contains(field) && exact.Contains(view.SourceOf(field)))
            {
                continue;
            }

            ParseError error = TrySourceText(source, field, out ReadOnlySpan<byte> text, out bool isBytes);
            if (error != ParseError.None)
            {
                Fail(error, field, 0);
                return;
            }

            Place(field, text, isBytes);
            converted = view.Converted.Contains(field) ? converted.With(view.SourceOf(field)) : converted;
        }

        foreach (int wire in exact & converted)
        {
            FieldSlot slot = source.Slot(wire);
            ref readonly FieldRule rule = ref source.Dialect.Rule(wire);
            ReadOnlySpan<byte> bytes = source.Bytes.Slice(slot.Offset, slot.Size);
            if (_scratch.TryDecode(in rule, bytes, slot.Units, out ReadOnlySpan<byte> text) == ParseError.None
                && _scratch.TryKeep(text, out _exactPlaces[wire]) == ParseError.None)
            {
                _exact = _exact.With(wire);
            }
        }
    }

    // Private fields that the target takes over from another dialect's source go under their number there.
    private FieldSet TakenOver(Message source, in FieldSet fields)
    {
        FieldSet rest = fields;
        foreach (CarriedField carried in Target.Edition.RenumberingOf(source.Dialect.Edition))
        {
            int from = source.Dialect.Edition.Row(carried.From).Canonical;
            int to = Target.Edition.Row(carried.To).Canonical;
            if (rest.Contains(from) && _defined.Contains(to)
                && TrySourceText(source, from, out ReadOnlySpan<byte> text, out bool isBytes) == ParseError.None)
            {
                rest = rest.Without(from);
                Place(to, text, isBytes);
            }
        }

        return rest;
    }

    // An answer has the origin of its request, and what is passed on in its own dialect keeps its type; but never the
    // edition of a request that had the wrong one.
    private void NoteType(Message source)
    {
        if (source.View is null)
        {
            return;
        }

        _isTranslated = true;
        if (ReferenceEquals(source.Dialect, _target))
        {
            Mti said = source.WireMti.WithVersion((int)Target.IsoVersion);
            _wireMti = source.Mti == _mti ? said : source.Mti.Response() == _mti ? said.Response() : _wireMti;
        }
    }

    // What another edition asks for, and an image, is made of texts: those of the second source as well.
    private void Settle()
    {
        if (!_fromSecond.IsEmpty)
        {
            FieldSet fields = _fromSecond;
            _fromSecond = default;
            TakeTexts(_second!, fields);
        }
    }

    private void Lay()
    {
        Settle();
        _isLaid = true;
        ParseFault fault = _writer.Lay(this, Target, _mti, WallMs);
        LeftOut |= _writer.LeftOut;
        _fault = fault;
        _fromSource = _writer.Copied;
        _placed = _writer.Laid;
        foreach (int wire in _placed)
        {
            _places[wire] = _writer.PlaceOf(wire);
        }
    }

    private bool TryImageText(Dialect target, int field, out ReadOnlySpan<byte> text, out bool isBytes)
    {
        if (!_isTranslated || target.Edition.IsIdentity)
        {
            isBytes = target.Rule(field).Kind == FieldKind.B;
            return TryText(target, field, 0, out text);
        }

        ParseError error = TryCanonicalText(field, out text, out isBytes);
        return error == ParseError.None || Fail(error, field, 0) != 0;
    }

    private bool HoldsBytes(int field) =>
        _isTranslated ? Target.Edition.Bytes.Contains(field) : Target.Rule(field).Kind == FieldKind.B;

    private int WidthOf(int field)
    {
        int wire = _isTranslated ? Target.Edition.HomeOf(field) : field;
        if (_isTranslated && Target.Edition.Row(wire).Conversion is not (Conversion.Same or Conversion.Renumbered))
        {
            return field switch
            {
                Field.Amount or Field.SettlementAmount or Field.BillingAmount => 12,
                Field.Stan or Field.LocalTime => 6,
                Field.LocalDate or Field.SettlementDate => 4,
                Field.NetworkCode or LaterField.FunctionCode => 3,
                _ => 0,
            };
        }

        return Target[wire] is { IsVariable: false } spec ? spec.LengthMax : 0;
    }

    private FieldSet HomesOf(in FieldSet fields)
    {
        if (_exact.IsEmpty)
        {
            return default;
        }

        FieldSet homes = default;
        foreach (int field in fields)
        {
            int home = Target.Edition.HomeOf(field);
            homes = home == 0 ? homes : homes.With(home);
        }

        return homes;
    }
}
