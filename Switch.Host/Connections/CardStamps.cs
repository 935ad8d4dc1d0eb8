using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Values;

namespace Switch.Host.Connections;

/// <summary>Gives messages the tokens of their card. Any thread.</summary>
/// <param name="cards">Makes the tokens of today.</param>
/// <param name="former">Makes those of version 0.1; null: nothing can bear any.</param>
/// <param name="old">Makes those of the key before, instead; null: none is named.</param>
internal sealed class CardStamps(
    CardTokenizer cards, FormerCardTokenizer? former = null, CardTokenizer? old = null)
{
    private readonly bool _hasFormer = former is not null || old is not null;
    private volatile FormerTokenNeed _need =
        former is null && old is null ? FormerTokenNeed.None : FormerTokenNeed.All;

    /// <summary>
    /// Which messages get both. All at first: the core says when that has an end. A message that was stamped before
    /// bears one too many, which is harmless.
    /// </summary>
    public FormerTokenNeed Need
    {
        get => _need;
        set => _need = _hasFormer ? value : FormerTokenNeed.None;
    }

    public void Stamp(Message message)
    {
        if (!message.TryGetPan(out Pan pan))
        {
            return;
        }

        message.Card = cards.Of(in pan);
        if (IsNeeded(_need, message.Mti))
        {
            message.FormerCard = old is null ? former!.Of(in pan) : old.Of(in pan);
        }
    }

    /// <summary>Whether a message must bring its card's former token.</summary>
    public static bool IsNeeded(FormerTokenNeed need, Mti mti) => need == FormerTokenNeed.All
        || (need == FormerTokenNeed.LookUps && (mti.IsReversal || mti.IsAdvice));
}
