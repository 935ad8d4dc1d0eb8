using System.Buffers;
using System.Runtime.CompilerServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;

namespace Switch.Protocol.Messages;

/// <summary>In whose numbers and forms the fields of a message are named, read and set.</summary>
public enum FieldTerms
{
    /// <summary>The dialect's own: for tools that show and make what is on the wire.</summary>
    Wire,

    /// <summary>
    /// Those of 1987, whatever the edition of the dialect, and <see cref="LaterField"/> for what 1987 lacks: for
    /// everything that decides.
    /// </summary>
    Canonical,
}

/// <summary>
/// One received message: its bytes and the place of each field among them. Made once with a fixed capacity, filled
/// and cleared any number of times without allocation. It has one owner at a time and is not thread safe; spans that
/// it gives out are valid until the next load or <see cref="Clear"/>.
/// </summary>
public sealed class Message
{
    private const int SlotsAtFirst = 24;

    // Only an index in the making needs it: one for each thread does, stays in its cache, and is not paid for by each
    // message that waits.
    [ThreadStatic]
    private static IndexScratch? s_scratch;

    private readonly byte[] _bytes;

    // Of the fields that are there, in the order of their numbers. Room for what most messages have: each that waits
    // pays for it.
    private FieldSlot[] _slots = new FieldSlot[SlotsAtFirst];
    private readonly FieldTerms _terms;
    private FieldSet _fields;
    private FieldSet _wireFields;
    private Dialect? _dialect;

    // Made for the first message of another edition, and kept: who speaks 1987 only never pays for it.
    private CanonicalView? _view;
    private bool _isTranslated;

