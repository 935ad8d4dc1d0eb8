using System.Text;

namespace Switch.Protocol.Fields;

/// <summary>
/// Characters in EBCDIC. Each page is a permutation of the 256 byte values, so any byte converts there and back
/// unchanged: the Latin pages over Latin-1, the Japanese ones over the single bytes of Shift-JIS, which are ASCII and
/// half-width katakana.
/// </summary>
internal sealed class CodePage
{
    /// <summary>The digit 0 and the letter C, which are the same in every page.</summary>
    public const byte Zero = 0xF0;
    public const byte C = 0xC3;

    private const int Katakana = 290;
    private const char FirstKana = '\uFF61';
    private const char LastKana = '\uFF9F';

    private static readonly CodePage Page037 = new(37);
    private static readonly CodePage Page500 = new(500);
    private static readonly CodePage Page1047 = new(1047);
    private static readonly CodePage Page290 = new(JapaneseOf(Katakana));
    private static readonly CodePage Page1027 = new(JapaneseLatin());

    private readonly byte[] _toText = new byte[256];
    private readonly byte[] _toWire = new byte[256];

    private CodePage(int number)
        : this(TextOf(number))
    {
    }

    /// <param name="text">The character of each byte; -1 where a page has none that the text can hold.</param>
    private CodePage(short[] text)
    {
        var free = new Queue<byte>();
        for (int character = 0; character < 256; character++)
        {
            if (Array.IndexOf(text, (short)character) < 0)
            {
                free.Enqueue((byte)character);
            }
        }

        for (int value = 0; value < 256; value++)
        {
            _toText[value] = text[value] < 0 ? free.Dequeue() : (byte)text[value];
            _toWire[_toText[value]] = (byte)value;
        }
    }

    public static CodePage Of(FieldEncoding encoding) => encoding switch
    {
        FieldEncoding.Ebcdic500 => Page500,
        FieldEncoding.Ebcdic1047 => Page1047,
        FieldEncoding.Ebcdic930 => Page290,
        FieldEncoding.Ebcdic939 => Page1027,
        _ => Page037,
    };

    public static bool IsEbcdic(FieldEncoding encoding) =>
        encoding is FieldEncoding.Ebcdic or FieldEncoding.Ebcdic500 or FieldEncoding.Ebcdic1047
            or FieldEncoding.Ebcdic930 or FieldEncoding.Ebcdic939;

    public byte ToWire(byte character) => _toWire[character];

    public void Decode(ReadOnlySpan<byte> wire, Span<byte> text) => Map(_toText, wire, text);

    public void Encode(ReadOnlySpan<byte> text, Span<byte> wire) => Map(_toWire, text, wire);

    private static short[] TextOf(int number)
    {
        short[] text = new short[256];
        char[] characters = CharactersOf(number);
        for (int value = 0; value < 256; value++)
        {
            text[value] = (byte)characters[value];
        }

        return text;
    }

    private static char[] CharactersOf(int number)
    {
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(number)
            ?? throw new InvalidOperationException($"The runtime lacks code page {number}.");
        char[] characters = new char[256];
        for (int value = 0; value < 256; value++)
        {
            encoding.GetChars([(byte)value], 0, 1, characters, value);
        }

        return characters;
    }

    /// <summary>
    /// Code page 290, the single bytes of 930, which the runtime numbers 20290 and calls with "?" what it has no
    /// character for.
    /// </summary>
    private static short[] JapaneseOf(int number)
    {
        const byte QuestionMark = 0x6F;
        char[] characters = CharactersOf(20_000 + number);
        short[] text = new short[256];
        for (int value = 0; value < 256; value++)
        {
            bool isNone = characters[value] == '?' && value != QuestionMark;
            text[value] = isNone ? (short)-1 : ShiftJisOf(characters[value]);
        }

        return text;
    }

    /// <summary>
    /// Code page 1027, the single bytes of 939, which the runtime lacks: the Latin characters of 037 with four others,
    /// and katakana in their order where 037 has accents.
    /// </summary>
    private static short[] JapaneseLatin()
    {
        short[] text = new short[256];
        Array.Fill(text, (short)-1);
        char[] latin = CharactersOf(37);
        for (int value = 0; value < 256; value++)
        {
            text[value] = latin[value] is '[' or ']' or '\\' or '~' ? (short)-1 : ShiftJisOf(latin[value]);
        }

        (text[0xAD], text[0xBD], text[0xB2], text[0xA0]) = ((short)'[', (short)']', ShiftJis.Yen, ShiftJis.Overline);
        ReadOnlySpan<(byte First, byte Last)> places =
        [
            (0x42, 0x49), (0x51, 0x59), (0x62, 0x69), (0x70, 0x78), (0x8A, 0x8F), (0x9A, 0x9F), (0xAA, 0xAC),
            (0xAE, 0xAF), (0xB3, 0xBC), (0xBE, 0xBF),
        ];
        short kana = ShiftJisOf(FirstKana);
        foreach ((byte first, byte last) in places)
        {
            for (int value = first; value <= last; value++)
            {
                text[value] = kana++;
            }
        }

        return text;
    }

    // Yen and overline stand where JIS X 0201 has them; the backslash and the tilde of EBCDIC then have no place.
    private static short ShiftJisOf(char character) => character switch
    {
        '\\' or '~' => -1,
        '\u00A5' => ShiftJis.Yen,
        '\u203E' => ShiftJis.Overline,
        < '\u0080' => (short)character,
        >= FirstKana and <= LastKana => (short)(character - FirstKana + ShiftJis.FirstKana),
        _ => -1,
    };

    private static void Map(byte[] table, ReadOnlySpan<byte> from, Span<byte> to)
    {
        to = to[..from.Length];
        for (int index = 0; index < from.Length; index++)
        {
            to[index] = table[from[index]];
        }
    }
}
