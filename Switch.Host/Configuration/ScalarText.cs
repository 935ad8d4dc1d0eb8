using System.Globalization;
using System.Text.RegularExpressions;

namespace Switch.Host.Configuration;

/// <summary>Single values as people write them in a configuration.</summary>
internal static partial class ScalarText
{
    private const int DaysMax = 3_650;

    /// <summary>The value, or null when the text is not one.</summary>
    public static object? Parse(Type type, string text)
    {
        if (type == typeof(string))
        {
            return text;
        }

        if (type == typeof(bool))
        {
            return bool.TryParse(text, out bool flag) ? flag : null;
        }

        if (type == typeof(int))
        {
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number : null;
        }

        if (type == typeof(long))
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number : null;
        }

        if (type == typeof(TimeSpan))
        {
            return TryParseDuration(text, out TimeSpan span) ? span : null;
        }

        if (type.IsEnum)
        {
            // By name only: a number says nothing to the next reader.
            string? name = Array.Find(Enum.GetNames(type), n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
            return name is null ? null : Enum.Parse(type, name);
        }

        throw new ArgumentException($"No text form is defined for {type}.", nameof(type));
    }

    /// <summary>What a value of the type looks like, for the sentence "'x' is not ...".</summary>
    public static string Describe(Type type) => type switch
    {
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(TimeSpan) => "a duration as hh:mm:ss (\"00:00:03\", \"00:00:00.250\", \"24:00:00\")",
        _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ => "text",
    };

    /// <summary>
    /// <c>[days.]hours:minutes:seconds[.fraction]</c>, where hours may exceed 23. Not TimeSpan.Parse: that takes "3"
    /// for three days and "24:00:00" for twenty-four.
    /// </summary>
    public static bool TryParseDuration(string text, out TimeSpan span)
    {
        span = default;
        Match match = Duration().Match(text);
        if (!match.Success)
        {
            return false;
        }

        long Part(string name) => match.Groups[name].Success
            ? long.Parse(match.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

        string fraction = match.Groups["fraction"].Value.PadRight(7, '0');
        long seconds = (((((Part("days") * 24) + Part("hours")) * 60) + Part("minutes")) * 60) + Part("seconds");
        if (seconds > DaysMax * 86_400L)
        {
            return false;
        }

        span = new TimeSpan((seconds * TimeSpan.TicksPerSecond) + long.Parse(fraction, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>
    /// A distance from UTC as <c>[+|-]hh:mm[:ss]</c>, at most fourteen hours: as people write offsets, and as the other
    /// keys have durations. No zone differs by seconds, so these are 00.
    /// </summary>
    public static bool TryParseOffset(string text, out TimeSpan offset)
    {
        offset = default;
        Match match = Offset().Match(text);
        if (!match.Success)
        {
            return false;
        }

        int Part(string name) =>
            int.Parse(match.Groups[name].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

        int minutes = (Part("hours") * 60) + Part("minutes");
        offset = TimeSpan.FromMinutes(text[0] == '-' ? -minutes : minutes);
        return minutes <= 14 * 60;
    }

    [GeneratedRegex(
        @"^[+-]?(?<hours>\d{2}):(?<minutes>[0-5]\d)(:00)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Offset();

    [GeneratedRegex(
        @"^((?<days>\d{1,4})\.)?(?<hours>\d{1,5}):(?<minutes>[0-5]\d):(?<seconds>[0-5]\d)(\.(?<fraction>\d{1,7}))?\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Duration();
}
