using Switch.Protocol.Messages;

namespace Switch.Routing.Payments;

/// <summary>
/// Compares the text of a field with what was sent. One identifier is as wide as each dialect makes it, so blanks at
/// its end do not count.
/// </summary>
internal static class SentText
{
    private const int SizeMax = 64;

    /// <summary>Whether both are the same, or both are empty. A text longer than any identifier never is.</summary>
    public static bool IsSame(ReadOnlySpan<byte> sent, Message message, int field)
    {
        Span<byte> theirs = stackalloc byte[SizeMax];
        return message.TextLength(field) <= SizeMax
            && message.ReadText(field, theirs).TrimEnd((byte)' ').SequenceEqual(sent.TrimEnd((byte)' '));
    }

    /// <summary>Whether nothing disagrees: one of them is absent, or both are the same.</summary>
    public static bool Agrees(ReadOnlySpan<byte> sent, Message message, int field) =>
        sent.IsEmpty || message.TextLength(field) == 0 || IsSame(sent, message, field);

    /// <inheritdoc cref="Agrees(ReadOnlySpan{byte}, Message, int)"/>
    public static bool Agrees(Message sent, Message message, int field)
    {
        Span<byte> ours = stackalloc byte[SizeMax];
        return sent.TextLength(field) == 0 || message.TextLength(field) == 0
            || (sent.TextLength(field) <= SizeMax && IsSame(sent.ReadText(field, ours), message, field));
    }
}
