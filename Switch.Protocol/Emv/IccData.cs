namespace Switch.Protocol.Emv;

/// <summary>What in chip data (DE 55) must not be kept or shown, and how to take it out.</summary>
public static class IccData
{
    /// <summary>Templates inside templates beyond this depth are malformed: EMV needs three.</summary>
    public const int DepthMax = 8;

    /// <summary>
    /// Data objects beyond this count are malformed: a full EMV record set has fewer than a hundred.
    /// </summary>
    public const int CountMax = 512;

    private enum Finding : byte
    {
        Clean,
        Sensitive,
        Malformed,
    }

    /// <summary>
    /// Whether a data object holds a card number, a track or its equivalent, or a PIN: 5A, 57, 56, 9F6B, 9F1F, 9F20,
    /// 99.
    /// </summary>
    public static bool IsSensitive(uint tag) => tag is 0x5A or 0x57 or 0x56 or 0x99 or 0x9F1F or 0x9F20 or 0x9F6B;

    /// <summary>
    /// Copies the data objects that may be kept, in their order. A template with a sensitive object inside is left
    /// out whole. False when the bytes are not BER-TLV: then nothing in them can be vouched for, and nothing may be
    /// kept. Source and destination may be the same bytes.
    /// </summary>
    public static bool TryScrub(ReadOnlySpan<byte> data, Span<byte> destination, out int written)
    {
        written = 0;
        int count = 0;
        var reader = new BerTlvReader(data);
        while (reader.TryRead())
        {
            Finding finding = Inspect(in reader, depth: 1, ref count);
            if (finding == Finding.Malformed)
            {
                return false;
            }

            if (finding == Finding.Clean)
            {
                reader.Element.CopyTo(destination[written..]);
                written += reader.Element.Length;
            }
        }

        return reader.Status == BerTlvStatus.End;
    }

    private static Finding Inspect(in BerTlvReader element, int depth, ref int count)
    {
        if (++count > CountMax)
        {
            return Finding.Malformed;
        }

        // A sensitive tag taints its template, but the walk goes on: the rest must still be well formed.
        Finding worst = IsSensitive(element.Tag) ? Finding.Sensitive : Finding.Clean;
        if (!element.IsConstructed)
        {
            return worst;
        }

        if (depth == DepthMax)
        {
            return Finding.Malformed;
        }

        var inner = new BerTlvReader(element.Value);
        while (inner.TryRead())
        {
            Finding finding = Inspect(in inner, depth + 1, ref count);
            worst = finding > worst ? finding : worst;
        }

        return inner.Status == BerTlvStatus.Malformed ? Finding.Malformed : worst;
    }
}
