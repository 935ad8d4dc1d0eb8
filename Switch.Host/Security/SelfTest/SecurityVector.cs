using System.Diagnostics.CodeAnalysis;

namespace Switch.Host.Security.SelfTest;

/// <summary>One line of a vector file: what is to be computed, and what must come out.</summary>
/// <param name="Arguments">By name, without quotes.</param>
internal sealed record SecurityVector(
    string Name, string Operation, IReadOnlyDictionary<string, string> Arguments, string Expected)
{
    /// <summary>Characters of a line; lines of a file.</summary>
    public const int LineLengthMax = 1024;
    public const int CountMax = 1000;

    /// <summary>
    /// <c>NAME: operation name=value name="a text" => EXPECTED</c>. Empty lines and those that begin with # say
    /// nothing.
    /// </summary>
    /// <exception cref="FormatException">A line is none; the message has its number.</exception>
    public static IReadOnlyList<SecurityVector> ReadAll(string text)
    {
        var vectors = new List<SecurityVector>();
        string[] lines = text.Split('\n');
        for (int index = 0; index < lines.Length; index++)
        {
            string line = lines[index].TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (vectors.Count == CountMax || !TryRead(line, out SecurityVector? vector))
            {
                throw new FormatException(
                    $"line {index + 1} is not 'NAME: operation name=value => EXPECTED', or there are more than "
                    + $"{CountMax}.");
            }

            vectors.Add(vector);
        }

        return vectors;
    }

    public string this[string name] =>
        Arguments.TryGetValue(name, out string? value) ? value : throw new FormatException($"{name}= is missing.");

    private static bool TryRead(string line, [NotNullWhen(true)] out SecurityVector? vector)
    {
        vector = null;
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        int arrow = line.LastIndexOf(" => ", StringComparison.Ordinal);
        if (line.Length > LineLengthMax || colon < 1 || arrow < colon)
        {
            return false;
        }

        List<string> words = Words(line[(colon + 2)..arrow]);
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !arguments.TryAdd(word[..equals], word[(equals + 1)..]))
            {
                return false;
            }
        }

        if (words.Count > 0)
        {
            vector = new SecurityVector(line[..colon], words[0], arguments, line[(arrow + 4)..]);
        }

        return vector is not null;
    }

    // Blanks part words, but not between quotes.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        bool isQuoted = false;
        foreach (char character in text + " ")
        {
            if (character == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (character != ' ' || isQuoted)
            {
                word.Append(character);
            }
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return words;
    }
}
