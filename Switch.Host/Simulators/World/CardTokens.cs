using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;

namespace Switch.Host.Simulators.World;

/// <summary>
/// The tokens of the world's cards, the real ones, made once. They have ages: 0 is version 0.1, 1 the function of today
/// under the same key, and from there on each is under another key.
/// </summary>
internal sealed class CardTokens
{
    public const int AgeOfToday = 1;

    public const int AgeMax = 3;

    private const ulong FirstCheck = 7;

    private readonly Dictionary<ulong, CardToken[]> _byDigits = [];
    private readonly Dictionary<UInt128, (UInt128 Card, int Age)> _known = [];

    public CardTokens(IEnumerable<Card> cards)
    {
        using var former = new FormerCardTokenizer(KeyOf(0));
        CardTokenizer[] tokenizers =
            [.. Enumerable.Range(AgeOfToday, AgeMax).Select(static age => new CardTokenizer(KeyOf(age)))];
        foreach (Card card in cards)
        {
            if (Pan.TryParse(card.Number, out Pan pan))
            {
                CardToken[] tokens = [former.Of(pan), .. tokenizers.Select(one => one.Of(pan))];
                _byDigits[pan.Leading(pan.Length)] = tokens;
                for (int age = 0; age < tokens.Length; age++)
                {
                    _known[AsRead(tokens[age])] = (AsRead(tokens[AgeOfToday]), age);
                }
            }
        }

        Array.ForEach(tokenizers, static one => one.Dispose());
    }

    /// <summary>What stands in the journal for the key of tokens of this age.</summary>
    public static ulong CheckOf(int age) => FirstCheck + (ulong)age;

    /// <summary>The age that the record of a start states: by function 0, HMAC, or 1 and its key.</summary>
    public static int AgeOf(int kind, ulong check) => kind == 0 ? 0 : (int)(check - FirstCheck);

    public CardToken Of(Message message, int age) =>
        age >= 0 && message.TryGetPan(out Pan pan) ? _byDigits[pan.Leading(pan.Length)][age] : default;

    /// <summary>One name for a card, whichever of its tokens is given, as the checker's reader reads them.</summary>
    public UInt128 CardOf(UInt128 token) =>
        _known.TryGetValue(token, out (UInt128 Card, int) found) ? found.Card : token;

    /// <summary>The age of a token; -1: no card of the world has it.</summary>
    public int AgeOf(UInt128 token) => _known.TryGetValue(token, out (UInt128, int Age) found) ? found.Age : -1;

    private static byte[] KeyOf(int age) => age <= AgeOfToday
        ? SHA256.HashData("a key for cards that are made up"u8)
        : SHA256.HashData([.. "another key for cards that are made up"u8, (byte)age]);

    private static UInt128 AsRead(in CardToken token)
    {
        Span<byte> bytes = stackalloc byte[CardToken.Size];
        token.Write(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