    /// <param name="capacity">Greatest size of a message that it can hold, in bytes.</param>
    /// <param name="terms">How its fields are named and read.</param>
    /// <param name="isPinned">
    /// The collector may not move its bytes, and so leaves no copy of them behind: for messages that live as long as
    /// the process and hold card data again and again.
    /// </param>
    public Message(int capacity, FieldTerms terms = FieldTerms.Wire, bool isPinned = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, FieldSlot.Max);
        _terms = terms;
        Capacity = capacity;
        _bytes = GC.AllocateArray<byte>(capacity + MessageIndexer.Slack, isPinned);
    }

    public int Capacity { get; }

    /// <summary>The dialect of the last load, whether it succeeded or not.</summary>
    public Dialect Dialect => _dialect ?? throw new InvalidOperationException("Nothing was loaded.");

    /// <summary>
    /// 0000 when the load ended before four digits were read. In canonical terms always of version 0, also when the
    /// message claimed another edition than its dialect's and was no good for that.
    /// </summary>
    public Mti Mti { get; private set; }

    /// <summary>The type as it arrived.</summary>
    public Mti WireMti { get; private set; }

    /// <summary>The fields that are there and hold what the dialect says.</summary>
    public FieldSet Fields => _fields;

    /// <summary>
    /// Fields that are there, fit their format and say nothing in canonical terms, such as a DE 56 of 1993 that names
    /// no message. Not in <see cref="Fields"/>; empty where the wire's own terms are the canonical ones.
    /// </summary>
    public FieldSet Unreadable => _isTranslated ? _view!.Unreadable : default;

    public int Size { get; private set; }

    /// <summary>The message as it arrived, without its frame. Holds card data.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Size);

    /// <summary>Room for the owner: the token of the card, once it was made. Cleared with the message.</summary>
    public CardToken Card { get; set; }

    /// <summary>
    /// Room for the owner: the card's former token, while anything may bear such tokens; else none. Cleared
    /// with the message.
    /// </summary>
    public CardToken FormerCard { get; set; }

    /// <summary>Room for the owner: when the message arrived, in the owner's clock.</summary>
    public long ReceivedAt { get; set; }

    /// <summary>Room for the owner: which session or link the message came from.</summary>
    public int Origin { get; set; }

    /// <summary>Room for the owner: the header of the frame that answers it, where frames have one.</summary>
    public FrameHeader ReplyHeader { get; set; }

    /// <summary>
    /// Whether the last load found no fault, and nothing that is taken and not sent: then the bytes can be copied as
    /// they are.
    /// </summary>
    internal bool IsIntact { get; private set; }

    /// <summary>The fields as they are numbered on the wire.</summary>
    internal ref readonly FieldSet WireFields => ref _wireFields;

    /// <summary>What the message says in canonical terms; null where that is what is on the wire.</summary>
    internal CanonicalView? View => _isTranslated ? _view : null;

    internal bool IsInCanonicalTerms => _terms == FieldTerms.Canonical;

    /// <summary>
    /// Copies a message without its frame and indexes it. After a fault the MTI and <see cref="Fields"/> still hold
    /// whatever could be relied on: with a wrong byte inside a field all other fields; with a wrong length those before
    /// it, and those after it too when it is over its limit and the rest fits to the last byte.
    /// </summary>
    public bool TryLoad(Dialect dialect, ReadOnlySpan<byte> frame, out ParseFault fault)
    {
        if (!TryBegin(dialect, frame.Length, out fault))
        {
            return false;
        }

        frame.CopyTo(_bytes);
        return TryIndex(frame.Length, out fault);
    }

    /// <inheritdoc cref="TryLoad(Dialect, ReadOnlySpan{byte}, out ParseFault)"/>
    public bool TryLoad(Dialect dialect, in ReadOnlySequence<byte> frame, out ParseFault fault)
    {
        if (!TryBegin(dialect, frame.Length, out fault))
        {
            return false;
        }

        frame.CopyTo(_bytes);
        return TryIndex((int)frame.Length, out fault);
    }

    public bool Has(int field) => _fields.Contains(field);

    /// <summary>
    /// The value on the wire without its length prefix, by the number on the wire; empty when the field is absent.
    /// </summary>
    public ReadOnlySpan<byte> Raw(int field)
    {
        if (!_wireFields.Contains(field))
        {
            return default;
        }

        FieldSlot slot = Slot(field);
        return _bytes.AsSpan(slot.Offset, slot.Size);
    }

    /// <summary>Bytes of the canonical text; 0 when the field is absent.</summary>
    public int TextLength(int field) =>
        _isTranslated ? TranslatedLength(field)
        : _fields.Contains(field) ? WireLength(field)
        : 0;

    /// <summary>
    /// Writes the canonical text and returns its length, 0 when the field is absent. n: digits; x+n: C or D and
    /// digits; a, an, ans, z: characters in ASCII; b: the bytes themselves. A fixed field keeps its padding.
    /// </summary>
    public int CopyText(int field, Span<byte> destination)
    {
        if (!_fields.Contains(field))
        {
            return 0;
        }

        return _isTranslated ? CopyTranslated(field, destination) : CopyWire(field, destination);
    }

    /// <summary>
    /// The canonical text as <see cref="CopyText"/> writes it, without a copy where it is what is on the wire: valid
    /// until the next load and as long as the buffer. Empty when the field is absent, or longer than the buffer.
    /// </summary>
    public ReadOnlySpan<byte> ReadText(int field, Span<byte> buffer)
    {
        if (!_fields.Contains(field))
        {
            return default;
        }

        if (!_isTranslated)
        {
            FieldSlot slot = Slot(field);
            return slot.Units > buffer.Length ? default
                : FieldCodec.IsVerbatim(in Dialect.Rule(field)) ? _bytes.AsSpan(slot.Offset, slot.Size)
                : buffer[..CopyWire(field, buffer)];
        }

        return TranslatedLength(field) > buffer.Length ? default : buffer[..CopyTranslated(field, buffer)];
    }

    /// <summary>
    /// Where the value of a field begins in <see cref="Bytes"/>, behind its length prefix, by the number on the wire;
    /// also of a field that is empty. -1 when the field is absent.
    /// </summary>
    public int OffsetOf(int field) => _wireFields.Contains(field) ? Slot(field).Offset : -1;

    /// <summary>
    /// The value of a field that holds up to 18 digits, whatever its kind: partners carry numbers in character fields
    /// too. What fills a short value of a fixed character field up is not part of it. False when the field is absent,
    /// longer, empty, bytes, or anything but digits.
    /// </summary>
    public bool TryGetNumber(int field, out long value)
    {
        const int DigitsMax = 18;
        value = 0;
        int length = TextLength(field);
        if (length == 0)
        {
            return false;
        }

        if (_isTranslated || Dialect.Rule(field).Kind != FieldKind.N)
        {
            return TryGetNumberOfText(field, length, out value);
        }

        if (length > DigitsMax)
        {
            return false;
        }

        Span<byte> digits = stackalloc byte[DigitsMax];
        foreach (byte digit in ReadText(field, digits))
        {
            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    /// <summary>
    /// The card number: field 2, or else track 2 up to its separator. False when neither is there, or what is there
    /// is not 8 to 19 digits.
    /// </summary>
    public bool TryGetPan(out Pan pan)
    {
        const int TrackMax = 40;
        Span<byte> text = stackalloc byte[TrackMax];
        bool found = false;
        pan = default;
        if (_fields.Contains(Field.Pan))
        {
            found = Pan.TryParse(ReadText(Field.Pan, text).TrimEnd((byte)' '), out pan);
        }
        else if (TextLength(Field.Track2) is > 0 and <= TrackMax)
        {
            ReadOnlySpan<byte> track = ReadText(Field.Track2, text);
            int separator = track.IndexOfAny((byte)'=', (byte)'D'); // In a character field a D is not made =.
            found = separator >= 0 && Pan.TryParse(track[..separator], out pan);
        }

        text.Clear(); // It held card data.
        return found;
    }

    /// <summary>
    /// Zeroes the value of a field on the wire; the field stays. For what must not be kept once it was used, as a PIN
    /// block.
    /// </summary>
    public void Erase(int field)
    {
        if (_fields.Contains(field))
        {
            FieldSlot slot = Slot(_isTranslated ? _view!.SourceOf(field) : field);
            _bytes.AsSpan(slot.Offset, slot.Size).Clear();
            if (_isTranslated)
            {
                _view!.Erase(field);
            }
        }
    }

    /// <summary>Zeroes what was loaded, because it held card data, and forgets everything about it.</summary>
    public void Clear()
    {
        Forget();
        Shrink(0);
    }

    /// <summary>Whether the text of a field that is present is bytes.</summary>
    internal bool HoldsBytes(int field) => !_isTranslated ? Dialect.Rule(field).Kind == FieldKind.B
        : !_view!.Converted.Contains(field) && Dialect.Rule(_view.SourceOf(field)).Kind == FieldKind.B;

    /// <summary>
    /// The first field that the dialect asks for in a message of this type and that is not there, or that it forbids
    /// and is there; 0: none. In the numbers of the wire.
    /// </summary>
    public int FieldAtFault() => Dialect.FieldAtFault(WireMti, in _wireFields);

    /// <summary>Where a field that is present lies, by its number on the wire.</summary>
    internal FieldSlot Slot(int field) => _slots[_wireFields.CountBelow(field)];

    /// <summary>The same by its place among the fields that are present, in the order of the wire.</summary>
    internal FieldSlot SlotAt(int place) => _slots[place];

    /// <summary>Bytes of the text of a field that is present, by its number on the wire.</summary>
    internal int WireLength(int wire) => Slot(wire).Units;

    /// <summary>As <see cref="CopyText"/>, of a field that is present, by its number on the wire.</summary>
    internal int CopyWire(int wire, Span<byte> destination)
    {
        FieldSlot slot = Slot(wire);
        FieldCodec.Decode(
            in Dialect.Rule(wire), _bytes.AsSpan(slot.Offset, slot.Size), slot.Units, destination[..slot.Units]);
        return slot.Units;
    }

    private bool TryGetNumberOfText(int field, int length, out long value)
    {
        const int TextMax = 64; // Beyond any number with its filling.
        value = 0;
        if (length > TextMax || HoldsBytes(field))
        {
            return false;
        }

        Span<byte> buffer = stackalloc byte[TextMax];
        ReadOnlySpan<byte> text = buffer[..CopyText(field, buffer)];
        if (!_isTranslated || !_view!.Converted.Contains(field))
        {
            ref readonly FieldRule rule = ref Dialect.Rule(_isTranslated ? _view!.SourceOf(field) : field);
            bool isFilled = !rule.IsVariable && rule.Kind is FieldKind.A or FieldKind.AN or FieldKind.ANS;
            if (isFilled && rule.Fill is < (byte)'0' or > (byte)'9')
            {
                text = rule.FillsLeft ? text.TrimStart(rule.Fill) : text.TrimEnd(rule.Fill);
            }
        }

        bool isNumber = Digits.TryParse(text, out long number);
        value = isNumber ? number : 0;
        return isNumber;
    }

    private bool TryBegin(Dialect dialect, long size, out ParseFault fault)
    {
        Forget();
        _dialect = dialect;
        if (size > Capacity)
        {
            Shrink(0);
            fault = new ParseFault(ParseError.TooLong, 0, Capacity);
            return false;
        }

        fault = default;
        return true;
    }

    private bool TryIndex(int size, out ParseFault fault)
    {
        Shrink(size);
        if (new LayoutIndexer(_dialect!, _bytes, size).TryRead(ref _slots, out Mti mti, out _fields))
        {
            fault = default;
            IsIntact = true;
        }
        else
        {
            IndexByRules(size, out mti, out fault);
        }

        Mti = mti;
        WireMti = mti;
        _wireFields = _fields;
        if (_terms == FieldTerms.Canonical)
        {
            TakeCanonically(ref fault);
        }

        return fault.IsNone;
    }

    /// <summary>Field by field: a message with bitmaps that are not known, or one that is no good.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void IndexByRules(int size, out Mti mti, out ParseFault fault)
    {
        Dialect dialect = _dialect!;
        IndexScratch scratch = s_scratch ??= new IndexScratch();
        bool isGood = new MessageIndexer(dialect, _bytes, size, scratch).TryRead(out mti, out _fields, out fault);
        if (scratch.SlotCount > _slots.Length)
        {
            _slots = LayoutIndexer.RoomFor(scratch.SlotCount);
        }

        scratch.Slots.AsSpan(0, scratch.SlotCount).CopyTo(_slots);
        IsIntact = isGood && !scratch.HasLowerBitmap;
        if (IsIntact && scratch.SlotCount != 0)
        {
            int end = _slots[0].Offset - dialect.Rule(_fields.Lowest).PrefixSize;
            dialect.Layouts.Learn(_bytes.AsSpan(dialect.MtiSize, end - dialect.MtiSize), in _fields);
        }
    }

    // Code that decides may not take a message of another edition for one of this: its fields mean other things.
    private void TakeCanonically(ref ParseFault fault)
    {
        if (WireMti.Version != (int)_dialect!.IsoVersion && !fault.IsInHeader)
        {
            IsIntact = false;
            fault = new ParseFault(ParseError.WrongEdition, 0, 0);
            Mti = WireMti.WithVersion(0);
        }

        if (!_dialect.Edition.IsIdentity)
        {
            Translate();
        }
    }

    private void Translate()
    {
        _view ??= new CanonicalView();
        _view.Read(this);
        _isTranslated = true;
        _fields = _view.Fields;
        Mti = _view.Mti;
    }

    private int TranslatedLength(int field) =>
        !_fields.Contains(field) ? 0
        : _view!.Converted.Contains(field) ? _view.Text(field).Length
        : WireLength(_view.SourceOf(field));

    private int CopyTranslated(int field, Span<byte> destination)
    {
        if (!_view!.Converted.Contains(field))
        {
            return CopyWire(_view.SourceOf(field), destination);
        }

        ReadOnlySpan<byte> text = _view.Text(field);
        text.CopyTo(destination);
        return text.Length;
    }

    private void Forget()
    {
        Mti = default;
        WireMti = default;
        _fields = default;
        _wireFields = default;
        if (_isTranslated)
        {
            _view!.Clear();
            _isTranslated = false;
        }

        _dialect = null;
        IsIntact = false;
        Card = default;
        FormerCard = default;
        ReceivedAt = 0;
        Origin = 0;
        ReplyHeader = default;
    }

    /// <summary>Takes over a new size; what the old one held beyond it is zeroed.</summary>
    private void Shrink(int size)
    {
        if (Size > size)
        {
            _bytes.AsSpan(size, Size - size).Clear();
        }

        Size = size;
    }
}
