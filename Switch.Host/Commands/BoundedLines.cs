using System.Text;
using Switch.Host.Commands.Common;
using Switch.Host.Files;

namespace Switch.Host.Commands;

/// <summary>
/// Lines of a text one after the other, each bounded: a source without line ends would otherwise be kept whole.
/// </summary>
internal static class BoundedLines
{
    private const int BlockSize = 16 * 1024;

    /// <param name="reader">The text. A line is given out as soon as its end was read.</param>
    /// <param name="name">What the source is called in the message.</param>
    /// <param name="lengthMax">The most characters of a line.</param>
    /// <exception cref="UsageException">A line has more.</exception>
    public static async IAsyncEnumerable<string> ReadAsync(TextReader reader, string name, int lengthMax)
    {
        char[] block = new char[BlockSize];
        var line = new StringBuilder();
        bool isAfterReturn = false;
        for (int count; (count = await reader.ReadAsync(block.AsMemory()).ConfigureAwait(false)) > 0;)
        {
            int start = 0;
            for (int end; (end = block.AsSpan(start, count - start).IndexOfAny('\n', '\r')) >= 0; start += end + 1)
            {
                bool isSecond = isAfterReturn && end == 0 && block[start] == '\n';
                isAfterReturn = block[start + end] == '\r';
                if (!isSecond)
                {
                    yield return Take(line, block.AsSpan(start, end), name, lengthMax);
                }
            }

            isAfterReturn &= start == count;
            Append(line, block.AsSpan(start, count - start), name, lengthMax);
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    private static string Take(StringBuilder line, ReadOnlySpan<char> rest, string name, int lengthMax)
    {
        Append(line, rest, name, lengthMax);
        string whole = line.ToString();
        line.Clear();
        return whole;
    }

    private static void Append(StringBuilder line, ReadOnlySpan<char> part, string name, int lengthMax)
    {
        if (line.Length + part.Length > lengthMax)
        {
            throw new UsageException(BoundedFile.TooLong($"A line of {name}", lengthMax, "characters").Message);
        }

        line.Append(part);
    }
}
