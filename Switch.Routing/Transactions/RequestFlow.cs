using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Payments;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Timers;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// Requests (0100, 0200): admission, duplicates, and the way from issuer to issuer until <see cref="Settlement"/>.
/// </summary>
internal sealed class RequestFlow(
    CoreContext context, TransactionTable table, OwedTable owed, AnswerWriter answers, LegSender legs,
    HealthWatch health, LegOutcome outcomes, StandInRules rules, Settlement settlement, TransactionIds ids,
    RepeatedRequests repeats, OwnRequests own, VelocityCheck velocity, PinDesk pins)
{
    // What must be left for an issuer, in ticks, for asking it to make sense; or half its time-out, if that is less.
    private const long SliceMin = TimeSpan.TicksPerSecond;

    // What was told no, of which nothing else is kept: a copy of it must not be approved now. Of each acquirer its own,
    // so that a flood of one makes nothing of another's forgotten.
    private readonly RefusedRequests[] _refused =
        [.. context.Configuration.Acquirers.Select(static _ => new RefusedRequests())];
    private readonly Hedges _hedges = new(context);
    private readonly TimeInLine _waits = new(context);

    /// <summary>A request came in.</summary>
    public void Handle(int session, int acquirer, Message request)
    {
        context.Counters.Requests++;
        health.Came(request.ReceivedAt);
        ulong acquirerHash = context.AcquirerHashes[acquirer];
        long timeNow = context.TransmissionTimeNow;
        if (!RequestFactsReader.TryRead(
            request, acquirerHash, timeNow, context.Duplicates, out RequestFacts facts, out Pan pan, out int missing))
        {
            context.Counters.FormatErrors++;
            answers.Refuse(session, request, ResponseCode.FormatError, missing, RefusalReason.FieldMissing);
            return;
        }

        context.Duplicates.Prefetch(facts.Name);
        if (_waits.IsExpired(acquirer, request))
        {
            // It waited too long to be answered in time: its sender has given it up, and will reverse it.
            context.Counters.Expired++;
            context.Effects.SessionRefused(session, request, new Refusal(RefusalReason.TooOld));
            context.Effects.Return(request);
            return;
        }

        ref Remembered known = ref context.Duplicates.Find(facts.Key);
        if (context.JournalFailed && !Unsafe.IsNullRef(ref known))
        {
            // Whether its outcome is on the disk shows at the next start: until then nothing can be said of it.
            context.Effects.SessionRefused(session, request, new Refusal(RefusalReason.JournalFailed));
            context.Effects.Return(request);
        }
        else if (!Unsafe.IsNullRef(ref known))
        {
            repeats.Handle(session, acquirer, request, facts, ref known);
        }
        else if (_refused[acquirer].Contains(facts.Key, context.Now.Ticks))
        {
            PassOver(session, request);
        }
        else if (own.IsOwn(session, acquirer, request, facts, out Transaction sent))
        {
            // As an issuer that is not there answers: the standby and stand-in go on for the request that was sent.
            sent.HasLooped = true;
            context.CutLoop(sent.OpenLeg.Issuer, acquirer);
            Refuse(session, acquirer, request, facts, ResponseCode.Inoperative, RefusalReason.Loop);
        }
        else if (context.JournalFailed)
        {
            Refuse(session, acquirer, request, facts, ResponseCode.Malfunction, RefusalReason.JournalFailed);
        }
        else if (_waits.MustShed(acquirer, request))
        {
            context.Counters.ShedByWait += request.Mti.IsRepeat ? 0 : 1;
            Refuse(session, acquirer, request, facts, ResponseCode.Malfunction, RefusalReason.Behind);
        }
        else if (context.IsShuttingDown)
        {
            Refuse(session, acquirer, request, facts, ResponseCode.Inoperative, RefusalReason.ShuttingDown);
        }
        else if (Freshness.Judge(context, acquirer, request, facts, out int fault) is { IsNone: false } stale)
        {
            context.Counters.StaleRequests++;
            Refuse(session, acquirer, request, facts, stale, RefusalReason.NotFresh, fault);
        }
        else
        {
            Admit(session, acquirer, request, facts, pan);
        }
    }

    /// <summary>It was told no without having come here: no copy of it is taken in.</summary>
    public void NoteRefused(int acquirer, ulong key) => _refused[acquirer].Add(key, context.Now.Ticks);

    /// <summary>The leg that was open has ended without a decision: asks the next issuer, or stands in.</summary>
    public void LegEnded(Transaction transaction)
    {
        if (transaction.IsReversed)
        {
            settlement.FinishReversed(transaction);
        }
        else if (transaction.TryTakeOpenLeg())
        {
            context.Wheel.Arm(transaction.Seat, transaction.NextMoment); // The other of a hedged request goes on.
        }
        else
        {
            AskNext(transaction);
        }
    }

    /// <summary>A leg's time is over, or the standby is to be asked too.</summary>
    public void Expired(Transaction transaction)
    {
        long now = context.Now.Ticks;
        if (transaction.TryTakeOpenLeg(until: now))
        {
            LegFailed(transaction, LegFailure.TimedOut);
            return;
        }

        if (transaction.HedgeAt != 0 && transaction.HedgeAt <= now)
        {
            transaction.HedgeAt = 0;
            if (_hedges.TryTake(transaction) && TryAsk(transaction, transaction.NextCandidate++, isForced: false))
            {
                context.Counters.Hedges++;
                return;
            }
        }

        context.Wheel.Arm(transaction.Seat, transaction.NextMoment);
    }

    /// <summary>The issuer replied in time, and the reply agrees with the request.</summary>
    public void Replied(Transaction transaction, Message reply, ResponseCode code, ApprovalCode approval)
    {
        bool isPrimary = transaction.OpenLeg.Issuer == transaction.Route!.Primary;
        if (!code.IsApproval && context.Issuers[transaction.OpenLeg.Issuer].TechnicalDeclines.Contains(code))
        {
            outcomes.Technical(transaction, reply, code);
            NoteTrigger(transaction, isPrimary, code.AsksForStandIn ? Reason.IssuerAsked : Reason.IssuerUnavailable);
            LegEnded(transaction);
            return;
        }

        outcomes.GiveUpOthers(transaction);
        outcomes.Answered(transaction, reply, code.IsApproval ? LegFate.Approved : LegFate.NotApproved);
        if (transaction.IsReversed)
        {
            transaction.Approval = approval;
            settlement.FinishReversed(transaction);
        }
        else
        {
            transaction.Response = code;
            transaction.Approval = approval;
            settlement.Decide(transaction, isPrimary ? DecisionSource.Primary : DecisionSource.Standby, reply);
        }
    }

    /// <summary>A request to an issuer was released and found no way: not a byte of it left.</summary>
    public void SendFailed(SendTag tag)
    {
        Transaction transaction = table[LegSender.SeatOf(tag)];
        if (LegSender.TryTakeLeg(transaction, tag))
        {
            LegFailed(transaction, LegFailure.SendRefused);
        }
    }

    /// <summary>The security module has answered.</summary>
    public void PinTranslated(SendTag tag, PinOutcome outcome, ReadOnlySpan<byte> block)
    {
        Transaction transaction = table[PinDesk.SeatOf(tag)];
        if (PinDesk.IsAwaited(transaction, tag))
        {
            PinEnded(transaction, outcome, block);
        }
    }

    /// <summary>It has not, and its time is over.</summary>
    public void PinExpired(Transaction transaction) => PinEnded(transaction, PinOutcome.Failed, block: []);

    /// <summary>The leg's time is over, or its link is lost, or its send was refused after all.</summary>
    public void LegFailed(Transaction transaction, LegFailure failure)
    {
        bool isPrimary = transaction.OpenLeg.Issuer == transaction.Route!.Primary;
        LegFate fate = outcomes.Failed(transaction, failure);
        bool isSilence = failure == LegFailure.TimedOut && fate == LegFate.Unknown;
        NoteTrigger(transaction, isPrimary, isSilence ? Reason.IssuerTimedOut : Reason.IssuerUnavailable);
        LegEnded(transaction);
    }

    private void PinEnded(Transaction transaction, PinOutcome outcome, ReadOnlySpan<byte> block)
    {
        int candidate = transaction.PinCandidate;
        if (pins.End(transaction, outcome, block))
        {
            bool isAsked = IsTimeFor(transaction, transaction.Route!.IssuerAt(candidate))
                && TrySend(transaction, candidate, transaction.IsPinForced);
            transaction.ForgetPin(); // Another issuer's is made of the acquirer's own.
            if (!isAsked)
            {
                NoteTrigger(transaction, candidate == 0, Reason.IssuerUnavailable);
                AskNext(transaction);
            }
        }
        else if (outcome == PinOutcome.IssuerKeyRejected)
        {
            NoteTrigger(transaction, candidate == 0, Reason.IssuerUnavailable);
            AskNext(transaction);
        }
        else
        {
            settlement.Decide(transaction, DecisionSource.Switch, reply: null);
        }
    }

    // Only a first copy is declined, and none after it is taken in: a declined acquirer does not reverse: no copy may
    // be approved then. To one that is marked as a repeat nothing can be said: its first may have been approved, and
    // forgotten; nor where the refusal could not be remembered. Silence is safe, because an acquirer that hears nothing
    // asks again or reverses.
    private void Refuse(
        int session, int acquirer, Message request, in RequestFacts facts, ResponseCode code, RefusalReason reason,
        int fault = 0)
    {
        if (request.Mti.IsRepeat)
        {
            PassOver(session, request);
            return;
        }

        NoteRefused(acquirer, facts.Key);
        answers.Refuse(session, request, code, fault, reason);
    }

    private void PassOver(int session, Message copy)
    {
        context.Counters.CopiesUnanswered++;
        context.Effects.SessionRefused(session, copy, new Refusal(RefusalReason.CopyOfRefused));
        context.Effects.Return(copy);
    }

    private void Admit(int session, int acquirer, Message request, in RequestFacts facts, in Pan pan)
    {
        bool hasRoom = context.HasSeat(acquirer) && owed.MayTake(table.Count);
        if (!hasRoom || table.TryTake() is not { } transaction)
        {
            Refuse(session, acquirer, request, facts, ResponseCode.Malfunction, RefusalReason.NoRoom);
            return;
        }

        transaction.Begin(session, acquirer, request, facts);
        transaction.Id = ids.Next();
        transaction.Deadline = context.DeadlineOf(acquirer, request);
        context.Seats.Take(acquirer);
        ref Remembered entry = ref context.Duplicates.Add(facts.Key, context.SecondNow, facts.Name);
        entry.Flags = Remembering.ClassOf(facts.Mti);
        entry.Content = facts.Content;
        entry.State = RememberedState.Pending;
        entry.Reference = transaction.Seat;
        transaction.RememberedAt = context.Duplicates.Newest;
        if (context.Duplicates.KeepsTimes)
        {
            context.Duplicates.SetLocalTime(in entry, TransactionKey.LocalTimeOf(request));
        }

        if ((velocity.IsOn && velocity.Declines(transaction, pan)) || pins.Declines(transaction)
            || !RouteChoice.TryTake(context, transaction, pan))
        {
            settlement.Decide(transaction, DecisionSource.Switch, reply: null);
            return;
        }

        AskNext(transaction);
    }

    private void AskNext(Transaction transaction)
    {
        Route route = transaction.Route!;
        while (transaction.NextCandidate <= route.Standby.Count && transaction.LegCount < Legs.Max)
        {
            int candidate = transaction.NextCandidate++;
            if (candidate == 0 && IsTimeFor(transaction, route.Primary)
                && MustWaitForAdvices(transaction, route.Primary))
            {
                return;
            }

            if (TryAsk(transaction, candidate, isForced: false))
            {
                return;
            }
        }

        if (!StandInApproves(transaction) && TryLastWay(transaction))
        {
            return;
        }

        Decide(transaction);
    }

    // True: it is asked, or will be, or there is nothing left to ask for.
    private bool TryAsk(Transaction transaction, int candidate, bool isForced)
    {
        int issuer = transaction.Route!.IssuerAt(candidate);
        Reason reason = Reason.IssuerUnavailable;
        if (IsTimeFor(transaction, issuer) && pins.MayAsk(transaction, issuer))
        {
            if (pins.IsDue(transaction, candidate)
                ? TryBeginPin(transaction, candidate, isForced)
                : TrySend(transaction, candidate, isForced))
            {
                return true;
            }

            reason = context.Issuers[issuer].WhyNotAsked;
        }

        NoteTrigger(transaction, candidate == 0, reason);
        return false;
    }

    private bool TrySend(Transaction transaction, int candidate, bool isForced)
    {
        IssuerState issuer = context.Issuers[transaction.Route!.IssuerAt(candidate)];
        long until = Math.Min(LastMomentOf(transaction), context.Now.Ticks + issuer.Settings.Timeout.Ticks);
        SendOutcome outcome = legs.Send(transaction, candidate, until, isForced);
        if (outcome == SendOutcome.Sent)
        {
            transaction.State = TransactionState.AwaitingReply;
            transaction.HedgeAt = candidate == 0 && !pins.IsTranslated(transaction)
                ? _hedges.MomentOf(transaction, issuer)
                : 0;
            context.Wheel.Arm(transaction.Seat, transaction.NextMoment);
        }
        else if (outcome == SendOutcome.Diverted && transaction.Diverted < 0)
        {
            transaction.Diverted = candidate;
        }

        return outcome == SendOutcome.Sent;
    }

    private bool TryBeginPin(Transaction transaction, int candidate, bool isForced)
    {
        if (!LegSender.MayAsk(context.Issuers[transaction.Route!.IssuerAt(candidate)]))
        {
            return false;
        }

        if (!pins.TryBegin(transaction, candidate, isForced, LastMomentOf(transaction)))
        {
            settlement.Decide(transaction, DecisionSource.Switch, reply: null);
        }

        return true;
    }

    // What is left for an issuer to answer in.
    private long LastMomentOf(Transaction transaction) =>
        transaction.Deadline - context.Configuration.StandInReserve.Ticks;

    private bool IsTimeFor(Transaction transaction, int issuer) => LastMomentOf(transaction) - context.Now.Ticks
        >= Math.Min(SliceMin, context.Configuration.Issuers[issuer].Timeout.Ticks / 2);

    // An issuer that was passed over for its health is asked all the same where there is nothing behind it, or where
    // it fails only in part and stand-in would not approve.
    private bool TryLastWay(Transaction transaction)
    {
        int candidate = transaction.Diverted;
        if (candidate < 0 || transaction.LegCount == Legs.Max)
        {
            return false;
        }

        transaction.Diverted = -1;
        if (transaction.Route!.StandIn >= 0 && health.IsDown(transaction, candidate))
        {
            return false;
        }

        transaction.Verdict = new StandInVerdict();
        if (TryAsk(transaction, candidate, isForced: true))
        {
            return true;
        }

        StandInApproves(transaction); // Its verdict again, which the decision's record states.
        return false;
    }

    /// <summary>The advices of the card may have been acknowledged meanwhile; else stand-in goes on for it.</summary>
    public void DrainChecked(Transaction transaction)
    {
        IssuerState issuer = context.Issuers[transaction.Route!.Primary];
        if (!issuer.Queue.OwesAdvice(transaction.Facts.Card))
        {
            transaction.NextCandidate = 0;
            AskNext(transaction);
        }
        else if (context.Now.Ticks < transaction.DrainUntil)
        {
            issuer.Queue.Prefer(transaction.Facts.Card);
            context.Wheel.Arm(transaction.Seat, context.Now.Ticks + TimingWheel.TickSize);
        }
        else
        {
            transaction.Trigger = Reason.IssuerUnavailable;
            StandInApproves(transaction);
            Decide(transaction);
        }
    }

    // Only where stand-in may go on for the card: elsewhere waiting would turn into a decline.
    private bool MustWaitForAdvices(Transaction transaction, int index)
    {
        IssuerState issuer = context.Issuers[index];
        long wait = issuer.Settings.DrainBeforeOnline.Ticks;
        if (wait == 0 || transaction.Route!.StandIn < 0 || transaction.DrainUntil != 0
            || !issuer.Queue.OwesAdvice(transaction.Facts.Card))
        {
            return false;
        }

        if (!issuer.HasReadyLink || !issuer.TakesRequests || !issuer.IsWell)
        {
            return false; // It is not there: the usual way to the standby and to stand-in.
        }

        // In its turn in a long backlog it would come too late, every time, for as long as the backlog lasts.
        issuer.Queue.Prefer(transaction.Facts.Card);
        transaction.State = TransactionState.AwaitingDrain;
        transaction.DrainUntil = context.Now.Ticks + wait;
        context.Wheel.Arm(transaction.Seat, context.Now.Ticks + TimingWheel.TickSize);
        return true;
    }

    // The transaction has stand-in's verdict then, whatever it is.
    private bool StandInApproves(Transaction transaction)
    {
        bool isInTime = context.Now.Ticks <= transaction.Deadline; // Not so after a stall of the whole process.
        StandInVerdict verdict = isInTime ? rules.Evaluate(transaction) : new StandInVerdict();
        transaction.Verdict = verdict;
        transaction.Response =
            verdict.IsRuled ? verdict.Code : context.Issuers[transaction.Route!.Primary].UnavailableCode;
        transaction.Approval = verdict.Code.IsApproval ? ApprovalCode.OfStandIn(transaction.Id) : default;
        return verdict.Code.IsApproval;
    }

    private void Decide(Transaction transaction) => settlement.Decide(
        transaction, transaction.Verdict.IsRuled ? DecisionSource.StandIn : DecisionSource.Switch, reply: null);

    // The primary's trouble is the reason that its advice states; a standby's trouble after that changes nothing.
    private static void NoteTrigger(Transaction transaction, bool isPrimary, Reason reason)
    {
        if (isPrimary)
        {
            transaction.Trigger = reason;
        }
    }
}
