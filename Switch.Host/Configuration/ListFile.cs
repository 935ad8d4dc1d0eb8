using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Routing.StandIn;

namespace Switch.Host.Configuration;

/// <summary>
/// What both card lists share: lines of columns between commas; blank lines and lines that start with # are skipped. A
/// file with any mistake is refused whole: half a list of stolen cards looks exactly like a list. No message about it
/// ever quotes a line, which may hold a card number.
/// </summary>
internal static class ListFile
{
    public const int EntriesMax = 10_000_000;

    private const int MistakesShown = 20;

    /// <summary>Reads every line, builds the list, and says whether it may be used.</summary>
    /// <param name="add">Takes in one line's columns and says what is wrong with them, or null.</param>
    /// <param name="build">Builds the list and says which cards stand in two lines.</param>
    /// <param name="danger">What would follow from going on without the list.</param>
    public static bool TryRead(
        string file, Func<string[], int, string?> add, Func<IReadOnlyList<(int Line, int Earlier)>> build,
        string danger, ConfigurationErrors errors, string path)
    {
        var mistakes = new List<string>();
        try
        {
            int entries = ReadLines(File.ReadLines(file, Encoding.ASCII), add, mistakes);
            if (entries == 0 && mistakes.Count == 0)
            {
                mistakes.Add("it has no entries; for no such file write null");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add(path, $"{file} cannot be read ({e.Message}) {danger}");
            return false;
        }

        foreach ((int line, int earlier) in build())
        {
            mistakes.Add($"line {line}: the card is already in line {earlier}");
        }

        foreach (string mistake in mistakes.Take(MistakesShown))
        {
            errors.Add(path, $"{file}: {mistake}.");
        }

        errors.Require(
            mistakes.Count <= MistakesShown, path, $"{file}: {mistakes.Count - MistakesShown} more mistakes.");
        return mistakes.Count == 0;
    }

    private static int ReadLines(IEnumerable<string> lines, Func<string[], int, string?> add, List<string> mistakes)
    {
        int number = 0;
        int entries = 0;
        foreach (string line in lines)
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            if (++entries > EntriesMax)
            {
                mistakes.Add($"line {number}: more than {EntriesMax} entries");
                return entries;
            }

            if (add(text.Split(',', StringSplitOptions.TrimEntries), number) is { } mistake)
            {
                mistakes.Add($"line {number}: {mistake}");
            }
        }

        return entries;
    }

    /// <summary>The card number, or what is wrong with it.</summary>
    public static string? ReadPan(string text, out Pan pan)
    {
        if (!Pan.TryParse(Encoding.ASCII.GetBytes(text), out pan))
        {
            return $"the card number must be {Pan.LengthMin} to {Pan.LengthMax} digits";
        }

        return pan.IsLuhnValid
            ? null
            : "the card number fails its check digit, so it matches no card: it was probably mistyped";
    }

    /// <summary>First and last day as yyyy-MM-dd, each of which may be empty or left out; or what is wrong.</summary>
    public static string? ReadPeriod(ReadOnlySpan<string> columns, out ListPeriod period)
    {
        period = ListPeriod.Always;
        ushort from = period.FromDay;
        ushort until = period.UntilDay;
        if (columns.Length > 2
            || (columns.Length > 0 && columns[0].Length > 0 && !TryReadDay(columns[0], out from))
            || (columns.Length > 1 && columns[1].Length > 0 && !TryReadDay(columns[1], out until)))
        {
            return "from and until must be days as 2026-12-31, or empty";
        }

        period = new ListPeriod(from, until);
        return from <= until ? null : "from is later than until";
    }

    /// <summary>
    /// A stand-in for a token where there is no key yet: spread as evenly, so that a list can be checked before it is
    /// built. It never leaves the check.
    /// </summary>
    public static CardToken Unkeyed(Pan pan)
    {
        Span<byte> token = stackalloc byte[CardToken.Size];
        ulong digits = pan.Leading(Pan.LengthMax);
        ulong mixed = (digits ^ (digits >> 32)) * 0x9E3779B97F4A7C15;
        BinaryPrimitives.WriteUInt64BigEndian(token, mixed ^ (mixed >> 29));
        BinaryPrimitives.WriteUInt64BigEndian(token[8..], (digits * 20) + (ulong)pan.Length);
        return CardToken.Read(token);
    }

    private static bool TryReadDay(string text, out ushort day)
    {
        bool isDate = DateOnly.TryParseExact(
            text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date);
        int number = date.DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        day = (ushort)Math.Clamp(number, ushort.MinValue, ushort.MaxValue);
        return isDate && number is > ushort.MinValue and < ushort.MaxValue;
    }
}
