using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Records;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Values;

namespace Switch.Routing.Cards;

/// <summary>
/// The cards that the core knows by a former token: of the key before, or of version 0.1. A token cannot be converted
/// without the card number, so each card gets its new one when a message brings both: card blocks, limits and what is
/// owed go over to it at once, in one record. Payments that are remembered keep theirs, and are held against both until
/// the last of them is forgotten (docs/internals/security.md). There is one former kind at a time, never two.
/// </summary>
internal sealed class FormerCards(CoreContext context, SafDelivery forward, TransactionLog log)
{
    // Of a tick. Each look goes through the queues of all issuers.
    private const int ChecksPerTick = 16;

    private static readonly HashSet<CardToken> None = [];

    private readonly HashSet<CardToken> _left = [];
    private readonly Queue<CardToken> _round = new(); // Those that are left, and some that are not any more.
    private long _lastRemembered; // So many must be forgotten before none is left that came with a former token.
    private TokenKeys _keys;

    /// <summary>By which function the tokens of new messages are made.</summary>
    public CardTokenKind Kind { get; private set; }

    /// <summary>The journal has had former tokens; its store may bear them for as long as it keeps a payment.</summary>
    public bool HadFormer { get; private set; }

    /// <summary>Which keys the journal's tokens are of.</summary>
    public TokenKeys Keys => _keys;

    /// <summary>Cards that a block, a limit or an owed message still names by their former token.</summary>
    public int Count => _left.Count;

    /// <summary>Which messages must bring their former token.</summary>
    public FormerTokenNeed Need => IsInMemory ? FormerTokenNeed.All
        : HadFormer && CanMakeFormer && IsInStore(_keys.BeganMs) ? FormerTokenNeed.LookUps
        : FormerTokenNeed.None;

    /// <summary>
    /// Until when the store may keep payments with tokens that no named key makes, Unix milliseconds; 0: it has none.
    /// </summary>
    public long LostInStoreUntilMs
    {
        get
        {
            long endedMs = HadFormer && !CanMakeFormer ? _keys.BeganMs : _keys.OlderEndedMs;
            return endedMs > 0 && IsInStore(endedMs) ? UntilMs(endedMs) : 0;
        }
    }

    /// <summary>Remembered payments that came with a former token.</summary>
    public long RememberedLeft => Math.Max(0, _lastRemembered - context.Duplicates.DroppedCount);

    private bool IsInMemory => _left.Count > 0 || RememberedLeft > 0;

    // The former tokens are those of the key before when one is named, and else those of version 0.1.
    private bool CanMakeFormer => context.Configuration.CardKeys.Former == _keys.FormerCheck;

    /// <summary>Whether a start with a key of this fingerprint would be one with another key than the last.</summary>
    public bool IsAnother(ulong check) => check != 0 && _keys.Check != 0 && check != _keys.Check;

    /// <summary>From here on the tokens of messages are of this kind: what the tables bear now is of the former.
    /// </summary>
    /// <param name="check">The fingerprint of their key.</param>
    /// <param name="hadFormer">Something was recorded before.</param>
    /// <param name="inDoubt">Cards of requests that were sent and not decided: their reversals will be owed.</param>
    public void Begin(CardTokenKind kind, ulong check, bool hadFormer, long wallMs, HashSet<CardToken> inDoubt)
    {
        _keys = new TokenKeys(check, _keys.Check, wallMs, HadFormer ? _keys.BeganMs : 0);
        Kind = kind;
        HadFormer |= hadFormer;
        _lastRemembered = context.Duplicates.DroppedCount + context.Duplicates.Count;
        _left.Clear(); // A start with former tokens of two kinds was refused.
        _round.Clear();
        IEnumerable<CardToken>[] tables = [context.FileChanges.Cards, context.Ledger.Cards, forward.Cards, inDoubt];
        foreach (IEnumerable<CardToken> table in tables)
        {
            foreach (CardToken card in table)
            {
                Await(card);
            }
        }
    }

    /// <summary>A start with the same key as before, which records of earlier versions do not name.</summary>
    public void Learn(ulong check, long wallMs)
    {
        if (_keys.Check == 0 && check != 0)
        {
            long beganMs = _keys.BeganMs == 0 && HadFormer ? wallMs : _keys.BeganMs; // The latest that it can be.
            _keys = _keys with { Check = check, BeganMs = beganMs };
        }
    }

