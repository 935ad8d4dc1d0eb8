using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Routes;

namespace Switch.Routing.Transactions;

/// <summary>
/// Hedging: when the primary has not answered a purchase within its usual latency, the standby is asked too, and the
/// first decision wins. Only where the route and both issuers' profiles allow it, only authorizations (01xx) of goods
/// and services, and only for a share of the route's requests.
/// </summary>
/// <remarks>The other request is owed a reversal in the decision's own record: see <see cref="LegOutcome"/>.</remarks>
internal sealed class Hedges(CoreContext context)
{
    // Credit in percent of a request: what is not used in calm times is not saved for a storm.
    private const int Request = 100;
    private const int CreditMax = 2 * Request;

    // First two digits of DE 3: goods and services. Cash is never asked for twice.
    private const int Purchase = 0;
    private const int TypeDivisor = 10_000;

    // By the route's position.
    private readonly int[] _credits = new int[context.Configuration.Routes.Routes.Count];

    /// <summary>
    /// The primary was asked: when the standby is to be asked too, in monotonic ticks; 0: never.
    /// </summary>
    public long MomentOf(Transaction transaction, IssuerState primary)
    {
        Route route = transaction.Route!;
        if (route.HedgePercent == 0 || route.Standby.Count == 0 || primary.Health.Usual.P999 == 0
            || !primary.Settings.AllowHedge || !context.Issuers[route.Standby[0]].Settings.AllowHedge
            || transaction.Facts.Mti.Class != 1
            || transaction.Facts.ProcessingCode / TypeDivisor != Purchase)
        {
            return 0;
        }

        ref int credit = ref _credits[route.Index];
        credit = Math.Min(CreditMax, credit + route.HedgePercent);
        return context.Now.Ticks + primary.Health.Usual.P999;
    }

    /// <summary>The moment has come. Whether the standby may be asked; then the budget has one less.</summary>
    public bool TryTake(Transaction transaction)
    {
        Route route = transaction.Route!;
        ref int credit = ref _credits[route.Index];
        if (transaction.IsReversed || transaction.NextCandidate != 1 || transaction.LegCount != 1
            || credit < Request || !context.Issuers[route.Standby[0]].Health.Whole.IsGood)
        {
            return false;
        }

        credit -= Request;
        return true;
    }
}
