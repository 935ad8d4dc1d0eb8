using System.Buffers.Binary;
using Switch.Protocol.Composites;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// Fields of a message without a dialect, for journals and queues:
/// <code>
///   offset 0        1           3          4            6
///          +--------+-----------+----------+------------+--------------------------------------
///          | format | mti       | version  | count      | count times, ascending by field:
///          | 1      | u16 LE    | 0, 1, 2  | u16 LE     |   field u8 | form u8 | length u16 LE | value
///          +--------+-----------+----------+------------+--------------------------------------
/// </code>
/// The value is the canonical text; form is 0 for characters and 1 for bytes (b). DE 55 is always bytes: the chip
/// data themselves, also when the dialect carries them as hexadecimal characters.
/// </summary>
public static class FieldImage
{
    public const int HeaderSize = 6;

    internal const byte Format = 1;
    internal const int EntrySize = 4;

    /// <summary>
    /// Room that suffices for an image of any message of so many bytes: packed digits double when they become text.
    /// </summary>
    public static int SizeMax(int messageCapacity) =>
        HeaderSize + (EntrySize * LaterField.Max) + CanonicalView.TextMax + (2 * messageCapacity);

    /// <summary>
    /// Writes an image of the fields in <paramref name="keep"/> and returns its size. Whatever <paramref
    /// name="keep"/> says: sensitive authentication data of the dialect is never written; DE 55 goes without its
    /// sensitive data objects, and not at all when it is not BER-TLV; and when only track 2 knows the card number, it
    /// is written as field 2.
    /// </summary>
    /// <exception cref="ArgumentException">The destination is too small: give it <see cref="SizeMax"/>.</exception>
    public static int Write(Message source, in FieldSet keep, Span<byte> destination)
    {
        Dialect dialect = source.Dialect;
        bool isCanonical = source.IsInCanonicalTerms;
        FieldSet sensitive = isCanonical ? dialect.Edition.Sensitive : dialect.Sensitive;
        FieldSet fields = (source.Fields & keep).Except(sensitive);
        int count = 0;
        int offset = HeaderSize;
        if (keep.Contains(Field.Pan) && !fields.Contains(Field.Pan) && source.TryGetPan(out Pan pan))
        {
            Span<byte> digits = stackalloc byte[Pan.LengthMax];
            offset = Append(Field.Pan, digits[..pan.CopyDigits(digits)], isBytes: false, offset, destination);
            digits.Clear();
            count++;
        }

        if (source.View is null)
        {
            offset = WriteFields(source, fields, offset, destination, ref count);
            fields = default;
        }

        foreach (int field in fields)
        {
            int length = source.TextLength(field);
            source.CopyText(field, ValueAt(offset, length, destination));
            CompositeSpec? composite = dialect[source.View!.SourceOf(field)]?.Composite;
            int next = Keep(field, composite, source.HoldsBytes(field), length, offset, destination);
            count += next > offset ? 1 : 0;
            offset = next;
        }

        WriteHeader(source.Mti, isCanonical ? IsoVersion.Iso1987 : dialect.IsoVersion, count, destination);
        return offset;
    }

    /// <summary>
    /// Writes the entries of fields of a message that is not translated, and returns where they end.
    /// </summary>
    /// <param name="source">It.</param>
    /// <param name="fields">Of those that it has; none that may not be kept.</param>
    /// <param name="offset">Where the first goes.</param>
    /// <param name="destination">The image.</param>
    /// <param name="count">Becomes greater by the entries written.</param>
    internal static int WriteFields(
        Message source, in FieldSet fields, int offset, Span<byte> destination, ref int count)
    {
        Dialect dialect = source.Dialect;
        ReadOnlySpan<byte> bytes = source.Bytes;
        foreach (int field in fields)
        {
            FieldSlot slot = source.Slot(field);
            ref readonly FieldRule rule = ref dialect.Rule(field);
            Span<byte> value = ValueAt(offset, slot.Units, destination);
            ReadOnlySpan<byte> wire = bytes.Slice(slot.Offset, slot.Size);
            if (FieldCodec.IsVerbatim(in rule))
            {
                wire.CopyTo(value);
            }
            else
            {
                FieldCodec.Decode(in rule, wire, slot.Units, value);
            }

            bool isBytes = rule.Kind == FieldKind.B;
            if (dialect.Scrubbed.Contains(field))
            {
                int next = Keep(field, dialect[field]?.Composite, isBytes, slot.Units, offset, destination);
                count += next > offset ? 1 : 0;
                offset = next;
                continue;
            }

            WriteEntry(field, slot.Units, isBytes, destination[offset..]);
            offset += EntrySize + slot.Units;
            count++;
        }

        return offset;
    }

    /// <summary>The value of a field; false when the image lacks it or is not an image.</summary>
    public static bool TryRead(ReadOnlySpan<byte> image, int field, out ReadOnlySpan<byte> text)
    {
        var reader = new FieldImageReader(image);
        while (reader.TryRead())
        {
            if (reader.Field == field)
            {
                text = reader.Value;
                return true;
            }
        }

        text = default;
        return false;
    }

    /// <summary>The type of the message; 0000 when the image is not one.</summary>
    public static Mti MtiOf(ReadOnlySpan<byte> image) =>
        HasHeader(image) ? new Mti(BinaryPrimitives.ReadUInt16LittleEndian(image[1..])) : default;

    /// <summary>The edition that the fields are to be understood in.</summary>
    public static IsoVersion VersionOf(ReadOnlySpan<byte> image) => HasHeader(image) ? (IsoVersion)image[3] : default;

