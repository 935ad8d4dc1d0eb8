using System.Runtime.CompilerServices;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// A message being made: fields of one or more sources, less what is dropped, plus what is set. Calls apply in their
/// order and the last word on a field wins. Made once, reused for ever without allocation, on one thread.
/// <para>
/// When the first source is in the target's dialect and no field changes its length, its bytes are copied whole and
/// patched in place, so everything that was not named goes through untouched. Otherwise the message is laid down
/// field by field, and fields of another dialect are converted.
/// </para>
/// </summary>
public sealed partial class MessageComposer
{
    private readonly int _sizeMax;
    private readonly byte[] _output;
    private readonly FieldSlot[] _places = new FieldSlot[LaterField.Max + 1];
    private readonly byte[] _padded = new byte[FieldSpec.FixedLengthMax + ByteClass.Slack];
    private readonly TextScratch _scratch;
    private readonly FieldTerms _terms;
    private readonly EditionWriter _writer;
    private readonly FieldSlot[] _exactPlaces = new FieldSlot[Field.MaxWithThirdBitmap + 1];

    private Dialect? _target;
    private Mti _mti;
    private Message? _source;
    private FieldSet _fromSource;
    private Message? _second;
    private FieldSet _fromSecond;
    private FieldSet _placed;
    private FieldSet _exact;
    private FieldSet _defined;
    private Mti _wireMti;
    private bool _isTranslated;
    private bool _isLaid;
    private ParseFault _fault;
    private int _written;

