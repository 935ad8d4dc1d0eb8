using System.Numerics;
using Switch.Protocol.Fields;

namespace Switch.Routing.StandIn;

/// <summary>
/// The cards that have approvals in the ledger, each with its newest one, from which the older ones are chained. Open
/// addressing by token; a card goes when its last approval does. Fixed capacity: there are no more cards than
/// approvals.
/// </summary>
internal sealed class CardChains
{
    private const int None = -1;

    private readonly Card[] _cards;
    private readonly int[] _index; // card number + 1, or 0.
    private readonly int _mask;
    private int _free = None;
    private int _used;

    public CardChains(int countMax)
    {
        _cards = new Card[countMax];
        _index = new int[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(countMax, 1 << 29) * 2L))];
        _mask = _index.Length - 1;
    }

    /// <summary>The card's newest approval, or -1 when it has none.</summary>
    public long NewestOf(in CardToken card) => Find(card, out _) is var found and >= 0 ? _cards[found].Newest : None;

    public CardToken TokenOf(int card) => _cards[card].Token;

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
        while (_index[slot] != 0)
        {
            int number = _index[slot] - 1;
            if (_cards[number].Token.Equals(card))
            {
                return number;
            }

            slot = (slot + 1) & _mask;
        }

        return None;
    }

    private int Take(in CardToken card, int slot)
    {
        int number = _free != None ? _free : _used++;
        _free = _free != None ? (int)_cards[number].Newest : None;
        _cards[number] = new Card { Token = card };
        _index[slot] = number + 1;
        return number;
    }

    private void Release(int number)
    {
        Find(_cards[number].Token, out int hole);
        for (int probe = (hole + 1) & _mask; _index[probe] != 0; probe = (probe + 1) & _mask)
        {
            int distanceFromHome = (probe - Home(_cards[_index[probe] - 1].Token)) & _mask;
            if (distanceFromHome >= ((probe - hole) & _mask))
            {
                _index[hole] = _index[probe];
                hole = probe;
            }
        }

        _index[hole] = 0;
        _cards[number] = new Card { Newest = _free };
        _free = number;
    }

    private int Home(in CardToken card) => card.GetHashCode() & _mask;

    private struct Card
    {
        public CardToken Token;
        public long Newest; // In a free card: the next free one.
        public int Live;
    }
}
