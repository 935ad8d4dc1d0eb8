using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators.World;

/// <summary>The tokens of the world's cards, of today and of version 0.1: the real ones, made once.</summary>
internal sealed class CardTokens
{
    private readonly Dictionary<ulong, (CardToken Current, CardToken Former)> _byDigits = [];
    private readonly Dictionary<UInt128, UInt128> _currentOf = [];

    public CardTokens(IEnumerable<Card> cards)
    {
        byte[] key = SHA256.HashData("a key for cards that are made up"u8);
        using var tokenizer = new CardTokenizer(key);
        using var former = new FormerCardTokenizer(key);
        foreach (Card card in cards)
        {
            if (Pan.TryParse(card.Number, out Pan pan))
            {
                (CardToken Current, CardToken Former) tokens = (tokenizer.Of(pan), former.Of(pan));
                _byDigits[pan.Leading(pan.Length)] = tokens;
                _currentOf[AsRead(tokens.Former)] = AsRead(tokens.Current);
            }
        }
    }

    public (CardToken Current, CardToken Former) Of(Message message) =>
        message.TryGetPan(out Pan pan) ? _byDigits[pan.Leading(pan.Length)] : default;

    /// <summary>One name for a card, whichever of its tokens is given, as the checker's reader reads them.</summary>
    public UInt128 CardOf(UInt128 token) => _currentOf.GetValueOrDefault(token, token);

    private static UInt128 AsRead(in CardToken token)
    {
        Span<byte> bytes = stackalloc byte[CardToken.Size];
        token.Write(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
