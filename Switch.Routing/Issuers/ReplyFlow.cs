using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Advices;
using Switch.Routing.Core;
using Switch.Routing.Records;
using Switch.Routing.Transactions;

namespace Switch.Routing.Issuers;

/// <summary>
/// What comes in from issuers. A reply counts only when everything that could name another payment agrees: its link,
/// STAN, type and what its dialect matches by (DE 7, terminal, amount and card, unless it says otherwise); what does
/// not is kept away from the acquirer, counted and reported.
/// </summary>
internal sealed class ReplyFlow(
    CoreContext context, TransactionTable table, OwedTable owed, RequestFlow requests, StoreAndForward forward,
    NetworkManagement network, TransactionLog log, OwedMessages messages)
{
    private readonly OwedItem[] _owed = new OwedItem[1];
    private const int TextMax = 64;

    // Why the latest reply matched nothing.
    private Refusal _why;

    /// <summary>A message came in on a link. It is given back here.</summary>
    public void Handle(LinkRecord link, Message message)
    {
        link.LastHeard = context.Now.Ticks;
        if (message.Mti.IsNetworkManagement && (message.Mti.IsRequest || message.Mti.IsAdvice))
        {
            network.OnIssuerRequest(link, message);
        }
        else if (!message.Mti.IsResponse || !TryMatch(link, message))
        {
            context.Counters.UnmatchedReplies++;
            context.Effects.LinkRefused(
                link.Id, message, message.Mti.IsResponse ? _why : new Refusal(RefusalReason.NotAReply));
            context.Effects.Raise(Incident.UnmatchedReply, link.Id, message.Mti.Value);
        }

        context.Effects.Return(message);
    }

    private bool TryMatch(LinkRecord link, Message reply)
    {
        _why = new Refusal(RefusalReason.UnknownTraceNumber, Field.Stan);
        if (!reply.TryGetNumber(Field.Stan, out long number) || number is < 1 or > StanAllocator.Max)
        {
            return false;
        }

        int stan = (int)number;
        IssuerState issuer = context.Issuers[link.Issuer];
        switch (issuer.Legs.Find(stan, out int owner))
        {
            case LegOwner.Request:
                return TryReply(link, table[owner], stan, reply) || IsLate(issuer, stan, reply);
            case LegOwner.Owed:
                return (owed[owner].Stan == stan && forward.OnReply(owed[owner], reply)) || IsLate(issuer, stan, reply);
            case LegOwner.SignOn or LegOwner.Echo when reply.Mti != Mti.NetworkResponse:
                _why = new Refusal(RefusalReason.OtherType);
                return false;
            case LegOwner.SignOn:
                return owner == link.Id && network.OnReply(link, reply, LegOwner.SignOn);
            case LegOwner.Echo:
                return owner == link.Id && network.OnReply(link, reply, LegOwner.Echo);
            default:
                return IsLate(issuer, stan, reply);
        }
    }

    private bool TryReply(LinkRecord link, Transaction transaction, int stan, Message reply)
    {
        if (transaction.State != TransactionState.AwaitingReply || transaction.OpenLeg.Stan != stan)
        {
            return false;
        }

        if (transaction.OpenLeg.Link != link.Id)
        {
            _why = new Refusal(RefusalReason.OtherLink, Field.Stan);
            return false;
        }

        _why = Compare(transaction, reply, out ResponseCode code);
        if (_why.Reason != RefusalReason.None)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[TextMax];
        int length = reply.TextLength(Field.ApprovalCode);
        ApprovalCode approval = length is > 0 and <= ApprovalCode.Size
            ? ApprovalCode.Read(text[..reply.CopyText(Field.ApprovalCode, text)])
            : default;
        requests.Replied(transaction, reply, code, approval);
        return true;
    }

    // Says what of a reply disagrees with the request; nothing, by a reason of none.
    private static Refusal Compare(Transaction transaction, Message reply, out ResponseCode code)
    {
        Span<byte> text = stackalloc byte[TextMax];
        code = reply.TextLength(Field.ResponseCode) is var length and > 0 && length <= TextMax
            ? ResponseCode.Read(text[..reply.CopyText(Field.ResponseCode, text)])
            : default;
        RequestFacts facts = transaction.Facts;
        if (code.IsNone)
        {
            return new Refusal(RefusalReason.NoResponseCode, Field.ResponseCode);
        }

        if (reply.Mti != facts.Mti.Response())
        {
            return new Refusal(RefusalReason.OtherType);
        }

        foreach (int field in reply.Dialect.Match)
        {
            // Absent echoes are repaired from the request; present ones must agree (domain.md 1.7.1).
            bool agrees = field switch
            {
                Field.TransmissionDateTime => reply.TryGetNumber(field, out long time) && time == facts.Time,
                Field.Amount => !reply.TryGetNumber(field, out long amount) || amount == facts.Amount
                    || (code == ResponseCode.PartialApproval && amount < facts.Amount),
                _ => IsSameText(transaction.Request, reply, field),
            };
            if (!agrees)
            {
                return new Refusal(RefusalReason.FieldDisagrees, field);
            }
        }

        return default;
    }

    private static bool IsSameText(Message request, Message reply, int field)
    {
        int length = reply.TextLength(field);
        if (length == 0 || request.TextLength(field) == 0)
        {
            return true;
        }

        Span<byte> ours = stackalloc byte[TextMax];
        Span<byte> theirs = stackalloc byte[TextMax];
        return length <= TextMax && request.TextLength(field) <= TextMax
            && Trimmed(ours[..request.CopyText(field, ours)])
                .SequenceEqual(Trimmed(theirs[..reply.CopyText(field, theirs)]));
    }

    // One identifier is as wide as each dialect makes it.
    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> text) => text.TrimEnd((byte)' ');

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

    // Case B of domain.md 2.6: the issuer decided after all what stand-in had approved.
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
            && issuer.Queue.Find(late.AdviceStan) is { } advice && advice.Transaction == late.Transaction
            && StoreAndForward.IsUnsent(advice))
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
