using Switch.Protocol.Editions;

namespace Switch.Host.Simulators.World;

/// <summary>Makes up an acquirer's payments.</summary>
internal sealed class AcquirerTill(WorldContext context, int acquirer, RandomSource random)
{
    private readonly AcquirerPlan _plan = context.Plan.Acquirers[acquirer];

    /// <summary>The next payment of some card.</summary>
    public Payment Make()
    {
        Card[] cards = context.Plan.Cards;
        Card card = cards[random.Below(cards.Length)];
        bool isAdvice = random.PerMille(_plan.AdvicePerMille);
        bool isImpatient = random.PerMille(_plan.ImpatientPerMille);
        bool isHold = !isAdvice && random.PerMille(_plan.PreAuthorizationPerMille);
        int processing = isHold ? Kinds.Purchase : DrawKind();
        long amount = processing == Kinds.Inquiry ? 0 : random.Between(1, context.Plan.AmountMax);
        long deadline = _plan.Settings.Deadline.Ticks;
        long id = context.Payments.Count + 1;
        bool isOfOtherEdition = !isAdvice && random.PerMille(_plan.OtherEditionPerMille);
        context.Faults[(int)Fault.OtherEdition] += isOfOtherEdition ? 1 : 0;
        return new Payment
        {
            Id = id,
            Reference = id,
            Flaw = isOfOtherEdition ? Flaw.OtherEdition : Flaw.None,
            Acquirer = acquirer,
            Mti = (isHold || random.Coin() ? 100 : 200) + (isAdvice ? 20 : 0),
            Card = card,
            Processing = processing,
            Amount = amount,
            Held = amount,
            IsPreAuthorization = isHold,
            WillReduce = _plan.Naming == Naming.Original && amount > 1 && random.PerMille(_plan.ReducePerMille),
            Terminal = random.Below(50),
            WillCancel = random.PerMille(_plan.CancelPerMille),
            Patience = isImpatient
                ? random.Between(TimeSpan.TicksPerSecond / 200, deadline)
                : deadline + TimeSpan.TicksPerSecond,
            State = isAdvice ? PaymentState.Advising : PaymentState.Open,
        };
    }

    /// <summary>
    /// The goods are delivered, for what was held, or less, or a little more: an advice that names the hold. Some
    /// partners name it by DE 37 alone; some name it wrongly, and then the advice stands for itself.
    /// </summary>
    public Payment Complete(Payment hold)
    {
        bool isMisnamed = random.PerMille(_plan.MisnamePerMille);
        int way = isMisnamed ? 1 + random.Below(3) : 0;
        Card card = way == 2 ? context.Plan.Cards[random.Below(context.Plan.Cards.Length)] : hold.Card;
        isMisnamed &= way != 2 || card != hold.Card;
        long amount = random.Below(3) switch
        {
            0 => hold.Held,
            1 => random.Between(1, hold.Held + 1),
            _ => hold.Held + random.Between(1, (hold.Held / 5) + 2),
        };
        context.Faults[(int)Fault.CompletionMisnames] += isMisnamed ? 1 : 0;
        long id = context.Payments.Count + 1;

        // Where DE 37 is kept it must be the hold's; else it may be, and tells when DE 90 does not.
        bool isByReference = !isMisnamed && !context.Plan.IsForgetful && random.PerMille(_plan.SloppyPerMille);
        bool isShared = isByReference || (!isMisnamed && _plan.Settings.Dialect.KeepsRrn);
        hold.IsReferenceShared |= isShared;
        return new Payment
        {
            Id = id,
            Reference = isShared ? hold.Reference : id,
            IsReferenceShared = isShared,
            Acquirer = acquirer,
            Mti = 220,
            Card = card,
            Amount = amount,
            Held = amount,
            Completes = isMisnamed ? null : hold,
            Misnames = isMisnamed ? hold : null,
            IsNamedByZeros = way == 1 || isByReference,
            Terminal = hold.Terminal + (way == 3 ? 50 : 0),
            WillCancel = random.PerMille(_plan.CancelPerMille),
            State = PaymentState.Advising,
        };
    }

    /// <summary>DE 7 of a new payment: that of now, or for some requests none that may pass.</summary>
    public long TimeOf(Payment payment)
    {
        if (payment.IsAdvice || !random.PerMille(_plan.StalePerMille))
        {
            return context.TransmissionTime;
        }

        payment.Flaw = Flaw.Stale;
        context.Count(Fault.StaleRequest);
        TimeSpan margin = TimeSpan.FromMinutes(random.Between(5, 200_000));
        bool is1987 = _plan.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;
        return random.Below(is1987 ? 3 : 2) switch
        {
            0 => context.TransmissionTimeAfter(-_plan.Settings.FreshnessBack - margin),
            1 => context.TransmissionTimeAfter(_plan.Settings.FreshnessAhead + margin),
            _ => random.Pick(9_999_999_999, 1_332_101_010, 0_230_101_010, 1_122_251_010, 1_122_106_110),
        };
    }

    private int DrawKind() => random.PerMille(_plan.OtherKindsPerMille)
        ? random.Pick(Kinds.CashBack, Kinds.Refund, Kinds.Inquiry)
        : Kinds.Purchase;
}
