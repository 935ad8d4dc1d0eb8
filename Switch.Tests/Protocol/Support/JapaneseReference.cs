using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Tests.Protocol.Support;

/// <summary>
/// Japanese fields read the slow way: character by character, through Unicode, by tables of their own.
/// </summary>
internal static class JapaneseReference
{
    // From 0x40 on; a dot is a byte without a character that Shift-JIS has in one byte, K the next katakana.
    private static readonly string[] Rows1027 =
    [
        " .KKKKKKKK..<(+|", "&KKKKKKKKK!$*);.", "-/KKKKKKKK.,%_>?", "KKKKKKKKK`:#@'=Q",
        ".abcdefghiKKKKKK", ".jklmnopqrKKKKKK", "~.stuvwxyzKKK[KK", "^.YKKKKKKKKKK]KK",
        "{ABCDEFGHI......", "}JKLMNOPQR......", "..STUVWXYZ......", "0123456789......",
    ];

    private static readonly short[] Page1027 = Read1027();

    /// <summary>The canonical text as a string of bytes, and the first byte at fault.</summary>
    public static (string Text, ParseError Error, int Culprit) Read(FieldEncoding encoding, byte[] wire)
    {
        var text = new StringBuilder();
        for (int index = 0; index < wire.Length; index++)
        {
            int size = encoding == FieldEncoding.ShiftJis && !IsSingle(wire[index]) ? 2 : 1;
            string? character = index + size > wire.Length ? null : encoding switch
            {
                FieldEncoding.Ebcdic930 => Of290(wire[index]),
                FieldEncoding.Ebcdic939 => Page1027[wire[index]] < 0 ? null : $"{(char)Page1027[wire[index]]}",
                _ when size == 2 => OfPair(wire[index], wire[index + 1]),
                _ => IsSingle(wire[index]) ? $"{(char)wire[index]}" : null,
            };
            if (character is null)
            {
                int outside = FirstOutside(encoding, wire);
                return ("", ParseError.ContentNotPrintable, outside < 0 ? index : outside);
            }

            text.Append(character);
            index += size - 1;
        }

        return (text.ToString(), ParseError.None, 0);
    }

    // A byte that stands in no character is blamed before one that stands in none here.
    private static int FirstOutside(FieldEncoding encoding, byte[] wire) => encoding == FieldEncoding.ShiftJis
        ? Array.FindIndex(wire, value => value is < 0x20 or 0x7F or > 0xFC)
        : -1;

    private static bool IsSingle(byte value) => value is (>= 0x20 and <= 0x7E) or (>= 0xA1 and <= 0xDF);

    private static string? OfPair(byte first, byte second)
    {
        string read = Page(932).GetString([first, second]);
        bool isPair = read.Length == 1 && (read != "\u30FB" || (first == 0x81 && second == 0x45));
        return isPair ? $"{(char)first}{(char)second}" : null;
    }

    private static string? Of290(byte value)
    {
        char character = Page(20290).GetString([value])[0];
        return character switch
        {
            '?' when value != 0x6F => null,
            '\\' or '~' => null,
            '\u00A5' => "\\",
            '\u203E' => "~",
            >= '\uFF61' and <= '\uFF9F' => $"{(char)Page(932).GetBytes([character])[0]}",
            >= ' ' and <= '~' => $"{character}",
            _ => null,
        };
    }

    private static short[] Read1027()
    {
        short[] page = new short[256];
        Array.Fill(page, (short)-1);
        short kana = 0xA1;
        string all = string.Concat(Rows1027);
        for (int index = 0; index < all.Length; index++)
        {
            page[0x40 + index] = (index, all[index]) switch
            {
                (0x7F - 0x40, _) => (short)'"',
                (0xB2 - 0x40, _) => (short)'\\',
                (0x4B - 0x40, _) => (short)'.',
                (0xD2 - 0x40, _) => (short)'K',
                (_, '.') => (short)-1,
                (_, 'K') => kana++,
                (_, char character) => (short)character,
            };
        }

        return page;
    }

    private static Encoding Page(int number) => CodePagesEncodingProvider.Instance.GetEncoding(number)!;
}
