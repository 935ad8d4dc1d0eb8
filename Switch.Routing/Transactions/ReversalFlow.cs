using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.Settings;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Transactions;

/// <summary>
/// What an acquirer's reversal (0400, 0420) undoes: cases F, G and H of docs/domain.md section 3.3, and partial
/// reversals, of which the rest never goes below zero.
/// </summary>
internal sealed class ReversalFlow(
    CoreContext context, TransactionTable table, TransactionLog log, OwedMessages messages, SafDelivery forward,
    LegOutcome outcomes, Settlement settlement, Originals originals)
{
    private readonly OwedItem[] _owed = new OwedItem[1];

    /// <summary>
    /// Records the reversal and makes what follows from it owed. None, and the position that must be durable before
    /// the acquirer is told; or a code by which it is refused and nothing has changed.
    /// </summary>
    /// <param name="acquirer">Who sent it.</param>
    /// <param name="message">The reversal.</param>
    /// <param name="facts">Its facts.</param>
    /// <param name="lsn">The position.</param>
    /// <param name="fault">The field at fault, with a format error.</param>
    public ResponseCode Reverse(int acquirer, Message message, in RequestFacts facts, out long lsn, out int fault)
    {
        lsn = 0;
        fault = FieldAtFault(message);
        if (fault != 0)
        {
            return ResponseCode.FormatError;
        }

        Original original = originals.Find(message, acquirer, facts);
        if (original.Elements.Mti.IsReversal && original.IsNamed)
        {
            return ResponseCode.InvalidTransaction; // A reversal cannot be reversed.
        }

        if (facts.Card.IsNone && !original.IsFound)
        {
            originals.Report(original.Match, acquirer, facts);
            fault = Field.Pan; // Nothing says whose it is.
            return ResponseCode.FormatError;
        }

        var cause = new OwedCause { Acquirer = acquirer, Message = message };
        return original.IsFound
            ? ReverseKnown(
                message, WithCard(facts, original.Entry), cause, ref original.Entry, original.Elements, out lsn)
            : ReverseUnknown(message, facts, cause, original, out lsn);
    }

    // Of a reversal without one: the card of its original, where that is open or its advice is still owed. What an
    // issuer has already nothing can overtake any more.
    private RequestFacts WithCard(in RequestFacts facts, in Remembered entry)
    {
        if (!facts.Card.IsNone)
        {
            return facts;
        }

        if (entry.State == RememberedState.Pending)
        {
            return facts with { Card = table[entry.Reference].Facts.Card };
        }

        OwedItem? advice = entry.Issuer < 0
            ? null
            : forward.FindOfCard(context.Issuers[entry.Issuer], StanOf(entry), entry.Card);
        return advice is not null ? facts with { Card = advice.Card } : facts;
    }

    // An element that cannot be read would be taken for one that is not there: for another payment, or for all of it.
    private static int FieldAtFault(Message message) =>
        OriginalElements.Read(message, out _) == OriginalNaming.Malformed
            ? OriginalElements.FieldOf(message.Dialect)
            : ReplacementAmount.TryRead(message, out _) ? 0 : Field.ReplacementAmounts;

    private ResponseCode ReverseKnown(
        Message message, in RequestFacts facts, OwedCause cause, ref Remembered entry, in OriginalElements original,
        out long lsn)
    {
        lsn = 0;
        bool isPending = entry.State == RememberedState.Pending
            && table[entry.Reference].State
                is TransactionState.AwaitingReply or TransactionState.AwaitingDrain or TransactionState.AwaitingPin;
        ReversalAmountPolicy policy = context.Configuration.Acquirers[cause.Acquirer].ReversalAmount;
        ReversedAmount amount = ReversedAmount.Of(message, facts, entry, AmountsOf(entry, facts), policy);
        if (!amount.IsAccepted)
        {
            if (amount.IsMismatch)
            {
                context.Counters.ReversalAmountsRefused++;
                context.Effects.Raise(Incident.ReversalAmountDiffers, cause.Acquirer, facts.Stan);
            }

            return ResponseCode.WrongAmount;
        }

        if (amount.Remaining > 0 && isPending)
        {
            // There is no whole yet of which a part could stay: the sender tries again.
            return ResponseCode.Malfunction;
        }

        // A pending one has its number kept for it; one whose advice vanishes with it needs none.
        bool needsNumber = !isPending && IsOwed(entry)
            && AdviceToNet(entry, facts, original, amount.Remaining) is null;
        if (needsNumber && !CanForward(entry.Issuer))
        {
            return ResponseCode.Malfunction;
        }

        context.Counters.AcquirerReversals++;
        context.Counters.ReversalAmountsCorrected += amount.IsMismatch ? 1 : 0;
        cause.OriginalKey = entry.Key;
        cause.Effect = amount.Remaining > 0 ? OwedEffect.PartlyReversed : OwedEffect.Reversed;
        cause.Remaining = amount.Remaining;
        if (amount.Remaining == 0 && !isPending)
        {
            TakeAnswerBack(cause.Acquirer, entry);
        }

        lsn = isPending
            ? ReversePending(message, facts, cause, table[entry.Reference], ref entry, original, amount)
            : ReverseDone(message, facts, cause, ref entry, original, amount);
        return default;
    }

    // An answer that waits for its MAC could leave after that of its reversal.
    private void TakeAnswerBack(int acquirer, in Remembered entry)
    {
        if (entry.State == RememberedState.Pending
            && context.Configuration.Acquirers[acquirer].SealTime > TimeSpan.Zero
            && table[entry.Reference] is { State: TransactionState.Decided or TransactionState.Undelivered } open)
        {
            context.Effects.TryCancel(open.AnswerTicket);
        }
    }

    /// <summary>
    /// Case H: the original is not known, or the message does not say which of several it is, or names one of another
    /// card. By policy it is refused, or forwarded as it is; a late original will be declined.
    /// </summary>
    private ResponseCode ReverseUnknown(
        Message message, in RequestFacts facts, OwedCause cause, in Original original, out long lsn)
    {
        lsn = 0;
        originals.Report(original.Match, cause.Acquirer, facts);
        if (context.Configuration.UnmatchedReversals == UnmatchedReversalPolicy.Refuse)
        {
            return ResponseCode.OriginalNotFound;
        }

        int issuer = originals.RoutedIssuerOf(message);
        if (!CanForward(issuer))
        {
            return ResponseCode.Malfunction;
        }

        context.Counters.AcquirerReversals++;
        context.Counters.UnmatchedReversals++;
        int count = issuer < 0 ? 0 : 1;
        if (count > 0)
        {
            _owed[0] = messages.Forwarded(message, facts, issuer, original: null, openStan: 0);
            _owed[0].Acquirer = cause.Acquirer;
        }

        // One that named a payment of another card must not mark that one's place.
        bool isNamed = original.IsNamed && original.Match == OriginalMatch.Unknown;
        OriginalKeys keys = originals.KeysOf(message, cause.Acquirer, original.Elements, isNamed);
        lsn = 0;
        foreach (ulong key in keys)
        {
            bool isFree = key != 0 && Unsafe.IsNullRef(ref context.Duplicates.Find(key));
            if (lsn != 0 && !isFree)
            {
                continue;
            }

            if (isFree)
            {
                context.Duplicates.Add(key, context.SecondNow).State = RememberedState.Tombstone;
            }

            OwedCause marked = cause with
            {
                OriginalKey = isFree ? key : 0,
                Effect = isFree ? OwedEffect.Tombstone : OwedEffect.None,
                Message = lsn == 0 ? message : null,
            };
            bool isFirst = lsn == 0;
            long written = log.Owed(marked, facts, _owed.AsSpan(0, isFirst ? count : 0));
            lsn = written;
            if (isFirst && count > 0)
            {
                forward.Enqueue(_owed[0], written);
            }
        }

        return default;
    }

    /// <summary>
    /// Case F: a leg is open. Taken back if it has not left; else its reversal waits for the leg to end.
    /// </summary>
    private long ReversePending(
        Message message, in RequestFacts facts, OwedCause cause, Transaction transaction, ref Remembered entry,
        in OriginalElements original, in ReversedAmount amount)
    {
        cause.Transaction = transaction.Id;
        if (transaction.IsReversed)
        {
            return log.Owed(cause, facts, []);
        }

        transaction.IsReversed = true;
        entry.Flags |= RememberedFlags.Reversed;
        bool isWaiting = transaction.State is TransactionState.AwaitingDrain or TransactionState.AwaitingPin;
        outcomes.GiveUpOthers(transaction);
        if (isWaiting || context.Effects.TryCancel(transaction.OpenLeg.Ticket))
        {
            long cancelled = log.Owed(cause, facts, []);
            if (!isWaiting)
            {
                outcomes.Failed(transaction, LegFailure.SendRefused);
            }

            settlement.FinishReversed(transaction);
            return cancelled;
        }

        ref Leg leg = ref transaction.OpenLeg;
        OriginalElements named = original with
        {
            Mti = transaction.Facts.Mti,
            Stan = leg.Stan,
            Time = transaction.Facts.Time,
            LocalTime = TransactionKey.LocalTimeOf(transaction.Request),
        };
        _owed[0] = messages.Forwarded(message, facts, leg.Issuer, named, leg.Stan, amount);
        _owed[0].Acquirer = cause.Acquirer;
        _owed[0].Transaction = transaction.Id;
        long lsn = log.Owed(cause, facts, _owed);
        transaction.HeldReversal = _owed[0].Stan;
        forward.Enqueue(_owed[0], lsn, isHeld: true);
        return lsn;
    }

    /// <summary>Case G: the original is decided. What its decision did is undone where it was done, once.</summary>
    private long ReverseDone(
        Message message, in RequestFacts facts, OwedCause cause, ref Remembered entry, in OriginalElements original,
        in ReversedAmount amount)
    {
        Transaction? open = entry.State == RememberedState.Pending ? table[entry.Reference] : null;
        int stan = StanOf(entry);
        bool isOwed = IsOwed(entry);
        OwedItem? netted = isOwed && entry.Source == DecisionSource.StandIn
            ? GiveBack(entry, facts, original, cause.Remaining)
            : null;
        int count = 0;
        if (isOwed && netted is null)
        {
            OriginalElements named = originals.NameAtIssuer(in entry, original, stan);
            _owed[0] = messages.Forwarded(message, facts, entry.Issuer, named, openStan: 0, amount);
            _owed[0].Acquirer = cause.Acquirer;
            count = 1;
        }

        if (isOwed)
        {
            TotalKind kind = TotalKinds.Of(original.Mti.Class, facts.ProcessingCode);
            context.Totals.Post(
                TotalsSide.Acquirer, cause.Acquirer, kind, true, amount.TakenBack, facts.Currency, context.Now.WallMs);
            if (count > 0)
            {
                _owed[0].CountAs(kind, amount.TakenBack, facts.Currency);
            }
        }

        MarkReversed(ref entry, cause, isOwed);
        cause.Netted = netted;
        long lsn = log.Owed(cause, facts, _owed.AsSpan(0, count));
        if (count > 0)
        {
            forward.Enqueue(_owed[0], lsn);
        }

        if (netted is not null)
        {
            forward.Net(netted, lsn);
        }

        if (open is { State: TransactionState.Undelivered } && cause.Remaining == 0)
        {
            settlement.End(open); // The acquirer gave it up itself: nothing is left to take back.
        }

        return lsn;
    }

    // Gives the limits back once; the advice vanishes with its reversal when nothing of either has left.
    private OwedItem? GiveBack(
        in Remembered entry, in RequestFacts facts, in OriginalElements original, long remaining)
    {
        int stan = StanOf(entry);
        if (remaining > 0)
        {
            context.Ledger.Reduce(facts.Card, entry.Issuer, stan, remaining, entry.Key);
        }
        else
        {
            context.Ledger.GiveBack(facts.Card, entry.Issuer, stan, entry.Key);
        }

        return AdviceToNet(entry, facts, original, remaining);
    }

    // Its number alone does not name it: at ten thousand a second, numbers come round within two minutes.
    private OwedItem? AdviceToNet(
        in Remembered entry, in RequestFacts facts, in OriginalElements original, long remaining) =>
        remaining == 0 && entry.Source == DecisionSource.StandIn && !context.Partials.Has(entry.Key)
            && forward.FindOfCard(context.Issuers[entry.Issuer], StanOf(entry), facts.Card.Short)
                is { Kind: OwedKind.StandInAdvice } advice
            && advice.Time == TimeOf(entry, original) && advice.Card.Equals(facts.Card) && Settlement.CanNet(advice)
                ? advice
                : null;

    private static bool IsOwed(in Remembered entry) => entry.Issuer >= 0
        && Remembering.ResponseOf(entry).IsApproval && (entry.Flags & RememberedFlags.Reversed) == 0;

    // DE 11 of the leg that decided, or of the advice.
    private int StanOf(in Remembered entry) =>
        entry.State == RememberedState.Pending ? table[entry.Reference].DecidedStan : entry.Reference;

    // Of an entry that an earlier version wrote the amount is not known: then the message's counts.
    private OriginalAmounts AmountsOf(in Remembered entry, in RequestFacts facts)
    {
        long requested = entry.IsNamed ? entry.Amount : facts.Amount;
        long approved = context.PartialApprovals.Of(entry.Key, requested);
        long rest = context.Partials.Of(entry.Key, approved);
        return new OriginalAmounts(requested, approved, rest, entry.IsNamed || rest != requested);
    }

    // DE 7 of the advice is its request's.
    private static long TimeOf(in Remembered entry, in OriginalElements original) =>
        entry.Time == 0 ? original.Time : entry.Time;

    private bool CanForward(int issuer) =>
        issuer < 0 || TraceNumbers.SufficeForAdvice(context, context.Issuers[issuer]);

    private void MarkReversed(ref Remembered entry, OwedCause cause, bool isOwed)
    {
        if (cause.Remaining == 0)
        {
            entry.Flags |= RememberedFlags.Reversed; // What was left is kept: another such message may bear it in DE 4.
        }
        else if (isOwed)
        {
            context.Partials.Set(entry.Key, cause.Remaining);
        }
    }
}
