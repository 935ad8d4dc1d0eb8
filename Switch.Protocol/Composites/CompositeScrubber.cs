using Switch.Protocol.Emv;
using Switch.Protocol.Fields;

namespace Switch.Protocol.Composites;

/// <summary>
/// Takes out of a composite what may not be kept. No allocation: it runs for every message that is journaled.
/// </summary>
internal static class CompositeScrubber
{
    /// <summary>
    /// Composites whose bytes travel encoded inside another (chip data as hexadecimal, packed digits) are looked into
    /// up to this size; a longer one counts as sensitive.
    /// </summary>
    private const int InnerSizeMax = 2_048;

    private enum Finding : byte
    {
        Clean,
        Sensitive,
        Malformed,
    }

    /// <summary>
    /// Copies what may be kept, in its order. A sub-field that is sensitive, or holds something that is, goes whole:
    /// tagged and announced ones are left out, positional ones are blanked so that those behind them stay in place.
    /// False when the bytes are not what was declared: then nothing in them can be vouched for, and nothing may be
    /// kept. Source and destination may be the same bytes.
    /// </summary>
    public static bool TryScrub(CompositeSpec spec, ReadOnlySpan<byte> data, Span<byte> destination, out int written)
    {
        if (spec.Kind == CompositeKind.BerTlv && !spec.HasInner && IsKeptWhole(spec, data))
        {
            data.CopyTo(destination);
            written = data.Length;
            return true;
        }

        int count = 0;
        var reader = new CompositeReader(spec, data);
        int header = Math.Min(reader.HeaderSize, data.Length);
        data[..header].CopyTo(destination);
        written = header;
        while (reader.TryRead())
        {
            Finding finding = Inspect(spec, in reader, depth: 1, ref count);
            if (finding == Finding.Malformed)
            {
                return false;
            }

            if (finding == Finding.Clean)
            {
                reader.Element.CopyTo(destination[written..]);
                written += reader.Element.Length;
            }
            else if (spec.Kind == CompositeKind.Positional)
            {
                written += WriteBlank(reader.Field!.Rule, destination[written..]);
            }
            else if (spec.Kind == CompositeKind.Bitmap)
            {
                Withdraw(spec, (int)reader.Code, destination);
            }
        }

        if (written == header && reader.HeaderSize != 0)
        {
            written = 0; // A bitmap that announces nothing says nothing.
        }

        return reader.Status == CompositeStatus.End;
    }

    // Chip data as terminals send them: one level, nothing between the objects and nothing secret among them.
    private static bool IsKeptWhole(CompositeSpec spec, ReadOnlySpan<byte> data)
    {
        int count = 0;
        int size = 0;
        var reader = new BerTlvReader(data);
        while (reader.TryRead())
        {
            if (reader.IsConstructed || spec.IsSensitive(reader.Tag) || ++count > CompositeSpec.CountMax)
            {
                return false;
            }

            size += reader.Element.Length;
        }

        return size == data.Length;
    }

    private static Finding Inspect(CompositeSpec spec, in CompositeReader element, int depth, ref int count)
    {
        if (++count > CompositeSpec.CountMax)
        {
            return Finding.Malformed;
        }

        // What is sensitive taints its template, but the walk goes on: the rest must still be well formed.
        Finding worst = spec.IsSensitive(element.Code) ? Finding.Sensitive : Finding.Clean;
        if (element.Field?.Spec.Composite is { } declared)
        {
            Finding inside = InspectDeclared(declared, in element, depth, ref count);
            return inside > worst ? inside : worst;
        }

        if (element.IsConstructed)
        {
            Finding inside = depth == CompositeSpec.DepthMax
                ? Finding.Malformed
                : Inspect(spec, element.Value, depth + 1, ref count);
            return inside > worst ? inside : worst;
        }

        return worst;
    }

    private static Finding InspectDeclared(
        CompositeSpec declared, in CompositeReader element, int depth, ref int count)
    {
        if (!declared.HasSensitive)
        {
            return Finding.Clean; // Nothing can come of it, whatever it holds.
        }

        Span<byte> room = stackalloc byte[InnerSizeMax];
        Finding finding = depth < CompositeSpec.DepthMax
            && CompositeText.TryOpen(declared, in element, room, out ReadOnlySpan<byte> inner)
            ? Inspect(declared, inner, depth + 1, ref count)
            : Finding.Sensitive;
        room.Clear();

        // The sub-field is known to end where it does: what cannot be read inside it goes with it, and no more.
        return finding == Finding.Malformed ? Finding.Sensitive : finding;
    }

    private static Finding Inspect(CompositeSpec spec, ReadOnlySpan<byte> data, int depth, ref int count)
    {
        Finding worst = Finding.Clean;
        var reader = new CompositeReader(spec, data);
        while (reader.TryRead())
        {
            Finding finding = Inspect(spec, in reader, depth, ref count);
            worst = finding > worst ? finding : worst;
        }

        return reader.Status == CompositeStatus.Malformed ? Finding.Malformed : worst;
    }

    /// <summary>Writes a value that says nothing: no length where it is variable, else zeros or spaces.</summary>
    private static int WriteBlank(in FieldRule rule, Span<byte> destination)
    {
        if (rule.IsVariable)
        {
            LengthPrefix.Write(in rule, 0, destination);
            return rule.PrefixSize;
        }

        Span<byte> blank = stackalloc byte[FieldSpec.FixedLengthMax];
        blank = blank[..rule.LengthMax];
        blank.Fill(rule.Kind switch
        {
            FieldKind.B => 0,
            FieldKind.N or FieldKind.XN or FieldKind.Z => (byte)'0',
            _ => (byte)' ',
        });
        if (rule.Kind == FieldKind.XN)
        {
            blank[0] = (byte)'C';
        }

        FieldCodec.Encode(in rule, blank, destination[..rule.FixedSize]);
        return rule.FixedSize;
    }

    /// <summary>Takes a number off the bitmap at the front.</summary>
    private static void Withdraw(CompositeSpec spec, int number, Span<byte> data)
    {
        int bit = number - 1;
        if (spec.Bitmap == BitmapEncoding.Binary)
        {
            data[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            return;
        }

        Span<byte> pair = data.Slice(bit / 8 * 2, 2);
        Span<byte> value = stackalloc byte[1];
        FieldCodec.DecodeHex(pair, value);
        value[0] &= (byte)~(0x80 >> (bit % 8));
        FieldCodec.EncodeHex(value, pair);
    }
}
