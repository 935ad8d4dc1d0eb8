using Switch.Protocol.Fields;
using Switch.Routing.Issuers;
using Switch.Routing.Values;

namespace Switch.Routing.StoreAndForward;

/// <summary>
/// Gives owed messages their trace numbers (DE 11). A number of its own, as long as more than a quarter of all is left:
/// that quarter is for requests, which never share. After that a number that other owed messages of the issuer bear,
/// so that more than 999,999 can be owed to it (docs/decisions/0015).
/// </summary>
/// <remarks>
/// An issuer tells messages apart by DE 11 with DE 7, so those that share a number differ in DE 7. They are also of
/// different cards, so that a number with a card, or with a transaction, names one of them.
/// </remarks>
internal static class OwedNumbers
{
    private const int OwnDivisor = 4;

    // So many live numbers are looked at: more than that would hold up payments, and a number of its own serves, too.
    private const int LooksMax = 256;

    /// <summary>A number for a message; 0: none is left.</summary>
    /// <param name="issuer">Who is owed it.</param>
    /// <param name="id">The id of the message, by which it finds a place to look from.</param>
    /// <param name="time">DE 7 of the message.</param>
    /// <param name="card">Its card.</param>
    public static int Take(IssuerState issuer, ulong id, long time, in CardToken card)
    {
        StanAllocator stans = issuer.Stans;
        if (stans.FreeCount > stans.Highest / OwnDivisor
            || !issuer.Settings.Dialect.Match.Contains(Field.TransmissionDateTime))
        {
            return stans.Take(); // An issuer whose replies are not told apart by DE 7 shares none.
        }

        int stan = 1 + (int)(new StableHash(id).Value % (ulong)stans.Highest);
        for (int looks = 0, steps = 0; looks < LooksMax && steps < stans.Highest; steps++)
        {
            if (stans.IsLive(stan))
            {
                if (MayShare(issuer, stan, time, card))
                {
                    stans.Share(stan);
                    return stan;
                }

                looks++;
            }

            stan = stan >= stans.Highest ? 1 : stan + 1;
        }

        return stans.Take();
    }

    /// <summary>A message that the journal has bears its number again.</summary>
    public static void Restore(IssuerState issuer, int stan)
    {
        if (issuer.Queue.Bears(stan))
        {
            issuer.Stans.Share(stan);
        }
        else
        {
            issuer.Stans.Restore(stan, live: true);
        }
    }

    // Only where all that bear it stand in line: a parked one waits for people, and what a request bears, or what is
    // named in DE 90, is its own.
    private static bool MayShare(IssuerState issuer, int stan, long time, in CardToken card)
    {
        int bearers = issuer.Queue.BearersBeside(stan, time, card);
        return bearers > 0 && bearers < ushort.MaxValue && bearers == issuer.Stans.BearersOf(stan);
    }
}
