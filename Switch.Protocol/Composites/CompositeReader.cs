using System.Runtime.InteropServices;
using Switch.Protocol.Emv;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>How far a <see cref="CompositeReader"/> came.</summary>
public enum CompositeStatus : byte
{
    /// <summary>There may be more.</summary>
    Reading,

    /// <summary>All bytes were read.</summary>
    End,

    /// <summary>The bytes from <see cref="CompositeReader.Next"/> on are not what was declared.</summary>
    Malformed,
}

/// <summary>
/// Walks the sub-fields of one level of a composite without copying or allocating. It follows lengths and judges
/// structure only: what a value holds is for its reader. The bytes are the canonical text of the field, or,
/// where chip data travel as hexadecimal characters, what these stand for.
/// </summary>
public ref struct CompositeReader
{
    private const int BitmapSizeMax = CompositeSpec.BitmapBitsMax / 8;

    private readonly CompositeSpec _spec;
    private readonly ReadOnlySpan<byte> _data;
    private BerTlvReader _objects;
    private FieldSet _announced;
    private int _place;

    public CompositeReader(CompositeSpec spec, ReadOnlySpan<byte> data)
    {
        _spec = spec;
        _data = data;
        switch (spec.Kind)
        {
            case CompositeKind.BerTlv:
                _objects = new BerTlvReader(data);
                break;
            case CompositeKind.Bitmap:
                Status = TryReadBitmap() ? CompositeStatus.Reading : CompositeStatus.Malformed;
                break;
            default:
                break;
        }
    }

    public CompositeStatus Status { get; private set; }

    /// <summary>The number of the sub-field, or its tag as a number.</summary>
    public ulong Code { get; private set; }

    /// <summary>What is declared about it; null for a tag that is not declared.</summary>
    public SubField? Field { get; private set; }

    /// <summary>BER-TLV: whether the value is itself a row of data objects.</summary>
    public bool IsConstructed { get; private set; }

    /// <summary>The value without tag and length, as it travels inside the field.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Tag, length and value together, as they stand.</summary>
    public ReadOnlySpan<byte> Element { get; private set; }

    /// <summary>Length of the value in units of its declaration; in bytes where there is none.</summary>
    public int Units { get; private set; }

    /// <summary>Where in the data the next element begins, or where what is malformed does.</summary>
    public int Next { get; private set; }

    /// <summary>Bytes in front of the first sub-field: its bitmap.</summary>
    internal int HeaderSize => _spec.Kind == CompositeKind.Bitmap ? _spec.BitmapSize : 0;

    /// <summary>
    /// Moves to the next sub-field. False at the end and at a fault: <see cref="Status"/> tells which.
    /// </summary>
    public bool TryRead()
    {
        if (Status != CompositeStatus.Reading)
        {
            return false;
        }

        Status = _spec.Kind switch
        {
            CompositeKind.BerTlv => ReadObject(),
            CompositeKind.Tlv => ReadTagged(),
            CompositeKind.Bitmap => ReadAnnounced(),
            _ => ReadPlaced(),
        };
        return Status == CompositeStatus.Reading;
    }

    private CompositeStatus ReadObject()
    {
        if (!_objects.TryRead())
        {
            return _objects.Status == BerTlvStatus.End ? CompositeStatus.End : CompositeStatus.Malformed;
        }

        Code = _objects.Tag;
        Field = _spec.Find(Code);
        IsConstructed = _objects.IsConstructed;
        Value = _objects.Value;
        Element = _objects.Element;
        Units = Value.Length;
        Next = _objects.Next;
        return CompositeStatus.Reading;
    }

    private CompositeStatus ReadTagged()
    {
        if (Next == _data.Length)
        {
            return CompositeStatus.End;
        }

        int tagSize = _spec.TagSize;
        if (_data.Length - Next < tagSize)
        {
            return CompositeStatus.Malformed;
        }

        Code = 0;
        foreach (byte part in _data.Slice(Next, tagSize))
        {
            Code = (Code << 8) | part;
        }

        Field = _spec.Find(Code);
        FieldRule rule = Field?.Rule ?? _spec.UndeclaredRule;
        return TryTake(in rule, tagSize) ? CompositeStatus.Reading : CompositeStatus.Malformed;
    }

    private CompositeStatus ReadAnnounced()
    {
        int number = _announced.Lowest;
        if (number == 0)
        {
            return Next == _data.Length ? CompositeStatus.End : CompositeStatus.Malformed;
        }

        _announced = _announced.Without(number);
        return ReadNumbered((ulong)number);
    }

    private CompositeStatus ReadPlaced()
    {
        if (Next == _data.Length)
        {
            return CompositeStatus.End;
        }

        return _place < _spec.Fields.Count
            ? ReadNumbered(_spec.Fields[_place++].Code)
            : CompositeStatus.Malformed;
    }

    private CompositeStatus ReadNumbered(ulong number)
    {
        Code = number;
        Field = _spec.Find(number);
        if (Field is null)
        {
            return CompositeStatus.Malformed; // Its length is not known, so nothing after it can be found.
        }

        FieldRule rule = Field.Rule;
        return TryTake(in rule, 0) ? CompositeStatus.Reading : CompositeStatus.Malformed;
    }

    /// <summary>Takes the value off, with its length prefix and the tag in front of it.</summary>
    private bool TryTake(in FieldRule rule, int tagSize)
    {
        int rest = _data.Length - Next - tagSize;
        int units = rule.LengthMax;
        if (rule.IsVariable)
        {
            if (rest < rule.PrefixSize)
            {
                return false;
            }

            ReadOnlySpan<byte> prefix = _data.Slice(Next + tagSize, rule.PrefixSize);
            units = LengthPrefix.Read(in rule, ref MemoryMarshal.GetReference(prefix));
            if ((uint)units > (uint)rule.LengthMax)
            {
                return false;
            }
        }

        int header = tagSize + rule.PrefixSize;
        int size = rule.SizeOf(units);
        if (size > rest - rule.PrefixSize)
        {
            return false;
        }

        Units = units;
        Element = _data.Slice(Next, header + size);
        Value = Element[header..];
        Next += Element.Length;
        return true;
    }

    private bool TryReadBitmap()
    {
        int size = _spec.BitmapSize;
        if (_data.Length < size)
        {
            // A field that is empty announces nothing.
            return _data.IsEmpty;
        }

        scoped ReadOnlySpan<byte> bitmap = _data[..size];
        Span<byte> decoded = stackalloc byte[BitmapSizeMax];
        if (_spec.Bitmap == BitmapEncoding.Hex)
        {
            if (!FieldCodec.IsHex(bitmap))
            {
                return false;
            }

            FieldCodec.DecodeHex(bitmap, decoded[..(size / 2)]);
            bitmap = decoded[..(size / 2)];
        }

        for (int bit = 0; bit < _spec.BitmapBits; bit++)
        {
            if ((bitmap[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                _announced = _announced.With(bit + 1);
            }
        }

        Next = size;
        return true;
    }
}
