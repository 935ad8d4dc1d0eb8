using System.Buffers.Text;
using Switch.Protocol.Editions;
using Switch.Protocol.Fields;
using Switch.Protocol.Messages;
using Switch.Routing.Duplicates;
using Switch.Routing.Payments;
using Switch.Routing.Settings;

namespace Switch.Routing.Transactions;

/// <summary>What is known of the amounts of a payment, in minor units.</summary>
/// <param name="Requested">DE 4 of the request.</param>
/// <param name="Approved">Less than that after a partial approval.</param>
/// <param name="Rest">What may still be reversed: less than approved after a partial reversal.</param>
/// <param name="IsKnown">False: nothing is known, and all three are the message's own.</param>
internal readonly record struct OriginalAmounts(long Requested, long Approved, long Rest, bool IsKnown);

/// <summary>
/// How much of a payment a reversal takes back. Without replacement amounts it is all that is left, and DE 4 must be
/// the amount that was requested, that was approved, or that is left: another one speaks of another payment, or of a
/// part of this one.
/// </summary>
internal readonly record struct ReversedAmount
{
    /// <summary>DE 4 for the issuer; -1: as the acquirer gave it.</summary>
    public long Amount { get; private init; }

    /// <summary>What stays, for the issuer and the books; 0: nothing.</summary>
    public long Remaining { get; private init; }

    /// <summary>What the reversal takes back.</summary>
    public long TakenBack { get; private init; }

    /// <summary>DE 4 of the message makes no replacement amounts, and the issuer needs them.</summary>
    public bool IsPartByAmount { get; private init; }

    public bool IsAccepted { get; private init; }

    /// <summary>DE 4 is none of the original's amounts.</summary>
    public bool IsMismatch { get; private init; }

    public static ReversedAmount Of(
        Message message, in RequestFacts facts, in Remembered entry, in OriginalAmounts amounts,
        ReversalAmountPolicy policy)
    {
        ReplacementAmount.TryRead(message, out long remaining);
        bool agrees = facts.Amount == amounts.Requested || facts.Amount == amounts.Approved
            || facts.Amount == amounts.Rest;
        bool isCorrected = !agrees && policy == ReversalAmountPolicy.Original;
        bool isReversed = (entry.Flags & RememberedFlags.Reversed) != 0;
        if (remaining > 0)
        {
            return new ReversedAmount
            {
                Amount = isCorrected ? amounts.Approved : -1,
                Remaining = remaining,
                TakenBack = amounts.Rest - remaining,
                IsAccepted = (agrees || isCorrected) && remaining < amounts.Rest && !isReversed,
                IsMismatch = !agrees,
            };
        }

        if (agrees || isCorrected)
        {
            return new ReversedAmount
            {
                Amount = amounts.IsKnown ? amounts.Rest : -1,
                TakenBack = amounts.Rest,
                IsAccepted = true,
                IsMismatch = isCorrected,
            };
        }

        bool isPart = policy == ReversalAmountPolicy.Part && facts.Amount > 0 && facts.Amount < amounts.Rest
            && !isReversed;
        return new ReversedAmount
        {
            Amount = amounts.Approved,
            Remaining = isPart ? amounts.Rest - facts.Amount : 0,
            TakenBack = isPart ? facts.Amount : 0,
            IsPartByAmount = isPart,
            IsAccepted = isPart,
            IsMismatch = !isPart,
        };
    }
}

/// <summary>
/// DE 95, replacement amounts: its first twelve digits are the amount that stays; zero or an absent field means that
/// all is reversed.
/// </summary>
internal static class ReplacementAmount
{
    private const int Size = 42;
    private const int AmountDigits = 12;
    private const int PartialReversal = 401;

    /// <summary>False when there is a part to stay and it cannot be read.</summary>
    public static bool TryRead(Message message, out long amount)
    {
        amount = 0;
        int length = message.TextLength(Field.ReplacementAmounts);
        if (length == 0)
        {
            // A later edition says by DE 24 that it is a part, and by DE 30 of what.
            return !message.TryGetNumber(LaterField.FunctionCode, out long function) || function != PartialReversal;
        }

        Span<byte> text = stackalloc byte[Size];
        return length is >= AmountDigits and <= Size
            && message.CopyText(Field.ReplacementAmounts, text) == length
            && (text[..length].IndexOfAnyExcept((byte)' ', (byte)'0') < 0
                || (Utf8Parser.TryParse(text[..AmountDigits], out amount, out int used) && used == AmountDigits
                    && amount >= 0));
    }

    /// <summary>Writes it: what stays, and no fees.</summary>
    public static void Set(MessageComposer composer, long remaining)
    {
        Span<byte> text = stackalloc byte[Size];
        "000000000000000000000000C00000000C00000000"u8.CopyTo(text);
        for (int i = AmountDigits - 1; i >= 0; i--)
        {
            (remaining, long digit) = Math.DivRem(remaining, 10);
            text[i] = (byte)('0' + digit);
        }

        composer.Set(Field.ReplacementAmounts, text);
    }
}
