using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Payments;

namespace Switch.Routing.Transactions;

/// <summary>Which counter an outcome belongs to.</summary>
internal static class OutcomeCounters
{
    public static void Count(ref CoreCounters counters, Transaction transaction, int by)
    {
        bool isApproved = transaction.Response.IsApproval;
        switch (transaction.Source)
        {
            case DecisionSource.Primary when isApproved:
                counters.ApprovedByPrimary += by;
                return;
            case DecisionSource.Standby when isApproved:
                counters.ApprovedByStandby += by;
                return;
            case DecisionSource.StandIn when isApproved:
                counters.ApprovedByStandIn += by;
                counters.ApprovedOnFallback += transaction.Verdict.IsCounted ? 0 : by;
                return;
            case DecisionSource.StandIn:
                counters.DeclinedByStandIn += by;
                break;
            case DecisionSource.Switch or DecisionSource.ReversedByAcquirer:
                counters.DeclinedBySwitch += by;
                break;
            default:
                counters.DeclinedByIssuer += by;
                break;
        }
    }
}
