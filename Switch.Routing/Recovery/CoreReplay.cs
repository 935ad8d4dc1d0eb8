using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
using Switch.Routing.Cards;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Routing.Operations;
using Switch.Routing.Owed;
using Switch.Routing.Payments;
using Switch.Routing.Records;
using Switch.Routing.StandIn;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Transactions;
using Switch.Routing.Values;

namespace Switch.Routing.Recovery;

/// <summary>
/// Rebuilds the core from the journal: what is owed, what stand-in counted, what repeats must be answered, which
/// numbers are in use. A send without a decision is in doubt, and is reversed (docs/domain.md section 3.6). A decision
/// is presumed delivered: docs/decisions/0004.
/// </summary>
internal sealed class CoreReplay(
    CoreContext context, OwedTable table, SafDelivery forward, BacklogMoves moves, OwedMessages messages,
    TransactionLog log, TransactionIds ids, OperatorCommands commands, FormerCards formers) : IRecordVisitor
{
    private readonly Dictionary<string, int> _issuers =
        TotalsRecords.IndexOf(context.Configuration.Issuers, issuer => issuer.Name);
    private readonly TotalsRecords _totals = new(context);
    private readonly StandInRecovery _standIn = new(context);

    /// <summary>Outages and limits.</summary>
    public StandInRecovery StandIn => _standIn;

    /// <summary>The latest start of the node that is on record.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Requests sent and, so far, not decided.</summary>
    public InDoubtTable InDoubt { get; } = new();

    /// <summary>Takes in one record; they come in the order of their positions.</summary>
    /// <exception cref="RecordFormatException">The record is not one that this version wrote.</exception>
    public void Apply(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        long before = context.DurableLsn;
        context.DurableLsn = lsn;
        RecordParse parse = RecordParser.Parse(lsn, type, open, secret, this);
        if (parse != RecordParse.Done)
        {
            context.DurableLsn = before;
            throw new RecordFormatException(lsn, parse switch
            {
                RecordParse.TooShort => $"{type} ends too soon",
                RecordParse.UnknownLayout => $"{type} has layout version {open[0]}",
                _ => $"{type} is no record type that this version knows",
            });
        }

        moves.Settle();
        moves.Refill(mayWait: true);
    }

    /// <summary>Starts a new epoch and reverses what is in doubt; nothing of it is sent before it is durable.</summary>
    public void Finish()
    {
        ids.Begin(Epoch + 1);
        bool hadFormer = context.DurableLsn > 0;
        var started = new NodeStartedRecord
        {
            Epoch = ids.Epoch,
            Tokens = context.Configuration.CardTokens,
            TokenCheck = context.Configuration.CardKeys.Current,
        };
        log.Append(transaction: 0, started);
        GoOnWith(started, hadFormer, context.Now.WallMs);

        InDoubt.HoldNumbers(context.Issuers); // Before any reversal takes a number of its own.
        long reversed = 0;
        foreach ((ulong id, InDoubt doubt) in InDoubt.InOrder())
        {
            reversed += Resolve(id, doubt);
        }

        if (reversed > 0)
        {
            context.Effects.Raise(Incident.RecoveryReversed, 0, reversed);
        }

        InDoubt.Clear();
        table.ForgetIds();
        formers.Compact(inDoubt: []);
        CountFromNow();
    }

    // Counters say what happened since the start; what was owed before and still is counts as owed now.
    private void CountFromNow()
    {
        ref CoreCounters counters = ref context.Counters;
        counters.AdvicesOwed -= counters.AdvicesAcknowledged;
        counters.ReversalsOwed -= counters.ReversalsAcknowledged;
        counters.AdvicesAcknowledged = 0;
        counters.ReversalsAcknowledged = 0;
        counters.Netted = 0;
        counters.Parked = 0;
        counters.WrittenOff = 0;
    }

    void IRecordVisitor.Intent(in RecordHead head, in IntentRecord record, ReadOnlySpan<byte> secret)
    {
        IdentityBlock identity = record.Identity;
        AddLeg(InDoubt.Put(head.Transaction, identity.Key, identity.Card, identity.Time, secret), record.Leg);
        RecoveredMessages.Remember(context, identity, head.WallMs);
        RecoveredMessages.SetLocalTime(context, identity.Key, record.LocalTime);
    }

    void IRecordVisitor.Leg(in RecordHead head, in LegBlock record)
    {
        if (InDoubt.Find(head.Transaction) is { } doubt)
        {
            AddLeg(doubt, record);
        }
    }

    void IRecordVisitor.Decision(in RecordHead head, in DecisionRecord record, ReadOnlySpan<byte> secret)
    {
        if (record.HasIdentity)
        {
            RecoveredMessages.Remember(context, record.Identity, head.WallMs);
        }

        Net(record.Netted);
        InDoubt.Remove(head.Transaction);
        OutcomeBlock outcome = record.Outcome;
        ref Remembered entry = ref context.Duplicates.Find(record.Key);
        if (!Unsafe.IsNullRef(ref entry))
        {
            // An earlier decision of the same transaction is taken back by this one.
            GiveBackIfStoodIn(entry, record.Card);
            entry.Answer = Remembering.Pack(outcome.Response, outcome.Approval);
            entry.Source = outcome.Source;
            entry.Issuer = (short)(outcome.Issuer.IsEmpty ? -1 : IssuerOf(outcome.Issuer));
            entry.Reference = outcome.Stan;
        }

        if (outcome.Response == ResponseCode.PartialApproval)
        {
            context.PartialApprovals.Set(record.Key, record.Amount);
        }

        RestoreStandIn(head, record);
        AddOwed(head, record.Owed, record.Postings, secret);
        RecoveredMessages.SetLocalTime(context, record.Key, record.LocalTime);
    }

    // Outages and counts, in the order in which decisions moved them.
    private void RestoreStandIn(in RecordHead head, in DecisionRecord record)
    {
        OutcomeBlock outcome = record.Outcome;
        if (outcome.Source is DecisionSource.Primary or DecisionSource.Standby)
        {
            _standIn.Answered(IssuerOf(outcome.Issuer));
        }
        else if (record.Rule is not (StandInRule.None or StandInRule.Velocity))
        {
            _standIn.Began(IssuerOf(record.Ruled.Issuer), record.Ruled.Outage);
        }

        if (outcome.Source == DecisionSource.StandIn && record.Rule == StandInRule.Approved)
        {
            var approval = new StandInApproval
            {
                Card = record.Card, Key = record.Key, Amount = record.Amount, TimeMs = head.WallMs,
                Issuer = RequiredIssuer(head.Lsn, outcome.Issuer), Stan = outcome.Stan,
            };
            _standIn.Approved(head.Lsn, record.Ruled, approval);
        }
    }

    void IRecordVisitor.Owed(in RecordHead head, in OwedRecord record, ReadOnlySpan<byte> secret)
    {
        CardToken card = default;
        ulong ownKey = 0;
        ulong messageKey = 0;
        if (record.HasIdentity)
        {
            IdentityBlock identity = record.Identity;
            card = identity.Card;
            messageKey = identity.Key;
            ownKey = identity.Mti.IsReversal ? 0 : identity.Key;
            ref Remembered message = ref RecoveredMessages.Remember(context, identity, head.WallMs);
            message.Flags |= RememberedFlags.Advice;
            message.Answer = Remembering.Pack(ResponseCode.Approved, default);
        }

        OwedItem? owed = AddOwed(head, record.Owed, record.Postings, secret);
        RecoveredMessages.SetLocalTime(context, messageKey, record.LocalTime);
        if (record.Effect == OwedEffect.None && ownKey == 0 && owed is { Kind: OwedKind.Reversal })
        {
            PutBeforeItsAdvice(owed);
        }

        if (card.IsNone)
        {
            // Taken back undelivered: no message names the card, but what is owed or void because of it does.
            card = owed?.Card ?? moves.Find(record.Netted)?.Card ?? default;
        }

        ApplyEffect(record, card, head.WallMs);
        Net(record.Netted);
        if (record.Effect == OwedEffect.Reversed && InDoubt.Find(head.Transaction) is { } doubt)
        {
            doubt.IsReversedByAcquirer = true;
        }

        ref Remembered own = ref context.Duplicates.Find(ownKey);
        if (ownKey != 0 && owed is not null && !Unsafe.IsNullRef(ref own))
        {
            own.Issuer = (short)owed.Issuer; // A reversal of the advice names it as its issuer knows it.
            own.Reference = owed.Stan;
        }
    }

    // The reversal of an approval that came after stand-in had approved goes before the advice that tells of that.
    private void PutBeforeItsAdvice(OwedItem reversal)
    {
        IssuerQueue queue = context.Issuers[reversal.Issuer].Queue;
        moves.Wake(queue, reversal.ChainKey);
        for (OwedItem? item = queue.FirstOfCard(reversal.ChainKey); item is not null; item = item.NextOfCard)
        {
            if (item.Transaction == reversal.Transaction && item.Kind == OwedKind.StandInAdvice)
            {
                forward.MoveBefore(reversal, item);
                return;
            }
        }
    }

    private void ApplyEffect(in OwedRecord record, in CardToken card, long wallMs)
    {
        OwedEffect effect = record.Effect;
        ulong originalKey = record.OriginalKey;
        long remaining = record.Remaining;
        ref Remembered entry = ref context.Duplicates.Find(originalKey);
        if (effect is OwedEffect.PartlyReversed or OwedEffect.Completed)
        {
            if (effect == OwedEffect.PartlyReversed)
            {
                context.Partials.Set(originalKey, remaining);
            }

            if (!Unsafe.IsNullRef(ref entry) && entry is { Source: DecisionSource.StandIn, Issuer: >= 0 })
            {
                context.Ledger.Reduce(card, entry.Issuer, entry.Reference, remaining, originalKey);
            }

            return;
        }

        if (effect == OwedEffect.Tombstone && Unsafe.IsNullRef(ref entry))
        {
            context.Duplicates.Add(originalKey, SecondOf(wallMs)).State = RememberedState.Tombstone;
        }
        else if (effect is OwedEffect.Reversed or OwedEffect.Undelivered && !Unsafe.IsNullRef(ref entry))
        {
            GiveBackIfStoodIn(entry, card);
            entry.Flags |= RememberedFlags.Reversed;
            if (effect == OwedEffect.Undelivered)
            {
                entry.Answer = Remembering.Pack(ResponseCode.Inoperative, default);
            }
        }
    }

    void IRecordVisitor.Progress(in RecordHead head, in ProgressRecord record)
    {
        _totals.Apply(record.Postings);
        if (moves.Find(record.Id) is not { } item)
        {
            return;
        }

        item.Attempts = record.Attempts;
        if (record.What == OwedEvent.Parked)
        {
            forward.ParkRecovered(context.Issuers[item.Issuer], item);
            return;
        }

        forward.FinishRecovered(item);
    }

    void IRecordVisitor.Late(in RecordHead head, in LateRecord record) => _totals.Apply(record.Postings);

    void IRecordVisitor.NodeStarted(in RecordHead head, in NodeStartedRecord record)
    {
        Epoch = Math.Max(Epoch, record.Epoch);
        GoOnWith(record, hadFormer: head.Lsn > 1, head.WallMs);
    }

    // The tokens of what follows are those of this start.
    private void GoOnWith(in NodeStartedRecord started, bool hadFormer, long wallMs)
    {
        if (started.Tokens > formers.Kind || formers.IsAnother(started.TokenCheck))
        {
            formers.Begin(started.Tokens, started.TokenCheck, hadFormer, wallMs, InDoubt.Cards());
        }
        else
        {
            formers.Learn(started.TokenCheck, wallMs);
        }
    }

    void IRecordVisitor.CardRetokened(in RecordHead head, in CardRetokenedRecord record) => formers.Apply(record);

    // For people: what an issuer's health was says nothing of what it is now.
    void IRecordVisitor.Health(in RecordHead head, in HealthRecord record)
    {
    }

    // For people: what a command changed has records of its own.
    void IRecordVisitor.Audit(in RecordHead head, in AuditRecord record)
    {
    }

    void IRecordVisitor.Cutover(in RecordHead head, in CutoverRecord record) => _totals.Apply(record);

    void IRecordVisitor.Recalled(in RecordHead head, in RecalledBlock record) =>
        record.Remember(context, IssuerOf(record.Issuer), SecondOf(head.WallMs));

    void IRecordVisitor.FileAction(in RecordHead head, in FileActionRecord record) =>
        context.FileChanges.Put(record.Card, record.State, record.Code);

    void IRecordVisitor.OperatorAction(in RecordHead head, in OperatorActionRecord record)
    {
        if (record.Kind is CoreCommandKind.ReplaceCardLists or CoreCommandKind.ClearVelocity)
        {
            return; // The start has read the lists as they are now, and counts of velocity begin empty.
        }

        int issuer = RequiredIssuer(head.Lsn, record.Issuer);
        commands.Apply(record.Kind, issuer, moves.Find(record.Item), head.Lsn);
    }

    void IRecordVisitor.Lost(in RecordHead head, in LostRecord record)
    {
        // What was here is unknown; what it leaves open is reversed or repeated like anything open.
    }

    private OwedItem? AddOwed(in RecordHead head, OwedList list, PostingList postings, ReadOnlySpan<byte> secret)
    {
        OwedItem? last = null;
        while (list.MoveNext())
        {
            OwedBlock block = list.Block;
            int issuer = RequiredIssuer(head.Lsn, block.Issuer);
            OwedItem item = table.Take(block.Id, block.Kind, issuer, block.Mti, block.Card, block.Reason);
            item.Transaction = head.Transaction;
            item.Stan = block.Stan;
            item.Time = block.Time;
            item.OriginalStan = block.OriginalStan;

            // Whether it was sent is not on record, so from here on it goes as a repeat: a receiver that never saw the
            // first takes a repeat as the first (docs/domain.md section 1.2).
            item.Attempts = 1;
            if (list.ImageOffset + block.ImageSize > secret.Length)
            {
                throw new RecordFormatException(head.Lsn, $"the image of owed message {block.Id} is cut short");
            }

            item.Keep(secret.Slice(list.ImageOffset, block.ImageSize));
            item.CountAs(list.Counts, list.Amount, list.Currency);
            context.Issuers[issuer].Stans.Restore(block.OriginalStan, live: true);
            OwedNumbers.Restore(context.Issuers[issuer], block.Stan);
            forward.Enqueue(item, head.Lsn);
            last = item;
        }

        _totals.Apply(postings);
        return last;
    }

    private void AddLeg(InDoubt doubt, in LegBlock leg)
    {
        int issuer = IssuerOf(leg.Issuer);
        doubt.Legs.Add((issuer, leg.Stan, leg.Mti));
        if (issuer >= 0)
        {
            context.Issuers[issuer].Stans.Restore(leg.Stan, live: false);
        }
    }

    private void Net(ulong id)
    {
        if (id != 0 && moves.Find(id) is { } item)
        {
            // By the advice itself: its transaction may be out of the duplicate window by now. Giving back twice is
            // harmless.
            context.Ledger.GiveBack(item.Card, item.Issuer, item.Stan);
            forward.Net(item, context.DurableLsn);
        }
    }

    // Every leg of a send in doubt is reversed, but for the last one when the acquirer's own reversal of it stands in
    // line already.
    private int Resolve(ulong id, InDoubt doubt)
    {
        int legs = doubt.Legs.Count - (doubt.IsReversedByAcquirer ? 1 : 0);
        var owed = new OwedItem[legs];
        for (int i = 0; i < legs; i++)
        {
            (int issuer, int stan, Mti sentAs) = doubt.Legs[i];
            if (issuer < 0)
            {
                throw new RecordFormatException(0, "an issuer with requests in doubt is no longer configured");
            }

            owed[i] = messages.RecoveredReversal(id, doubt.Card, issuer, stan, sentAs, doubt.Time, doubt.Image.Span);
        }

        long lsn = log.Resolved(id, doubt.Key, doubt.Card, owed);
        foreach (OwedItem item in owed)
        {
            forward.Enqueue(item, lsn);
        }

        ref Remembered entry = ref context.Duplicates.Find(doubt.Key);
        if (!Unsafe.IsNullRef(ref entry))
        {
            entry.Answer = Remembering.Pack(ResponseCode.Inoperative, default);
            entry.Source = DecisionSource.Recovery;
            entry.Flags |= RememberedFlags.Reversed;
        }

        return legs;
    }

    private void GiveBackIfStoodIn(in Remembered entry, in CardToken card)
    {
        if (entry.Source == DecisionSource.StandIn && entry.Issuer >= 0 && Remembering.ResponseOf(entry).IsApproval)
        {
            context.Ledger.GiveBack(card, entry.Issuer, entry.Reference, entry.Key);
        }
    }

    private int RequiredIssuer(long lsn, ReadOnlySpan<byte> name)
    {
        int issuer = IssuerOf(name);
        return issuer >= 0
            ? issuer
            : throw new RecordFormatException(
                lsn, $"issuer '{System.Text.Encoding.ASCII.GetString(name)}' is owed messages and not configured");
    }

    private int IssuerOf(ReadOnlySpan<byte> name) =>
        _issuers.TryGetValue(System.Text.Encoding.ASCII.GetString(name), out int index) ? index : -1;

    private static uint SecondOf(long wallMs) => (uint)(wallMs / 1000);
}
