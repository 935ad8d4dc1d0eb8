using Switch.Protocol.Editions;

namespace Switch.Host.Simulators.World;

/// <summary>Makes up an acquirer's payments.</summary>
internal sealed class AcquirerTill(Ground ground, int acquirer, Chance chance)
{
    private readonly AcquirerPlan _plan = ground.Plan.Acquirers[acquirer];

    /// <summary>The next payment of some card.</summary>
    public Payment Make()
    {
        Card[] cards = ground.Plan.Cards;
        Card card = cards[chance.Below(cards.Length)];
        bool isAdvice = chance.PerMille(_plan.AdvicePerMille);
        bool isImpatient = chance.PerMille(_plan.ImpatientPerMille);
        bool isHold = !isAdvice && chance.PerMille(_plan.PreAuthorizationPerMille);
        int processing = isHold ? Kinds.Purchase : DrawKind();
        long amount = processing == Kinds.Inquiry ? 0 : chance.Between(1, ground.Plan.AmountMax);
        long deadline = _plan.Settings.Deadline.Ticks;
        long id = ground.Payments.Count + 1;
        bool isOfOtherEdition = !isAdvice && chance.PerMille(_plan.OtherEditionPerMille);
        ground.Faults[(int)Fault.OtherEdition] += isOfOtherEdition ? 1 : 0;
        return new Payment
        {
            Id = id,
            Reference = id,
            Flaw = isOfOtherEdition ? Flaw.OtherEdition : Flaw.None,
            Acquirer = acquirer,
            Mti = (isHold || chance.Coin() ? 100 : 200) + (isAdvice ? 20 : 0),
            Card = card,
            Processing = processing,
            Amount = amount,
            Held = amount,
            IsPreAuthorization = isHold,
            WillReduce = _plan.Naming == Naming.Original && amount > 1 && chance.PerMille(_plan.ReducePerMille),
            Terminal = chance.Below(50),
            WillCancel = chance.PerMille(_plan.CancelPerMille),
            Patience = isImpatient
                ? chance.Between(TimeSpan.TicksPerSecond / 200, deadline)
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
        bool isMisnamed = chance.PerMille(_plan.MisnamePerMille);
        int way = isMisnamed ? 1 + chance.Below(3) : 0;
        Card card = way == 2 ? ground.Plan.Cards[chance.Below(ground.Plan.Cards.Length)] : hold.Card;
        isMisnamed &= way != 2 || card != hold.Card;
        long amount = chance.Below(3) switch
        {
            0 => hold.Held,
            1 => chance.Between(1, hold.Held + 1),
            _ => hold.Held + chance.Between(1, (hold.Held / 5) + 2),
        };
        ground.Faults[(int)Fault.CompletionMisnames] += isMisnamed ? 1 : 0;
        long id = ground.Payments.Count + 1;

        // Where DE 37 is kept it must be the hold's; else it may be, and tells when DE 90 does not.
        bool isByReference = !isMisnamed && !ground.Plan.IsForgetful && chance.PerMille(_plan.SloppyPerMille);
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
            WillCancel = chance.PerMille(_plan.CancelPerMille),
            State = PaymentState.Advising,
        };
    }

    /// <summary>DE 7 of a new payment: that of now, or for some requests none that may pass.</summary>
    public long TimeOf(Payment payment)
    {
        if (payment.IsAdvice || !chance.PerMille(_plan.StalePerMille))
        {
            return ground.TransmissionTime;
        }

        payment.Flaw = Flaw.Stale;
        ground.Count(Fault.StaleRequest);
        TimeSpan margin = TimeSpan.FromMinutes(chance.Between(5, 200_000));
        bool is1987 = _plan.Settings.Dialect.IsoVersion == IsoVersion.Iso1987;
        return chance.Below(is1987 ? 3 : 2) switch
        {
            0 => ground.TransmissionTimeAfter(-_plan.Settings.FreshnessBack - margin),
            1 => ground.TransmissionTimeAfter(_plan.Settings.FreshnessAhead + margin),
            _ => chance.Pick(9_999_999_999, 1_332_101_010, 0_230_101_010, 1_122_251_010, 1_122_106_110),
        };
    }

    private int DrawKind() => chance.PerMille(_plan.OtherKindsPerMille)
        ? chance.Pick(Kinds.CashBack, Kinds.Refund, Kinds.Inquiry)
        : Kinds.Purchase;
}
