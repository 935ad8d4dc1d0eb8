using System.Buffers;
using System.Globalization;
using System.Text;

namespace Switch.Host.Wording;

/// <summary>
/// Text as a terminal may have it. What files, messages and peers contain is quoted in tables and in messages, and a
/// control character in it would move the cursor, hide a line or write another; so would a character that turns the
/// direction of text. They are written as their code, \u001B, which JSON reads too.
/// </summary>
internal static class Printable
{
    private const string LineEnds = "\t\n";

    private static readonly char[] Controls =
    [
        .. Enumerable.Range(0, 0x20).Select(static code => (char)code),
        .. Enumerable.Range(0x7F, 0x21).Select(static code => (char)code),
        '\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E',
        '\u2066', '\u2067', '\u2068', '\u2069',
    ];

    private static readonly SearchValues<char> InLine = SearchValues.Create(Controls);
    private static readonly SearchValues<char> InText = SearchValues.Create(
        [.. Controls.Where(static control => !LineEnds.Contains(control, StringComparison.Ordinal))]);

    /// <summary>For one line: ends of lines and tabs are written as codes too.</summary>
    public static string Of(string text) => Of(text, InLine);

    /// <summary>For whole texts: they keep their lines and tabs.</summary>
    public static string OfLines(string text) => Of(text, InText);

    public static bool IsPlain(ReadOnlySpan<char> text) => !text.ContainsAny(InText);

    private static string Of(string text, SearchValues<char> controls)
    {
        if (!text.AsSpan().ContainsAny(controls))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            if (controls.Contains(character))
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                plain.Append(character);
            }
        }

        return plain.ToString();
    }
}
