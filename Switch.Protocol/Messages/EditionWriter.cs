using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// Turns the canonical fields of a message being made into those of its target's edition. What the target has no place
/// for is left out and named. Reused for ever without allocation.
/// </summary>
internal sealed class EditionWriter(TextScratch scratch)
{
    /// <summary>Without these a message says something else: one that does not fit is a fault, not a loss.</summary>
    private static readonly FieldSet Essential = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.Stan, Field.ResponseCode,
        Field.Currency);

    private const int TextMax = 64;
    private const int ReasonField = 25;

    // A reversal must give a reason; 1987 need not have said one (docs/domain.md section 1.6: 4001, unspecified).
    private static ReadOnlySpan<byte> UnspecifiedReason => "4001"u8;

    private readonly FieldSlot[] _places = new FieldSlot[Field.MaxWithThirdBitmap + 1];
    private readonly byte[] _padded = new byte[FieldSpec.FixedLengthMax + ByteClass.Slack];

    private Dialect _target = null!;
    private EditionMap _map = null!;
    private Mti _mti;
    private long _wallMs;

    /// <summary>Fields on the wire that are the source's own, byte for byte.</summary>
    public FieldSet Copied { get; private set; }

    /// <summary>Fields on the wire whose texts were made: see <see cref="PlaceOf"/>.</summary>
    public FieldSet Laid { get; private set; }

    /// <summary>Canonical fields that the target does not carry.</summary>
    public FieldSet LeftOut { get; private set; }

    /// <summary>Zeroes what it worked on; the scratch is its owner's.</summary>
    public void Forget() => _padded.AsSpan().Clear();

    /// <summary>The text of a laid field, kept in the scratch.</summary>
    public FieldSlot PlaceOf(int wire) => _places[wire];

    /// <summary>Lays down what the composer holds. None, or the first fault.</summary>
    /// <param name="draft">What the message is to say, in canonical fields.</param>
    /// <param name="target">The dialect to say it in.</param>
    /// <param name="mti">The canonical type.</param>
    /// <param name="wallMs">The moment that years are found by.</param>
    public ParseFault Lay(MessageComposer draft, Dialect target, Mti mti, long wallMs)
    {
        _target = target;
        _map = target.Edition;
        _mti = mti;
        _wallMs = wallMs;
        LeftOut = default;
        Laid = default;
        CanonicalView? same = draft.SameDialectView;
        Copied = same is null ? default : CopiedWhole(same, draft.FromSource);
        FieldSet fields = draft.FromSource | draft.Placed;
        FieldSet wanted = WantedBy(draft, fields, same);
        foreach (int wire in wanted)
        {
            if (draft.ExactPlace(wire) is { Size: > 0 } exact)
            {
                _places[wire] = exact;
                Laid = Laid.With(wire);
                continue;
            }

            ref readonly EditionRow row = ref _map.Row(wire);
            ParseError error = Convert(draft, fields, in row);
            if (error == ParseError.None)
            {
                continue;
            }

            if (Essential.Contains(row.Canonical))
            {
                return new ParseFault(error, wire, 0);
            }

            LeftOut |= row.Others.With(row.Canonical) & fields;
        }

        LeftOut = same is null ? LeftOut : LeftOut.Except(same.Derived);
        return default;
    }

    // A field of the source is copied when everything that was read out of it is wanted and nothing was set.
    private static FieldSet CopiedWhole(CanonicalView view, in FieldSet fromSource)
    {
        FieldSet whole = default;
        FieldSet touched = default;
        foreach (int field in view.Fields)
        {
            int wire = view.SourceOf(field);
            whole = whole.With(wire);
            touched = fromSource.Contains(field) ? touched : touched.With(wire);
        }

        return whole.Except(touched);
    }

    private FieldSet WantedBy(MessageComposer draft, in FieldSet fields, CanonicalView? same)
    {
        FieldSet wanted = default;
        foreach (int field in fields)
        {
            if (same is not null && draft.FromSource.Contains(field) && Copied.Contains(same.SourceOf(field)))
            {
                continue;
            }

            int home = _map.HomeOf(field);
            if (home == 0)
            {
                LeftOut = LeftOut.With(field);
            }
            else if (!IsAside(field, fields, home))
            {
                wanted = wanted.With(home);
            }
        }

        return (_map.Version == IsoVersion.Iso1987 || _mti.IsResponse ? wanted : wanted | Asked()).Except(Copied);
    }

    // What every request and advice of the later editions says, and 1987 does not.
    private FieldSet Asked()
    {
        if (_mti.Class is not (1 or 2 or 4))
        {
            return default;
        }

        FieldSet asked = FieldSet.Of(Field.LocalTime, Field.FunctionCode);
        return (_mti.IsReversal ? asked.With(ReasonField) : asked) & _target.Defined;
    }

    // Fields that only add to another one, and say nothing without it.
    private bool IsAside(int field, in FieldSet fields, int home)
    {
        if (_map.Row(home).Canonical == field)
        {
            return false;
        }

        bool isAside = field switch
        {
            Field.ConditionCode => !fields.Contains(Field.EntryMode) && !fields.Contains(LaterField.PosData1993)
                && !fields.Contains(LaterField.PosData2003),
            LaterField.OriginalLocalTime => !fields.Contains(Field.OriginalData),
            Field.ReplacementAmounts => !_mti.IsReversal || _mti.IsResponse,
            _ => false,
        };
        LeftOut = isAside && field == Field.ConditionCode ? LeftOut.With(field) : LeftOut;
        return isAside;
    }

    private ParseError Convert(MessageComposer draft, in FieldSet fields, in EditionRow row)
    {
        Span<byte> first = stackalloc byte[TextMax];
        Span<byte> second = stackalloc byte[TextMax];
        Span<byte> made = stackalloc byte[TextMax];
        int size = _target[row.Wire]!.LengthMax;
        switch (row.Conversion)
        {
            case Conversion.Same when row.Canonical == Field.Amount && ReplacementOf(draft, fields, first):
                return Keep(row.Wire, first[..12]);
            case Conversion.Renumbered when row.Wire == ReasonField && !fields.Contains(row.Canonical):
                return Keep(row.Wire, UnspecifiedReason);
            case Conversion.Same or Conversion.Renumbered or Conversion.Identifier:
                return Carry(draft, row.Wire, row.Canonical);
            case Conversion.LocalDateTime:
                return LayLocalDateTime(draft, row.Wire, size);
            case Conversion.YearlessDate:
                int date = draft.CopyCanonical(Field.SettlementDate, first);
                return date == 4 ? WithYear(row.Wire, first[..date], size) : Carry(draft, row.Wire, row.Canonical);
            case Conversion.YearMonth or Conversion.YearMonthDay:
                return LayCentury(draft, row.Wire, row.Canonical, size);
            case Conversion.PosData:
                return LayPosData(draft, fields, row.Wire, size);
            case Conversion.ActionCode:
                int code = draft.CopyCanonical(Field.ResponseCode, first);
                return Keep(row.Wire, made[.._map.ResponseCodes.Write(first[..code], _mti, made)]);
            case Conversion.FunctionCode:
                return LayFunction(draft, fields, row.Wire);
            case Conversion.NetworkCode:
                return LayNetworkCode(draft, row.Wire);
            case Conversion.SecurityControl:
                if (fields.Contains(LaterField.SecurityControl))
                {
                    return Carry(draft, row.Wire, LaterField.SecurityControl);
                }

                int control = draft.CopyCanonical(Field.SecurityControl, first);
                return Digits.TryPack(first[..control], made) ? Keep(row.Wire, made[..8]) : ParseError.TooLong;
            case Conversion.Original:
                int name = draft.CopyCanonical(Field.OriginalData, first);
                int local = LocalTimeOfOriginal(draft, fields, second);
                int written = OriginalName.Write(first[..name], second[..local], _map.Version, _wallMs, made);
                return written == 0 ? ParseError.ContentNotNumeric : Keep(row.Wire, made[..written]);
            case Conversion.OriginalAmounts:
                return LayOriginalAmounts(draft, fields, row.Wire, size);
            case Conversion.CurrencyAmount:
                return LayAmount(draft, fields, row);
            default:
                int stan = draft.CopyCanonical(Field.Stan, first);
                return Keep(row.Wire, first[..stan]);
        }
    }

    /// <summary>Takes a text as it is, brought to the form and length of its field.</summary>
    private ParseError Carry(MessageComposer draft, int wire, int canonical)
    {
        ParseError error = draft.TryCanonicalText(canonical, out ReadOnlySpan<byte> text, out bool isBytes);
        ref readonly FieldRule rule = ref _target.Rule(wire);
        if (error == ParseError.None)
        {
            error = scratch.TryCross(text, isBytes, rule.Kind == FieldKind.B, out text);
        }

        if (error != ParseError.None)
        {
            return error;
        }

        if (canonical is Field.TerminalId or Field.MerchantId or Field.MerchantName && rule.IsVariable)
        {
            text = text.TrimEnd((byte)' ');
        }

        // A name is for people: its beginning is better than nothing. An identifier that is cut is another one.
        ByteClassName source = draft.SourceClassOf(canonical);
        if (canonical == Field.MerchantName && text.Length > rule.LengthMax)
        {
            text = source == ByteClassName.ShiftJis ? ShiftJis.Cut(text, rule.LengthMax) : text[..rule.LengthMax];
            LeftOut = LeftOut.With(canonical);
        }

        if (!FieldCodec.SaysTheSame(source, rule.TextClass, text))
        {
            return ParseError.ContentNotPrintable;
        }

        return Keep(wire, text);
    }

    private ParseError Keep(int wire, ReadOnlySpan<byte> text)
    {
        ref readonly FieldRule rule = ref _target.Rule(wire);
        ParseError error = FieldFit.TryFit(in rule, text, _padded, out ReadOnlySpan<byte> fitted);
        if (error == ParseError.None)
        {
            error = scratch.TryKeep(fitted, out FieldSlot place);
            _places[wire] = place;
        }

        // Checked where it lies: a class is tested in blocks, which read a little further.
        if (error == ParseError.None)
        {
            error = FieldCodec.CheckText(in rule, scratch[_places[wire]]);
        }

        Laid = error == ParseError.None ? Laid.With(wire) : Laid;
        return error;
    }

    private ParseError LayLocalDateTime(MessageComposer draft, int wire, int size)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int yearSize = size - 10;
        if (yearSize is not (2 or 4))
        {
            return Carry(draft, wire, Field.LocalTime);
        }

        Span<byte> monthToSecond = text.Slice(yearSize, 10);
        bool isLocal = draft.CopyCanonical(Field.LocalDate, monthToSecond) == 4
            && draft.CopyCanonical(Field.LocalTime, monthToSecond[4..]) == 6;

        // 1987 may leave out both, the later editions may not: then the time of transmission stands for them.
        if (!isLocal && draft.CopyCanonical(Field.TransmissionDateTime, monthToSecond) != 10)
        {
            return ParseError.TooShort;
        }

        return LocalDates.TryWriteYear(monthToSecond, _wallMs, text[..yearSize])
            ? Keep(wire, text[..size])
            : ParseError.ContentNotNumeric;
    }

    private ParseError WithYear(int wire, ReadOnlySpan<byte> date, int size)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int yearSize = size - date.Length;
        if (yearSize is not (2 or 4) || !LocalDates.TryWriteYear(date, _wallMs, text[..yearSize]))
        {
            return ParseError.ContentNotNumeric;
        }

        date.CopyTo(text[yearSize..]);
        return Keep(wire, text[..size]);
    }

    private ParseError LayCentury(MessageComposer draft, int wire, int canonical, int size)
    {
        Span<byte> text = stackalloc byte[TextMax];
        "20"u8.CopyTo(text);
        int length = draft.CopyCanonical(canonical, text[2..]);
        return Keep(wire, size == length + 2 ? text[..size] : text.Slice(2, length));
    }

    private ParseError LayPosData(MessageComposer draft, in FieldSet fields, int wire, int size)
    {
        Span<byte> entry = stackalloc byte[TextMax];
        Span<byte> condition = stackalloc byte[TextMax];
        Span<byte> made = stackalloc byte[TextMax];
        bool wantsMaps = size == PosData.Size2003;
        int own = wantsMaps ? LaterField.PosData2003 : LaterField.PosData1993;
        if (fields.Contains(own))
        {
            return Carry(draft, wire, own);
        }

        int length = draft.CopyCanonical(Field.EntryMode, entry);
        int conditionLength = draft.CopyCanonical(Field.ConditionCode, condition);
        bool hasPin = fields.Contains(Field.PinData);
        ReadOnlySpan<byte> mode = entry[..length];
        ReadOnlySpan<byte> at = condition[..conditionLength];
        bool isMade = wantsMaps ? PosData.TryTo2003(mode, at, hasPin, made)
            : size == PosData.Size1993 && PosData.TryTo1993(mode, at, hasPin, made);
        return isMade ? Keep(wire, made[..size]) : ParseError.TooShort;
    }

    private ParseError LayFunction(MessageComposer draft, in FieldSet fields, int wire)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int function = _mti.IsNetworkManagement ? NetworkFunction(draft)
            : ReplacementOf(draft, fields, text) ? 401
            : -1;
        if (function < 0 && fields.Contains(LaterField.FunctionCode))
        {
            return Carry(draft, wire, LaterField.FunctionCode);
        }

        // Of a financial advice that names an earlier message 1987 does not say whether the amount is still the same:
        // 201 says that it was authorized before, and DE 4 says what counts.
        function = function >= 0 ? function : _mti.Class switch
        {
            1 => 100,
            2 when _mti.IsAdvice && NamesAuthorization(draft) => 201,
            2 => 200,
            4 => 400,
            _ => -1,
        };
        if (function < 0)
        {
            return ParseError.TooShort;
        }

        Digits.Write(text[..3], function);
        return Keep(wire, text[..3]);
    }

    private int NetworkFunction(MessageComposer draft)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int length = draft.CopyCanonical(Field.NetworkCode, text);
        return Digits.TryParse(text[..length], out long code) ? _map.NetworkCodes.Write((int)code) : -1;
    }

    private ParseError LayNetworkCode(MessageComposer draft, int wire)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int length = draft.CopyCanonical(Field.NetworkCode, text);
        int code = Digits.TryParse(text[..length], out long number) ? _map.NetworkCodes.Write((int)number) : -1;
        if (code < 0)
        {
            return ParseError.ContentNotNumeric;
        }

        Digits.Write(text[..3], code);
        return Keep(wire, text[..3]);
    }

    private static bool NamesAuthorization(MessageComposer draft)
    {
        Span<byte> name = stackalloc byte[TextMax];
        return draft.CopyCanonical(Field.OriginalData, name) == OriginalName.CanonicalSize && name[1] == (byte)'1';
    }

    // The original's own local time where it is known; else that of this message, which was made from the original.
    private static int LocalTimeOfOriginal(MessageComposer draft, in FieldSet fields, Span<byte> time)
    {
        if (fields.Contains(LaterField.OriginalLocalTime))
        {
            return draft.CopyCanonical(LaterField.OriginalLocalTime, time);
        }

        return draft.CopyCanonical(Field.LocalDate, time) == 4 && draft.CopyCanonical(Field.LocalTime, time[4..]) == 6
            ? 10
            : 0;
    }

    // DE 95 of a reversal: what stays. All zeros: everything is reversed.
    private bool ReplacementOf(MessageComposer draft, in FieldSet fields, Span<byte> amount)
    {
        return _map.Version != IsoVersion.Iso1987 && _mti.IsReversal && !_mti.IsResponse
            && fields.Contains(Field.ReplacementAmounts)
            && draft.CopyCanonical(Field.ReplacementAmounts, amount) >= 12
            && Digits.TryParse(amount[..12], out long stays) && stays > 0;
    }

    private ParseError LayOriginalAmounts(MessageComposer draft, in FieldSet fields, int wire, int size)
    {
        Span<byte> text = stackalloc byte[TextMax];
        if (fields.Contains(LaterField.OriginalAmounts)
            && draft.CopyCanonical(LaterField.OriginalAmounts, text) == size)
        {
            return Carry(draft, wire, LaterField.OriginalAmounts);
        }

        if (!ReplacementOf(draft, fields, text))
        {
            return fields.Contains(LaterField.OriginalAmounts) ? ParseError.TooLong : ParseError.None;
        }

        bool hasCurrency = size == 32;
        text[..size].Fill((byte)'0');
        Span<byte> settlement = text.Slice(size - 12, 12);
        if (draft.CopyCanonical(Field.SettlementAmount, settlement) != 12)
        {
            settlement.Fill((byte)'0');
        }

        if (hasCurrency && !TryWriteCurrency(draft, Field.Currency, text))
        {
            return ParseError.TooShort;
        }

        if (hasCurrency && fields.Contains(Field.SettlementAmount)
            && !TryWriteCurrency(draft, Field.SettlementCurrency, text[16..]))
        {
            return ParseError.TooShort;
        }

        return draft.CopyCanonical(Field.Amount, text.Slice((size / 2) - 12, 12)) == 12
            ? Keep(wire, text[..size])
            : ParseError.TooShort;
    }

    private ParseError LayAmount(MessageComposer draft, in FieldSet fields, in EditionRow row)
    {
        Span<byte> text = stackalloc byte[TextMax];
        int currency = row.Canonical + (Field.Currency - Field.Amount);
        Span<byte> amount = text[4..];
        bool isReplaced = row.Canonical == Field.Amount && ReplacementOf(draft, fields, amount);
        int length = isReplaced ? 12 : draft.CopyCanonical(row.Canonical, amount);
        return length == 12 && TryWriteCurrency(draft, currency, text)
            ? Keep(row.Wire, text[..16])
            : ParseError.TooShort;
    }

    private static bool TryWriteCurrency(MessageComposer draft, int field, Span<byte> text)
    {
        if (draft.CopyCanonical(field, text) != 3 || !Digits.TryParse(text[..3], out long currency))
        {
            return false;
        }

        text[3] = (byte)('0' + Currencies.DecimalsOf((int)currency));
        return true;
    }
}
