using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Where an acquirer takes payments back: each reversal is repeated until it is answered, one that was a mistake is
/// followed by the right one, and now and then what is reversed is reversed once more.
/// </summary>
internal sealed class AcquirerReversals : IActor
{
    private const int Resend = 14;
    private const int Again = 18;

    private const int RefusedNow = 96;
    private const int WrongAmount = 64;

    // What 1993 has for it reads as this.
    private const int InvalidAmount = 13;
    private const long Second = TimeSpan.TicksPerSecond;
    private const int AgainMaxMs = 15_000;

    private readonly WorldContext _context;
    private readonly AcquirerActor _acquirer;
    private readonly AcquirerPlan _plan;
    private readonly AcquirerWriter _writer;
    private readonly RandomSource _random;
    private readonly ReversalMaker _maker;

    public AcquirerReversals(
        WorldContext context, AcquirerActor acquirer, AcquirerWriter writer, RandomSource random, Func<int> nextStan)
    {
        _context = context;
        _acquirer = acquirer;
        _plan = context.Plan.Acquirers[acquirer.Index];
        _writer = writer;
        _random = random;
        _maker = new ReversalMaker(context, _plan, random, nextStan);
    }

    /// <summary>Takes back all that is left.</summary>
    public void Start(Payment payment)
    {
        payment.State = PaymentState.Reversing;
        bool isMistaken = payment.Pending is null && _random.PerMille(_plan.MistakePerMille);
        Begin(isMistaken && _maker.Wrong(payment) is { } wrong ? wrong : _maker.Whole(payment));
    }

    /// <summary>Takes back a part, which the cardholder chooses.</summary>
    public void StartPart(Payment payment)
    {
        payment.State = PaymentState.Reducing;
        Begin(_maker.Part(payment));
    }

    public void On(in ScheduledEvent scheduled)
    {
        var reversal = (Reversal)scheduled.Subject!;
        if (scheduled.Kind == Resend && ReferenceEquals(reversal.Payment.Pending, reversal))
        {
            SendUntilAnswered(reversal);
        }
        else if (scheduled.Kind == Again && !_acquirer.IsResting
            && reversal.Payment is { State: PaymentState.Reversed, Pending: null })
        {
            _context.Count(Fault.ReversedAgain);
            Begin(_maker.Whole(reversal.Payment, mayNameNothing: false));
        }
    }

    /// <summary>An answer of class 4 came in. False when it is to nothing that was sent.</summary>
    public bool TryTake(PartyCodec heard, long leftAt)
    {
        long stan = heard.Number(Field.Stan);
        if (_context.FindReversal(_acquirer.Index, stan) is not { Copies: > 0 } reversal)
        {
            return false;
        }

        Payment payment = reversal.Payment;
        int code = (int)heard.Number(Field.ResponseCode);
        reversal.Answers++;
        if (_context.IsWatched(payment.Id))
        {
            _context.Note(payment.Id, $"acquirer {_acquirer.Index} <- {heard.Mti:D4}/{stan} DE 39 {code:D2}");
        }

        if (heard.Number(Field.TransmissionDateTime) != reversal.Time || !heard.Is(Field.Pan, reversal.Card.Number))
        {
            _context.Report("I1", payment.Id, "the reversal's answer does not echo its request");
        }

        if (reversal.Answers > reversal.Copies)
        {
            _context.Report("I1", payment.Id, "more answers to a reversal than copies of it");
        }

        Judge(reversal, code, leftAt);
        return true;
    }

    // What a 00 stands for is checked in the journal, where it says which payment was found.
    private void Judge(Reversal reversal, int code, long leftAt)
    {
        Payment payment = reversal.Payment;
        bool isCurrent = ReferenceEquals(payment.Pending, reversal);
        if (code is WrongAmount or InvalidAmount && (reversal.Allowed & ReversalFate.WrongAmount) != 0
            && !reversal.IsAccepted)
        {
            if (isCurrent)
            {
                Begin(_maker.Whole(payment)); // Now with an amount that is the payment's.
            }
        }
        else if (code is not (0 or RefusedNow))
        {
            _context.Report("I7", payment.Id, $"a reversal was answered {code:D2}");
        }
        else if (code == 0)
        {
            reversal.IsAccepted = true;
            if (isCurrent)
            {
                Accepted(reversal, leftAt);
            }
        }
    }

    private void Accepted(Reversal reversal, long leftAt)
    {
        Payment payment = reversal.Payment;
        payment.Pending = null;
        if (!reversal.IsFinal)
        {
            Begin(_maker.Whole(payment)); // The mistake was found out: the payment itself is still to be taken back.
        }
        else if (payment.State == PaymentState.Reducing)
        {
            payment.Held = reversal.Stays;
            payment.WillReduce = false;
            payment.State = payment.IsAdvice ? PaymentState.Advised : PaymentState.Approved;
            _acquirer.PlanAfterApproval(payment);
        }
        else if (payment.State == PaymentState.Reversing)
        {
            payment.State = PaymentState.Reversed;
            payment.TakenBackLeftAt = reversal.Allowed == ReversalFate.Matched ? leftAt : 0;
            PlanAfterReversal(reversal);
        }
    }

    private void PlanAfterReversal(Reversal reversal)
    {
        if (reversal.Allowed == ReversalFate.Matched && _random.PerMille(_plan.AgainPerMille))
        {
            _context.Scheduler.In(_random.Ms(1, AgainMaxMs), this, Again, reversal.Payment.Id, reversal);
        }

        bool isByNumbers = !reversal.IsOfOpen || reversal.Name.Time != 0 || Reversal.UsesOwnNumbers(reversal.Naming);
        if (isByNumbers && reversal.Payment.TakenBackLeftAt > 0)
        {
            _acquirer.PlanLateCopy(reversal.Payment);
        }
    }

    private void Begin(Reversal reversal)
    {
        reversal.Payment.Reversals.Add(reversal);
        reversal.Payment.Pending = reversal;
        _context.AddReversal(_acquirer.Index, reversal);
        if (_context.IsWatched(reversal.Payment.Id))
        {
            _context.Note(
                reversal.Payment.Id,
                $"acquirer {_acquirer.Index} reverses by {reversal.Naming} ({reversal.Allowed}, final "
                + $"{reversal.IsFinal}): STAN {reversal.Stan}, DE 4 {reversal.Amount}, stays {reversal.Stays}");
        }

        SendUntilAnswered(reversal);
    }

    private void SendUntilAnswered(Reversal reversal)
    {
        bool isMarked = reversal.Copies > 0 && !_random.PerMille(_plan.UnmarkedPerMille);
        int mti = reversal.Mti + (isMarked ? 1 : 0);
        _writer.WriteReversal(reversal, mti);
        if (_acquirer.Send(null, mti, reversal.Payment.Id))
        {
            reversal.Copies++;
        }

        _context.Scheduler.In(
            _random.Between(Second / 2, 4 * Second), this, Resend, reversal.Payment.Id, reversal);
    }
}