    /// <summary>
    /// Why a start with the configured keys would forget what the journal knows of a card; null: it would not. Once
    /// everything is replayed and before anything is written.
    /// </summary>
    /// <param name="inDoubt">As in <see cref="Begin"/>.</param>
    public string? FindProblem(HashSet<CardToken> inDoubt)
    {
        CardKeys named = context.Configuration.CardKeys;
        if (named.Current == 0 || context.DurableLsn == 0)
        {
            return null;
        }

        if (_keys.Check == 0)
        {
            return named.Former == 0 ? null
                : "The journal does not say which key its card tokens are of: its last start was one of an earlier "
                + "version. Start once with that key as Keys:Cards and without Keys:CardsOld, then change the key.";
        }

        bool isAnother = IsAnother(named.Current);
        if (isAnother && named.Former != _keys.Check)
        {
            string old = named.Former == 0 ? "Keys:CardsOld is not set" : $"Keys:CardsOld is {named.Former:x16}";
            return $"The journal's card tokens are of another key, {_keys.Check:x16}. Keys:Cards is "
                + $"{named.Current:x16}, and {old}. Name the journal's key in one of them: with these keys no repeat, "
                + "reversal or stand-in counter of before would be recognised.";
        }

        if (!isAnother && CanMakeFormer)
        {
            return null;
        }

        ForgetWhatIsOver(inDoubt);
        if (!IsInMemory)
        {
            return null;
        }

        string left = $"{Count} cards and {RememberedLeft} remembered payments still bear tokens of "
            + (_keys.FormerCheck == 0 ? "version 0.1" : $"the key before, {_keys.FormerCheck:x16}");
        string which = named.Current == _keys.FormerCheck ? "that key again" : $"a third key, {named.Current:x16}";
        return isAnother
            ? $"{left}, and Keys:Cards is {which}. Go on with {_keys.Check:x16} as Keys:Cards, and the keys as they "
            + "were, until none is left."
            : $"{left}, and Keys:CardsOld "
            + (_keys.FormerCheck == 0 ? "is set. Remove it" : "does not name it. Put it back there")
            + " until none is left.";
    }

    /// <summary>
    /// A message has come. When its card is known by its former token, the core knows it by the new one from here on:
    /// before anything is decided about the message.
    /// </summary>
    public void Meet(Message message)
    {
        CardToken former = message.FormerCard;
        if (former.IsNone || message.Card.IsNone || !_left.Contains(former) || context.JournalFailed)
        {
            return; // With a failed journal nothing is approved any more.
        }

        if (!IsBorne(former))
        {
            _left.Remove(former);
            return;
        }

        var record = new CardRetokenedRecord { Former = former, Current = message.Card };
        log.Append(transaction: 0, record);
        Apply(record);
    }

    /// <summary>A card goes over to its new token.</summary>
    public void Apply(in CardRetokenedRecord record)
    {
        context.FileChanges.Rename(record.Former, record.Current);
        context.Ledger.Rename(record.Former, record.Current);
        forward.Rename(record.Former, record.Current);
        _left.Remove(record.Former);
    }

    /// <summary>Looks whether some of what is left has gone meanwhile.</summary>
    public void Tick() => Check(Math.Min(ChecksPerTick, _round.Count), None);

    /// <summary>As <see cref="Tick"/>, of everything.</summary>
    /// <param name="inDoubt">Cards that stay, as in <see cref="Begin"/>.</param>
    public void Compact(HashSet<CardToken> inDoubt) => Check(_round.Count, inDoubt);

    /// <summary>Takes back in what was saved; cards come afterwards.</summary>
    public void Restore(CardTokenKind kind, bool hadFormer, long rememberedLeft)
    {
        Kind = kind;
        HadFormer = hadFormer;
        _lastRemembered = context.Duplicates.DroppedCount + rememberedLeft;
    }

    /// <summary>As above.</summary>
    public void Restore(in TokenKeys keys) => _keys = keys;

    /// <summary>Takes a card back in, or notes one.</summary>
    public void Await(in CardToken card)
    {
        if (!card.IsNone && _left.Add(card))
        {
            _round.Enqueue(card);
        }
    }

    /// <summary>Those that are left, in an order of their own.</summary>
    public List<CardToken> InOrder()
    {
        var cards = new List<CardToken>(_left);
        cards.Sort(static (left, right) => string.CompareOrdinal(left.ToString(), right.ToString()));
        return cards;
    }

    private bool IsInStore(long endedMs) => context.Configuration.LookUp > TimeSpan.Zero
        && (endedMs == 0 || context.Now.WallMs < UntilMs(endedMs));

    private long UntilMs(long endedMs)
    {
        TimeSpan reach = context.Configuration.LookUpReach;
        return reach > TimeSpan.Zero ? endedMs + (long)reach.TotalMilliseconds : long.MaxValue;
    }

    // What ticks would have forgotten while the node was down.
    private void ForgetWhatIsOver(HashSet<CardToken> inDoubt)
    {
        long before;
        do
        {
            before = context.Duplicates.DroppedCount;
            context.Duplicates.Expire(context.SecondNow);
        }
        while (context.Duplicates.DroppedCount != before);

        while (context.Ledger.Expire(context.Now.WallMs))
        {
        }

        Compact(inDoubt);
    }

    private void Check(int count, HashSet<CardToken> inDoubt)
    {
        for (int i = 0; i < count; i++)
        {
            CardToken card = _round.Dequeue();
            if (!_left.Contains(card))
            {
                continue;
            }

            if (IsBorne(card) || inDoubt.Contains(card))
            {
                _round.Enqueue(card);
            }
            else
            {
                _left.Remove(card);
            }
        }
    }

    private bool IsBorne(in CardToken card) => context.FileChanges.TryFind(card, out _)
        || context.Ledger.Knows(card) || forward.Knows(card);
}

/// <summary>The keys of a journal's tokens, by their fingerprints.</summary>
/// <param name="Check">Of the tokens of today; 0: of an earlier version, which did not say it.</param>
/// <param name="FormerCheck">Of the former ones; 0: those of version 0.1, or none.</param>
/// <param name="BeganMs">When those of today began, Unix milliseconds; 0: it is not known.</param>
/// <param name="OlderEndedMs">When those before the former ones ended; 0: there were none.</param>
internal readonly record struct TokenKeys(ulong Check, ulong FormerCheck, long BeganMs, long OlderEndedMs);
