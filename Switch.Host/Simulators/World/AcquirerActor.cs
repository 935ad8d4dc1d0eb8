using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>
/// An acquirer's host: asks, waits, repeats, cancels, and reverses what it has no answer to until that is answered. Its
/// book is one of the three that are compared.
/// </summary>
internal sealed class AcquirerActor : IActor, ILineEnd
{
    private const int NewPayment = 10;
    private const int Impatience = 11;
    private const int Repeat = 12;
    private const int Cancel = 13;
    private const int Resend = 14;
    private const int Reduce = 16;
    private const int Complete = 17;
    private const int LateCopy = 19;
    private const int Abandon = 20;

    private const int RefusedNow = 96;
    private const int NoAnswer = 91;
    private const int FormatError = 30;
    private const int Duplicate = 94;
    private const long Second = TimeSpan.TicksPerSecond;

    private readonly WorldContext _context;
    private readonly Node _node;
    private readonly AcquirerPlan _plan;
    private readonly RandomSource _random;
    private readonly PartyCodec _codec;
    private readonly PartyCodec _probe;
    private readonly AcquirerWriter _writer;
    private readonly AcquirerTill _till;
    private readonly AcquirerReversals _reversals;
    private readonly AcquirerLines _lines;
    private readonly int _index;
    private int _left;
    private int _stan;
    private long _garbage;
    private long _garbageAnswers;

    public AcquirerActor(WorldContext context, Node node, int index, RandomSource random)
    {
        _context = context;
        _node = node;
        _index = index;
        _random = random;
        _plan = context.Plan.Acquirers[index];
        _codec = MacCodec.Of(context, _plan.Settings.Dialect, context.Macs.OfAcquirer(index));
        _probe = new PartyCodec(_plan.Settings.Dialect);
        _writer = new AcquirerWriter(context, _codec, _plan);
        _till = new AcquirerTill(context, index, _random);
        _reversals = new AcquirerReversals(context, this, _writer, _random, NextStan);
        _lines = new AcquirerLines(context, node, index, this, _codec, _random);
        _left = _plan.Payments;
        context.Scheduler.In(_random.Ms(100, 300), this, NewPayment);
    }

    public bool IsDone => _left == 0;

    public BackOffice? BackOffice { get; set; }

    public Dialect Dialect => _plan.Settings.Dialect;

    public int Index => _index;

    public AcquirerLines Lines => _lines;

    public bool IsResting { get; set; }

    public void On(in ScheduledEvent scheduled)
    {
        if (IsResting && scheduled.Kind != Resend)
        {
            return;
        }

        switch (scheduled.Kind)
        {
            case NewPayment:
                Begin();
                break;
            case Impatience when _context.Find(scheduled.Value)! is { State: PaymentState.Open } payment:
                GiveUp(payment);
                break;
            case Abandon when _context.Find(scheduled.Value)! is { State: PaymentState.Open } silent:
                AbandonOrReverse(silent);
                break;
            case Repeat when _context.Find(scheduled.Value)! is var payment && MayRepeat(payment):
                SendCopy(payment);
                break;
            case LateCopy when _context.Find(scheduled.Value)! is var ended && MaySendLate(ended):
                _context.Count(Fault.LateCopy);
                SendCopy(ended);
                break;
            case Cancel when _context.Find(scheduled.Value)! is var paid
                && paid.State is (PaymentState.Approved or PaymentState.Advised):
                _reversals.Start(paid);
                break;
            case Reduce when _context.Find(scheduled.Value)! is var reduced && MayReduce(reduced):
                _reversals.StartPart(reduced);
                break;
            case Complete when _context.Find(scheduled.Value)! is { State: PaymentState.Approved } held && _left > 0:
                BeginCompletion(held);
                break;
            case Resend when _context.Find(scheduled.Value)! is { State: PaymentState.Advising } advised:
                SendCopy(advised);
                PlanResend(advised);
                break;
        }
    }

    public void OnClosed(Line line) => _lines.OnClosed(line);

