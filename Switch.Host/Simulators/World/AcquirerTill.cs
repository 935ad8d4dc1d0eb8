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
        return new Payment
        {
            Id = ground.Payments.Count + 1,
            Acquirer = acquirer,
            Mti = (isHold || chance.Coin() ? 100 : 200) + (isAdvice ? 20 : 0),
            Card = card,
            Processing = processing,
            Amount = amount,
            Held = amount,
            IsPreAuthorization = isHold,
            WillReduce = _plan.NamesOriginals && amount > 1 && chance.PerMille(_plan.ReducePerMille),
            Terminal = chance.Below(50),
            WillCancel = chance.PerMille(_plan.CancelPerMille),
            Patience = isImpatient
                ? chance.Between(TimeSpan.TicksPerSecond / 200, deadline)
                : deadline + TimeSpan.TicksPerSecond,
            State = isAdvice ? PaymentState.Advising : PaymentState.Open,
        };
    }

    /// <summary>The goods are delivered, for at most what was held: an advice that names the hold.</summary>
    public Payment Complete(Payment hold)
    {
        long amount = chance.Coin() ? hold.Held : chance.Between(1, hold.Held + 1);
        return new Payment
        {
            Id = ground.Payments.Count + 1,
            Acquirer = acquirer,
            Mti = 220,
            Card = hold.Card,
            Amount = amount,
            Held = amount,
            Completes = hold,
            Terminal = hold.Terminal,
            WillCancel = chance.PerMille(_plan.CancelPerMille),
            State = PaymentState.Advising,
        };
    }

    private int DrawKind() => chance.PerMille(_plan.OtherKindsPerMille)
        ? chance.Pick(Kinds.CashBack, Kinds.Refund, Kinds.Inquiry)
        : Kinds.Purchase;
}
