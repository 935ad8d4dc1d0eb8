using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Answers;
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
/// Acquirers' advices and reversals: statements of what is already so. They are recorded, answered at once, and
/// forwarded until the issuer has them; never declined for business reasons (docs/domain.md section 5.1). Reversals go
/// on to <see cref="ReversalFlow"/>.
/// </summary>
internal sealed class AdviceFlow(
    CoreContext context, TransactionLog log, OwedTable owed, OwedMessages messages, SafDelivery forward,
    AnswerWriter answers, Originals originals, ReversalFlow reversals, PendingLookUps lookUps,
    OwnRequests own)
{
    private readonly OwedItem[] _owed = new OwedItem[1];

    /// <summary>An advice or a reversal came in.</summary>
    public void Handle(int session, int acquirer, Message message) =>
        Handle(session, acquirer, message, LookUpOutcome.None);

    /// <summary>The store has answered: what waited for that goes on, with what is in memory now.</summary>
    public void LookedUp(LookUpAnswer answer)
    {
        if (lookUps.TryEnd(answer, out PendingLookUps.Waiting waiting))
        {
            Handle(waiting.Session, waiting.Acquirer, waiting.Message, answer.Outcome);
        }
    }

    /// <summary>What has waited for the store as long as it may goes on without.</summary>
    public void ExpireLookUps()
    {
        while (lookUps.TryExpire(out PendingLookUps.Waiting waiting))
        {
            Handle(waiting.Session, waiting.Acquirer, waiting.Message, LookUpOutcome.Unavailable);
        }
    }

    private void Handle(int session, int acquirer, Message message, LookUpOutcome asked)
    {
        ulong acquirerHash = context.AcquirerHashes[acquirer];
        long timeNow = context.TransmissionTimeNow;
        if (!RequestFactsReader.TryRead(
            message, acquirerHash, timeNow, context.Duplicates, out RequestFacts facts, out _, out int missing))
        {
            context.Counters.FormatErrors++;
            answers.Refuse(session, message, ResponseCode.FormatError, missing, RefusalReason.FieldMissing);
            return;
        }

        ref Remembered known = ref context.Duplicates.Find(facts.Key);
        if (Unsafe.IsNullRef(ref known))
        {
            known = ref originals.FindEarlier(message, acquirer, facts);
        }

        if (context.JournalFailed || !owed.HasPlace)
        {
            // Cannot be stored: the sender tries again.
            RefusalReason reason = context.JournalFailed ? RefusalReason.JournalFailed : RefusalReason.NoRoom;
            answers.Refuse(session, message, ResponseCode.Malfunction, reason: reason);
        }
        else if (!Unsafe.IsNullRef(ref known))
        {
            Repeat(session, acquirer, message, facts, known);
        }
        else if (asked == LookUpOutcome.None && MustWait(session, acquirer, message, facts))
        {
            // It goes on when the store has answered, or when its sender sends it again.
        }
        else if (own.IsOwnOwed(acquirer, message, facts, out int sentTo))
        {
            context.CutLoop(sentTo, acquirer); // Refused as often as it may be, it is parked for a person.
            answers.Refuse(session, message, ResponseCode.Inoperative, reason: RefusalReason.Loop);
        }
        else if (MustTryAgain(acquirer, message, facts, asked))
        {
            answers.Refuse(session, message, ResponseCode.Malfunction, reason: RefusalReason.LookUpUnavailable);
        }
        else if (facts.Mti.IsReversal)
        {
            ResponseCode refusal = reversals.Reverse(acquirer, message, facts, out long lsn, out int fault);
            Finish(session, message, facts, refusal, lsn, fault);
        }
        else
        {
            ResponseCode refusal = Advise(acquirer, message, facts, out long lsn, out int fault);
            Finish(session, message, facts, refusal, lsn, fault, refusal.IsNone ? _owed[0] : null);
        }
    }

    private bool MustWait(int session, int acquirer, Message message, in RequestFacts facts)
    {
        LookUpStart start = lookUps.Begin(session, acquirer, message, facts);
        if (start == LookUpStart.NoPlace)
        {
            answers.Refuse(session, message, ResponseCode.Malfunction, reason: RefusalReason.LookUpUnavailable);
        }

        return start != LookUpStart.NotAsked;
    }

    // "There is no such original" may only be said by a store that was asked.
    private bool MustTryAgain(int acquirer, Message message, in RequestFacts facts, LookUpOutcome asked) =>
        context.Configuration is { UnmatchedReversals: UnmatchedReversalPolicy.Refuse, LookUp.Ticks: > 0 }
        && asked != LookUpOutcome.Answered && lookUps.IsUnknown(acquirer, message, facts);

    private ResponseCode Advise(
        int acquirer, Message message, in RequestFacts facts, out long lsn, out int fault)
    {
        lsn = 0;
        fault = OriginalElements.Read(message, out _) == OriginalNaming.Malformed
            ? OriginalElements.FieldOf(message.Dialect)
            : 0;
        if (fault != 0)
        {
            return ResponseCode.FormatError;
        }

        int issuer = originals.RoutedIssuerOf(message);
        var cause = new OwedCause { Acquirer = acquirer, Message = message };
        OriginalElements? named = null;
        int standInStan = 0;
        Original original = originals.Find(message, acquirer, facts);
        if (original.IsNamed)
        {
            originals.Report(original.Match, acquirer, facts);
        }

        if (original.IsFound && original.Entry is { Issuer: >= 0, State: RememberedState.Done })
        {
            cause.OriginalKey = original.Entry.Key;
            issuer = original.Entry.Issuer;
            named = originals.NameAtIssuer(in original.Entry, original.Elements, original.Entry.Reference);
            standInStan = original.Entry.Source == DecisionSource.StandIn ? original.Entry.Reference : 0;
        }

        if (issuer < 0)
        {
            return ResponseCode.NoRoute;
        }

        if (!TraceNumbers.SufficeForAdvice(context, context.Issuers[issuer]))
        {
            return ResponseCode.Malfunction; // It cannot be stored: the sender tries again.
        }

        context.Counters.AcquirerAdvices++;
        _owed[0] = messages.Forwarded(message, facts, issuer, named, openStan: 0);
        _owed[0].Acquirer = acquirer;
        if (IsApproval(message))
        {
            context.Totals.Post(
                TotalsSide.Acquirer, acquirer, facts.Counts, false, facts.Amount, facts.Currency, context.Now.WallMs);
            _owed[0].CountAs(facts.Counts, facts.Amount, facts.Currency);
            if (standInStan != 0 && context.Ledger.Reduce(
                facts.Card, issuer, standInStan, facts.Amount, cause.OriginalKey))
            {
                // A completion for less than stand-in had approved (docs/domain.md section 3.5).
                cause.Effect = OwedEffect.Completed;
                cause.Remaining = facts.Amount;
            }
        }

        lsn = log.Owed(cause, facts, _owed);
        forward.Enqueue(_owed[0], lsn);
        return default;
    }

    private static bool IsApproval(Message message)
    {
        Span<byte> text = stackalloc byte[ResponseCode.Size];
        return message.TextLength(Field.ResponseCode) == text.Length
            && ResponseCode.Read(text[..message.CopyText(Field.ResponseCode, text)]).IsApproval;
    }

    private void Repeat(int session, int acquirer, Message message, in RequestFacts facts, in Remembered known)
    {
        if (!Remembering.IsSameContent(known, message, facts))
        {
            context.Counters.DuplicateConflicts++;
            context.Effects.Raise(Incident.DuplicateConflict, acquirer, facts.Stan);
            answers.Refuse(session, message, ResponseCode.Duplicate, reason: RefusalReason.ContentDiffers);
            return;
        }

        context.Counters.Repeats++;
        Acknowledge(session, message, log.LastLsn); // The first may not be durable yet: its record is at most there.
    }

    /// <param name="forwarded">What the issuer knows an advice by, should a reversal come for it.</param>
    /// <param name="fault">The field at fault, with a format error.</param>
    private void Finish(
        int session, Message message, in RequestFacts facts, ResponseCode refusal, long lsn, int fault,
        OwedItem? forwarded = null)
    {
        if (!refusal.IsNone)
        {
            context.Counters.FormatErrors += refusal == ResponseCode.FormatError ? 1 : 0;
            answers.Refuse(session, message, refusal, fault);
            return;
        }

        ref Remembered entry = ref context.Duplicates.Add(facts.Key, context.SecondNow, facts.Name);
        entry.Content = facts.Content;
        entry.State = RememberedState.Done;
        entry.Flags = RememberedFlags.Advice | Remembering.ClassOf(facts.Mti);
        entry.Issuer = (short)(forwarded?.Issuer ?? -1);
        entry.Reference = forwarded?.Stan ?? 0;
        entry.Answer = Remembering.Pack(ResponseCode.Approved, default);
        context.Duplicates.SetLocalTime(in entry, TransactionKey.LocalTimeOf(message));
        Acknowledge(session, message, lsn);
    }

    private void Acknowledge(int session, Message message, long afterLsn)
    {
        answers.Send(session, message, answers.Compose(message, ResponseCode.Approved), afterLsn, tag: 0);
        context.Effects.Return(message);
    }
}
