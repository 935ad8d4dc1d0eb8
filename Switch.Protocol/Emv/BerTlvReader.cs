namespace Switch.Protocol.Emv;

/// <summary>How far a <see cref="BerTlvReader"/> came.</summary>
public enum BerTlvStatus : byte
{
    /// <summary>There may be more.</summary>
    Reading,

    /// <summary>All bytes were read.</summary>
    End,

    /// <summary>A tag or a length is cut short or of a form that EMV does not use.</summary>
    Malformed,
}

/// <summary>
/// Walks the data objects of one level of BER-TLV (EMV book 3 annex B) without copying:
/// <code>
///   tag: one byte; more when the low five bits of the first are ones: then all but the last have their top bit set
///   length: one byte up to 127, or 81 nn, 82 nn nn, 83 nn nn nn
///   value
/// </code>
/// Bytes 00 and FF between objects are skipped, as EMV and ISO 7816-4 allow: no tag begins with them. Contactless
/// kernels have tags of their own that do, FF81xx, and those are read.
/// </summary>
public ref struct BerTlvReader(ReadOnlySpan<byte> data)
{
    internal const int TagSizeMax = 4;
    private const int LengthSizeMax = 3;

    private readonly ReadOnlySpan<byte> _data = data;
    private int _next;

    public BerTlvStatus Status { get; private set; }

    /// <summary>The tag's bytes as one number: 57, 9F26, DF8129.</summary>
    public uint Tag { get; private set; }

    /// <summary>Whether the value is itself a row of data objects.</summary>
    public bool IsConstructed { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Tag, length and value together, as they stand.</summary>
    public ReadOnlySpan<byte> Element { get; private set; }

    /// <summary>Where the next object begins, the padding in front of it included.</summary>
    internal readonly int Next => _next;

    /// <summary>
    /// Moves to the next object. False at the end and at a fault: <see cref="Status"/> tells which.
    /// </summary>
    public bool TryRead()
    {
        while (_next < _data.Length && IsPadding(_next))
        {
            _next++;
        }

        if (Status != BerTlvStatus.Reading || _next == _data.Length)
        {
            Status = Status == BerTlvStatus.Malformed ? Status : BerTlvStatus.End;
            return false;
        }

        int start = _next;
        if (!TryReadTag() || !TryReadLength(out int length) || length > _data.Length - _next)
        {
            Status = BerTlvStatus.Malformed;
            return false;
        }

        Value = _data.Slice(_next, length);
        _next += length;
        Element = _data[start.._next];
        return true;
    }

    private readonly bool IsPadding(int at) => _data[at] switch
    {
        0 => true,
        0xFF => at + 1 == _data.Length || _data[at + 1] != 0x81,
        _ => false,
    };

    private bool TryReadTag()
    {
        byte first = _data[_next++];
        Tag = first;
        IsConstructed = (first & 0x20) != 0;
        if ((first & 0x1F) != 0x1F)
        {
            return true;
        }

        for (int size = 2; size <= TagSizeMax && _next < _data.Length; size++)
        {
            byte more = _data[_next++];
            Tag = (Tag << 8) | more;
            if ((more & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadLength(out int length)
    {
        length = 0;
        if (_next == _data.Length)
        {
            return false;
        }

        byte first = _data[_next++];
        if (first < 0x80)
        {
            length = first;
            return true;
        }

        int size = first & 0x7F; // 0 would be the indefinite form, which EMV does not use.
        if (size is 0 or > LengthSizeMax || size > _data.Length - _next)
        {
            return false;
        }

        for (; size > 0; size--)
        {
            length = (length << 8) | _data[_next++];
        }

        return true;
    }
}
