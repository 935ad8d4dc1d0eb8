using System.Buffers.Binary;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Messages;

/// <summary>
/// Where a composer keeps the texts of fields that it was given, and works on those that it converts:
/// <code>
///   | texts kept for the message | a text being decoded | the same as bytes or as hexadecimal | free | slack |
///   0                            ^ used
/// </code>
/// What lies past the texts that are kept is overwritten by the next call.
/// </summary>
internal sealed class TextScratch(int size)
{
    // Texts are tested for their class in blocks, which may read a little further.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(size + ByteClass.Slack, pinned: true);
    private int _used;
    private int _touched;

    public void Reset() => _used = 0;

    /// <summary>Zeroes all that was written since the last time.</summary>
    public void Forget()
    {
        _bytes.AsSpan(0, _touched).Clear();
        _touched = 0;
        _used = 0;
    }

    public ReadOnlySpan<byte> this[FieldSlot place] => _bytes.AsSpan(place.Offset, place.Size);

    /// <summary>
    /// The canonical text of a field: where it lies, when its bytes are its text, or else decoded here.
    /// </summary>
    public ParseError TryDecode(in FieldRule rule, ReadOnlySpan<byte> wire, int units, out ReadOnlySpan<byte> text)
    {
        text = wire;
        if (FieldCodec.IsVerbatim(in rule))
        {
            return ParseError.None;
        }

        if (units > RoomAt(_used))
        {
            return ParseError.TooLong;
        }

        Span<byte> decoded = Touch(_used, units);
        FieldCodec.Decode(in rule, wire, units, decoded);
        text = decoded;
        return ParseError.None;
    }

    /// <summary>
    /// Binary data travels as hexadecimal in a field of characters, and back: gives a text in the form that is asked
    /// for.
    /// </summary>
    public ParseError TryCross(ReadOnlySpan<byte> text, bool isBytes, bool wantsBytes, out ReadOnlySpan<byte> crossed)
    {
        crossed = text;
        if (isBytes == wantsBytes)
        {
            return ParseError.None;
        }

        int at = _used + text.Length; // The text itself may be the one that was just decoded.
        int length = wantsBytes ? text.Length / 2 : text.Length * 2;
        if (length > RoomAt(at))
        {
            return ParseError.TooLong;
        }

        if (wantsBytes && !FieldCodec.IsHex(text))
        {
            return ParseError.ContentNotHex;
        }

        Span<byte> destination = Touch(at, length);
        if (wantsBytes)
        {
            FieldCodec.DecodeHex(text, destination);
        }
        else
        {
            FieldCodec.EncodeHex(text, destination);
        }

        crossed = destination;
        return ParseError.None;
    }

    /// <summary>Keeps a text until <see cref="Reset"/>. It may lie anywhere, here too.</summary>
    public ParseError TryKeep(ReadOnlySpan<byte> text, out FieldSlot place)
    {
        place = default;
        if (text.Length > RoomAt(_used))
        {
            return ParseError.TooLong;
        }

        text.CopyTo(Touch(_used, text.Length));
        place = new FieldSlot(_used, text.Length, text.Length);
        _used += text.Length;
        return ParseError.None;
    }

    /// <summary>The same of at most eight characters in a word, the first of them in its lowest byte.</summary>
    public ParseError TryKeep(ulong characters, int length, out FieldSlot place)
    {
        place = default;
        if (length > RoomAt(_used))
        {
            return ParseError.TooLong;
        }

        // Eight are written: what is too much lies where the next text goes, or in the slack.
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(_used), characters);
        place = new FieldSlot(_used, length, length);
        _used += length;
        _touched = Math.Max(_touched, _used);
        return ParseError.None;
    }

    private int RoomAt(int offset) => size - offset;

    private Span<byte> Touch(int offset, int length)
    {
        _touched = Math.Max(_touched, offset + length);
        return _bytes.AsSpan(offset, length);
    }
}
