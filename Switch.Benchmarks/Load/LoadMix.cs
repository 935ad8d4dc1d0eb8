namespace Switch.Benchmarks.Load;

/// <summary>
/// What is sent, as a function of the transaction's number, so that generator and issuer know it without telling each
/// other, and the books can be compared transaction by transaction.
/// </summary>
internal static class LoadMix
{
    /// <summary>Cards of each issuer: more than fit in the processor's cache with all that is kept for each.</summary>
    public const int CardsPerIssuer = 25_000;

    private const int DeclineEvery = 40;
    private const int ReversalEvery = 200;
    private const int RepeatEvery = 200;

    /// <summary>Six digits that lead to an issuer.</summary>
    public static string PrefixOf(int issuer) => $"4{issuer:D5}";

    /// <summary>Minor units: 1.00 to 1,000.00.</summary>
    public static int AmountOf(int number) => 100 + (int)((uint)number * 7919 % 99_900);

    /// <summary>The issuer says 05: one in forty.</summary>
    public static bool IsDeclined(int number) => number % DeclineEvery == 7;

    /// <summary>The acquirer takes it back after its approval: one in two hundred.</summary>
    public static bool IsReversed(int number) => number % ReversalEvery == 50;

    /// <summary>The acquirer asks again after its answer, as if that had been lost: one in two hundred.</summary>
    public static bool IsRepeated(int number) => number % RepeatEvery == 150;

    public static int IssuerOf(int number, int issuers) => (int)((uint)Scatter(number) % (uint)issuers);

    /// <summary>Skewed: of an issuer's cards, a tenth sees a third of the traffic (a square root).</summary>
    public static int CardOf(int number)
    {
        double uniform = (uint)Scatter(number + 0x5DEECE6) / (uint.MaxValue + 1.0);
        return (int)(uniform * uniform * CardsPerIssuer);
    }

    // Finalizer of MurmurHash3: neighbouring numbers come to lie anywhere.
    private static int Scatter(int number)
    {
        uint hash = (uint)number;
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return (int)(hash ^ (hash >> 16));
    }
}
