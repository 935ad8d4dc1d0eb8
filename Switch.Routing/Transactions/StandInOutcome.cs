using System.Runtime.CompilerServices;
using Switch.Routing.Context;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.StandIn;

namespace Switch.Routing.Transactions;

/// <summary>
/// What a stand-in decision makes owed and counted, in the event that decides it (docs/domain.md section 4.3).
/// </summary>
internal sealed class StandInOutcome(CoreContext context, OwedMessages messages)
{
    /// <summary>
    /// The advice of a decision of stand-in; null for a decline that the issuer does not want to hear of.
    /// </summary>
    public OwedItem? Take(Transaction transaction)
    {
        if (transaction.Response.IsApproval)
        {
            return Approve(transaction);
        }

        // The leg that may have reached the issuer has its own reversal, so the advice names none.
        return context.Configuration.StandInProfiles[transaction.Route!.StandIn].AdviseDeclines
            ? messages.StandInAdvice(
                transaction, OwedKind.DeclineAdvice, transaction.Route.Primary, ref Unsafe.NullRef<Leg>())
            : null;
    }

    private OwedItem Approve(Transaction transaction)
    {
        int issuer = transaction.Route!.Primary;
        ref Leg timedOut = ref TimedOutLegTo(transaction, issuer);
        OwedItem advice = messages.StandInAdvice(transaction, OwedKind.StandInAdvice, issuer, ref timedOut);
        if (!Unsafe.IsNullRef(ref timedOut))
        {
            context.Issuers[issuer].Late.Add(
                timedOut.Stan, transaction.Facts.Time, transaction.Id, LateFate.StandInApproved, advice.Stan);
        }

        if (transaction.Verdict.IsCounted)
        {
            context.Ledger.Add(new StandInApproval
            {
                Card = transaction.Facts.Card, Issuer = issuer, Stan = advice.Stan, Key = transaction.Facts.Key,
                Amount = transaction.Facts.Amount,
                TimeMs = context.Now.WallMs, Profile = transaction.Route.StandIn, Keys = transaction.Verdict.Keys,
            });
        }

        return advice;
    }

    private static ref Leg TimedOutLegTo(Transaction transaction, int issuer)
    {
        for (int i = 0; i < transaction.LegCount; i++)
        {
            if (transaction.Legs[i].Issuer == issuer && transaction.Legs[i].Fate == LegFate.Unknown)
            {
                return ref transaction.Legs[i];
            }
        }

        return ref Unsafe.NullRef<Leg>();
    }
}
