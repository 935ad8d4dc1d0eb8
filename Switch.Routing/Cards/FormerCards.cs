using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Context;
using Switch.Routing.Records;
using Switch.Routing.StoreAndForward;
using Switch.Routing.Values;

namespace Switch.Routing.Cards;

/// <summary>
/// The cards that the core knows by a token of version 0.1, from a journal that was begun with such tokens. A token
/// cannot be converted without the card number, so each card gets its new one when a message brings both: card blocks,
/// limits and what is owed go over to it at once, in one record. Payments that are remembered keep theirs, and are held
/// against both until the last of them is forgotten (docs/internals/security.md).
/// </summary>
internal sealed class FormerCards(CoreContext context, SafDelivery forward, TransactionLog log)
{
    // Of a tick. Each look goes through the queues of all issuers.
    private const int ChecksPerTick = 16;

    private static readonly HashSet<CardToken> None = [];

    private readonly HashSet<CardToken> _left = [];
    private readonly Queue<CardToken> _round = new(); // Those that are left, and some that are not any more.
    private long _lastRemembered; // So many must be forgotten before none is left that came with a former token.

    /// <summary>By which function the tokens of new messages are made.</summary>
    public CardTokenKind Kind { get; private set; }

    /// <summary>The journal was begun with former tokens; its store may bear them for ever.</summary>
    public bool HadFormer { get; private set; }

    /// <summary>Cards that a block, a limit or an owed message still names by their former token.</summary>
    public int Count => _left.Count;

    /// <summary>Which messages must bring their former token.</summary>
    public FormerTokenNeed Need => _left.Count > 0 || RememberedLeft > 0 ? FormerTokenNeed.All
        : HadFormer && context.Configuration.LookUp > TimeSpan.Zero ? FormerTokenNeed.LookUps
        : FormerTokenNeed.None;

    /// <summary>Remembered payments that came with a former token.</summary>
    public long RememberedLeft => Math.Max(0, _lastRemembered - context.Duplicates.DroppedCount);

    /// <summary>From here on the tokens of messages are of this kind: what the tables bear now is of the former.
    /// </summary>
    /// <param name="hadFormer">Something was recorded before.</param>
    /// <param name="inDoubt">Cards of requests that were sent and not decided: their reversals will be owed.</param>
    public void Begin(CardTokenKind kind, bool hadFormer, HashSet<CardToken> inDoubt)
    {
        Kind = kind;
        HadFormer |= hadFormer;
        _lastRemembered = context.Duplicates.DroppedCount + context.Duplicates.Count;
        IEnumerable<CardToken>[] tables = [context.FileChanges.Cards, context.Ledger.Cards, forward.Cards, inDoubt];
        foreach (IEnumerable<CardToken> table in tables)
        {
            foreach (CardToken card in table)
            {
                Await(card);
            }
        }
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