    /// <param name="sizeMax">Greatest size of a message that it will make.</param>
    /// <param name="terms">How fields are named and set, whatever the target's edition.</param>
    public MessageComposer(int sizeMax, FieldTerms terms = FieldTerms.Wire)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sizeMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeMax, FieldSlot.Max / 8);
        _sizeMax = sizeMax;
        _terms = terms;
        _output = GC.AllocateArray<byte>(sizeMax, pinned: true); // Nothing of it stays behind where it was.

        // The text of packed digits is twice their bytes, binary data as hexadecimal doubles, one field may be set
        // twice, and all of them are laid down once more in another edition.
        _scratch = new TextScratch(((terms == FieldTerms.Canonical ? 6 : 4) * sizeMax) + 1024);
        _writer = new EditionWriter(_scratch);
    }

    /// <summary>
    /// The fields of the sources that the target does not define, or that its edition cannot say: they were left out.
    /// </summary>
    public FieldSet LeftOut { get; private set; }

    /// <summary>
    /// In canonical terms: the moment by which the years of dates are found that have none, in milliseconds since 1970.
    /// </summary>
    public long WallMs { get; set; }

    internal FieldSet FromSource => _fromSource;

    internal FieldSet Placed => _placed;

    /// <summary>What the first source says, when it is in the target's dialect and edition and is translated.</summary>
    internal CanonicalView? SameDialectView =>
        _source is not null && ReferenceEquals(_source.Dialect, _target) ? _source.View : null;

    private FieldSet Chosen => _fromSource | _fromSecond | _placed;

    private Dialect Target => _target ?? throw new InvalidOperationException("Start comes first.");

    /// <summary>Begins a message and forgets the one before, with the bytes it gave out.</summary>
    public void Start(Dialect target, Mti mti)
    {
        if (!ReferenceEquals(_target, target))
        {
            _target = target; // A reference that is written costs the collector's barrier.
        }

        _mti = mti;
        _source = null;
        _fromSource = default;
        _second = null;
        _fromSecond = default;
        _placed = default;
        _exact = default;
        _scratch.Reset();
        _fault = default;
        LeftOut = default;
        bool isCanonical = _terms == FieldTerms.Canonical;
        _wireMti = isCanonical ? EditionMti.WireOf(mti, target.Edition.Version) : mti;
        _isTranslated = isCanonical && !target.Edition.IsIdentity;
        _isLaid = false;
        _defined = isCanonical ? target.Edition.Defined : target.Defined;
    }

    /// <summary>
    /// Zeroes what was made since the last time, and the texts it was made of: they hold card data. Bytes that were
    /// given out are gone. <see cref="Start"/> alone leaves them until others take their place.
    /// </summary>
    public void Forget()
    {
        _output.AsSpan(0, _written).Clear();
        _padded.AsSpan().Clear();
        _written = 0;
        _source = null;
        _second = null;
        _scratch.Forget();
        _writer.Forget();
    }

    /// <summary>
    /// Takes every field of a message. The message must stay as it is until <see cref="TryWrite"/>.
    /// </summary>
    public void Take(Message source) => Take(source, source.Fields);

    /// <summary>Takes those of the named fields that the message has. It must stay as it is, too.</summary>
    public void Take(Message source, in FieldSet fields)
    {
        bool isSame = ReferenceEquals(source.Dialect, _target) && source.View is null && !_isTranslated;
        if (_source is null && isSame && _placed.IsEmpty)
        {
            _source = source;
            _fromSource = source.Fields & fields;
            return;
        }

        FieldSet taken = source.Fields & fields;
        if (_terms == FieldTerms.Canonical && !ReferenceEquals(source.Dialect, _target))
        {
            taken = TakenOver(source, in taken);
        }

        taken = Readable(source, Defined(in taken));
        NoteType(source);
        if (_source is null || ReferenceEquals(_source, source))
        {
            // The first source is the large one: it stays where it is, and nothing is copied before the message is
            // laid down.
            if (!(_fromSecond.IsEmpty && _placed.IsEmpty && _exact.IsEmpty))
            {
                Drop(taken);
            }

            _source = source;
            _fromSource |= taken;
            return;
        }

        if (source.View is { } view)
        {
            TakeTranslated(source, view, taken);
            return;
        }

        if (isSame && (_second is null || ReferenceEquals(_second, source)))
        {
            Drop(taken);
            _second = source;
            _fromSecond |= taken;
            return;
        }

        TakeTexts(source, taken);
    }

    private void TakeTexts(Message source, in FieldSet taken)
    {
        foreach (int field in taken)
        {
            FieldSlot slot = source.Slot(field);
            ref readonly FieldRule rule = ref source.Dialect.Rule(field);
            ReadOnlySpan<byte> wire = source.Bytes.Slice(slot.Offset, slot.Size);
            if (_scratch.TryDecode(in rule, wire, slot.Units, out ReadOnlySpan<byte> text) != ParseError.None)
            {
                Fail(ParseError.TooLong, field, 0);
                return;
            }

            if (!FieldCodec.SaysTheSame(rule.TextClass, Target.Rule(field).TextClass, text))
            {
                Fail(ParseError.ContentNotPrintable, field, 0);
                return;
            }

            Place(field, text, rule.Kind == FieldKind.B);
        }
    }

    /// <summary>Takes every field of a stored image. The image is copied.</summary>
    public void Take(ReadOnlySpan<byte> fieldImage) => Take(fieldImage, FieldImage.FieldsOf(fieldImage));

    /// <summary>Takes those of the named fields that the image has.</summary>
    public void Take(ReadOnlySpan<byte> fieldImage, in FieldSet fields)
    {
        if (!FieldImage.IsValid(fieldImage)
            || (_terms == FieldTerms.Canonical && FieldImage.VersionOf(fieldImage) != IsoVersion.Iso1987))
        {
            Fail(ParseError.BadImage, 0, 0);
            return;
        }

        FieldSet taken = Defined(FieldImage.FieldsOf(fieldImage) & fields);
        var reader = new FieldImageReader(fieldImage);
        while (reader.TryRead())
        {
            if (taken.Contains(reader.Field))
            {
                Place(reader.Field, reader.Value, reader.IsBytes);
            }
        }
    }

    public void Drop(int field)
    {
        FieldSet.Exclude(ref _fromSource, ref _fromSecond, ref _placed, field);
        if (!_exact.IsEmpty)
        {
            _exact = _exact.Except(HomesOf(FieldSet.Of(field)));
        }
    }

    public void Drop(in FieldSet fields)
    {
        _fromSource = _fromSource.Except(fields);
        _fromSecond = _fromSecond.Except(fields);
        _placed = _placed.Except(fields);
        _exact = _exact.Except(HomesOf(fields));
    }

    /// <summary>
    /// Sets a field by its canonical text in the target's dialect. A fixed n is filled with leading zeros, a fixed a,
    /// an or ans with trailing spaces. What cannot stand in the field is found by <see cref="TryWrite"/>.
    /// </summary>
    public void Set(int field, ReadOnlySpan<byte> text)
    {
        if (!_defined.Contains(field))
        {
            Fail(ParseError.UnknownField, field, 0);
            return;
        }

        Keep(field, text);
    }

    /// <summary>As <see cref="Set"/>, of a field that the target may lack: then nothing is set.</summary>
    public void TrySet(int field, ReadOnlySpan<byte> text)
    {
        if (_defined.Contains(field))
        {
            Set(field, text);
        }
    }

    /// <summary>Sets a field to a number of at most 19 digits, zero-filled to the width of a fixed field.</summary>
    public void SetNumber(int field, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        const int NumberMax = 19;
        int width = Math.Clamp(WidthOf(field), 1, NumberMax);
        if (width == 1 || !TrySetShort(field, value, width))
        {
            SetLong(field, value, width);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Its room on the stack is cleared by who makes it.
    private void SetLong(int field, long value, int width)
    {
        const int DigitsMax = 24;
        const int WordSize = 8;
        Span<byte> digits = stackalloc byte[DigitsMax];
        int first = DigitsMax;
        do
        {
            (value, long low) = long.DivRem(value, 100_000_000);
            first -= WordSize;
            Digits.WriteEight((uint)low, digits[first..]);
        }
        while (value != 0 || DigitsMax - first < width);

        while (DigitsMax - first > width && digits[first] == '0')
        {
            first++;
        }

        Set(field, digits[first..]);
    }

    /// <summary>Sets a fixed field of at most eight digits that has room for the number; else does nothing.</summary>
    private bool TrySetShort(int field, long value, int width)
    {
        const int WidthMax = 8;
        if (width > WidthMax || value > 99_999_999 || !_defined.Contains(field))
        {
            return false;
        }

        ulong digits = Digits.Eight((uint)value);
        int spare = 8 * (WidthMax - width);
        if (((digits ^ Digits.Zeros) & ((1UL << spare) - 1)) != 0
            || _scratch.TryKeep(digits >> spare, width, out FieldSlot place) != ParseError.None)
        {
            return false;
        }

        Drop(field);
        _places[field] = place;
        FieldSet.Include(ref _placed, field);
        return true;
    }

    /// <summary>
    /// Lays the message down. The bytes are valid until the next <see cref="Start"/>. On a fault there are none, and
    /// its offset is where in the message the field would have begun. In canonical terms no type leaves here that the
    /// target's edition does not have.
    /// </summary>
    public bool TryWrite(out ReadOnlySpan<byte> bytes, out ParseFault fault)
    {
        Dialect target = Target;
        int size = 0;
        if (_terms == FieldTerms.Canonical && (_mti.Version != 0 || _wireMti.Version != (int)target.IsoVersion))
        {
            Fail(ParseError.WrongEdition, 0, 0);
        }

        if (_isTranslated && !_isLaid && _fault.IsNone)
        {
            Lay();
        }

        if (_fault.IsNone)
        {
            bool isSame = _source is not null && ReferenceEquals(_source.Dialect, target);
            bool isWhole = isSame && _source!.IsIntact && Chosen == _source.WireFields;
            size = isWhole ? TryPatch(_source!) : 0;
            size = size == 0 && _fault.IsNone ? Build(target, isSame) : size;
        }

        fault = _fault;
        bytes = fault.IsNone ? _output.AsSpan(0, size) : default;
        return fault.IsNone;
    }

    /// <summary>
    /// Writes what <see cref="TryWrite"/> would lay down as a <see cref="FieldImage"/> instead, without the dialect's
    /// sensitive fields and without the sensitive objects of DE 55.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is smaller than its size may be.</exception>
    public bool TryWriteImage(Span<byte> destination, out int size, out ParseFault fault)
    {
        Dialect target = Target;
        int count = 0;
        int offset = FieldImage.HeaderSize;
        Settle();
        if (_isTranslated && target.Edition.IsIdentity && !_isLaid && _fault.IsNone)
        {
            Lay();
        }

        if (_fault.IsNone && _placed.IsEmpty && IsOneSource(target))
        {
            FieldSet kept = _fromSource.Except(target.Sensitive);
            offset = FieldImage.WriteFields(_source!, kept, offset, destination, ref count);
        }
        else if (_fault.IsNone)
        {
            FieldSet sensitive = _isTranslated ? target.Edition.Sensitive : target.Sensitive;
            foreach (int field in (_fromSource | _placed).Except(sensitive))
            {
                if (!TryImageText(target, field, out ReadOnlySpan<byte> text, out bool isBytes))
                {
                    break;
                }

                text.CopyTo(FieldImage.ValueAt(offset, text.Length, destination));
                CompositeSpec? composite = target[_isTranslated ? target.Edition.HomeOf(field) : field]?.Composite;
                int next = FieldImage.Keep(field, composite, isBytes, text.Length, offset, destination);
                count += next > offset ? 1 : 0;
                offset = next;
            }
        }

        fault = _fault;
        size = fault.IsNone ? offset : 0;
        if (fault.IsNone)
        {
            IsoVersion version = _terms == FieldTerms.Canonical ? IsoVersion.Iso1987 : target.IsoVersion;
            FieldImage.WriteHeader(_mti, version, count, destination);
        }

        return fault.IsNone;
    }

    /// <summary>
    /// Keeps a text for a field of the target, as bytes or characters whichever the target's field holds.
    /// </summary>
    private void Place(int field, ReadOnlySpan<byte> text, bool isBytes)
    {
        ParseError error = _scratch.TryCross(text, isBytes, HoldsBytes(field), out ReadOnlySpan<byte> crossed);
        if (error != ParseError.None)
        {
            Fail(error, field, 0);
            return;
        }

        Keep(field, crossed);
    }

    private void Keep(int field, ReadOnlySpan<byte> text)
    {
        ParseError error = _scratch.TryKeep(text, out FieldSlot place);
        if (error != ParseError.None)
        {
            Fail(error, field, 0);
            return;
        }

        Drop(field);
        _places[field] = place;
        FieldSet.Include(ref _placed, field);
    }

    private FieldSet Defined(in FieldSet fields)
    {
        FieldSet strange = fields.Except(_defined);
        if (!strange.IsEmpty)
        {
            LeftOut |= strange;
        }

        return fields & _defined;
    }

    /// <summary>The first fault is kept. Returns 0.</summary>
    private int Fail(ParseError error, int field, int offset)
    {
        if (_fault.IsNone)
        {
            _fault = new ParseFault(error, field, offset);
        }

        return 0;
    }
}
