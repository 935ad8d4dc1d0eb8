using System.Numerics;

namespace Switch.Routing.Velocity;

/// <summary>
/// How many different cards a window saw, by linear counting (Whang, Vander-Zanden and Taylor, 1990): each card sets
/// one bit of m, chosen by its token, and b set bits stand for -m ln(1 - b / m) cards. With 16 bits for each card of
/// the limit the standard error at the limit N is 0.18 times the root of N: one card at 20, two at 100, six at 1,000.
/// Tokens are keyed, so that an attacker cannot choose cards that share a bit.
/// </summary>
internal readonly struct CardSketch
{
    private const int BitsPerCard = 16;
    private const int WordBits = 64;

    // Few cards are told apart almost surely: two of five share a bit in 2 of 100 windows.
    private const int BitsMin = 512;

    private readonly int _mask;

    /// <param name="limit">Cards that are to be told from fewer; 0: none are counted.</param>
    public CardSketch(int limit)
    {
        Words = WordsOf(limit);
        _mask = (Words * WordBits) - 1;
        BitsAtLimit = limit == 0 ? 0 : FirstBitsOf(limit);
    }

    /// <summary>64-bit words of one slot's bits.</summary>
    public int Words { get; }

    /// <summary>So many bits stand for the limit.</summary>
    public int BitsAtLimit { get; }

    /// <summary>Words of one slot with that limit.</summary>
    public static int WordsOf(int limit) => limit == 0 ? 0
        : (int)(BitOperations.RoundUpToPowerOf2((uint)Math.Max(limit * BitsPerCard, BitsMin)) / WordBits);

    /// <summary>Sets a card's bit in the newest slot; true: no slot had it.</summary>
    /// <param name="slots">The bits of all slots, slot after slot.</param>
    /// <param name="newest">The newest slot's position.</param>
    /// <param name="card"><see cref="Protocol.Fields.CardToken.Short"/>.</param>
    public bool Add(Span<ulong> slots, int newest, ulong card)
    {
        int bit = (int)card & _mask;
        int word = bit / WordBits;
        ulong flag = 1UL << (bit % WordBits);
        ulong seen = 0;
        for (int at = word; at < slots.Length; at += Words)
        {
            seen |= slots[at];
        }

        slots[(newest * Words) + word] |= flag;
        return (seen & flag) == 0;
    }

    /// <summary>Bits that any slot has.</summary>
    public int Count(ReadOnlySpan<ulong> slots)
    {
        int count = 0;
        for (int word = 0; word < Words; word++)
        {
            ulong any = 0;
            for (int at = word; at < slots.Length; at += Words)
            {
                any |= slots[at];
            }

            count += BitOperations.PopCount(any);
        }

        return count;
    }

    /// <summary>The cards that so many bits stand for; all bits stand for the most that can be told.</summary>
    public int CardsOf(int bits)
    {
        double all = _mask + 1;
        return Words == 0 ? 0 : (int)Math.Round(-all * Math.Log(Math.Max(1, all - bits) / all));
    }

    private int FirstBitsOf(int cards)
    {
        int bits = 1;
        while (CardsOf(bits) < cards)
        {
            bits++;
        }

        return bits;
    }
}
