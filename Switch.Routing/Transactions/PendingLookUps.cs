using System.Runtime.CompilerServices;
using System.Text;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Payments;
using Switch.Routing.Records;

namespace Switch.Routing.Transactions;

/// <summary>
/// Advices and reversals that wait while the store is asked what they are about. The core does not wait: each goes on
/// when its answer comes or its time is over, and is then taken as if it had come at that moment. It is neither
/// recorded nor answered before that, so a crash leaves it to its sender, who repeats it.
/// </summary>
internal sealed class PendingLookUps(
    CoreContext context, Originals originals, TransactionLog log, TransactionIds ids)
{
    private readonly Dictionary<ulong, Waiting> _waiting = [];
    private readonly Queue<(ulong Id, long Due)> _order = new(); // All wait equally long.
    private readonly int[] _waitingByAcquirer = new int[context.Configuration.Acquirers.Count];
    private readonly Dictionary<string, int> _issuers =
        TotalsRecords.IndexOf(context.Configuration.Issuers, issuer => issuer.Name);

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Keeps the message and asks, when memory knows neither it nor what it is about.</summary>
    public LookUpStart Begin(int session, int acquirer, Message message, in RequestFacts facts)
    {
        if (context.Configuration.LookUp == TimeSpan.Zero
            || !NeedsStore(acquirer, message, facts, out Original original))
        {
            return LookUpStart.NotAsked;
        }

        if (_waiting.Count >= OriginalQuery.CountMax
            || _waitingByAcquirer[acquirer] >= OriginalQuery.CountMaxOfAcquirer)
        {
            context.Counters.LookUpsRefused++;
            return LookUpStart.NoPlace;
        }

        ulong id = ids.Next();
        var query = new OriginalQuery
        {
            Id = id,
            AfterLsn = log.LastLsn,
            Terminal = TextOf(message, Field.TerminalId),
            OwnStan = facts.Stan,
            OwnKeys = Listed(originals.OwnKeysOf(message, acquirer, facts)),
            Stan = !IsAbout(message, facts) ? -1 : original.IsNamed ? original.Elements.Stan : facts.Stan,
            Keys = IsAbout(message, facts)
                ? Listed(originals.KeysOf(message, acquirer, original.Elements, original.IsNamed))
                : [],
            Reference = facts.Rrn == 0 || original.IsNamed || !facts.Mti.IsReversal
                ? null
                : ReferenceOf(acquirer, message),
        };
        context.Counters.LookUps++;
        if (!context.Effects.LookUpOriginal(query))
        {
            context.Counters.LookUpsUnavailable++;
            return LookUpStart.NotAsked;
        }

        _waitingByAcquirer[acquirer]++;
        _waiting.Add(id, new Waiting(session, acquirer, message));
        _order.Enqueue((id, context.Now.Ticks + context.Configuration.LookUp.Ticks));
        return LookUpStart.Asked;
    }

    /// <summary>
    /// The answer has come: what the store knew is in memory from here on. False when it is not waited for any more.
    /// </summary>
    public bool TryEnd(LookUpAnswer answer, out Waiting waiting)
    {
        if (!_waiting.Remove(answer.Id, out waiting))
        {
            return false;
        }

        _waitingByAcquirer[waiting.Acquirer]--;
        bool isAnswered = answer.Outcome == LookUpOutcome.Answered;
        context.Counters.LookUpsUnavailable += isAnswered ? 0 : 1;
        if (isAnswered && !context.JournalFailed)
        {
            bool isFound = Recall(answer.Own);
            isFound |= Recall(answer.Original);
            context.Counters.LookUpsFound += isFound ? 1 : 0;
        }

        return true;
    }

    /// <summary>The next that has waited as long as it may; call until false.</summary>
    public bool TryExpire(out Waiting waiting)
    {
        while (_order.TryPeek(out (ulong Id, long Due) oldest))
        {
            bool isWaiting = _waiting.TryGetValue(oldest.Id, out waiting);
            if (isWaiting && oldest.Due > context.Now.Ticks)
            {
                return false;
            }

            _order.Dequeue();
            if (isWaiting)
            {
                _waiting.Remove(oldest.Id);
                _waitingByAcquirer[waiting.Acquirer]--;
                context.Counters.LookUpsUnavailable++;
                return true;
            }
        }

        waiting = default;
        return false;
    }

    /// <summary>Whether memory does not know what a reversal is about.</summary>
    public bool IsUnknown(int acquirer, Message message, in RequestFacts facts) =>
        facts.Mti.IsReversal && NeedsStore(acquirer, message, facts, out _);

    // What memory finds, or finds several of, the store need not be asked for. An advice that names nothing and is not
    // marked as a repeat stands for itself.
    private bool NeedsStore(int acquirer, Message message, in RequestFacts facts, out Original original)
    {
        original = originals.Find(message, acquirer, facts);
        return IsAbout(message, facts)
            ? original.Match == OriginalMatch.Unknown && !(original.IsNamed && original.Elements.Mti.IsReversal)
            : message.Mti.IsRepeat;
    }

    private static bool IsAbout(Message message, in RequestFacts facts) =>
        facts.Mti.IsReversal || OriginalElements.Read(message, out _) == OriginalNaming.Named;

    private ReferenceQuery ReferenceOf(int acquirer, Message message) => new(
        context.Configuration.Acquirers[acquirer].Name, TextOf(message, Field.RetrievalReference),
        TextOf(message, Field.TerminalId), TextOf(message, Field.MerchantId), message.Card, message.FormerCard);

    private static ulong[] Listed(OriginalKeys keys)
    {
        var listed = new List<ulong>();
        foreach (ulong key in keys)
        {
            if (key != 0)
            {
                listed.Add(key);
            }
        }

        return [.. listed];
    }

    private bool Recall(StoredPayment? stored)
    {
        int issuer = -1;
        if (stored is null || (stored.Issuer.Length > 0 && !_issuers.TryGetValue(stored.Issuer, out issuer)))
        {
            return false; // Of an issuer that is gone nothing can be taken back: whose card it is now decides.
        }

        ref Remembered known = ref context.Duplicates.Find(stored.Key);
        if (!Unsafe.IsNullRef(ref known) && known.IsNamed)
        {
            // Asked before memory knew: what another copy has done to it since is not in this answer. On record it
            // would stand for the truth after a restart that has forgotten the rest.
            return true;
        }

        Span<byte> name = stackalloc byte[byte.MaxValue];
        RecalledBlock block = RecalledBlock.Of(stored, name[..Encoding.ASCII.GetBytes(stored.Issuer, name)]);
        log.Append(stored.Id, block);
        block.Remember(context, stored.Issuer.Length > 0 ? issuer : -1, context.SecondNow);
        return true;
    }

    private static string TextOf(Message message, int field)
    {
        Span<byte> text = stackalloc byte[byte.MaxValue];
        return Encoding.ASCII.GetString(text[..message.CopyText(field, text)]);
    }

    /// <summary>Who waits, with what.</summary>
    internal readonly record struct Waiting(int Session, int Acquirer, Message Message);
}

/// <summary>What became of a message that may be about something forgotten.</summary>
internal enum LookUpStart : byte
{
    /// <summary>Memory knows enough, or there is no store to ask: it goes on at once.</summary>
    NotAsked = 0,

    /// <summary>It is kept until the store has answered.</summary>
    Asked,

    /// <summary>
    /// Too many wait: it must be sent again. Gone on with unasked, it would be taken for one about nothing, for good.
    /// </summary>
    NoPlace,
}
