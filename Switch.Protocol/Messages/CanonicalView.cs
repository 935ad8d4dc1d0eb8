using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// A message of a later edition as the switch sees it: in 1987 terms. Fields that mean the same lie where they arrived;
/// those that do not are converted once, when the message is loaded, into a small buffer of its own. Reused for ever
/// without allocation.
/// </summary>
internal sealed class CanonicalView
{
    /// <summary>Room for everything that is converted in one message.</summary>
    public const int TextMax = 512;

    private const int WireMax = 64;
    private const int AmountSize = 12;
    private const int ReplacementSize = 42;

    private readonly byte[] _text = new byte[TextMax + ByteClass.Slack];
    private readonly byte[] _sources = new byte[LaterField.Max + 1];
    private readonly FieldSlot[] _places = new FieldSlot[LaterField.Max + 1];
    private int _used;
    private FieldSet _fields;
    private FieldSet _converted;
    private FieldSet _derived;
    private FieldSet _unreadable;

    public Mti Mti { get; private set; }

    public ref readonly FieldSet Fields => ref _fields;

    /// <summary>Fields whose text is in this view, and not on the wire as it is.</summary>
    public ref readonly FieldSet Converted => ref _converted;

    /// <summary>
    /// Fields read out of one that is at home elsewhere: they go back with it and need no place of their own.
    /// </summary>
    public ref readonly FieldSet Derived => ref _derived;

    /// <summary>
    /// Fields that are on the wire and hold nothing that can be said in canonical terms. They are not in
    /// <see cref="Fields"/>.
    /// </summary>
    public ref readonly FieldSet Unreadable => ref _unreadable;

    /// <summary>The field on the wire that a canonical one was read from.</summary>
    public int SourceOf(int canonical) => _sources[canonical];

    /// <summary>The text of a converted field.</summary>
    public ReadOnlySpan<byte> Text(int canonical)
    {
        FieldSlot place = _places[canonical];
        return _text.AsSpan(place.Offset, place.Size);
    }

    /// <summary>Takes a message that has just been indexed.</summary>
    public void Read(Message message)
    {
        Clear();
        EditionMap map = message.Dialect.Edition;
        Mti = EditionMti.CanonicalOf(message.WireMti, map.Version);
        Span<byte> text = stackalloc byte[WireMax];
        foreach (int wire in message.WireFields)
        {
            ref readonly EditionRow row = ref map.Row(wire);
            if (row.Conversion is Conversion.Same or Conversion.Renumbered)
            {
                Refer(row.Canonical, wire);
                continue;
            }

            int length = message.WireLength(wire);
            if (length <= WireMax)
            {
                message.CopyWire(wire, text);
                Convert(map, in row, text[..length]);
            }

            _unreadable = _fields.Contains(row.Canonical) ? _unreadable : _unreadable.With(row.Canonical);
        }

        if (!_fields.Contains(Field.MerchantType) && _fields.Contains(LaterField.MerchantType))
        {
            Refer(Field.MerchantType, _sources[LaterField.MerchantType]);
            _derived = _derived.With(Field.MerchantType);
        }

        ReadPartialReversal(message, text);
        text.Clear();
    }

    /// <summary>Zeroes the text of a field, where it is in this view.</summary>
    public void Erase(int canonical)
    {
        if (_converted.Contains(canonical))
        {
            FieldSlot place = _places[canonical];
            _text.AsSpan(place.Offset, place.Size).Clear();
        }
    }

    public void Clear()
    {
        _text.AsSpan(0, _used).Clear();
        _used = 0;
        _fields = default;
        _converted = default;
        _derived = default;
        _unreadable = default;
        Mti = default;
    }

    private void Convert(EditionMap map, in EditionRow row, ReadOnlySpan<byte> text)
    {
        Span<byte> made = stackalloc byte[ReplacementSize];
        int wire = row.Wire;
        switch (row.Conversion)
        {
            case Conversion.LocalDateTime when text.Length >= 10:
                Put(Field.LocalTime, wire, text[^6..]);
                Put(Field.LocalDate, wire, text[^10..^6]);
                break;
            case Conversion.Identifier:
                int size = Math.Max(text.TrimEnd((byte)' ').Length, row.Canonical == Field.TerminalId ? 8 : 15);
                made[..size].Fill((byte)' ');
                text[..Math.Min(size, text.Length)].CopyTo(made);
                Put(row.Canonical, wire, made[..size]);
                break;
            case Conversion.LocalDateTime or Conversion.Stan when text.Length >= 6:
                Put(row.Canonical, wire, text[^6..]);
                break;
            case Conversion.YearlessDate or Conversion.YearMonth when text.Length >= 4:
                Put(row.Canonical, wire, text[^4..]);
                break;
            case Conversion.YearMonthDay when text.Length >= 6:
                Put(row.Canonical, wire, text[^6..]);
                break;
            case Conversion.PosData:
                ReadPosData(wire, text, made);
                break;
            case Conversion.ActionCode when map.ResponseCodes.TryRead(text, made[..2]):
                Put(row.Canonical, wire, made[..2]);
                break;
            case Conversion.FunctionCode:
                Refer(row.Canonical, wire);
                ReadNetworkCode(map, wire, text, isDerived: true);
                break;
            case Conversion.NetworkCode:
                ReadNetworkCode(map, wire, text, isDerived: false);
                break;
            case Conversion.SecurityControl:
                Refer(LaterField.SecurityControl, wire);
                if (Digits.TryUnpack(text, made))
                {
                    Put(Field.SecurityControl, wire, made[..(2 * text.Length)]);
                }

                break;
            case Conversion.Original when OriginalName.TryRead(text, map.Version, made):
                Put(row.Canonical, wire, made[..OriginalName.CanonicalSize]);
                Derive(LaterField.OriginalLocalTime, wire, OriginalName.TimeOf(made));
                break;
            case Conversion.OriginalAmounts:
                Refer(row.Canonical, wire);
                break;
            case Conversion.CurrencyAmount when text.Length == 4 + AmountSize:
                Put(row.Canonical, wire, text[^AmountSize..]);
                ReadCurrency(row.Canonical + (Field.Currency - Field.Amount), wire, text[..3]);
                break;
        }
    }

