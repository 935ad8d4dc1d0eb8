using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>Requests whose key is remembered: they get the answer of the first, or join it while it is open.</summary>
internal sealed class RepeatedRequests(
    CoreContext context, TransactionTable table, AnswerWriter answers, Settlement settlement, ReplayedAnswers replays)
{
    /// <summary>A request came that is remembered.</summary>
    public void Handle(int session, int acquirer, Message request, in RequestFacts facts, ref Remembered known)
    {
        if (known.State == RememberedState.Tombstone)
        {
            answers.Refuse(session, request, ResponseCode.Duplicate, reason: RefusalReason.ReversedBefore);
            return;
        }

        if (!Remembering.IsSameContent(known, request, facts))
        {
            context.Counters.DuplicateConflicts++;
            context.Effects.Raise(Incident.DuplicateConflict, acquirer, facts.Stan);
            answers.Refuse(session, request, ResponseCode.Duplicate, reason: RefusalReason.ContentDiffers);
            return;
        }

        context.Counters.Repeats++;
        if (known.State == RememberedState.Pending)
        {
            Transaction transaction = table[known.Reference];
            settlement.Join(transaction, session, request, context.DeadlineOf(transaction.Acquirer, request));
            context.Effects.Return(request);
            return;
        }

        // An approval that was reversed since is none: goods must not go out for it.
        bool isTakenBack = Remembering.IsTakenBack(known);
        ResponseCode code = isTakenBack ? ResponseCode.Duplicate : Remembering.ResponseOf(known);
        ApprovalCode approval = isTakenBack ? default : Remembering.ApprovalOf(known);
        long approved = context.PartialApprovals.Of(facts.Key, facts.Amount);
        ReadOnlySpan<byte> answer = answers.Compose(request, code, approval, approved: approved);
        if (known.Source == DecisionSource.Switch || (known.Flags & RememberedFlags.Reversed) != 0)
        {
            replays.Send(session, request, answer, context.DeadlineOf(acquirer, request));
        }
        else
        {
            answers.Send(session, request, answer, afterLsn: 0, tag: 0);
        }

        context.Effects.Return(request);
    }
}
