using System.Text;

namespace Switch.Protocol.Fields;

/// <summary>
/// Between the canonical text of a field of characters and what people read and write. Cold path: tools and masking.
/// </summary>
public static class Characters
{
    /// <summary>What a canonical text says. Of a field without Japanese characters a byte is a character.</summary>
    public static string Of(FieldSpec? spec, ReadOnlySpan<byte> text) =>
        spec is { IsJapanese: true } ? ShiftJis.Decode(text) : Encoding.Latin1.GetString(text);

    /// <summary>The canonical text of what people wrote; false, and why, when a character has no byte.</summary>
    public static bool TryRead(FieldSpec? spec, string characters, out byte[] text, out string reason)
    {
        if (spec is { IsJapanese: true })
        {
            bool isGood = ShiftJis.TryEncode(characters, out text);
            reason = isGood ? "" : "holds a character that Shift-JIS (code page 932) lacks";
            return isGood;
        }

        bool isWide = characters.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF');
        reason = isWide ? "holds a character above U+00FF, which stands for no byte" : "";
        text = isWide ? [] : Encoding.Latin1.GetBytes(characters);
        return !isWide;
    }
}
