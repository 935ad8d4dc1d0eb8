using System.Globalization;
using System.Text;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators;

/// <summary>Card numbers for tests: a prefix, an index and the right check digit. They are issued to no one.</summary>
internal static class TestCards
{
    private const int Length = 16;

    // The key is public on purpose: it only makes books of separate processes comparable, for cards that are made up.
    private static readonly CardTokenizer Tokenizer = new("switch simulators: public key!!!"u8);

    /// <summary>As many cards as asked for, in turn from each prefix.</summary>
    /// <exception cref="ArgumentException">A prefix is not digits, or is too long for so many cards.</exception>
    public static string[] Make(IReadOnlyList<string> prefixes, int count)
    {
        var cards = new string[count];
        for (int i = 0; i < count; i++)
        {
            cards[i] = Make(prefixes[i % prefixes.Count], i / prefixes.Count);
        }

        return cards;
    }

    /// <summary>The card of one prefix with this index.</summary>
    public static string Make(string prefix, int index)
    {
        string number = index.ToString(CultureInfo.InvariantCulture);
        int padding = Length - 1 - prefix.Length - number.Length;
        if (padding < 0 || !prefix.All(char.IsAsciiDigit))
        {
            throw new ArgumentException($"Prefix '{prefix}' cannot make card number {index}.");
        }

        string digits = prefix + new string('0', padding) + number;
        return digits + CheckDigit(digits);
    }

    /// <summary>First six, last four.</summary>
    public static string Mask(string pan) =>
        pan.Length < 13 ? new string('*', pan.Length) : $"{pan[..6]}{new string('*', pan.Length - 10)}{pan[^4..]}";

    /// <summary>Names the card in files without telling its number.</summary>
    public static string TokenOf(string pan) =>
        Pan.TryParse(Encoding.ASCII.GetBytes(pan), out Pan card) ? Tokenizer.Of(card).ToString() : "none";

    private static int CheckDigit(string digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[digits.Length - 1 - i] - '0';
            int doubled = i % 2 == 0 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        return (10 - (sum % 10)) % 10;
    }
}
