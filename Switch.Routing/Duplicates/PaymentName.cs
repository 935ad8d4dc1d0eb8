using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.Duplicates;

/// <summary>
/// What is kept of a payment so that a later message can be held against it: its amount, its card, and the elements by
/// which a message may name it besides its key. 32 bytes of each entry.
/// </summary>
/// <param name="Card"><see cref="CardToken.Short"/>; 0: nothing is known, and nothing below is either.</param>
/// <param name="Amount">DE 4 in minor units.</param>
/// <param name="Stan">DE 11 as its sender gave it.</param>
/// <param name="Time">DE 7 as a number, MMDDhhmmss; 0: not known.</param>
/// <param name="Rrn">A hash of DE 37; 0: it bore none.</param>
/// <param name="Place">A hash of acquirer, DE 41 and DE 42.</param>
internal readonly record struct PaymentName(ulong Card, long Amount, int Stan, uint Time, uint Rrn, uint Place)
{
    /// <summary>Texts longer than this are no identifiers and count as absent.</summary>
    public const int TextMax = 64;

    /// <summary>DE 37 as a hash that is not 0; 0 when it names nothing: absent, blank, or zeros.</summary>
    public static uint RrnOf(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> trimmed = text.Trim((byte)' ');
        if (trimmed.TrimStart((byte)'0').IsEmpty || text.Length > TextMax)
        {
            return 0;
        }

        var hash = new StableHash(0);
        hash.Add(trimmed);
        return Math.Max(1, (uint)hash.Value);
    }

    /// <summary>Acquirer, DE 41 and DE 42 as a hash. Blanks at an end do not count.</summary>
    /// <param name="acquirer">The acquirer's part of its keys.</param>
    /// <param name="terminal">DE 41.</param>
    /// <param name="merchant">DE 42; empty: absent.</param>
    public static uint PlaceOf(ulong acquirer, ReadOnlySpan<byte> terminal, ReadOnlySpan<byte> merchant)
    {
        var hash = new StableHash(acquirer);
        hash.Add(terminal.Length > TextMax ? default : terminal.TrimEnd((byte)' '));
        hash.Add(merchant.Length > TextMax ? default : merchant.TrimEnd((byte)' '));
        return (uint)hash.Value;
    }

    /// <summary>What DE 37 finds a payment by, with card, terminal, merchant and acquirer; 0: nothing.</summary>
    public static ulong HashOf(ulong card, uint rrn, uint place)
    {
        if (rrn == 0 || card == 0)
        {
            return 0;
        }

        var hash = new StableHash(card);
        hash.Add(((ulong)rrn << 32) | place);
        return Math.Max(1, hash.Value);
    }
}