    private void ReadPosData(int wire, ReadOnlySpan<byte> text, Span<byte> made)
    {
        if (text.Length == PosData.Size1993)
        {
            Refer(LaterField.PosData1993, wire);
            PosData.From1993(text, made);
            Put(Field.EntryMode, wire, made[..PosData.EntryModeSize]);
            if (PosData.TryConditionFrom1993(text, made))
            {
                Derive(Field.ConditionCode, wire, made[..PosData.ConditionSize]);
            }
        }
        else if (text.Length == PosData.Size2003)
        {
            Refer(LaterField.PosData2003, wire);
            PosData.From2003(text, made);
            Put(Field.EntryMode, wire, made[..PosData.EntryModeSize]);
            if (PosData.TryConditionFrom2003(text, made))
            {
                Derive(Field.ConditionCode, wire, made[..PosData.ConditionSize]);
            }
        }
    }

    private void ReadNetworkCode(EditionMap map, int wire, ReadOnlySpan<byte> text, bool isDerived)
    {
        int code = Mti.IsNetworkManagement && Digits.TryParse(text, out long number)
            ? map.NetworkCodes.Read((int)number)
            : -1;
        if (code < 0)
        {
            return;
        }

        Span<byte> digits = stackalloc byte[3];
        Digits.Write(digits, code);
        if (isDerived)
        {
            Derive(Field.NetworkCode, wire, digits);
        }
        else
        {
            Put(Field.NetworkCode, wire, digits);
        }
    }

    // The currency's own field, where it is there too, comes later and wins.
    private void ReadCurrency(int canonical, int wire, ReadOnlySpan<byte> currency) =>
        Derive(canonical, wire, currency);

    // A part reversed: 1987 has the original amount in DE 4 and what stays in DE 95, the later editions what stays in
    // DE 4 and the original amounts in DE 30 (docs/domain.md section 2.5).
    private void ReadPartialReversal(Message message, Span<byte> text)
    {
        const int PartialReversal = 401;
        int wire = _fields.Contains(LaterField.OriginalAmounts) ? _sources[LaterField.OriginalAmounts] : 0;
        int length = wire == 0 ? 0 : message.WireLength(wire);
        if (!Mti.IsReversal || length is not (24 or 32) || !_fields.Contains(Field.Amount))
        {
            return;
        }

        Span<byte> now = stackalloc byte[AmountSize];
        if (!TryCopy(message, Field.Amount, now) || message.CopyWire(wire, text) != length)
        {
            return;
        }

        ReadOnlySpan<byte> original = text.Slice((length / 2) - AmountSize, AmountSize);
        bool isStated = _fields.Contains(LaterField.FunctionCode);
        bool isPartial = isStated ? FunctionOf(message) == PartialReversal : !original.SequenceEqual(now);
        if (!isPartial)
        {
            return;
        }

        Span<byte> replacement = stackalloc byte[ReplacementSize];
        "000000000000000000000000C00000000C00000000"u8.CopyTo(replacement);
        now.CopyTo(replacement);
        Put(Field.Amount, _sources[Field.Amount], original);
        Derive(Field.ReplacementAmounts, wire, replacement);
    }

    private int FunctionOf(Message message)
    {
        Span<byte> text = stackalloc byte[3];
        int wire = _sources[LaterField.FunctionCode];
        return message.WireLength(wire) == text.Length && message.CopyWire(wire, text) == text.Length
            && Digits.TryParse(text, out long function)
                ? (int)function
                : 0;
    }

    private bool TryCopy(Message message, int canonical, Span<byte> destination)
    {
        if (_converted.Contains(canonical))
        {
            return Text(canonical).Length == destination.Length && Text(canonical).TryCopyTo(destination);
        }

        int wire = _sources[canonical];
        return message.WireLength(wire) == destination.Length
            && message.CopyWire(wire, destination) == destination.Length;
    }

    private void Refer(int canonical, int wire)
    {
        _fields = _fields.With(canonical);
        _converted = _converted.Without(canonical);
        _derived = _derived.Without(canonical);
        _sources[canonical] = (byte)wire;
    }

    private void Derive(int canonical, int wire, ReadOnlySpan<byte> text)
    {
        if (!_fields.Contains(canonical))
        {
            Put(canonical, wire, text);
            _derived = _derived.With(canonical);
        }
    }

    private void Put(int canonical, int wire, ReadOnlySpan<byte> text)
    {
        text.CopyTo(_text.AsSpan(_used));
        _places[canonical] = new FieldSlot(_used, text.Length, text.Length);
        _used += text.Length;
        _fields = _fields.With(canonical);
        _converted = _converted.With(canonical);
        _sources[canonical] = (byte)wire;
    }
}
