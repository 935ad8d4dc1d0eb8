using System.Text;

namespace Switch.Protocol.Fields;

/// <summary>
/// Japanese text as the switch has it inside: Shift-JIS, code page 932. A byte is a unit of length, as everywhere; a
/// character is one byte (ASCII, half-width katakana) or two. JIS X 0201 is its single bytes.
/// </summary>
internal static class ShiftJis
{
    public const byte FirstKana = 0xA1;
    public const byte LastKana = 0xDF;

    /// <summary>Where JIS X 0201 has the yen sign and the overline, and code page 932 \ and ~.</summary>
    public const byte Yen = (byte)'\\';
    public const byte Overline = (byte)'~';

    private const int Number = 932;

    // One bit for each pair of bytes that is a character: 8 KB.
    private static readonly ulong[] Pairs = FindPairs();

    /// <summary>A single byte that is a character by itself.</summary>
    public static bool IsSingle(byte value) => value is (>= 0x20 and <= 0x7E) or (>= FirstKana and <= LastKana);

    /// <summary>Whether a byte may stand in a text at all, as one of two or alone.</summary>
    public static bool IsPart(byte value) => value is (>= 0x20 and <= 0x7E) or (>= 0x80 and <= 0xFC);

    /// <summary>The index of the first byte that begins no character; -1 when all is text.</summary>
    public static int FirstStranger(ReadOnlySpan<byte> text)
    {
        for (int index = 0; index < text.Length; index++)
        {
            if (IsSingle(text[index]))
            {
                continue;
            }

            if (index + 1 == text.Length || !IsPair(text[index], text[index + 1]))
            {
                return index;
            }

            index++;
        }

        return -1;
    }

    /// <summary>
    /// The longest beginning of a text that has at most so many bytes and ends between two characters.
    /// </summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> text, int sizeMax)
    {
        int end = 0;
        while (end < text.Length)
        {
            int size = IsSingle(text[end]) || end + 1 == text.Length ? 1 : 2;
            if (end + size > sizeMax)
            {
                break;
            }

            end += size;
        }

        return text[..end];
    }

    /// <summary>For people. A few hundred characters have two codes; both read as one.</summary>
    public static string Decode(ReadOnlySpan<byte> text) => Page().GetString(text);

    /// <summary>From people; false when a character has no code.</summary>
    public static bool TryEncode(string text, out byte[] bytes)
    {
        // The yen sign and the overline are what JIS X 0201 has at these two codes.
        string plain = text.Replace('\u00A5', (char)Yen).Replace('\u203E', (char)Overline);
        try
        {
            bytes = Page(EncoderFallback.ExceptionFallback).GetBytes(plain);
            return FirstStranger(bytes) < 0;
        }
        catch (EncoderFallbackException)
        {
            bytes = [];
            return false;
        }
    }

    private static bool IsPair(byte first, byte second) =>
        (Pairs[((first << 8) | second) >> 6] & (1UL << (second & 63))) != 0;

    private static Encoding Page(EncoderFallback? strictly = null) => (strictly is null
        ? CodePagesEncodingProvider.Instance.GetEncoding(Number)
        : CodePagesEncodingProvider.Instance.GetEncoding(Number, strictly, DecoderFallback.ReplacementFallback))
        ?? throw new InvalidOperationException($"The runtime lacks code page {Number}.");

    private static ulong[] FindPairs()
    {
        const char MiddleDot = '\u30FB'; // What the runtime reads where there is none; and one that there is.
        const int MiddleDotPair = 0x8145;
        ulong[] pairs = new ulong[(256 * 256) / 64];
        Encoding page = Page();
        Span<char> characters = stackalloc char[4];
        for (int pair = 0x8140; pair <= 0xFCFC; pair++)
        {
            (int first, int second) = (pair >> 8, pair & 0xFF);
            bool isLead = first is <= 0x9F or >= 0xE0;
            bool isTrail = second is >= 0x40 and <= 0xFC and not 0x7F;
            int count = isLead && isTrail ? page.GetChars([(byte)first, (byte)second], characters) : 0;
            if (count == 1 && (characters[0] != MiddleDot || pair == MiddleDotPair))
            {
                pairs[pair >> 6] |= 1UL << (pair & 63);
            }
        }

        return pairs;
    }
}
