using System.Numerics;
using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>
/// The cards that have approvals in the ledger, each with its newest one, from which the older ones are chained. Open
/// addressing by token; a card goes when its last approval does. Fixed capacity: there are no more cards than
/// approvals. Memory comes in pages as cards do.
/// </summary>
internal sealed class CardChains
{
    private const int None = -1;

    // Small, because a card's place in the index is anywhere.
    private const int IndexPageSize = 1 << 10;

    private readonly PagedRing<Card> _cards;
    private readonly int[]?[] _index; // Of pages of card number + 1, or 0; a page that is not there is all 0.
    private readonly int _mask;
    private int _free = None;
    private int _used;

    public CardChains(int countMax)
    {
        _cards = new PagedRing<Card>(countMax);
        uint slots = BitOperations.RoundUpToPowerOf2((uint)Math.Max(IndexPageSize, Math.Min(countMax, 1 << 29) * 2L));
        _index = new int[slots / IndexPageSize][];
        _mask = (int)slots - 1;
    }

    /// <summary>The card's newest approval, or -1 when it has none.</summary>
    public long NewestOf(in CardToken card) => Find(card, out _) is var found and >= 0 ? _cards[found].Newest : None;

    public CardToken TokenOf(int card) => _cards[card].Token;

    /// <summary>The card's number, or -1 when it has no approvals.</summary>
    public int NumberOf(in CardToken card) => Find(card, out _);

    /// <summary>Gives a card a token that no other card here has.</summary>
    public void Rename(int card, in CardToken token)
    {
        TakeOutOfIndex(card);
        _cards[card].Token = token;
        Find(token, out int slot);
        PutInIndex(card, slot);
    }

    /// <summary>
    /// All approvals of a card become those of another, which has its newest of both then, and the card goes.
    /// </summary>
    public void Merge(int from, int to, long newest)
    {
        _cards[to].Newest = newest;
        _cards[to].Live += _cards[from].Live;
        Release(from);
    }

    /// <summary>The card has one approval more. Returns the card's number, and the approval before; -1: none.</summary>
    public int Append(in CardToken token, long approval, out long older)
    {
        int card = Find(token, out int slot);
        older = card == None ? None : _cards[card].Newest;
        if (card == None)
        {
            card = Take(token, slot);
        }

        _cards[card].Newest = approval;
        _cards[card].Live++;
        return card;
    }

    /// <summary>The card's oldest approval is forgotten.</summary>
    public void DropOne(int card)
    {
        if (--_cards[card].Live == 0)
        {
            Release(card);
        }
    }

    private int Find(in CardToken card, out int slot)
    {
        slot = Home(card);
        for (int entry = EntryAt(slot); entry != 0; entry = EntryAt(slot))
        {
            if (_cards[entry - 1].Token.Equals(card))
            {
                return entry - 1;
            }

            slot = (slot + 1) & _mask;
        }

        return None;
    }

    private int Take(in CardToken card, int slot)
    {
        int number = _free != None ? _free : _used++;
        _cards.Enter(number);
        _free = _free != None ? (int)_cards[number].Newest : None;
        _cards[number] = new Card { Token = card };
        PutInIndex(number, slot);
        return number;
    }

    private void Release(int number)
    {
        TakeOutOfIndex(number);
        _cards[number] = new Card { Newest = _free };
        _free = number;
    }

    private void PutInIndex(int number, int slot)
    {
        ref int[]? page = ref _index[slot / IndexPageSize];
        page ??= new int[IndexPageSize];
        page[slot % IndexPageSize] = number + 1;
    }

    private void TakeOutOfIndex(int number)
    {
        Find(_cards[number].Token, out int hole);
        int probe = (hole + 1) & _mask;
        for (int entry = EntryAt(probe); entry != 0; entry = EntryAt(probe))
        {
            int distanceFromHome = (probe - Home(_cards[entry - 1].Token)) & _mask;
            if (distanceFromHome >= ((probe - hole) & _mask))
            {
                _index[hole / IndexPageSize]![hole % IndexPageSize] = entry;
                hole = probe;
            }

            probe = (probe + 1) & _mask;
        }

        _index[hole / IndexPageSize]![hole % IndexPageSize] = 0;
    }

    private int EntryAt(int slot) => _index[slot / IndexPageSize] is { } page ? page[slot % IndexPageSize] : 0;

    private int Home(in CardToken card) => card.GetHashCode() & _mask;

    private struct Card
    {
        public CardToken Token;
        public long Newest; // In a free card: the next free one.
        public int Live;
    }
}
