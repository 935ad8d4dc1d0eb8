using Switch.Routing.Context;
using Switch.Routing.Issuers;

namespace Switch.Routing.Transactions;

/// <summary>
/// Whether an issuer's trace numbers (DE 11) last for something new, and for all that open transactions may yet come to
/// need: nothing that is owed ever finds them used up. Parked and waiting messages keep theirs, so a long silence can
/// use them up; requests are then refused first, and acquirers' advices and reversals last (docs/domain.md section
/// 2.6).
/// </summary>
internal static class TraceNumbers
{
    // At one issuer: a reversal, or an advice and its reversal.
    private const int PerTransaction = 2;

    // A sign-on and an echo test, and one of each that was left unanswered.
    private const int PerLink = 4;

    // The part of all numbers that only advices and reversals may use.
    private const int ReserveDivisor = 10;

    /// <summary>For a request to the issuer, or a decision in its place.</summary>
    public static bool SufficeForRequest(CoreContext context, IssuerState issuer) =>
        issuer.Stans.FreeCount > Promised(context, issuer) + 1 + (issuer.Settings.TraceNumbersMax / ReserveDivisor);

    /// <summary>For an acquirer's advice or reversal.</summary>
    public static bool SufficeForAdvice(CoreContext context, IssuerState issuer) =>
        issuer.Stans.FreeCount > Promised(context, issuer);

    private static int Promised(CoreContext context, IssuerState issuer) =>
        (PerTransaction * context.Pending) + (PerLink * issuer.Links.Length);
}