    public void OnPacket(Line line, Packet packet)
    {
        if (!_codec.TryRead(packet.Bytes))
        {
            _context.Report("I1", 0, $"acquirer {_index} got what is no message of its dialect");
            return;
        }

        int mti = _codec.Mti;
        int code = (int)_codec.Number(Field.ResponseCode);
        if (mti == 810 || (mti == 530 && code != MacCodec.Refused))
        {
            BackOffice?.OnAnswer(_codec);
            return;
        }

        Payment? payment = _context.FindPayment(_index, _codec.Number(Field.Stan));
        if (_lines.TakesSignOn(line) || MacCodec.IsOfSomethingElse(_codec, code, payment))
        {
            return; // It says nothing of a payment: what was sent came as something else.
        }

        bool isFlawed = mti is 110 or 210 && payment is not null && payment.Flaw != Flaw.None
            && payment.Answers < payment.Copies && _codec.Number(Field.TransmissionDateTime) == payment.Time;
        if (code == FormatError && !isFlawed && ++_garbageAnswers <= _garbage)
        {
            return; // To what was no message.
        }

        if (mti is 410 or 430 && _reversals.TryTake(_codec, packet.LeftAt))
        {
            return;
        }

        if (payment is null || (!isFlawed && _codec.Number(Field.RetrievalReference) != payment.Reference))
        {
            _context.Report("I1", payment?.Id ?? 0, $"acquirer {_index} got an answer {mti:D4} to nothing it sent");
        }
        else if (mti is 110 or 210)
        {
            Answered(payment, mti, code, packet.LeftAt);
        }
        else if (mti is 130 or 230 && payment.IsAdvice)
        {
            AdviceAnswered(payment, code);
        }
        else
        {
            _context.Report("I1", payment.Id, $"an answer {mti:D4} without a request");
        }
    }

    /// <summary>An answer of the switch did not come through, which the switch cannot know.</summary>
    public void OnLost(Packet packet)
    {
        if (_probe.TryRead(packet.Bytes) && _probe.Mti is 110 or 210
            && Kinds.IsApproval((int)_probe.Number(Field.ResponseCode))
            && _context.FindPayment(_index, _probe.Number(Field.Stan)) is { } payment)
        {
            payment.WasApprovalLost = true;
            if (payment.State == PaymentState.Abandoned)
            {
                _reversals.Start(payment);
            }
        }
    }

    private void Begin()
    {
        if (_left == 0)
        {
            return; // A completion was the last.
        }

        Payment payment = _till.Make();
        _context.Payments.Add(payment);
        if (--_left > 0)
        {
            _context.Scheduler.In(_random.Between(0, 2 * _plan.Interval) / _context.RateFactor, this, NewPayment);
        }

        Register(payment);
        SendCopy(payment);
        PlanAfter(payment);
    }

    // The goods are delivered, for at most what was held: an advice that names the hold.
    private void BeginCompletion(Payment hold)
    {
        Payment payment = _till.Complete(hold);
        _context.Payments.Add(payment);
        _left--;
        Register(payment);
        SendCopy(payment);
        PlanAfter(payment);
    }

    private void Register(Payment payment)
    {
        payment.Stan = NextStan();
        payment.Time = _till.TimeOf(payment);
        payment.LocalTime = _plan.BearsLocalTime ? WorldContext.Shift(_context.TransmissionTime, _plan.Zone) : 0;
        _context.AddPayment(_index, payment);
    }

    // One that relies on the switch does so where the switch knows what it could not deliver.
    private void GiveUp(Payment payment)
    {
        if (_plan.ReliesOnSwitch)
        {
            long grace = _context.Plan.Core.UndeliveredGrace.Ticks;
            _context.Scheduler.In(grace + (15 * Second), this, Abandon, payment.Id);
        }
        else
        {
            _reversals.Start(payment);
        }
    }

    // What was lost on the way, or in a crash, only its own reversal takes back.
    private void AbandonOrReverse(Payment payment)
    {
        bool mayRely = !payment.WasApprovalLost && _node.IsUp && _node.UpSince < payment.FirstSentAt;
        if (mayRely)
        {
            payment.State = PaymentState.Abandoned;
            _context.Count(Fault.LeftToSwitch);
        }
        else
        {
            _reversals.Start(payment);
        }
    }

    private void PlanResend(Payment payment) =>
        _context.Scheduler.In(_random.Between(Second / 2, 4 * Second), this, Resend, payment.Id);

    /// <summary>A terminal sends it once more although it was taken back.</summary>
    public void PlanLateCopy(Payment payment)
    {
        if (!payment.IsAdvice && _random.PerMille(_plan.LateCopyPerMille))
        {
            _context.Scheduler.In(_random.Ms(1, 5_000), this, LateCopy, payment.Id);
        }
    }

