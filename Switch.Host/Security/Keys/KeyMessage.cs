using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Switch.Host.Security.Keys;

/// <summary>A key as a partner writes it into a field of an 0800.</summary>
/// <remarks>
/// P (of PIN blocks) or M (of MACs); the key as <see cref="WrappedKey"/> has it, with its scheme; and its check value
/// of 6 to 10 hexadecimal digits, which a key block of TR-31 may lack, because it is sealed itself. Without a scheme,
/// 32 or 48 digits are X or Y.
/// </remarks>
internal sealed record KeyMessage(KeyKind Kind, WrappedKey Key, string CheckValue)
{
    private const int CheckDigitsMin = 6;
    private const int CheckDigitsMax = 10;
    private const int DoubleDigits = 32;
    private const int TripleDigits = 48;

    // Of a key block: its version, and how long it is in four digits.
    private const int BlockHead = 5;

    /// <param name="text">Of the field.</param>
    /// <param name="check">Of the field of the check value; empty: it stands behind the key.</param>
    public static bool TryParse(
        ReadOnlySpan<char> text, ReadOnlySpan<char> check, [NotNullWhen(true)] out KeyMessage? message)
    {
        message = null;
        text = text.TrimEnd(' ');
        check = check.TrimEnd(' ');
        KeyKind kind = KeyKind.Zpk;
        if (text.Length < 2 || (text[0] != 'P' && text[0] != 'M'))
        {
            return false;
        }

        kind = text[0] == 'P' ? KeyKind.Zpk : KeyKind.Zak;
        text = text[1..];
        int length = LengthOf(text);
        if (length == 0 || length > text.Length)
        {
            return false;
        }

        ReadOnlySpan<char> key = text[..length];
        ReadOnlySpan<char> behind = text[length..];
        string scheme = !char.IsAsciiHexDigitUpper(key[0]) ? ""
            : length == TripleDigits ? "Y" : "X";
        ReadOnlySpan<char> stated = check.IsEmpty ? behind : check;
        bool isChecked = IsCheckValue(stated) || (stated.IsEmpty && key[0] == 'R');
        if (!isChecked || (!check.IsEmpty && !behind.IsEmpty)
            || !WrappedKey.TryParse($"{scheme}{key}", out WrappedKey? wrapped))
        {
            return false;
        }

        message = new KeyMessage(kind, wrapped, stated.ToString());
        return true;
    }

    /// <summary>Whether the check value that a module made of the key is the one that the message states.</summary>
    public bool IsOf(string checkValue) => CheckValue.Length == 0
        || checkValue.StartsWith(CheckValue, StringComparison.Ordinal)
        || CheckValue.StartsWith(checkValue, StringComparison.Ordinal);

    private static int LengthOf(ReadOnlySpan<char> text) => text[0] switch
    {
        'U' or 'X' => 1 + DoubleDigits,
        'T' or 'Y' => 1 + TripleDigits,
        'R' when text.Length > BlockHead
            && int.TryParse(text[2..(BlockHead + 1)], NumberStyles.None, CultureInfo.InvariantCulture, out int size) =>
            1 + size,
        'R' => 0,
        _ when text.Length >= TripleDigits + CheckDigitsMin => TripleDigits,
        _ when text.Length == TripleDigits => TripleDigits,
        _ => DoubleDigits,
    };

    private static bool IsCheckValue(ReadOnlySpan<char> text)
    {
        if (text.Length is < CheckDigitsMin or > CheckDigitsMax)
        {
            return false;
        }

        foreach (char digit in text)
        {
            if (!char.IsAsciiHexDigitUpper(digit))
            {
                return false;
            }
        }

        return true;
    }
}
