using System.Runtime.CompilerServices;
using Switch.Protocol.Fields;
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
    CoreContext context, OwedTable table, SafDelivery forward, OwedMessages messages, TransactionLog log,
    TransactionIds ids, OperatorCommands commands)
{
    private readonly Dictionary<ulong, OwedItem> _owed = [];
    private readonly Dictionary<string, int> _issuers =
        TotalsRecords.IndexOf(context.Configuration.Issuers, issuer => issuer.Name);
    private readonly TotalsRecords _totals = new(context);
    private readonly List<OwedItem> _added = [];
    private readonly StandInRecovery _standIn = new(context);

    /// <summary>Outages and limits.</summary>
    public StandInRecovery StandIn => _standIn;

    /// <summary>Everything owed, parked or not, by id.</summary>
    public Dictionary<ulong, OwedItem> Owed => _owed;

    /// <summary>The latest start of the node that is on record.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Requests sent and, so far, not decided.</summary>
    public InDoubtTable InDoubt { get; } = new();

    /// <summary>Takes in one record; they come in the order of their positions.</summary>
    /// <exception cref="RecordFormatException">The record is not one that this version wrote.</exception>
    public void Apply(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        context.DurableLsn = lsn;
        if (type == RecordType.Lost)
        {
            return; // What was here is unknown; what it leaves open is reversed or repeated like anything open.
        }

        var reader = new RecordReader(open);
        byte version = reader.Byte();
        if (version != TransactionLog.Version)
        {
            throw new RecordFormatException(lsn, $"{type} has layout version {version}");
        }

        ulong transaction = reader.Number64();
        long wallMs = (long)reader.Number64();
        switch (type)
        {
            case RecordType.Intent:
                ApplyIntent(transaction, wallMs, ref reader, secret);
                break;
            case RecordType.Leg:
                ApplyLeg(transaction, ref reader);
                break;
            case RecordType.Decision:
                ApplyDecision(lsn, transaction, wallMs, ref reader, secret);
                break;
            case RecordType.Owed:
                ApplyOwed(lsn, transaction, wallMs, ref reader, secret);
                break;
            case RecordType.OwedProgress:
                ApplyProgress(ref reader);
                break;
            case RecordType.Late:
                LegBlock.Read(ref reader);
                reader.Number16();
                _totals.Apply(ref reader);
                break;
            case RecordType.Cutover:
                _totals.ApplyCutover(ref reader);
                break;
            case RecordType.FileAction:
                ApplyFileAction(ref reader);
                break;
            case RecordType.OperatorAction:
                ApplyOperatorAction(lsn, ref reader);
                break;
            case RecordType.Recalled:
                RecalledBlock recalled = RecalledBlock.Read(ref reader);
                recalled.Remember(context, IssuerOf(recalled.Issuer), SecondOf(wallMs));
                break;
            case RecordType.NodeStarted:
                Epoch = Math.Max(Epoch, reader.Number64());
                break;
        }

        if (reader.IsShort)
        {
            throw new RecordFormatException(lsn, $"{type} ends too soon");
        }
    }

    /// <summary>Starts a new epoch and reverses what is in doubt; nothing of it is sent before it is durable.</summary>
    public void Finish()
    {
        ids.Begin(Epoch + 1);
        log.NodeStarted(ids.Epoch);
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
        _owed.Clear();
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

    private void ApplyIntent(ulong id, long wallMs, ref RecordReader reader, ReadOnlySpan<byte> secret)
    {
        IdentityBlock identity = IdentityBlock.Read(ref reader);
        LegBlock leg = LegBlock.Read(ref reader);
        AddLeg(InDoubt.Put(id, identity.Key, identity.Card, identity.Time, secret), leg);
        RecoveredMessages.Remember(context, identity, wallMs);
        RecoveredMessages.SetLocalTime(context, identity.Key, ref reader);
    }

    private void ApplyLeg(ulong id, ref RecordReader reader)
    {
        LegBlock leg = LegBlock.Read(ref reader);
        if (InDoubt.Find(id) is { } doubt)
        {
            AddLeg(doubt, leg);
        }
    }

    private void ApplyDecision(
        long lsn, ulong id, long wallMs, ref RecordReader reader, ReadOnlySpan<byte> secret)
    {
        bool hasIdentity = reader.Byte() != 0;
        if (hasIdentity)
        {
            RecoveredMessages.Remember(context, IdentityBlock.Read(ref reader), wallMs);
        }

        OutcomeBlock outcome = OutcomeBlock.Read(ref reader);
        var rule = (StandInRule)reader.Byte();
        StandInBlock ruled = rule == StandInRule.None ? default : StandInBlock.Read(ref reader);
        long amount = (long)reader.Number64();
        CardToken card = reader.Token();
        ulong key = reader.Number64();
        Net(reader.Number64());
        InDoubt.Remove(id);
        ref Remembered entry = ref context.Duplicates.Find(key);
        if (!Unsafe.IsNullRef(ref entry))
        {
            GiveBackIfStoodIn(entry, card); // An earlier decision of the same transaction, taken back by this one.
            entry.Answer = Remembering.Pack(outcome.Response, outcome.Approval);
            entry.Source = outcome.Source;
            entry.Issuer = (short)(outcome.Issuer.IsEmpty ? -1 : IssuerOf(outcome.Issuer));
            entry.Reference = outcome.Stan;
        }

        if (outcome.Response == ResponseCode.PartialApproval)
        {
            context.PartialApprovals.Set(key, amount);
        }

        var approval = new StandInApproval { Card = card, Key = key, Amount = amount, TimeMs = wallMs };
        RestoreStandIn(lsn, outcome, rule, ruled, approval);
        AddOwed(lsn, id, ref reader, secret);
        if (hasIdentity)
        {
            RecoveredMessages.SetLocalTime(context, key, ref reader);
        }
    }

    // Outages and counts, in the order in which decisions moved them.
    private void RestoreStandIn(
        long lsn, in OutcomeBlock outcome, StandInRule rule, in StandInBlock ruled, in StandInApproval approval)
    {
        if (outcome.Source is DecisionSource.Primary or DecisionSource.Standby)
        {
            _standIn.Answered(IssuerOf(outcome.Issuer));
        }
        else if (rule != StandInRule.None)
        {
            _standIn.Began(IssuerOf(ruled.Issuer), ruled.Outage);
        }

        if (outcome.Source == DecisionSource.StandIn && rule == StandInRule.Approved)
        {
            int issuer = RequiredIssuer(lsn, outcome.Issuer);
            _standIn.Approved(lsn, ruled, approval with { Issuer = issuer, Stan = outcome.Stan });
        }
    }

    private void ApplyOwed(long lsn, ulong id, long wallMs, ref RecordReader reader, ReadOnlySpan<byte> secret)
    {
        ulong originalKey = reader.Number64();
        var effect = (OwedEffect)reader.Byte();
        long remaining = (long)reader.Number64();
        ulong netted = reader.Number64();
        CardToken card = default;
        ulong ownKey = 0;
        ulong messageKey = 0;
        if (reader.Byte() != 0)
        {
            IdentityBlock identity = IdentityBlock.Read(ref reader);
            card = identity.Card;
            messageKey = identity.Key;
            ownKey = identity.Mti.IsReversal ? 0 : identity.Key;
            ref Remembered message = ref RecoveredMessages.Remember(context, identity, wallMs);
            message.Flags |= RememberedFlags.Advice;
            message.Answer = Remembering.Pack(ResponseCode.Approved, default);
        }

        OwedItem? owed = AddOwed(lsn, id, ref reader, secret);
        RecoveredMessages.SetLocalTime(context, messageKey, ref reader);
        if (effect == OwedEffect.None && ownKey == 0 && owed is { Kind: OwedKind.Reversal })
        {
            PutBeforeItsAdvice(owed);
        }

        if (card.IsNone)
        {
            // Taken back undelivered: no message names the card, but what is owed or void because of it does.
            card = owed?.Card ?? (_owed.TryGetValue(netted, out OwedItem? advice) ? advice.Card : default);
        }

        ApplyEffect(effect, originalKey, card, remaining, wallMs);
        Net(netted);
        if (effect == OwedEffect.Reversed && InDoubt.Find(id) is { } doubt)
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
        foreach (OwedItem item in _owed.Values)
        {
            if (item.Transaction == reversal.Transaction && item.Kind == OwedKind.StandInAdvice
                && item.State != OwedState.Parked)
            {
                forward.MoveBefore(reversal, item);
                return;
            }
        }
    }

    private void ApplyEffect(
        OwedEffect effect, ulong originalKey, in CardToken card, long remaining, long wallMs)
    {
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

    private void ApplyProgress(ref RecordReader reader)
    {
        ulong id = reader.Number64();
        var what = (OwedEvent)reader.Byte();
        reader.Number16();
        uint attempts = reader.Number32();
        _totals.Apply(ref reader);
        if (!_owed.TryGetValue(id, out OwedItem? item))
        {
            return;
        }

        item.Attempts = (int)attempts;
        if (what == OwedEvent.Parked)
        {
            forward.ParkRecovered(context.Issuers[item.Issuer], item);
            return;
        }

        _owed.Remove(id);
        forward.FinishRecovered(item);
    }

    private void ApplyFileAction(ref RecordReader reader)
    {
        reader.Text(); // The issuer.
        CardToken card = reader.Token();
        reader.Byte(); // What it asked for.
        var state = (OverlayState)reader.Byte();
        context.FileChanges.Put(card, state, new ResponseCode(reader.Number16()));
    }

    private void ApplyOperatorAction(long lsn, ref RecordReader reader)
    {
        var kind = (CoreCommandKind)reader.Byte();
        if (kind == CoreCommandKind.ReplaceCardLists)
        {
            return; // The start has read the lists as they are now.
        }

        int issuer = RequiredIssuer(lsn, reader.Text());
        ulong id = reader.Number64();
        commands.Apply(kind, issuer, _owed.GetValueOrDefault(id), lsn);
        if (kind == CoreCommandKind.WriteOffParked)
        {
            _owed.Remove(id);
        }
    }

    private OwedItem? AddOwed(long lsn, ulong transaction, ref RecordReader reader, ReadOnlySpan<byte> secret)
    {
        OwedItem? last = null;
        int count = reader.Byte();
        int offset = 0;
        for (int i = 0; i < count && !reader.IsShort; i++)
        {
            OwedBlock block = OwedBlock.Read(ref reader);
            int issuer = RequiredIssuer(lsn, block.Issuer);
            OwedItem item = table.Take(block.Id, block.Kind, issuer, block.Mti, block.Card, block.Reason);
            item.Transaction = transaction;
            item.Stan = block.Stan;
            item.Time = block.Time;
            item.OriginalStan = block.OriginalStan;

            // Whether it was sent is not on record, so from here on it goes as a repeat: a receiver that never saw the
            // first takes a repeat as the first (docs/domain.md section 1.2).
            item.Attempts = 1;
            if (offset + block.ImageSize > secret.Length)
            {
                throw new RecordFormatException(lsn, $"the image of owed message {block.Id} is cut short");
            }

            item.Keep(secret.Slice(offset, block.ImageSize));
            offset += block.ImageSize;
            context.Issuers[issuer].Stans.Restore(block.OriginalStan, live: true);
            context.Issuers[issuer].Stans.Restore(block.Stan, live: true);
            _owed[block.Id] = item;
            _added.Add(item);
            forward.Enqueue(item, lsn);
            last = item;
        }

        TotalsRecords.Read(ref reader, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_added));
        _added.Clear();
        _totals.Apply(ref reader);
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
        if (id != 0 && _owed.Remove(id, out OwedItem? item))
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
