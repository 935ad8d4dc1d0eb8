using System.Globalization;

namespace Switch.Routing.Journal;

/// <summary>
/// File names of the journal's folder: <c>000000000001.segment</c> and so on are the journal; <c>*.spare</c> are zeros
/// waiting to become segments; <c>*.filling</c> are spares that are not finished, and go at the next start.
/// </summary>
internal static class SegmentName
{
    public const string Spare = ".spare";
    public const string Filling = ".filling";
    private const string Segment = ".segment";
    private const int Digits = 12;

    public static string Of(long number) =>
        number.ToString("D12", CultureInfo.InvariantCulture) + Segment;

    public static bool TryParse(string name, out long number)
    {
        number = 0;
        return name.Length == Digits + Segment.Length && name.EndsWith(Segment, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number > 0;
    }
}
