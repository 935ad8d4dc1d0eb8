using System.Runtime.CompilerServices;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Timers;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// From the decision to the end: records it together with all that it makes owed, answers when that is durable, and
/// takes care of an approval that could not be delivered (docs/domain.md section 3.3, cases D and E).
/// </summary>
internal sealed class Settlement(
    CoreContext context, TransactionTable table, TransactionLog log, OwedMessages messages, SafDelivery forward,
    StandInOutcome standIn, AnswerWriter answers, VelocityCheck velocity, PinDesk pins)
{
    // A deadline is looked at on ticks, so this long before it: an answer after it is of no use.
    private const long DeadlineMargin = 2 * TimingWheel.TickSize;

    // Longer than the world takes to tell what became of an answer in doubt.
    private const long DoubtMax = 10 * TimeSpan.TicksPerSecond;

    private readonly DecidedQueue _decided = new(context.Configuration.PendingMax * 2);
    private readonly OwedItem[] _owed = new OwedItem[Legs.Max + 1];

    /// <summary>Decides the transaction: its source now, its response and approval code as they stand in it.</summary>
    /// <param name="reply">The issuer's reply that decided, or null: the switch answers in its own words.</param>
    public void Decide(Transaction transaction, DecisionSource source, Message? reply)
    {
        transaction.Source = source;
        bool isStandIn = source == DecisionSource.StandIn;
        bool isNamedByAdvice = isStandIn && transaction.Response.IsApproval;
        int count = OweReversals(transaction, isNamedByAdvice ? transaction.Route!.Primary : -1);
        (int issuer, int stan) = DeciderOf(transaction);
        if (isStandIn && standIn.Take(transaction) is { } advice)
        {
            (issuer, stan) = (advice.Issuer, advice.Stan);
            if (isNamedByAdvice)
            {
                advice.CountAs(transaction.Facts.Counts, transaction.Facts.Amount, transaction.Facts.Currency);
            }

            _owed[count++] = advice;
        }
        else if (issuer >= 0)
        {
            context.Ledger.EndOutage(issuer);
        }

        if (transaction.Response.IsApproval)
        {
            ApprovalTotals.Post(context, transaction, isStandIn ? -1 : issuer, reply);
        }

        long lsn = log.Decision(transaction, issuer, stan, _owed.AsSpan(0, count));
        Enqueue(count, lsn);
        Remember(transaction, issuer, stan);
        OutcomeCounters.Count(ref context.Counters, transaction, 1);
        velocity.Decided(transaction);
        pins.Erase(transaction);
        AnswerAfter(transaction, lsn, reply);
    }

    /// <summary>
    /// The acquirer reversed the request while a leg was open, and now that leg has ended: no answer is due any more,
    /// and whatever the leg may have done is reversed by what stands in line for it (case F).
    /// </summary>
    public void FinishReversed(Transaction transaction)
    {
        Leg last = transaction.LegCount == 0 ? default : transaction.OpenLeg;
        OwedItem? held = transaction.HeldReversal == 0
            ? null
            : context.Issuers[last.Issuer].Queue.FindHeld(transaction.HeldReversal);
        bool isMoot = held is not null && last.Fate is (LegFate.NotApproved or LegFate.Unsent);
        transaction.Source = DecisionSource.ReversedByAcquirer;
        transaction.Response = ResponseCode.CustomerCancellation;
        transaction.Approval = default;

        if (last.Fate == LegFate.Approved)
        {
            ApprovalTotals.PostReversedAtOnce(
                context, last.Issuer, transaction.Facts.Counts, transaction.Facts.Amount, transaction.Facts.Currency);
        }

        // The held reversal covers the last leg; earlier ones that may have arrived are owed their own.
        int count = OweReversals(transaction, exceptIssuer: held is null ? -1 : last.Issuer);
        long lsn = log.Decision(transaction, -1, 0, _owed.AsSpan(0, count), isMoot ? held : null);
        Enqueue(count, lsn);
        if (isMoot)
        {
            forward.Net(held!, lsn); // The issuer has nothing to undo.
        }
        else if (held is not null)
        {
            held.Lsn = Math.Max(held.Lsn, lsn);
            context.Issuers[held.Issuer].Queue.Release(held);
        }

        Remember(transaction, -1, 0);
        OutcomeCounters.Count(ref context.Counters, transaction, 1);
        pins.Erase(transaction);
        AwaitDurable(transaction, lsn);
    }

    /// <summary>
    /// The same request came again while it is open: the answer goes to the connection that asked last.
    /// </summary>
    /// <param name="copy">What came again.</param>
    /// <param name="until">The copy's own deadline.</param>
    public void Join(Transaction transaction, int session, Message copy, long until)
    {
        if (transaction.Response.IsApproval && HasBeenReversed(transaction))
        {
            // Nothing may be given for this copy any more, whatever its first is told.
            ReadOnlySpan<byte> refusal = answers.Compose(copy, ResponseCode.Duplicate);
            answers.Send(session, copy, refusal, log.LastLsn, tag: 0);
            return;
        }

        transaction.Session = session;
        transaction.Request.ReplyHeader = copy.ReplyHeader;
        if (transaction.State == TransactionState.Decided && transaction.Source != DecisionSource.ReversedByAcquirer)
        {
            // Released already: the first copy has its answer, and this one gets the same. Sends leave in the order in
            // which they were queued, so this one waits for all that is recorded by now.
            context.Effects.TryCancel(transaction.AnswerTicket);
            transaction.IsAnswerLost = false;
            transaction.IsAnswerInDoubt = false;
            transaction.AnswerLsn = Math.Max(transaction.AnswerLsn, log.LastLsn);
            SendOwnAnswer(transaction);

            // From now on the answer is this copy's, and so is the deadline.
            transaction.Deadline = until;
            context.Wheel.Arm(transaction.Seat, transaction.Deadline - DeadlineMargin);
        }
        else if (transaction.State == TransactionState.Undelivered)
        {
            bool wasInDoubt = transaction.IsAnswerInDoubt;
            transaction.IsAnswerInDoubt = false;
            SendOwnAnswer(transaction);
            if (!transaction.IsAnswerLost)
            {
                End(transaction);
            }
            else if (wasInDoubt)
            {
                // There is no way for this one, and the one before it may still arrive.
                (transaction.IsAnswerLost, transaction.IsAnswerInDoubt) = (false, true);
            }
        }
    }

    /// <summary>The answer was released and found no connection; or it was in doubt, and its peer was gone.</summary>
    public void AnswerLost(int seat, uint use)
    {
        if (table[seat] is not { } transaction || transaction.Use != use)
        {
            return;
        }

        if (transaction.State == TransactionState.Decided)
        {
            transaction.IsAnswerLost = true;
            transaction.IsAnswerInDoubt = false;
        }
        else if (transaction.State == TransactionState.Undelivered && transaction.IsAnswerInDoubt)
        {
            AwaitRepeat(transaction);
        }
    }

    /// <summary>Everything up to <paramref name="lsn"/> is durable: those answers are out.</summary>
    public void Committed(long lsn)
    {
        while (_decided.TryPeek(out int seat, out uint use, out long decisionLsn) && decisionLsn <= lsn)
        {
            _decided.Pop();
            Transaction transaction = table[seat];
            if (transaction.Use == use && transaction.State == TransactionState.Decided
                && transaction.DecisionLsn == decisionLsn)
            {
                if (transaction.AnswerLsn > lsn)
                {
                    // A copy joined, and its answer is still waiting: so does the transaction.
                    transaction.DecisionLsn = transaction.AnswerLsn;
                    _decided.Push(seat, use, transaction.DecisionLsn);
                }
                else
                {
                    Answered(transaction);
                }
            }
        }
    }

    /// <summary>The deadline came and the decision is not durable yet: an approval must not leave any more.</summary>
    public void DeadlinePassed(Transaction transaction)
    {
        if (transaction.Source == DecisionSource.ReversedByAcquirer
            || !context.Effects.TryCancel(transaction.AnswerTicket))
        {
            return; // Nothing waits: it was released in this very batch, or no answer is due.
        }

        OutcomeCounters.Count(ref context.Counters, transaction, -1);
        bool wasApproved = transaction.Response.IsApproval;
        (OwedItem? netted, int count) = !wasApproved ? (DeclineAdviceOf(transaction), 0)
            : HasBeenReversed(transaction) ? (null, 0)
            : TakeBack(transaction);
        transaction.Verdict = new StandInVerdict();
        transaction.Source = DecisionSource.Switch;
        transaction.Response = ResponseCode.Malfunction;
        transaction.Approval = default;
        long lsn = log.Decision(transaction, -1, 0, _owed.AsSpan(0, count), netted);
        Enqueue(count, lsn);
        if (netted is not null)
        {
            forward.Net(netted, lsn);
        }

        Remember(transaction, -1, 0);
        OutcomeCounters.Count(ref context.Counters, transaction, 1);
        if (!wasApproved && IsInTime(transaction))
        {
            ReadOnlySpan<byte> answer = answers.Compose(transaction.Request, transaction.Response);
            answers.Send(transaction.Session, transaction.Request, answer, afterLsn: 0, tag: 0);
        }

        // After an approval there is silence: a crash may still leave the approval on the disk without its taking back,
        // and an acquirer that was told no would not reverse it. One that hears nothing does.
        transaction.AnswerTicket = default;
        AwaitDurable(transaction, lsn);
    }

    /// <summary>An undelivered approval that its acquirer did not repeat is taken back (cases D and E).</summary>
    public void GraceEnded(Transaction transaction)
    {
        if (transaction.IsAnswerInDoubt)
        {
            End(transaction); // No word of it: like every answer that left, it counts as delivered.
            return;
        }

        (OwedItem? netted, int count) = TakeBack(transaction);
        RequestFacts facts = transaction.Facts;
        var cause = new OwedCause
        {
            Transaction = transaction.Id, OriginalKey = facts.Key, Effect = OwedEffect.Undelivered, Netted = netted,
        };
        long lsn = log.Owed(cause, facts, _owed.AsSpan(0, count));
        Enqueue(count, lsn);
        if (netted is not null)
        {
            forward.Net(netted, lsn);
        }

        ref Remembered entry = ref context.Duplicates.Find(facts.Key);
        if (!Unsafe.IsNullRef(ref entry))
        {
            entry.Answer = Remembering.Pack(ResponseCode.Inoperative, default);
            entry.Flags |= RememberedFlags.Reversed;
        }

        End(transaction);
    }

    /// <summary>The journal is lost: what was not durable is answered as not approved, and stays to recovery.</summary>
    public void JournalFailed()
    {
        for (int seat = 0; seat < table.SeatsMade; seat++)
        {
            Transaction transaction = table[seat];

            // An approval that waited for the failed write may be on the disk all the same, and the next start will
            // hold it for given: so nothing is said, and its acquirer reverses what it has no answer to.
            bool isOpen = transaction.State
                is TransactionState.AwaitingReply or TransactionState.AwaitingDrain or TransactionState.AwaitingPin
                || (transaction.State == TransactionState.Decided
                    && (context.Effects.TryCancel(transaction.AnswerTicket) || transaction.IsAnswerLost)
                    && !transaction.Response.IsApproval);
            if (isOpen && transaction.Source != DecisionSource.ReversedByAcquirer && IsInTime(transaction))
            {
                ReadOnlySpan<byte> answer = answers.Compose(transaction.Request, ResponseCode.Malfunction);
                answers.Send(transaction.Session, transaction.Request, answer, afterLsn: 0, tag: 0);
            }

            if (transaction.State != TransactionState.Free)
            {
                context.Wheel.Cancel(seat);
                End(transaction);
            }
        }
    }

    /// <summary>Frees the seat and remembers the outcome for repeats and reversals.</summary>
    public void End(Transaction transaction)
    {
        context.Wheel.Cancel(transaction.Seat);
        ref Remembered entry = ref context.Duplicates.Find(transaction.Facts.Key, transaction.RememberedAt);
        if (!Unsafe.IsNullRef(ref entry) && entry.State == RememberedState.Pending
            && entry.Reference == transaction.Seat)
        {
            entry.State = RememberedState.Done;
            entry.Reference = transaction.DecidedStan;
        }

        context.Seats.Release(transaction.Acquirer);
        context.Effects.Return(transaction.Request);
        table.Release(transaction);
    }

    // Its acquirer reversed it while its decision was on the way to the disk: nothing is left to take back.
    private bool HasBeenReversed(Transaction transaction)
    {
        ref Remembered entry = ref context.Duplicates.Find(transaction.Facts.Key, transaction.RememberedAt);
        return !Unsafe.IsNullRef(ref entry) && (entry.Flags & RememberedFlags.Reversed) != 0;
    }

    private void Answered(Transaction transaction)
    {
        context.Wheel.Cancel(transaction.Seat);
        bool isOpen = transaction.IsAnswerLost || transaction.IsAnswerInDoubt;
        if (!isOpen || !transaction.Response.IsApproval || HasBeenReversed(transaction))
        {
            End(transaction);
        }
        else if (transaction.IsAnswerInDoubt)
        {
            transaction.State = TransactionState.Undelivered;
            context.Wheel.Arm(transaction.Seat, Math.Max(GraceEnd(), context.Now.Ticks + DoubtMax));
        }
        else
        {
            AwaitRepeat(transaction);
        }
    }

    // The answer found no acquirer: a repeat may fetch it for a while.
    private void AwaitRepeat(Transaction transaction)
    {
        transaction.IsAnswerInDoubt = false;
        transaction.IsAnswerLost = true;
        transaction.State = TransactionState.Undelivered;
        context.Counters.Undelivered++;
        context.Wheel.Arm(transaction.Seat, GraceEnd());
    }

    private long GraceEnd() => context.Now.Ticks + context.Configuration.UndeliveredGrace.Ticks;

    private void AnswerAfter(Transaction transaction, long lsn, Message? reply)
    {
        transaction.AnswerLsn = lsn;
        if (reply is not null
            && answers.TryCompose(transaction.Request, reply, transaction.Response, out ReadOnlySpan<byte> bytes))
        {
            transaction.AnswerTicket = answers.Send(
                transaction.Session, transaction.Request, bytes, transaction.AnswerLsn, TagOf(transaction));
            transaction.IsAnswerLost = transaction.AnswerTicket.IsNone;
        }
        else
        {
            SendOwnAnswer(transaction);
        }

        AwaitDurable(transaction, lsn);
    }

    // Timers move in steps, and a stall of the whole process moves them late: then the acquirer has given up long ago.
    private bool IsInTime(Transaction transaction) =>
        context.Now.Ticks <= transaction.Deadline + TimingWheel.TickSize;

    private void SendOwnAnswer(Transaction transaction)
    {
        bool isFirst = transaction.State is not (TransactionState.Decided or TransactionState.Undelivered);
        if (isFirst && !IsInTime(transaction))
        {
            transaction.AnswerTicket = default;
            transaction.IsAnswerLost = false;
            return;
        }

        ReadOnlySpan<byte> answer =
            answers.Compose(
                transaction.Request, transaction.Response, transaction.Approval, approved: transaction.ApprovedAmount);
        transaction.AnswerTicket = answers.Send(
            transaction.Session, transaction.Request, answer, transaction.AnswerLsn, TagOf(transaction));
        transaction.IsAnswerLost = transaction.AnswerTicket.IsNone;
    }

    private void AwaitDurable(Transaction transaction, long lsn)
    {
        transaction.DecisionLsn = lsn;
        transaction.State = TransactionState.Decided;
        _decided.Push(transaction.Seat, transaction.Use, lsn);
        context.Wheel.Arm(transaction.Seat, transaction.Deadline - DeadlineMargin);
    }

    // Every leg that may have reached its issuer and did not decide is reversed there; but a stand-in approval is told
    // to the primary by an advice that names the leg, and not reversed (case B).
    private int OweReversals(Transaction transaction, int exceptIssuer)
    {
        int count = 0;
        for (int i = 0; i < transaction.LegCount; i++)
        {
            ref Leg leg = ref transaction.Legs[i];
            if (leg.Fate == LegFate.Unknown && leg.Issuer != exceptIssuer)
            {
                _owed[count++] = messages.Reversal(transaction, leg, Reason.TimedOutWaiting);
            }
        }

        return count;
    }

    // It waits for the same record as the answer, so it cannot have left.
    private OwedItem? DeclineAdviceOf(Transaction transaction) =>
        transaction is { Source: DecisionSource.StandIn, DecidedIssuer: >= 0 }
            ? forward.FindOf(context.Issuers[transaction.DecidedIssuer], transaction.DecidedStan, transaction.Id)
            : null;

    // What undoes an approval that its acquirer does not hold: nothing more than forgetting an advice that was not
    // sent, or a reversal of the advice, or a reversal of the issuer's approval.
    private (OwedItem? Netted, int Count) TakeBack(Transaction transaction)
    {
        (int issuer, int stan) = (transaction.DecidedIssuer, transaction.DecidedStan);
        context.Totals.TakeBack(
            transaction.Acquirer, transaction.AcquirerDay, transaction.Facts.Counts, transaction.ApprovedAmount,
            transaction.Facts.Currency);
        if (transaction.Source == DecisionSource.StandIn)
        {
            context.Ledger.GiveBack(transaction.Facts.Card, issuer, stan, transaction.Facts.Key);
            if (forward.FindOf(context.Issuers[issuer], stan, transaction.Id) is { } advice && CanNet(advice))
            {
                return (advice, 0);
            }

            _owed[0] = messages.ReversalOfAdvice(transaction, issuer, stan);
            return (null, 1);
        }

        for (int i = 0; i < transaction.LegCount; i++)
        {
            if (transaction.Legs[i].Fate == LegFate.Approved)
            {
                Reason reason = transaction.State == TransactionState.Undelivered
                    ? Reason.UndeliverableResponse
                    : Reason.ResponseTooLate;
                _owed[0] = messages.Reversal(transaction, transaction.Legs[i], reason);
                return (null, 1);
            }
        }

        return (null, 0);
    }

    /// <summary>
    /// An advice may vanish with its reversal only if it is unsent and names no request that may have arrived.
    /// </summary>
    public static bool CanNet(OwedItem advice) => SafDelivery.IsUnsent(advice) && advice.OriginalStan == 0;

    private void Remember(Transaction transaction, int issuer, int stan)
    {
        transaction.DecidedIssuer = issuer;
        transaction.DecidedStan = stan;
        ref Remembered entry = ref context.Duplicates.Find(transaction.Facts.Key, transaction.RememberedAt);
        if (!Unsafe.IsNullRef(ref entry))
        {
            entry.Answer = Remembering.Pack(transaction.Response, transaction.Approval);
            entry.Source = transaction.Source;
            entry.Issuer = (short)issuer;
            entry.Flags |= transaction.IsReversed ? RememberedFlags.Reversed : RememberedFlags.None;
        }
    }

    private static (int Issuer, int Stan) DeciderOf(Transaction transaction)
    {
        bool isIssuers = transaction.Source is DecisionSource.Primary or DecisionSource.Standby;
        return isIssuers ? (transaction.OpenLeg.Issuer, transaction.OpenLeg.Stan) : (-1, 0);
    }

    private void Enqueue(int count, long lsn)
    {
        for (int i = 0; i < count; i++)
        {
            forward.Enqueue(_owed[i], lsn);
        }
    }

    private static long TagOf(Transaction transaction) =>
        new SendTag(SendTag.Kind.Answer, transaction.Seat, transaction.Use).Value;
}
