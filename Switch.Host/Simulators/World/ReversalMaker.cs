using Switch.Protocol.Editions;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Makes an acquirer's reversals: right ones, in every way in which partners name what they take back, and mistakes.
/// What may become of each is written from the rules in docs/concepts/money.md.
/// </summary>
internal sealed class ReversalMaker(WorldContext context, AcquirerPlan plan, RandomSource random, Func<int> nextStan)
{
    // No payment has such a number.
    private const long NoReference = 900_000_000;

    private readonly bool _is1987 = plan.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;

    private enum Mistake
    {
        OtherCard,
        OtherTerminal,
        OtherReference,
        WrongAmount,
        MixedUp,
    }

    /// <summary>Takes back all that is left.</summary>
    /// <param name="payment">Whose money it is.</param>
    /// <param name="mayNameNothing">A reversal that names nothing will do.</param>
    public Reversal Whole(Payment payment, bool mayNameNothing = true)
    {
        Naming naming = PickNaming(payment, mayNameNothing && IsAnswered(payment));
        return Make(payment, naming) with { Amount = OneOfItsAmounts(payment) };
    }

    /// <summary>Takes back a part.</summary>
    public Reversal Part(Payment payment)
    {
        long stays = random.Between(1, payment.Held);
        bool isByAmount = plan.ReversesByPart && random.Coin();
        Naming naming = PickNaming(payment, mayNameNothing: false);
        naming = Reversal.UsesOwnNumbers(naming) ? Naming.Original : naming; // The whole may still need them.
        return Make(payment, naming) with
        {
            Amount = isByAmount ? payment.Held - stays : OneOfItsAmounts(payment),
            Replacement = isByAmount ? 0 : stays,
            Stays = stays,
        };
    }

    /// <summary>A reversal that is wrong; null: this payment lends itself to none now.</summary>
    public Reversal? Wrong(Payment payment)
    {
        Mistake mistake = IsAnswered(payment)
            ? (Mistake)random.Below((int)Mistake.MixedUp + 1)
            : random.Pick(Mistake.OtherCard, Mistake.WrongAmount);
        Naming naming = IsAnswered(payment) ? Naming.Original : NamingByNumbers(payment);
        return mistake switch
        {
            Mistake.OtherCard => OtherCard(payment, naming),
            Mistake.OtherTerminal => Make(payment, PickOf(Naming.Original, Naming.Reference)) with
            {
                Terminal = payment.Terminal + 50,
                Allowed = ReversalFate.Unmatched,
                IsFinal = false,
            },
            Mistake.OtherReference => OtherReference(payment),
            Mistake.WrongAmount => WrongAmount(payment, naming),
            _ => MixedUp(payment),
        };
    }

    // Of another card, in the name of this payment.
    private Reversal? OtherCard(Payment payment, Naming naming)
    {
        Card card = context.Plan.Cards[random.Below(context.Plan.Cards.Length)];
        return card == payment.Card
            ? null
            : Make(payment, naming) with { Card = card, Allowed = ReversalFate.Unmatched, IsFinal = false };
    }

    // Where DE 37 is not kept it tells nothing when DE 90 does.
    private Reversal OtherReference(Payment payment)
    {
        bool isNamed = random.Coin();
        bool isMatched = isNamed && !plan.Settings.Dialect.KeepsRrn;
        return Make(payment, isNamed ? Naming.Original : PickOf(Naming.Zeros, Naming.Reference)) with
        {
            Reference = NoReference + payment.Id,
            Allowed = isMatched ? ReversalFate.Matched : ReversalFate.Unmatched,
            IsFinal = isMatched,
        };
    }

    private Reversal? WrongAmount(Payment payment, Naming naming)
    {
        long amount = plan.ReversesByPart || random.Coin()
            ? payment.Amount + random.Between(1, 1_000)
            : random.Between(1, payment.Amount);
        bool isOfIts = amount == payment.Held || amount == payment.ApprovedPart || amount == payment.Amount;
        return isOfIts || payment.Amount == 0
            ? null
            : Make(payment, naming) with
            {
                Amount = amount,
                Allowed = plan.HasAmountsCorrected ? ReversalFate.Matched : ReversalFate.WrongAmount,
                IsFinal = plan.HasAmountsCorrected,
            };
    }

