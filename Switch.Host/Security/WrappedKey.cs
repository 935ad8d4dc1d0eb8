using System.Diagnostics.CodeAnalysis;

namespace Switch.Host.Security;

/// <summary>
/// A key as it may be kept and sent: enciphered under a module's master key or under a zone master key, as text. It is
/// not secret, and worth nothing without the key above it. Still no log has it.
/// </summary>
/// <remarks>
/// <c>U</c> and 32 hexadecimal digits or <c>T</c> and 48: a double or triple length key of TDES, each part enciphered
/// under another variant. <c>X</c> and 32 or <c>Y</c> and 48: the same without variants (ANSI X9.17), under a zone
/// master key only. <c>R</c> and a key block of X9.143 (TR-31). <c>S</c> and a key block of the module's maker: only
/// its length and its characters are looked at. Keys of single length are refused.
/// </remarks>
internal sealed record WrappedKey
{
    /// <summary>Characters: the largest key block that is taken.</summary>
    public const int LengthMax = 1024;

    private const int BlockLengthMin = 16;

    private WrappedKey(string text) => Text = text;

    public string Text { get; }

    public char Scheme => Text[0];

    /// <summary>Without the scheme.</summary>
    public ReadOnlySpan<char> Body => Text.AsSpan(1);

    /// <summary>Whether it is a key block, which says itself what the key is for.</summary>
    public bool IsBlock => Scheme is 'R' or 'S';

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out WrappedKey? key)
    {
        key = null;
        if (text.Length is < 2 or > LengthMax)
        {
            return false;
        }

        ReadOnlySpan<char> body = text[1..];
        bool isKnown = text[0] switch
        {
            'U' or 'X' => body.Length == 32 && IsHex(body),
            'T' or 'Y' => body.Length == 48 && IsHex(body),
            'R' or 'S' => body.Length >= BlockLengthMin && !body.ContainsAnyExceptInRange('!', '~'),
            _ => false,
        };
        if (isKnown)
        {
            key = new WrappedKey(text.ToString());
        }

        return isKnown;
    }

    /// <summary>Says its scheme only.</summary>
    public override string ToString() => $"key of scheme {Scheme}";

    private static bool IsHex(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (!char.IsAsciiHexDigitUpper(character))
            {
                return false;
            }
        }

        return true;
    }
}
