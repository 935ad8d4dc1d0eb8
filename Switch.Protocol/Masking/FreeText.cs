using System.Globalization;

namespace Switch.Protocol.Masking;

/// <summary>
/// What people write: a reason, a name. It may hold a card number that somebody copied into it, in one piece or in
/// groups with anything in between, and goes where no card number may.
/// </summary>
public static class FreeText
{
    // Card numbers in use have 13 to 19 digits; of those that are masked six are kept in front and four at the end.
    private const int DigitsMin = 13;
    private const int DigitsMax = 19;
    private const int KeptInFront = 6;
    private const int KeptAtEnd = 4;

    // Between two groups of digits of one number.
    private const int SeparatorsMax = 3;

    /// <summary>
    /// The text with stars in place of the middle digits of each card number: of digits in one piece when there are 13
    /// or more; of groups when together they are as long as a card number, begin like one, and have its check digit.
    /// </summary>
    public static string Mask(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<(int Start, int Length)> groups = GroupsOf(text);
        char[]? masked = null;
        for (int first = 0; first < groups.Count; first++)
        {
            int last = LastOfCard(text, groups, first);
            if (last >= first)
            {
                masked ??= text.ToCharArray();
                Star(masked, groups[first].Start, groups[last].Start + groups[last].Length);
                first = last;
            }
        }

        return masked is null ? text : new string(masked);
    }

    private static List<(int Start, int Length)> GroupsOf(string text)
    {
        var groups = new List<(int, int)>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool isDigit = i < text.Length && DigitOf(text[i]) >= 0;
            if (isDigit && start < 0)
            {
                start = i;
            }
            else if (!isDigit && start >= 0)
            {
                groups.Add((start, i - start));
                start = -1;
            }
        }

        return groups;
    }

    // The last group of the longest card number that begins with this one; -1: none does.
    private static int LastOfCard(string text, List<(int Start, int Length)> groups, int first)
    {
        int found = groups[first].Length >= DigitsMin ? first : -1;
        int digits = groups[first].Length;
        for (int last = first + 1; last < groups.Count && digits < DigitsMax; last++)
        {
            int end = groups[last - 1].Start + groups[last - 1].Length;
            if (!IsSeparator(text.AsSpan(end, groups[last].Start - end)))
            {
                break;
            }

            digits += groups[last].Length;
            if (digits is >= DigitsMin and <= DigitsMax
                && IsCard(text.AsSpan(groups[first].Start, groups[last].Start + groups[last].Length
                    - groups[first].Start)))
            {
                found = last;
            }
        }

        return found;
    }

    private static bool IsSeparator(ReadOnlySpan<char> between)
    {
        foreach (char character in between)
        {
            if (char.IsLetter(character))
            {
                return false;
            }
        }

        return between.Length <= SeparatorsMax;
    }

    // Its check digit is right (ISO/IEC 7812), and it begins as payment cards do: 3 to 6, or 22 to 27.
    private static bool IsCard(ReadOnlySpan<char> text)
    {
        int sum = 0;
        bool isDoubled = false;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            int digit = DigitOf(text[i]);
            if (digit >= 0)
            {
                int weighed = isDoubled ? digit * 2 : digit;
                sum += weighed > 9 ? weighed - 9 : weighed;
                isDoubled = !isDoubled;
            }
        }

        int first = DigitOf(text[0]);
        int second = text.Length > 1 ? DigitOf(text[1]) : -1;
        return sum % 10 == 0 && (first is >= 3 and <= 6 || (first == 2 && second is >= 2 and <= 7));
    }

    private static void Star(char[] text, int start, int end)
    {
        int digits = 0;
        for (int i = start; i < end; i++)
        {
            digits += DigitOf(text[i]) >= 0 ? 1 : 0;
        }

        int number = 0;
        for (int i = start; i < end; i++)
        {
            if (DigitOf(text[i]) >= 0)
            {
                bool isKept = number < KeptInFront || number >= digits - KeptAtEnd;
                text[i] = isKept ? text[i] : '*';
                number++;
            }
        }
    }

    // Digits of every script: full-width ones are typed where Japanese is.
    private static int DigitOf(char character) => CharUnicodeInfo.GetDecimalDigitValue(character);
}
