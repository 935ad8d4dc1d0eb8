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
        Span<byte> buffer = stackalloc byte[SizeMax];
        ReadOnlySpan<byte> theirs = message.ReadText(field, buffer);
        return (!theirs.IsEmpty || message.TextLength(field) == 0) && IsSame(sent, theirs);
    }

    /// <summary>Whether nothing disagrees: one of them is absent, or both are the same.</summary>
    public static bool Agrees(ReadOnlySpan<byte> sent, Message message, int field) =>
        sent.IsEmpty || message.TextLength(field) == 0 || IsSame(sent, message, field);

    /// <inheritdoc cref="Agrees(ReadOnlySpan{byte}, Message, int)"/>
    public static bool Agrees(Message sent, Message message, int field)
    {
        Span<byte> oursBuffer = stackalloc byte[SizeMax];
        Span<byte> theirsBuffer = stackalloc byte[SizeMax];
        ReadOnlySpan<byte> ours = sent.ReadText(field, oursBuffer);
        ReadOnlySpan<byte> theirs = message.ReadText(field, theirsBuffer);

        // What cannot be read is not there, or is longer than any identifier.
        return ours.IsEmpty || theirs.IsEmpty
            ? sent.TextLength(field) == 0 || message.TextLength(field) == 0
            : IsSame(ours, theirs);
    }

    private static bool IsSame(ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs) =>
        ours.SequenceEqual(theirs) || ours.TrimEnd((byte)' ').SequenceEqual(theirs.TrimEnd((byte)' '));
}