    private void PlanAfter(Payment payment)
    {
        Scheduler scheduler = _context.Scheduler;
        if (payment.IsAdvice)
        {
            PlanResend(payment);
            return;
        }

        scheduler.In(payment.Patience, this, Impatience, payment.Id);
        if (_random.PerMille(_plan.RepeatPerMille))
        {
            long pause = _random.Below(3) switch
            {
                0 => _random.Ms(0, 5),
                1 => _random.Ms(5, 500),
                _ => _random.Between(0, payment.Patience + (5 * Second)),
            };
            scheduler.In(pause, this, Repeat, payment.Id);
        }
    }

    // After the switch has forgotten it, or has been told that it is reversed.
    private bool MaySendLate(Payment payment)
    {
        TimeSpan window = _context.Plan.Core.DuplicateWindow;
        payment.IsReplayed |= payment.State == PaymentState.Approved
            && _context.Now > payment.FirstSentAt + window.Ticks;
        return payment.State == PaymentState.Reversed || payment.IsReplayed;
    }

    // A refusal for now is no reason to ask again, and what was reversed is not asked again.
    private static bool MayRepeat(Payment payment) =>
        payment.State is PaymentState.Open or PaymentState.Approved
        || (payment.State == PaymentState.Declined && payment.Code is not (RefusedNow or NoAnswer));

    private void Answered(Payment payment, int mti, int code, long leftAt)
    {
        ulong approval = _codec.Characters(Field.ApprovalCode);
        payment.Answers++;
        if (_context.IsWatched(payment.Id))
        {
            _context.Note(
                payment.Id, $"acquirer {_index} <- {mti:D4} DE 39 {code:D2} (left {leftAt / (double)Second:F4})");
        }

        if (payment.Flaw != Flaw.None)
        {
            FlawedAnswered(payment, code);
            return;
        }

        AnswerChecks.Check(_context, payment, _codec, mti, code, leftAt);
        if (Kinds.IsApproval(code) && payment.ApprovalLeftAt == 0)
        {
            payment.ApprovalLeftAt = leftAt;
            payment.Held = _codec.Number(Field.Amount);
            payment.ApprovedPart = code == Kinds.PartialApproval ? payment.Held : 0;
            payment.IsAnsweredWell = true;
        }

        if (Kinds.IsApproval(code) && payment.TakenBackLeftAt > 0
            && leftAt > payment.TakenBackLeftAt + _context.Macs.SlackOf(_index))
        {
            _context.Report("I1", payment.Id, "approved to a copy after it was taken back");
        }

        Judge(payment, code, approval, leftAt);
    }

    // It may as well be the answer to a spoilt copy, so nothing counts but that it is no approval.
    private void FlawedAnswered(Payment payment, int code)
    {
        if (Kinds.IsApproval(code))
        {
            _context.Report("I12", payment.Id, $"approved, but {payment.Flaw}: DE 7 {payment.Time:D10}");
        }

        payment.State = payment.State == PaymentState.Open ? PaymentState.Declined : payment.State;
        payment.Code = code;
    }

    // A node that has started anew does not know what it refused: a copy may be taken in. One that has not knows, and
    // after an outcome there is no 96.
    private void Judge(Payment payment, int code, ulong approval, long leftAt)
    {
        bool isFirst = payment.Code < 0;
        bool isOneLife = Math.Min(leftAt, payment.OutcomeLeftAt) >= _node.UpSince;
        bool isComparable = !isFirst && (payment.Code == RefusedNow
            ? isOneLife && Kinds.IsApproval(code)
            : code != RefusedNow || isOneLife || leftAt >= payment.OutcomeLeftAt);
        bool isTakenBack = (payment.Reversals.Count > 0 || payment.IsReplayed)
            && (code == Duplicate || payment.Code == Duplicate);

        // The node has forgotten it, and is busy. Nothing stands, or the copy is known as a late one.
        bool isPast = payment.IsReplayed || (_context.Plan.IsForgetful && payment.TakenBackLeftAt > 0);
        isTakenBack |= isPast && code == RefusedNow;
        if (isComparable && !isTakenBack && (payment.Code != code || payment.Approval != approval))
        {
            _context.Report("I1", payment.Id, $"told {payment.Code:D2} first and {code:D2} later");
        }

        if (isFirst || payment.Code == RefusedNow)
        {
            (payment.Code, payment.Approval, payment.OutcomeLeftAt) = (code, approval, leftAt);
        }

        if (payment.State == PaymentState.Open)
        {
            if (code == RefusedNow && payment.Copies > 1)
            {
                // Which copy was refused is not known, and another may be under way: a careful acquirer makes sure.
                _reversals.Start(payment);
                return;
            }

            payment.State = Kinds.IsApproval(code) ? PaymentState.Approved : PaymentState.Declined;
            if (payment.State == PaymentState.Approved)
            {
                PlanAfterApproval(payment);
            }
        }
        else if (payment.State is PaymentState.Declined or PaymentState.Abandoned && Kinds.IsApproval(code))
        {
            _reversals.Start(payment); // Told no before, or given up: the approval comes too late to be used.
        }
    }

