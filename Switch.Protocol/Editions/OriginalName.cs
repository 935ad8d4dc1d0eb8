using Switch.Protocol.Fields;

namespace Switch.Protocol.Editions;

/// <summary>
/// How a message names the one before it. 1987 (DE 90): type 4, STAN 6, time 10, acquirer 11, forwarder 11. 1993 (DE
/// 56): type 4, STAN 6, local date and time 12 with a two-digit year, two digits of length and up to 11 of the
/// acquirer. 2003: type 4, STAN 12, date and time 14, up to 11 of the acquirer (docs/domain.md section 2.4). The
/// canonical form is that of 1987; of a later edition its time is the original's local date and time.
/// </summary>
internal static class OriginalName
{
    public const int CanonicalSize = 42;

    private const int TypeSize = 4;
    private const int StanSize = 6;
    private const int TimeSize = 10;
    private const int AcquirerSize = 11;
    private const int StanAt = TypeSize;
    private const int TimeAt = StanAt + StanSize;
    private const int AcquirerAt = TimeAt + TimeSize;

    /// <summary>Greatest size of DE 56.</summary>
    public const int WireMax = 41;

    /// <summary>The time in a canonical name: MMDDhhmmss.</summary>
    public static ReadOnlySpan<byte> TimeOf(ReadOnlySpan<byte> canonical) => canonical.Slice(TimeAt, TimeSize);

    /// <summary>Writes the canonical 42 digits. False when the text is not such a name.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, IsoVersion version, Span<byte> canonical)
    {
        bool is2003 = version == IsoVersion.Iso2003;
        int stanSize = is2003 ? 2 * StanSize : StanSize;
        int acquirerAt = TypeSize + stanSize + (is2003 ? 14 : 12);
        if (text.Length < acquirerAt || !Digits.AreAll(text) || !Mti.TryParse(text[..TypeSize], out Mti mti))
        {
            return false;
        }

        ReadOnlySpan<byte> acquirer = text[acquirerAt..];
        if (!is2003 && !acquirer.IsEmpty)
        {
            bool hasLength = Digits.TryParse(acquirer[..Math.Min(2, acquirer.Length)], out long length)
                && acquirer.Length == 2 + length;
            if (!hasLength)
            {
                return false;
            }

            acquirer = acquirer[2..];
        }

        if (acquirer.Length > AcquirerSize)
        {
            return false;
        }

        canonical[..CanonicalSize].Fill((byte)'0');
        EditionMti.CanonicalOf(mti, version).CopyTo(canonical);
        text.Slice(TypeSize + stanSize - StanSize, StanSize).CopyTo(canonical[StanAt..]);
        text[(acquirerAt - TimeSize)..acquirerAt].CopyTo(canonical[TimeAt..]);
        acquirer.CopyTo(canonical[(AcquirerAt + AcquirerSize - acquirer.Length)..]);
        return true;
    }

    /// <summary>
    /// Writes DE 56 and returns its size; 0 when the canonical name is none, or no year has such a day.
    /// </summary>
    /// <param name="canonical">42 digits.</param>
    /// <param name="localTime">The original's MMDDhhmmss; empty: the time in the name.</param>
    /// <param name="version">The edition to write.</param>
    /// <param name="wallMs">The moment whose nearest such date is meant, in milliseconds since 1970.</param>
    /// <param name="text">Receives up to <see cref="WireMax"/> digits.</param>
    public static int Write(
        ReadOnlySpan<byte> canonical, ReadOnlySpan<byte> localTime, IsoVersion version, long wallMs, Span<byte> text)
    {
        if (canonical.Length != CanonicalSize || !Digits.AreAll(canonical)
            || !Mti.TryParse(canonical[..TypeSize], out Mti mti))
        {
            return 0;
        }

        ReadOnlySpan<byte> time = localTime.Length == TimeSize
            ? localTime
            : canonical.Slice(TimeAt, TimeSize);
        bool is2003 = version == IsoVersion.Iso2003;
        EditionMti.WireOf(mti.WithVersion(0), version).CopyTo(text);
        int at = TypeSize;
        if (is2003)
        {
            text.Slice(at, StanSize).Fill((byte)'0');
            at += StanSize;
        }

        canonical.Slice(StanAt, StanSize).CopyTo(text[at..]);
        at += StanSize;
        int yearSize = is2003 ? 4 : 2;
        if (!LocalDates.TryWriteYear(time, wallMs, text.Slice(at, yearSize)))
        {
            return 0;
        }

        at += yearSize;
        time.CopyTo(text[at..]);
        at += TimeSize;
        ReadOnlySpan<byte> acquirer = canonical.Slice(AcquirerAt, AcquirerSize).TrimStart((byte)'0');
        if (!is2003)
        {
            Digits.Write(text.Slice(at, 2), acquirer.Length);
            at += 2;
        }

        acquirer.CopyTo(text[at..]);
        return at + acquirer.Length;
    }
}
