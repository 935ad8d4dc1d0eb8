using Switch.Protocol.Fields;
using Switch.Routing.Values;

namespace Switch.Routing.StandIn;

/// <summary>What a file action left of a card in the overlay. Values are written to the journal.</summary>
internal enum OverlayState : byte
{
    /// <summary>Nothing: the configured file says how the card stands.</summary>
    Unchanged = 0,

    /// <summary>Listed with a response code, whatever the configured file says.</summary>
    Listed = 1,

    /// <summary>Not listed, although the configured file lists it.</summary>
    Struck = 2,
}

/// <summary>
/// What issuers changed by file actions (03xx), over the configured negative files: those stay as they are loaded, and
/// may be loaded anew. Bounded; rebuilt from the journal.
/// </summary>
internal sealed class NegativeFileOverlay(int countMax)
{
    private readonly Dictionary<CardToken, ResponseCode> _codes = [];

    public int Count => _codes.Count;

    /// <summary>The cards that are changed.</summary>
    public IEnumerable<CardToken> Cards => _codes.Keys;

    /// <summary>Whether a card can be changed: it is changed already, or there is a place for one more.</summary>
    public bool HasPlaceFor(in CardToken card) => _codes.Count < countMax || _codes.ContainsKey(card);

    /// <summary>The response code of a listed card; none when it is not listed.</summary>
    /// <param name="day">The day at the issuer, on which a configured entry may not apply.</param>
    public ResponseCode CodeOf(in CardToken card, NegativeList? configured, int day)
    {
        if (TryFind(card, out ResponseCode code) || configured is null)
        {
            return code;
        }

        return configured.Cards.TryFind(card, day, out ushort listed) ? new ResponseCode(listed) : default;
    }

    /// <summary>Whether a card was changed, and the code with which it is listed; none when it is struck.</summary>
    public bool TryFind(in CardToken card, out ResponseCode code) => _codes.TryGetValue(card, out code);

    /// <summary>All changes, by card; a struck card has no code.</summary>
    public IEnumerable<(CardToken Card, ResponseCode Code)> InOrder()
    {
        var cards = new List<CardToken>(_codes.Keys);
        cards.Sort(static (left, right) => string.CompareOrdinal(left.ToString(), right.ToString()));
        foreach (CardToken card in cards)
        {
            yield return (card, _codes[card]);
        }
    }

    /// <summary>A card has another token from here on. What was said of it by that one already counts.</summary>
    public void Rename(in CardToken from, in CardToken to)
    {
        if (_codes.Remove(from, out ResponseCode code))
        {
            _codes.TryAdd(to, code);
        }
    }

    /// <summary>Puts a card into a state; <paramref name="code"/> counts when it is listed.</summary>
    public void Put(in CardToken card, OverlayState state, ResponseCode code)
    {
        if (state == OverlayState.Unchanged)
        {
            _codes.Remove(card);
        }
        else
        {
            _codes[card] = state == OverlayState.Listed ? code : default;
        }
    }
}
