using System.Buffers.Binary;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Routing.Records;

/// <summary>
/// Writes the open part of a record: little-endian integers, and texts with a length byte in front. The layouts are
/// drawn in docs/internals/journal.md. The span is sized by the caller for the largest record, so nothing here can
/// overflow it.
/// </summary>
internal ref struct RecordWriter(Span<byte> destination)
{
    /// <summary>The longest configured name.</summary>
    public const int NameMax = 64;

    private readonly Span<byte> _destination = destination;

    public int Size { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _destination[..Size];

    public void Byte(byte value) => _destination[Size++] = value;

    public void Number16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_destination[Size..], (ushort)value);
        Size += sizeof(ushort);
    }

    public void Number32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_destination[Size..], value);
        Size += sizeof(uint);
    }

    public void Number64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_destination[Size..], value);
        Size += sizeof(ulong);
    }

    public void Number64(long value) => Number64((ulong)value);

    public void Token(in CardToken token) => Size += token.Write(_destination[Size..]);

    /// <summary>At most 255 bytes.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, byte.MaxValue);
        Byte((byte)text.Length);
        text.CopyTo(_destination[Size..]);
        Size += text.Length;
    }

    /// <summary>A configured name: ASCII, at most <see cref="NameMax"/> characters.</summary>
    public void Name(string name)
    {
        int length = System.Text.Encoding.ASCII.GetBytes(name, _destination.Slice(Size + 1, NameMax));
        Byte((byte)length);
        Size += length;
    }

    /// <summary>The same, of a name that was made ready.</summary>
    public void Name(ReadyName name) => Bytes(name.Bytes);

    /// <summary>A message's field as text, at most 255 bytes of it; an absent field is an empty text.</summary>
    public void Field(Message message, int field)
    {
        ReadOnlySpan<byte> text = message.ReadText(field, _destination[(Size + 1)..]);
        if (text.Length > byte.MaxValue)
        {
            Byte(0);
            return;
        }

        text.CopyTo(_destination[(Size + 1)..]); // It may stand there already.
        Byte((byte)text.Length);
        Size += text.Length;
    }

    /// <summary>The masked card number of a message: first six, last four.</summary>
    public void MaskedPan(Message message)
    {
        Span<byte> masked = stackalloc byte[Pan.LengthMax];
        Text(message.TryGetPan(out Pan pan) ? masked[..pan.CopyMasked(masked)] : default);
    }

    /// <summary>A raw run of bytes whose length the layout states elsewhere.</summary>
    public void Bytes(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Size..]);
        Size += bytes.Length;
    }
}

/// <summary>
/// Reads what <see cref="RecordWriter"/> wrote. A record that ends too soon reads as zeros and sets
/// <see cref="IsShort"/>: its checksum was right, so it is another version's or a defect, and the caller refuses it.
/// </summary>
internal ref struct RecordReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public bool IsShort { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1) is [byte value] ? value : (byte)0;

    public ushort Number16() => Take(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16LittleEndian(b) : (ushort)0;

    public uint Number32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;

    public ulong Number64() => Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadUInt64LittleEndian(b) : 0;

    public CardToken Token() => Take(CardToken.Size) is { Length: CardToken.Size } b ? CardToken.Read(b) : default;

    public ReadOnlySpan<byte> Text() => Take(Byte());

    public ReadOnlySpan<byte> Bytes(int count) => Take(count);

    /// <summary>Everything up to the end.</summary>
    public ReadOnlySpan<byte> Rest() => Take(_rest.Length);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            IsShort = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
