using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Advices;
using Switch.Routing.Core;
using Switch.Routing.Duplicates;
using Switch.Routing.Issuers;
using Switch.Routing.Records;
using Switch.Routing.Totals;

namespace Switch.Routing.Transactions;

/// <summary>
/// What an acquirer's reversal (0400, 0420) undoes: cases F, G and H of domain.md 2.6, and partial reversals, of which
/// the rest never goes below zero.
/// </summary>
internal sealed class ReversalFlow(
    CoreContext context, TransactionTable table, TransactionLog log, OwedMessages messages, StoreAndForward forward,
    LegSender legs, Settlement settlement, Originals originals)
{
    private readonly OwedItem[] _owed = new OwedItem[1];

    /// <summary>
    /// Records the reversal and makes what follows from it owed. None, and the position that must be durable before
    /// the acquirer is told; or a code by which it is refused and nothing has changed.
    /// </summary>
    public ResponseCode Reverse(int acquirer, Message message, in RequestFacts facts, out long lsn)
    {
        lsn = 0;
        ref Remembered entry = ref originals.Find(message, acquirer, out ulong key, out OriginalElements original);
        if (original.Mti.IsReversal)
        {
            return ResponseCode.InvalidTransaction; // A reversal cannot be reversed (domain.md 2.7).
        }

        var cause = new OwedCause { OriginalKey = key, Acquirer = acquirer, Message = message };
        if (Unsafe.IsNullRef(ref entry))
        {
            if (context.Configuration.UnmatchedReversals == UnmatchedReversalPolicy.Refuse)
            {
                return ResponseCode.OriginalNotFound;
            }

            if (!CanForward(originals.RoutedIssuerOf(message)))
            {
                return ResponseCode.Malfunction;
            }

            context.Counters.AcquirerReversals++;
            lsn = ReverseUnknown(message, facts, cause);
            return default;
        }

        long remaining = ReplacementAmount.Of(message);
        bool isPending = entry.State == RememberedState.Pending
            && table[entry.Reference].State is TransactionState.AwaitingReply or TransactionState.AwaitingDrain;
        if (remaining > 0 && isPending)
        {
            // There is no whole yet of which a part could stay: the sender tries again.
            return ResponseCode.Malfunction;
        }

        if (remaining > 0 && remaining >= RestOf(key, facts))
        {
            return ResponseCode.WrongAmount;
        }

        // A pending one has its number kept for it; one whose advice vanishes with it needs none.
        bool needsNumber = !isPending && IsOwed(entry) && AdviceToNet(entry, facts, original, remaining) is null;
        if (needsNumber && !CanForward(entry.Issuer))
        {
            return ResponseCode.Malfunction;
        }

        context.Counters.AcquirerReversals++;
        cause.Effect = remaining > 0 ? OwedEffect.PartlyReversed : OwedEffect.Reversed;
        cause.Remaining = remaining;
        lsn = isPending
            ? ReversePending(message, facts, cause, table[entry.Reference], ref entry, original)
            : ReverseDone(message, facts, cause, ref entry, original);
        return default;
    }

    /// <summary>
    /// Case H: the original is not known; it is forwarded as it is, and a late original will be declined.
    /// </summary>
    private long ReverseUnknown(Message message, in RequestFacts facts, OwedCause cause)
    {
        int issuer = originals.RoutedIssuerOf(message);
        int count = issuer < 0 ? 0 : 1;
        if (count > 0)
        {
            _owed[0] = messages.Forwarded(message, facts, issuer, original: null, openStan: 0);
        }

        cause.Effect = OwedEffect.Tombstone;
        long lsn = log.Owed(cause, facts, _owed.AsSpan(0, count));
        if (count > 0)
        {
            forward.Enqueue(_owed[0], lsn);
        }

        context.Duplicates.Add(cause.OriginalKey, context.SecondNow).State = RememberedState.Tombstone;
        if (OriginalElements.TryRead(message, out _))
        {
            return lsn;
        }

        // Without DE 90 the original may as well be an 0200 with the same STAN and DE 7.
        ulong other = originals.KeyOf(message, cause.Acquirer, Mti.FinancialRequest);
        context.Duplicates.Add(other, context.SecondNow).State = RememberedState.Tombstone;
        return log.Owed(new OwedCause { OriginalKey = other, Effect = OwedEffect.Tombstone }, facts, []);
    }

    /// <summary>
    /// Case F: a leg is open. Taken back if it has not left; else its reversal waits for the leg to end.
    /// </summary>
    private long ReversePending(
        Message message, in RequestFacts facts, OwedCause cause, Transaction transaction, ref Remembered entry,
        in OriginalElements original)
    {
        cause.Transaction = transaction.Id;
        if (transaction.IsReversed)
        {
            return log.Owed(cause, facts, []);
        }

        transaction.IsReversed = true;
        entry.Flags |= RememberedFlags.Reversed;
        bool isWaiting = transaction.State == TransactionState.AwaitingDrain;
        if (isWaiting || context.Effects.TryCancel(transaction.OpenLeg.Ticket))
        {
            long cancelled = log.Owed(cause, facts, []);
            if (!isWaiting)
            {
                legs.Fail(transaction, LegFailure.SendRefused);
            }

            settlement.FinishReversed(transaction);
            return cancelled;
        }

        ref Leg leg = ref transaction.OpenLeg;
        OriginalElements named = original with
        {
            Mti = transaction.Facts.Mti, Stan = leg.Stan, Time = transaction.Facts.Time,
            LocalTime = TransactionKey.LocalTimeOf(transaction.Request),
        };
        _owed[0] = messages.Forwarded(message, facts, leg.Issuer, named, leg.Stan);
        _owed[0].Transaction = transaction.Id;
        long lsn = log.Owed(cause, facts, _owed);
        transaction.HeldReversal = _owed[0].Stan;
        forward.Enqueue(_owed[0], lsn, isHeld: true);
        return lsn;
    }

    /// <summary>Case G: the original is decided. What its decision did is undone where it was done, once.</summary>
    private long ReverseDone(
        Message message, in RequestFacts facts, OwedCause cause, ref Remembered entry, in OriginalElements original)
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
            _owed[0] = messages.Forwarded(message, facts, entry.Issuer, named, openStan: 0);
            count = 1;
        }

        if (isOwed)
        {
            TotalKind kind = TotalKinds.Of(original.Mti.Class, facts.ProcessingCode);
            long amount = RestOf(cause.OriginalKey, facts) - cause.Remaining;
            context.Totals.Post(
                TotalsSide.Acquirer, cause.Acquirer, kind, true, amount, facts.Currency, context.Now.WallMs);
            if (count > 0)
            {
                _owed[0].CountAs(kind, amount, facts.Currency);
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
            && context.Issuers[entry.Issuer].Queue.Find(StanOf(entry)) is { Kind: OwedKind.StandInAdvice } advice
            && advice.Time == original.Time && advice.Card.Equals(facts.Card) && Settlement.CanNet(advice)
                ? advice
                : null;

    private static bool IsOwed(in Remembered entry) => entry.Issuer >= 0
        && Remembering.ResponseOf(entry).IsApproval && (entry.Flags & RememberedFlags.Reversed) == 0;

    // DE 11 of the leg that decided, or of the advice.
    private int StanOf(in Remembered entry) =>
        entry.State == RememberedState.Pending ? table[entry.Reference].DecidedStan : entry.Reference;

    // What may still be reversed.
    private long RestOf(ulong key, in RequestFacts facts) =>
        context.Partials.Of(key, context.PartialApprovals.Of(key, facts.Amount));

    private bool CanForward(int issuer) =>
        issuer < 0 || TraceNumbers.SufficeForAdvice(context, context.Issuers[issuer]);

    private void MarkReversed(ref Remembered entry, OwedCause cause, bool isOwed)
    {
        if (cause.Remaining == 0)
        {
            entry.Flags |= RememberedFlags.Reversed;
            context.Partials.Forget(entry.Key);
        }
        else if (isOwed)
        {
            context.Partials.Set(entry.Key, cause.Remaining);
        }
    }
}

/// <summary>
/// DE 95, replacement amounts (domain.md 1.7.4): its first twelve digits are the amount that stays; zero or an absent
/// field means that all is reversed.
/// </summary>
internal static class ReplacementAmount
{
    private const int Size = 42;
    private const int AmountDigits = 12;

    public static long Of(Message message)
    {
        Span<byte> text = stackalloc byte[Size];
        int length = message.TextLength(Field.ReplacementAmounts);
        return length is >= AmountDigits and <= Size
            && message.CopyText(Field.ReplacementAmounts, text) == length
            && System.Buffers.Text.Utf8Parser.TryParse(text[..AmountDigits], out long amount, out int used)
            && used == AmountDigits
                ? amount
                : 0;
    }
}
