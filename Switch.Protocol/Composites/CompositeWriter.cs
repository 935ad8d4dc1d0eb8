using System.Globalization;
using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>Lays parts down as the composite declares. Cold path: tools.</summary>
internal sealed class CompositeWriter(List<byte> output)
{
    /// <summary>False, and why, when a part does not fit what is declared.</summary>
    public bool TryWrite(CompositeSpec spec, IReadOnlyList<CompositePart> parts, int depth, out string reason)
    {
        reason = depth > CompositeSpec.DepthMax ? "composites are nested too deeply"
            : parts.Count > CompositeSpec.CountMax ? "there are too many parts" : "";
        int header = output.Count;
        ulong last = 0;
        if (spec.Kind == CompositeKind.Bitmap)
        {
            output.AddRange(new byte[spec.BitmapSize]);
        }

        for (int index = 0; index < parts.Count && reason.Length == 0; index++)
        {
            CompositePart part = parts[index];
            if (!spec.TryParseKey(part.Key, out ulong code))
            {
                reason = $"{part.Key} is not a part of this composite";
            }
            else if (spec.Kind == CompositeKind.Positional && (index >= spec.Fields.Count
                || spec.Fields[index].Code != code))
            {
                reason = $"{part.Key} is not at its place: parts stand in order, and only the last ones may be missing";
            }
            else if (spec.Kind == CompositeKind.Bitmap && code <= last)
            {
                reason = $"{part.Key} is not in ascending order";
            }
            else
            {
                reason = WritePart(spec, code, part, depth);
                last = code;
                if (spec.Kind == CompositeKind.Bitmap)
                {
                    Announce(spec, (int)code, header);
                }
            }
        }

        if (spec.Kind == CompositeKind.Bitmap && spec.Bitmap == BitmapEncoding.Hex)
        {
            byte[] bits = [.. output.GetRange(header, spec.BitmapBits / 8)];
            output.RemoveRange(header, spec.BitmapSize);
            output.InsertRange(header, Encoding.ASCII.GetBytes(Convert.ToHexString(bits)));
        }

        return reason.Length == 0;
    }

    /// <summary>The bitmap is laid down as bytes, at the front of the room it has.</summary>
    private void Announce(CompositeSpec spec, int number, int header)
    {
        int bit = number - 1;
        output[header + (bit / 8)] |= (byte)(0x80 >> (bit % 8));
    }

    /// <summary>Gives the reason why a part cannot be written, or an empty text.</summary>
    private string WritePart(CompositeSpec spec, ulong code, CompositePart part, int depth)
    {
        SubField? field = spec.Find(code);
        if (field is null && spec.Kind is CompositeKind.Positional or CompositeKind.Bitmap)
        {
            return $"{part.Key} is not declared";
        }

        FieldRule rule = field?.Rule ?? spec.UndeclaredRule;
        bool isBytes = spec.Kind == CompositeKind.BerTlv || rule.Kind == FieldKind.B;
        if (!TryValue(spec, field, part, isBytes, depth, out byte[] value, out string reason))
        {
            return $"{part.Key}: {reason}";
        }

        if (spec.Kind == CompositeKind.BerTlv)
        {
            output.AddRange(Convert.FromHexString(part.Key));
            WriteBerLength(value.Length);
            output.AddRange(value);
            return "";
        }

        if (spec.Kind == CompositeKind.Tlv)
        {
            output.AddRange(spec.TagKind == FieldKind.B
                ? Convert.FromHexString(part.Key) : Encoding.Latin1.GetBytes(part.Key));
        }

        return WriteField(in rule, value, part.Key);
    }

    private static bool TryValue(
        CompositeSpec spec, SubField? field, CompositePart part, bool isBytes, int depth, out byte[] value,
        out string reason)
    {
        value = [];
        reason = "";
        if (part.Parts is { } parts)
        {
            CompositeSpec? inner = field?.Spec.Composite ?? (spec.Kind == CompositeKind.BerTlv ? spec : null);
            var written = new List<byte>();
            if (inner is null || !new CompositeWriter(written).TryWrite(inner, parts, depth + 1, out reason))
            {
                reason = inner is null ? "is no composite" : reason;
                return false;
            }

            value = [.. written];
            value = inner.Kind == CompositeKind.BerTlv && !isBytes
                ? Encoding.ASCII.GetBytes(Convert.ToHexString(value)) : value;
            return true;
        }

        if (isBytes)
        {
            bool isHex = FieldCodec.IsHex(Encoding.Latin1.GetBytes(part.Text));
            reason = isHex ? "" : "is bytes: an even count of hexadecimal digits";
            value = reason.Length == 0 ? Convert.FromHexString(part.Text) : [];
        }
        else
        {
            Characters.TryRead(field?.Spec, part.Text, out value, out reason);
        }

        return reason.Length == 0;
    }

    private string WriteField(in FieldRule rule, byte[] value, string key)
    {
        byte[] room = new byte[value.Length + ByteClass.Slack];
        value.CopyTo(room, 0);
        ParseError error = FieldCodec.CheckText(in rule, room.AsSpan(0, value.Length));
        if (error != ParseError.None)
        {
            return $"{key}: {error}";
        }

        byte[] padded = new byte[FieldFit.PaddedMax];
        error = FieldFit.TryFit(in rule, value, padded, out ReadOnlySpan<byte> fitted);
        if (error != ParseError.None)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{key}: {error}, at most {rule.LengthMax}");
        }

        byte[] wire = new byte[rule.PrefixSize + rule.SizeOf(fitted.Length)];
        LengthPrefix.Write(in rule, fitted.Length, wire);
        FieldCodec.Encode(in rule, fitted, wire.AsSpan(rule.PrefixSize));
        output.AddRange(wire);
        return "";
    }

    private void WriteBerLength(int length)
    {
        if (length > 0x7F)
        {
            int size = length > 0xFFFF ? 3 : length > 0xFF ? 2 : 1;
            output.Add((byte)(0x80 | size));
            for (int shift = 8 * (size - 1); shift > 0; shift -= 8)
            {
                output.Add((byte)(length >> shift));
            }
        }

        output.Add((byte)length);
    }
}
