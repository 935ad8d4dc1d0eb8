using System.Globalization;
using System.Text.RegularExpressions;

namespace Switch.Host.Commands.Drills;

/// <summary>What the node's log says of an issuer's health (its events 3164 and 3165) and of its stops.</summary>
internal static partial class DrillLog
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffzzz";
    private const int TimeSize = 29;

    /// <summary>
    /// From a moment to the first line that says that the issuer, a link or a route of it fluctuates or is down; null
    /// when there is none.
    /// </summary>
    public static TimeSpan? SaidAfter(IEnumerable<string> lines, string issuer, DateTimeOffset from)
    {
        var word = new Regex($@" Issuer {Regex.Escape(issuer)}(?=[ ,]).* (fluctuates|is down)\b");
        foreach (string line in lines)
        {
            if (line.Length > TimeSize && word.IsMatch(line)
                && DateTimeOffset.TryParseExact(
                    line[..TimeSize], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None,
                    out DateTimeOffset at)
                && at >= from)
            {
                return at - from;
            }
        }

        return null;
    }

    /// <summary>How many messages came when the node had ended its side of their connections: its event 3112.</summary>
    public static long CameAfterTheEnd(IEnumerable<string> lines) => lines
        .Select(static line => LateMessages().Match(line))
        .Where(static match => match.Success)
        .Sum(static match => long.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture));

    /// <summary>All lines of a folder's files, in order.</summary>
    public static IEnumerable<string> Read(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).SelectMany(File.ReadLines) : [];

    [GeneratedRegex(@" (\d+) messages of acquirers came after the switch had ended its side ")]
    private static partial Regex LateMessages();
}
