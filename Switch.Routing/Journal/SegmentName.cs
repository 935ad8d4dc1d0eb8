using System.Globalization;

namespace Switch.Routing.Journal;

/// <summary>
/// File names of the journal's folder: <c>000000000001.segment</c> and so on are the journal; <c>*.spare</c> are zeros
/// waiting to become segments; <c>000000000001.checkpoint</c> is the state at the end of that segment; <c>*.filling</c>
/// are spares and checkpoints that are not finished, and go at the next start.
/// </summary>
internal static class SegmentName
{
    public const string Spare = ".spare";
    public const string Filling = ".filling";
    private const string Segment = ".segment";
    private const string Checkpoint = ".checkpoint";
    private const int Digits = 12;

    public static string Of(long number) =>
        number.ToString("D12", CultureInfo.InvariantCulture) + Segment;

    public static string OfCheckpoint(long number) =>
        number.ToString("D12", CultureInfo.InvariantCulture) + Checkpoint;

    public static bool TryParse(string name, out long number) => TryParse(name, Segment, out number);

    public static bool TryParseCheckpoint(string name, out long number) => TryParse(name, Checkpoint, out number);

    private static bool TryParse(string name, string suffix, out long number)
    {
        number = 0;
        return name.Length == Digits + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number > 0;
    }
}
