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
    private readonly byte[] _bytes = new byte[size + ByteClass.Slack];
    private int _used;

    public void Reset() => _used = 0;

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

        Span<byte> decoded = _bytes.AsSpan(_used, units);
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

        Span<byte> destination = _bytes.AsSpan(at, length);
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

        text.CopyTo(_bytes.AsSpan(_used));
        place = new FieldSlot(_used, text.Length, text.Length);
        _used += text.Length;
        return ParseError.None;
    }

    private int RoomAt(int offset) => size - offset;
}
