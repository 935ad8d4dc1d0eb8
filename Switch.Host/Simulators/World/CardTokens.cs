using System.Security.Cryptography;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators.World;

/// <summary>The tokens of the world's cards, made once: the real ones, without an HMAC for each message.</summary>
internal sealed class CardTokens
{
    private readonly Dictionary<ulong, CardToken> _byDigits = [];

    public CardTokens(IEnumerable<Card> cards)
    {
        var tokenizer = new CardTokenizer(SHA256.HashData("a key for cards that are made up"u8));
        foreach (Card card in cards)
        {
            if (Pan.TryParse(card.Number, out Pan pan))
            {
                _byDigits[pan.Leading(pan.Length)] = tokenizer.Of(pan);
            }
        }
    }

    public CardToken Of(Message message) =>
        message.TryGetPan(out Pan pan) ? _byDigits[pan.Leading(pan.Length)] : default;
}