    public static FieldSet FieldsOf(ReadOnlySpan<byte> image)
    {
        FieldSet fields = default;
        var reader = new FieldImageReader(image);
        while (reader.TryRead())
        {
            fields = fields.With(reader.Field);
        }

        return fields;
    }

    /// <summary>Whether every byte is accounted for and the fields ascend.</summary>
    public static bool IsValid(ReadOnlySpan<byte> image)
    {
        var reader = new FieldImageReader(image);
        while (reader.TryRead())
        {
        }

        return reader.IsComplete;
    }

    internal static bool HasHeader(ReadOnlySpan<byte> image) =>
        image.Length >= HeaderSize && image[0] == Format && image[3] <= (byte)IsoVersion.Iso2003
        && BinaryPrimitives.ReadUInt16LittleEndian(image[1..]) <= 9999;

    internal static void WriteHeader(Mti mti, IsoVersion version, int count, Span<byte> destination)
    {
        destination[0] = Format;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[1..], mti.Value);
        destination[3] = (byte)version;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], (ushort)count);
    }

    /// <summary>
    /// Makes an entry of a field whose text stands at its place already; returns where the next entry goes, which is
    /// <paramref name="offset"/> itself when the field is chip data that may not be kept.
    /// </summary>
    /// <param name="field">Its number in the image.</param>
    /// <param name="composite">What its own dialect says of its sub-fields; null: nothing.</param>
    /// <param name="isBytes">Whether the text is bytes.</param>
    /// <param name="length">Bytes of the text.</param>
    /// <param name="offset">Where the entry begins.</param>
    /// <param name="destination">The image.</param>
    internal static int Keep(
        int field, CompositeSpec? composite, bool isBytes, int length, int offset, Span<byte> destination)
    {
        Span<byte> value = destination.Slice(offset + EntrySize, length);
        if (field == Field.IccData)
        {
            bool isScrubbed = TryScrubIccData(composite ?? CompositeSpec.IccData, isBytes, ref value);
            isBytes = true;
            if (!isScrubbed)
            {
                value.Clear();
                return offset;
            }
        }
        else if (composite is { HasSensitive: true } && !TryScrub(composite, isBytes, ref value))
        {
            value.Clear();
            return offset;
        }

        WriteEntry(field, value.Length, isBytes, destination[offset..]);
        return offset + EntrySize + value.Length;
    }

    private static bool TryScrubIccData(CompositeSpec composite, bool isBytes, ref Span<byte> value)
    {
        if (!isBytes)
        {
            if (!FieldCodec.IsHex(value))
            {
                return false;
            }

            Span<byte> bytes = value[..(value.Length / 2)];
            FieldCodec.DecodeHex(value, bytes);
            value[bytes.Length..].Clear(); // What is left of the characters may spell a card number.
            value = bytes;
        }

        return TryScrub(composite, isBytes: true, ref value);
    }

    /// <summary>Leaves what may be kept, in place; false when that is nothing.</summary>
    private static bool TryScrub(CompositeSpec composite, bool isBytes, ref Span<byte> value)
    {
        // Chip data that are declared in a field of characters are hexadecimal, and stay so.
        bool isHex = composite.Kind == CompositeKind.BerTlv && !isBytes;
        ReadOnlySpan<byte> data = value;
        if (!CompositeText.TryCross(composite, isBytes, value, ref data)
            || !CompositeScrubber.TryScrub(composite, data, value, out int size))
        {
            return false;
        }

        if (isHex)
        {
            FieldCodec.EncodeHexInPlace(value, size);
            size *= 2;
        }

        value[size..].Clear();
        value = value[..size];
        return size != 0;
    }

    private static int Append(int field, ReadOnlySpan<byte> value, bool isBytes, int offset, Span<byte> destination)
    {
        value.CopyTo(ValueAt(offset, value.Length, destination));
        WriteEntry(field, value.Length, isBytes, destination[offset..]);
        return offset + EntrySize + value.Length;
    }

    internal static Span<byte> ValueAt(int offset, int length, Span<byte> destination)
    {
        if (length > ushort.MaxValue || EntrySize + length > destination.Length - offset)
        {
            throw new ArgumentException("The destination is too small for the image.", nameof(destination));
        }

        return destination.Slice(offset + EntrySize, length);
    }

    private static void WriteEntry(int field, int length, bool isBytes, Span<byte> entry)
    {
        uint form = isBytes ? 1u << 8 : 0;
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (byte)field | form | ((uint)length << 16));
    }
}

/// <summary>Walks the fields of an image. What is not an image has none.</summary>
internal ref struct FieldImageReader
{
    private ReadOnlySpan<byte> _rest;
    private int _count;

    public FieldImageReader(ReadOnlySpan<byte> image)
    {
        if (FieldImage.HasHeader(image))
        {
            _count = BinaryPrimitives.ReadUInt16LittleEndian(image[4..]);
            _rest = image[FieldImage.HeaderSize..];
            return;
        }

        _count = -1;
    }

    public int Field { get; private set; }

    public bool IsBytes { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>After the last read: whether it ended where the image does.</summary>
    public readonly bool IsComplete => _count == 0 && _rest.IsEmpty;

    public bool TryRead()
    {
        if (_count <= 0 || _rest.Length < FieldImage.EntrySize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
        int field = _rest[0];
        if (field <= Field || field > LaterField.Max || _rest[1] > 1
            || length > _rest.Length - FieldImage.EntrySize)
        {
            return false;
        }

        Field = field;
        IsBytes = _rest[1] == 1;
        Value = _rest.Slice(FieldImage.EntrySize, length);
        _rest = _rest[(FieldImage.EntrySize + length)..];
        _count--;
        return true;
    }
}
