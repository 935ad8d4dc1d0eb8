using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// What comes in from issuers. A reply counts only when everything that could name another payment agrees: its link,
/// STAN, type and what its dialect matches by (DE 7, terminal, amount and card, unless it says otherwise); what does
/// not is kept away from the acquirer, counted and reported.
/// </summary>
internal sealed class ReplyFlow(
    CoreContext context, TransactionTable table, OwedTable owed, RequestFlow requests, SafDelivery forward,
    TransactionLog log, OwedMessages messages, HealthWatch health)
{
    private readonly OwedItem[] _owed = new OwedItem[1];
    private const int TextMax = 64;

    // Why the latest reply matched nothing.
    private Refusal _why;

    /// <summary>
    /// The response of an issuer to a request or to what it is owed. Tells why when it matches neither.
    /// </summary>
    public Refusal Handle(LinkRecord link, Message reply)
    {
        _why = new Refusal(RefusalReason.UnknownTraceNumber, Field.Stan);
        health.Came(reply.ReceivedAt);
        return StanAllocator.TryRead(reply, out int stan) && TryMatch(link, stan, reply) ? default : _why;
    }

    private bool TryMatch(LinkRecord link, int stan, Message reply)
    {
        IssuerState issuer = context.Issuers[link.Issuer];
        switch (issuer.Legs.Find(stan, out int owner))
        {
            case LegOwner.Request:
                return TryReply(link, table[owner], stan, reply) || IsLate(issuer, stan, reply);
            case LegOwner.Owed:
                return (owed[owner].Stan == stan && TryAcknowledge(owed[owner], reply)) || IsLate(issuer, stan, reply);
            case LegOwner.SignOn or LegOwner.Echo or LegOwner.Key:
                _why = new Refusal(RefusalReason.OtherType);
                return false;
            default:
                return IsLate(issuer, stan, reply);
        }
    }

    private bool TryReply(LinkRecord link, Transaction transaction, int stan, Message reply)
    {
        if (transaction.State != TransactionState.AwaitingReply || !transaction.TryTakeOpenLeg(link.Issuer, stan))
        {
            return false;
        }

        if (transaction.OpenLeg.Link != link.Id)
        {
            _why = new Refusal(RefusalReason.OtherLink, Field.Stan);
            return false;
        }

        _why = ReplyMatch.Compare(transaction, reply, out ResponseCode code);
        if (_why.Reason != RefusalReason.None)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[ApprovalCode.Size];
        requests.Replied(transaction, reply, code, ApprovalCode.Read(reply.ReadText(Field.ApprovalCode, text)));
        return true;
    }

    private bool TryAcknowledge(OwedItem item, Message reply)
    {
        _why = ReplyMatch.Compare(item, reply, out ResponseCode code);
        if (_why.Reason != RefusalReason.None)
        {
            return false;
        }

        forward.Replied(item, code);
        return true;
    }

    // A reply to a request that has ended: known, recorded, and never passed on.
    private bool IsLate(IssuerState issuer, int stan, Message reply)
    {
        bool answersRequest = reply.Mti is { Class: 1 or 2, Function: 1 };
        if (!answersRequest || !reply.TryGetNumber(Field.TransmissionDateTime, out long time))
        {
            return false;
        }

        LateReply late = issuer.Late.Find(stan, time);
        if (late.Fate == LateFate.None)
        {
            return false;
        }

        context.Counters.LateReplies++;
        issuer.Counters.LateReplies++;
        Span<byte> text = stackalloc byte[TextMax];
        ResponseCode code = reply.TextLength(Field.ResponseCode) <= TextMax
            ? ResponseCode.Read(text[..reply.CopyText(Field.ResponseCode, text)])
            : default;
        if (!context.JournalFailed)
        {
            if (code.IsApproval && late.Fate == LateFate.ReversalOwed)
            {
                issuer.Late.Settle(late);
                ApprovalTotals.PostLate(context, issuer.Index, reply);
            }

            log.Late(late.Transaction, issuer.Index, stan, code);
            AfterStandIn(issuer, late, code, reply);
        }

        return true;
    }

    // Case B of docs/domain.md section 3.3: the issuer decided after all what stand-in had approved.
    private void AfterStandIn(IssuerState issuer, in LateReply late, ResponseCode code, Message reply)
    {
        if (late.Fate != LateFate.StandInApproved || code.IsNone)
        {
            return;
        }

        issuer.Late.Settle(late);
        if (!code.IsApproval)
        {
            context.Effects.Raise(Incident.ApprovedAgainstDecline, (long)late.Transaction, code.ToNumber());
        }
        else if (issuer.Settings.LateApprovals == LateApprovalPolicy.Reverse
            && forward.FindOf(issuer, late.AdviceStan, late.Transaction) is { } advice
            && SafDelivery.IsUnsent(advice))
        {
            // Once the advice is on its way its DE 90 has told the issuer that both are one: a reversal then would
            // take back the one that stays.
            OwedItem reversal = messages.ReversalOfLate(issuer.Index, late, advice, reply);
            _owed[0] = reversal;
            long lsn = log.Owed(new OwedCause { Transaction = late.Transaction }, default, _owed);
            forward.EnqueueBefore(reversal, lsn, advice);
        }
    }
}
