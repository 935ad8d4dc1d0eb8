using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Payments;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>How an approval enters the totals of both sides. The record that follows takes the entries.</summary>
internal static class ApprovalTotals
{
    /// <param name="issuer">Who approved; -1: stand-in did, and the issuer counts the advice when it has it.</param>
    public static void Post(CoreContext context, Transaction transaction, int issuer, Message? reply)
    {
        ref readonly RequestFacts facts = ref transaction.Facts;
        if (transaction.Response == ResponseCode.PartialApproval && reply is not null
            && reply.TryGetNumber(Field.Amount, out long approved))
        {
            transaction.ApprovedAmount = approved;
            context.PartialApprovals.Set(facts.Key, approved); // A repeat of the request is told the same amount.
        }

        long amount = transaction.ApprovedAmount;
        transaction.AcquirerDay = context.Totals.Post(
            TotalsSide.Acquirer, transaction.Acquirer, facts.Counts, false, amount, facts.Currency,
            context.Now.WallMs);
        if (issuer >= 0)
        {
            context.Totals.Post(
                TotalsSide.Issuer, issuer, facts.Counts, false, amount, facts.Currency, context.Now.WallMs);
        }
    }

    /// <summary>A late approval of what a reversal is owed for, by what the reply says of it.</summary>
    public static void PostLate(CoreContext context, int issuer, Message reply)
    {
        if (reply.TryGetNumber(Field.Amount, out long amount)
            && reply.TryGetNumber(Field.ProcessingCode, out long code))
        {
            TotalKind kind = TotalKinds.Of(reply.Mti.Class, (int)code);
            PostReversedAtOnce(context, issuer, kind, amount, RequestFactsReader.CurrencyOf(reply));
        }
    }

    /// <summary>The issuer approved what is being reversed there anyhow: it counts both.</summary>
    public static void PostReversedAtOnce(CoreContext context, int issuer, TotalKind kind, long amount, int currency)
    {
        context.Totals.Post(TotalsSide.Issuer, issuer, kind, false, amount, currency, context.Now.WallMs);
        context.Totals.Post(TotalsSide.Issuer, issuer, kind, true, amount, currency, context.Now.WallMs);
    }
}