    // DE 90 is another payment's, of another card or terminal; all else is this one's.
    private Reversal? MixedUp(Payment payment)
    {
        Payment other = context.Payments[random.Below(context.Payments.Count)];
        bool isOther = other.Acquirer == payment.Acquirer && other.Answers > 0 && other != payment
            && (other.Card != payment.Card || other.Terminal != payment.Terminal);

        // Then DE 37 may tell what a name that names nothing means. One that was refused as stale has another DE 7, and
        // the same DE 12, by which later editions name it.
        bool isOfOneSecond = other.Time == payment.Time
            || (other.LocalTime != 0 && other.LocalTime == payment.LocalTime);
        return !isOther
            ? null
            : Make(payment, Naming.Original) with
            {
                Named = other,
                Allowed = ReversalFate.Unmatched | (isOfOneSecond ? ReversalFate.Matched : ReversalFate.None),
            };
    }

    private Reversal Make(Payment payment, Naming naming)
    {
        bool isOwn = Reversal.UsesOwnNumbers(naming);
        return new Reversal
        {
            Payment = payment,
            Place = payment.Reversals.Count + 1,
            Mti = random.PerMille(plan.RequestReversalPerMille) ? 400 : 420,
            Stan = isOwn ? payment.Stan : nextStan(),
            Time = isOwn ? payment.Time : context.TransmissionTime,
            LocalTime = payment.LocalTime == 0 ? 0
                : isOwn || plan.EchoesLocalTime ? payment.LocalTime
                : WorldContext.Shift(context.TransmissionTime, plan.Zone),
            Naming = naming,
            Named = payment,
            Card = payment.Card,
            Terminal = payment.Terminal,
            Reference = naming == Naming.Nothing || (isOwn && random.Coin()) ? 0 : payment.Reference,
            Amount = payment.Amount,
            Allowed = naming == Naming.Nothing ? ReversalFate.Unmatched : ReversalFate.Matched,
            IsOfOpen = !IsAnswered(payment),
        };
    }

    // Its usual way, and now and then another.
    private Naming PickNaming(Payment payment, bool mayNameNothing)
    {
        if (!random.PerMille(plan.SloppyPerMille))
        {
            return plan.Naming == Naming.Original ? Naming.Original : NamingByNumbers(payment);
        }

        if (!IsKnownByReference(payment) || random.Below(4) == 0)
        {
            return NamingByNumbers(payment);
        }

        return mayNameNothing && random.Below(4) == 0
            ? Naming.Nothing
            : PickOf(Naming.Zeros, Naming.TypeOnly, Naming.TypeAndStan, Naming.Reference);
    }

    // By which the switch knows it even if it comes only later: no copy of it can then be approved.
    private Naming NamingByNumbers(Payment payment)
    {
        bool isTaken = payment.Reversals.Exists(static one => Reversal.UsesOwnNumbers(one.Naming));
        Naming naming = plan.Naming == Naming.OwnNumbers && !isTaken
            ? PickOf(Naming.OwnNumbers, Naming.OwnNumbersAndZeros)
            : PickOf(Naming.Original, Naming.NoType);

        // A store is asked for requests only where the type is not named.
        return payment.IsAdvice && context.Plan.IsForgetful ? Naming.Original : naming;
    }

    private Naming PickOf(params ReadOnlySpan<Naming> among)
    {
        Naming naming = random.Pick(among);
        return _is1987 ? naming : naming switch
        {
            // DE 56 has no form for zeros: such a partner leaves it out.
            Naming.Zeros or Naming.TypeOnly or Naming.TypeAndStan => Naming.Reference,
            Naming.OwnNumbersAndZeros => Naming.OwnNumbers,
            Naming.NoType => Naming.Original,
            _ => naming,
        };
    }

    // DE 37 protects from no copy that comes later: so only where none can come.
    private static bool IsKnownByReference(Payment payment) => !payment.IsReferenceShared
        && (IsAnswered(payment) || (payment.Copies == 1 && payment.TakenInLife >= 0));

    private static bool IsAnswered(Payment payment) => payment.IsAnsweredWell;

    private long OneOfItsAmounts(Payment payment) => !IsAnswered(payment)
        ? payment.Amount
        : random.Pick(payment.Amount, payment.ApprovedPart == 0 ? payment.Amount : payment.ApprovedPart, payment.Held);
}
