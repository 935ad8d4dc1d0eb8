using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>From the bytes of a sub-field to what it says.</summary>
internal static class CompositeText
{
    /// <summary>
    /// The data of a composite inside a sub-field: the canonical text of the sub-field, or what it stands for in
    /// hexadecimal when chip data are declared in a field of characters. A part of the element where that is possible,
    /// otherwise in <paramref name="room"/>. False when the room does not suffice or the characters are no
    /// hexadecimal.
    /// </summary>
    public static bool TryOpen(
        CompositeSpec inner, in CompositeReader element, Span<byte> room, out ReadOnlySpan<byte> data)
    {
        data = element.Value;
        bool isBytes = true;
        if (element.Field is { } field)
        {
            FieldRule rule = field.Rule;
            isBytes = rule.Kind == FieldKind.B;
            if (!FieldCodec.IsVerbatim(in rule))
            {
                if (element.Units > room.Length)
                {
                    return false;
                }

                FieldCodec.Decode(in rule, element.Value, element.Units, room);
                data = room[..element.Units];
            }
        }

        return TryCross(inner, isBytes, room, ref data);
    }

    /// <summary>
    /// Chip data in a field of characters are hexadecimal: gives their bytes, in <paramref name="room"/>, where the
    /// characters may lie already. Anything else stays what it is.
    /// </summary>
    public static bool TryCross(CompositeSpec spec, bool isBytes, Span<byte> room, ref ReadOnlySpan<byte> data)
    {
        if (spec.Kind != CompositeKind.BerTlv || isBytes)
        {
            return true;
        }

        int size = data.Length / 2;
        if (!FieldCodec.IsHex(data) || size > room.Length)
        {
            return false;
        }

        FieldCodec.DecodeHex(data, room[..size]);
        data = room[..size];
        return true;
    }
}
