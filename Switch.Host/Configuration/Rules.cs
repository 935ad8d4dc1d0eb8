using System.Globalization;

namespace Switch.Host.Configuration;

/// <summary>Checks that several parts of the configuration share.</summary>
internal static class Rules
{
    /// <summary>A name goes into journals and file headers, where 32 bytes are kept for it.</summary>
    public const int NameSizeMax = 32;

    public static bool Name(ConfigurationErrors errors, string path, string name) => errors.Require(
        name.Length is > 0 and <= NameSizeMax && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'),
        path,
        name.Length == 0
            ? "is missing. Logs, metrics and the journal use this name."
            : $"'{name}' must be 1 to {NameSizeMax} letters, digits, '-', '_' or '.': it is used as a metric label.");

    /// <summary>Each of the names once; the later one of two is the mistake.</summary>
    public static void Distinct(
        ConfigurationErrors errors, IEnumerable<string> names, Func<int, string> pathOf, string reason)
    {
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        int index = 0;
        foreach (string name in names)
        {
            if (name.Length > 0 && !seen.TryAdd(name, index))
            {
                errors.Add(pathOf(index), $"'{name}' is already at {pathOf(seen[name])}: {reason}");
            }

            index++;
        }
    }

    public static bool Range(
        ConfigurationErrors errors, string path, long value, long min, long max, string reason)
    {
        string range = string.Create(CultureInfo.InvariantCulture, $"{min} to {max}: {reason}");
        return !errors.IsUnread(path, $"a whole number from {range}") && errors.Require(
            value >= min && value <= max,
            path,
            string.Create(CultureInfo.InvariantCulture, $"{value} is outside {range}"));
    }

    public static bool Range(
        ConfigurationErrors errors, string path, TimeSpan value, TimeSpan min, TimeSpan max, string reason,
        bool orZero = false)
    {
        string range = $"{Text(min)} to {Text(max)}: {reason}";
        return !errors.IsUnread(path, $"a duration as hh:mm:ss from {range}") && errors.Require(
            (value >= min && value <= max) || (orZero && value == TimeSpan.Zero),
            path,
            $"{Text(value)} is outside {range}");
    }

    /// <summary>Every entry of the list is exactly this many digits.</summary>
    public static void Digits(
        ConfigurationErrors errors, string path, IReadOnlyList<string> values, int count, string what)
    {
        for (int i = 0; i < values.Count; i++)
        {
            errors.Require(
                values[i].Length == count && values[i].All(char.IsAsciiDigit),
                $"{path}:{i}",
                $"'{values[i]}' must be {count} digits: {what}.");
        }
    }

    /// <summary>
    /// Two characters of DE 39 that neither approve nor leave the decision open (docs/domain.md section 1.5).
    /// </summary>
    public static bool IsDecline(string code) => code.Length == 2
        && char.IsAsciiLetterOrDigit(code[0]) && char.IsAsciiLetterOrDigit(code[1])
        && code is not ("00" or "08" or "09" or "10" or "11" or "16" or "85");

    /// <summary>A duration as the configuration writes it.</summary>
    public static string Text(TimeSpan span)
    {
        string clock = string.Create(
            CultureInfo.InvariantCulture, $"{(long)span.TotalHours:00}:{span.Minutes:00}:{span.Seconds:00}");
        long fraction = span.Ticks % TimeSpan.TicksPerSecond;
        return fraction == 0 ? clock
            : clock + "." + fraction.ToString("0000000", CultureInfo.InvariantCulture).TrimEnd('0');
    }

    /// <summary>Names for the sentence "Known: ...".</summary>
    public static string Known(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal));
}