    private void AdviceAnswered(Payment payment, int code)
    {
        payment.Answers++;
        if (code is RefusedNow)
        {
            return; // It could not be stored: sent again.
        }

        if (code != 0)
        {
            _context.Report("I1", payment.Id, $"an advice was answered {code:D2}");
        }

        if (payment.State == PaymentState.Advising)
        {
            payment.State = PaymentState.Advised;
            payment.IsAnsweredWell = true;
            if (payment.Completes is { } hold)
            {
                hold.IsCompleted = true;
            }
            else if (payment.Misnames is { State: PaymentState.Approved } kept)
            {
                _reversals.Start(kept); // It stands for itself, so what it was to end must be ended.
            }

            PlanAfterApproval(payment);
        }
    }

    /// <summary>What becomes of it next, if anything.</summary>
    public void PlanAfterApproval(Payment payment)
    {
        int next = payment.WillReduce ? Reduce
            : payment.WillCancel ? Cancel
            : payment.IsPreAuthorization ? Complete
            : 0;
        if (next != 0)
        {
            _context.CheckAgain(_random.Ms(1, _plan.SecondThoughtsMs), this, next, payment.Id);
        }
        else if (_context.Plan.IsForgetful && !payment.IsAdvice && _random.PerMille(_plan.LateCopyPerMille))
        {
            TimeSpan window = _context.Plan.Core.DuplicateWindow;
            _context.CheckAgain(window.Ticks + _random.Ms(5_000, 60_000), this, LateCopy, payment.Id);
        }
    }

    private static bool MayReduce(Payment payment) => payment.Held > 1
        && payment.State is (PaymentState.Approved or PaymentState.Advised);

    private void SendCopy(Payment payment)
    {
        bool isMarked = payment.Copies > 0 && !_random.PerMille(_plan.UnmarkedPerMille);
        int mti = payment.Mti + (isMarked ? 1 : 0);
        _writer.WritePayment(payment, mti);
        if (Send(payment, mti))
        {
            payment.Copies++;
            payment.FirstSentAt = payment.FirstSentAt == 0 ? _context.Now : payment.FirstSentAt;
        }
    }

    /// <summary>Sends what was written last, on some connection. False: there is none.</summary>
    /// <param name="payment">Of a copy of it: noted where it arrives; null: something else was written.</param>
    /// <param name="mti">As written.</param>
    /// <param name="id">Of the payment that it is about.</param>
    public bool Send(Payment? payment, int mti, long id = 0)
    {
        id = payment?.Id ?? id;
        if (_lines.Any() is not { } line)
        {
            if (payment is { Copies: 0, IsAdvice: false })
            {
                _context.Scheduler.In(_random.Ms(20, 200), this, Repeat, id);
            }

            return false;
        }

        if (_context.IsWatched(id))
        {
            _context.Note(id, $"acquirer {_index} -> {mti:D4} on session {line.Id}");
        }

        ReadOnlySpan<byte> bytes = _codec.Write();
        if (_random.PerMille(_context.GarbagePerMille) && _context.Network.SendSpoilt(line, bytes, _probe))
        {
            _context.Count(Fault.Garbage);
            _garbage++;
        }

        Packet packet = _context.Network.Take(bytes);
        packet.Payment = _codec.WasTampered ? null : payment;
        if (payment is { Flaw: Flaw.OtherEdition })
        {
            packet.SetOtherEdition(Dialect, _random);
        }

        _context.Network.Send(line, toNode: true, packet);
        return true;
    }

    private int NextStan() => _stan = _stan >= 999_999 ? 1 : _stan + 1;
}
