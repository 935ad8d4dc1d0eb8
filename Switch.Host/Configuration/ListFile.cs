using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Switch.Host.Files;
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

    /// <summary>A file with so many is another file: the rest of it is not read.</summary>
    private const int MistakesMax = 1_000;

    /// <summary>Bytes: the most entries with all their columns, and as much again of comments.</summary>
    private const long SizeMax = 2L * 1024 * 1024 * 1024;

    private const int LineSizeMax = 1 << 16;

    /// <summary>Takes in a line of the most usual form without making strings of it; false for any other.</summary>
    public delegate bool PlainLine(ReadOnlySpan<byte> line, int number);

    /// <summary>Reads every line, builds the list, and says whether it may be used.</summary>
    /// <param name="add">Takes in one line's columns and says what is wrong with them, or null.</param>
    /// <param name="build">Builds the list and says which cards stand in two lines.</param>
    /// <param name="danger">What would follow from going on without the list.</param>
    /// <param name="addPlain">
    /// Asked first. Ten million lines as strings would make the collector stop every thread for seconds in all while
    /// payments go on.
    /// </param>
    public static bool TryRead(
        string file, Func<string[], int, string?> add, Func<IReadOnlyList<(int Line, int Earlier)>> build,
        string danger, ConfigurationErrors errors, string path, PlainLine? addPlain = null)
    {
        var mistakes = new List<string>();
        try
        {
            using FileStream stream = File.OpenRead(file);
            int entries = ReadLines(stream, addPlain, add, mistakes);
            if (entries == 0 && mistakes.Count == 0)
            {
                mistakes.Add("it has no entries; write null if there is no such file");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add(path, $"{file} cannot be read ({FileFault.Describe(file, e)}). {danger}");
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

    private static int ReadLines(
        FileStream stream, PlainLine? addPlain, Func<string[], int, string?> add, List<string> mistakes)
    {
        byte[] buffer = new byte[LineSizeMax];
        int kept = 0;
        int number = 0;
        int entries = 0;
        long size = 0;
        while (entries <= EntriesMax)
        {
            int read = stream.Read(buffer.AsSpan(kept));
            size += read;
            if (size > SizeMax || mistakes.Count > MistakesMax)
            {
                mistakes.Add(size > SizeMax
                    ? $"line {number + 1}: more than {SizeMax} bytes"
                    : $"line {number + 1}: the rest was not read, after more than {MistakesMax} mistakes");
                return entries;
            }

            ReadOnlySpan<byte> text = buffer.AsSpan(0, kept + read);
            int end = text.IndexOf((byte)'\n');
            while (entries <= EntriesMax && (end >= 0 || (read == 0 && !text.IsEmpty)))
            {
                ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
                text = end < 0 ? default : text[(end + 1)..];
                end = text.IndexOf((byte)'\n');
                entries += AddLine(line.Trim(" \t\r"u8), ++number, addPlain, add, mistakes);
            }

            if (read == 0 && entries <= EntriesMax)
            {
                return entries;
            }

            if (text.Length == buffer.Length)
            {
                mistakes.Add($"line {number + 1}: longer than {LineSizeMax} characters");
                return entries;
            }

            text.CopyTo(buffer);
            kept = text.Length;
        }

        mistakes.Add($"line {number}: more than {EntriesMax} entries");
        return entries;
    }

    // How many entries the line holds: 1, or 0.
    private static int AddLine(
        ReadOnlySpan<byte> line, int number, PlainLine? addPlain, Func<string[], int, string?> add,
        List<string> mistakes)
    {
        if (line.IsEmpty || line[0] == (byte)'#')
        {
            return 0;
        }

        if (addPlain is null || !addPlain(line, number))
        {
            string[] columns = Encoding.ASCII.GetString(line).Split(',', StringSplitOptions.TrimEntries);
            if (add(columns, number) is { } mistake)
            {
                mistakes.Add($"line {number}: {mistake}");
            }
        }

        return 1;
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
            : "the check digit of the card number is wrong: it was probably mistyped";
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
