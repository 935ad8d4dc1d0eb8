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
    private const int Connect = 15;
    private const int Reduce = 16;
    private const int Complete = 17;

    private const int RefusedNow = 96;
    private const int TakenBack = 94;
    private const int NoAnswer = 91;
    private const int FormatError = 30;
    private const long Second = TimeSpan.TicksPerSecond;

    // The core's timers have a resolution of 10 ms, and a slice may begin one step late.
    private const long DeadlineGrace = 20 * TimeSpan.TicksPerMillisecond;

    private readonly Ground _ground;
    private readonly Node _node;
    private readonly AcquirerPlan _plan;
    private readonly Chance _chance;
    private readonly Speech _speech;
    private readonly Speech _probe;
    private readonly AcquirerWriter _writer;
    private readonly AcquirerTill _till;
    private readonly Line?[] _lines;
    private readonly int _index;
    private int _left;
    private int _stan;
    private long _garbage;
    private long _garbageAnswers;

    public AcquirerActor(Ground ground, Node node, int index, Chance chance)
    {
        _ground = ground;
        _node = node;
        _index = index;
        _chance = chance;
        _plan = ground.Plan.Acquirers[index];
        _speech = new Speech(_plan.Settings.Dialect);
        _probe = new Speech(_plan.Settings.Dialect);
        _writer = new AcquirerWriter(ground, _speech, _plan);
        _till = new AcquirerTill(ground, index, _chance);
        _lines = new Line?[_plan.Sessions];
        _left = _plan.Payments;
        for (int slot = 0; slot < _lines.Length; slot++)
        {
            ground.Scheduler.In(_chance.Ms(0, 50), this, Connect, slot);
        }

        ground.Scheduler.In(_chance.Ms(100, 300), this, NewPayment);
    }

    public bool IsDone => _left == 0;

    public Office? Office { get; set; }

    public Dialect Dialect => _plan.Settings.Dialect;
    public int Index => _index;

    public Line? AnyLine()
    {
        int first = _chance.Below(_lines.Length);
        for (int i = 0; i < _lines.Length; i++)
        {
            if (_lines[(first + i) % _lines.Length] is { IsOpenAtPeer: true } line)
            {
                return line;
            }
        }

        return null;
    }

    public bool IsResting { get; set; }

    public void On(in Happening happening)
    {
        if (IsResting && happening.Kind is not (Connect or Resend))
        {
            return;
        }

        switch (happening.Kind)
        {
            case NewPayment:
                Begin();
                break;
            case Connect:
                ConnectSlot((int)happening.Value);
                break;
            case Impatience when _ground.Find(happening.Value)! is { State: PaymentState.Open } payment:
                StartReversal(payment);
                break;
            case Repeat when _ground.Find(happening.Value)! is var payment && MayRepeat(payment):
                SendCopy(payment);
                break;
            case Cancel when _ground.Find(happening.Value)! is var paid
                && paid.State is (PaymentState.Approved or PaymentState.Advised):
                StartReversal(paid);
                break;
            case Reduce when _ground.Find(happening.Value)! is var reduced && MayReduce(reduced):
                StartReduction(reduced);
                break;
            case Complete when _ground.Find(happening.Value)! is { State: PaymentState.Approved } held && _left > 0:
                BeginCompletion(held);
                break;
            case Resend:
                ResendUntilAnswered(_ground.Find(happening.Value)!);
                break;
        }
    }

    public void OnClosed(Line line)
    {
        int slot = Array.IndexOf(_lines, line);
        if (slot >= 0)
        {
            _lines[slot] = null;
            _ground.Scheduler.In(_chance.Ms(20, 800), this, Connect, slot);
        }
    }

    public void OnPacket(Line line, Packet packet)
    {
        if (!_speech.TryRead(packet.Bytes))
        {
            _ground.Report("I1", 0, $"acquirer {_index} got what is no message of its dialect");
            return;
        }

        int mti = _speech.Mti;
        int code = (int)_speech.Number(Field.ResponseCode);
        if (mti is 530 or 810)
        {
            Office?.OnAnswer(_speech);
            return;
        }

        if (code == FormatError && ++_garbageAnswers <= _garbage)
        {
            return; // To what was no message.
        }

        Payment? payment = _ground.Find(_speech.Number(Field.RetrievalReference));
        if (payment is null || payment.Acquirer != _index)
        {
            _ground.Report("I1", payment?.Id ?? 0, $"acquirer {_index} got an answer {mti:D4} to nothing it sent");
        }
        else if (mti is 110 or 210)
        {
            Answered(payment, mti, code, packet.LeftAt);
        }
        else if (mti is 130 or 230 && payment.IsAdvice)
        {
            AdviceAnswered(payment, code);
        }
        else if (mti is 410 or 430 && payment.ReversalCopies > 0)
        {
            ReversalAnswered(payment, mti, code);
        }
        else
        {
            _ground.Report("I1", payment.Id, $"an answer {mti:D4} that nobody asked for");
        }
    }

    private void Begin()
    {
        if (_left == 0)
        {
            return; // A completion was the last.
        }

        Payment payment = _till.Make();
        _ground.Payments.Add(payment);
        if (--_left > 0)
        {
            _ground.Scheduler.In(_chance.Between(0, 2 * _plan.Interval) / _ground.Haste, this, NewPayment);
        }

        payment.Stan = NextStan();
        payment.Time = _ground.TransmissionTime;
        SendCopy(payment);
        PlanAfter(payment);
    }

    // The goods are delivered, for at most what was held: an advice that names the hold.
    private void BeginCompletion(Payment hold)
    {
        Payment payment = _till.Complete(hold);
        _ground.Payments.Add(payment);
        _left--;
        payment.Stan = NextStan();
        payment.Time = _ground.TransmissionTime;
        SendCopy(payment);
        PlanAfter(payment);
    }

    private void PlanAfter(Payment payment)
    {
        Scheduler scheduler = _ground.Scheduler;
        if (payment.IsAdvice)
        {
            scheduler.In(_chance.Between(Second / 2, 3 * Second), this, Resend, payment.Id);
            return;
        }

        scheduler.In(payment.Patience, this, Impatience, payment.Id);
        if (_chance.PerMille(_plan.RepeatPerMille))
        {
            long pause = _chance.Below(3) switch
            {
                0 => _chance.Ms(0, 5),
                1 => _chance.Ms(5, 500),
                _ => _chance.Between(0, payment.Patience + (5 * Second)),
            };
            scheduler.In(pause, this, Repeat, payment.Id);
        }
    }

    // A refusal for now is no reason to ask again, and what was reversed is not asked again.
    private static bool MayRepeat(Payment payment) =>
        payment.State is PaymentState.Open or PaymentState.Approved
        || (payment.State == PaymentState.Declined && payment.Code is not (RefusedNow or NoAnswer));

    private void Answered(Payment payment, int mti, int code, long leftAt)
    {
        ulong approval = _speech.Characters(Field.ApprovalCode);
        payment.Answers++;
        if (_ground.IsWatched(payment.Id))
        {
            _ground.Note(
                payment.Id, $"acquirer {_index} <- {mti:D4} DE 39 {code:D2} (left {leftAt / (double)Second:F4})");
        }

        if (mti != payment.Mti + 10 || _speech.Number(Field.Stan) != payment.Stan
            || _speech.Number(Field.TransmissionDateTime) != payment.Time
            || !payment.IsRightAmount(code, _speech.Number(Field.Amount))
            || _speech.Number(Field.TerminalId) != payment.Terminal
            || !_speech.Is(Field.Pan, payment.Card.Number))
        {
            _ground.Report("I1", payment.Id, "the answer does not echo its request");
        }

        if (payment.Answers > payment.Copies)
        {
            _ground.Report("I1", payment.Id, $"{payment.Answers} answers to {payment.Copies} copies");
        }

        if (leftAt > payment.ArrivedAt + _plan.Settings.Deadline.Ticks + DeadlineGrace)
        {
            long late = (leftAt - payment.ArrivedAt) / TimeSpan.TicksPerMillisecond;
            _ground.Report("I4", payment.Id, $"answered {code:D2} after {late} ms, deadline {_plan.Settings.Deadline}");
        }

        if (Kinds.IsApproval(code) && payment.ApprovalLeftAt == 0)
        {
            payment.ApprovalLeftAt = leftAt;
            payment.Held = _speech.Number(Field.Amount);
            payment.ApprovedPart = code == Kinds.PartialApproval ? payment.Held : 0;
        }

        Judge(payment, code, approval, leftAt);
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
        bool isTakenBack = payment.ReversalCopies > 0 // Reversed since: nothing may be given for a copy any more.
            && ((code == TakenBack && Kinds.IsApproval(payment.Code))
                || (payment.Code == TakenBack && Kinds.IsApproval(code)));
        if (isComparable && !isTakenBack && (payment.Code != code || payment.Approval != approval))
        {
            _ground.Report("I1", payment.Id, $"told {payment.Code:D2} first and {code:D2} later");
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
                StartReversal(payment);
                return;
            }

            payment.State = Kinds.IsApproval(code) ? PaymentState.Approved : PaymentState.Declined;
            if (payment.State == PaymentState.Approved)
            {
                PlanAfterApproval(payment);
            }
        }
        else if (payment.State == PaymentState.Declined && Kinds.IsApproval(code))
        {
            StartReversal(payment); // Told no before: the approval comes too late to be used.
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
            _ground.Report("I1", payment.Id, $"an advice was answered {code:D2}");
        }

        if (payment.State == PaymentState.Advising)
        {
            payment.State = PaymentState.Advised;
            if (payment.Completes is { } hold)
            {
                hold.IsCompleted = true;
            }

            PlanAfterApproval(payment);
        }
    }

    private void PlanAfterApproval(Payment payment)
    {
        int next = payment.WillReduce ? Reduce
            : payment.WillCancel ? Cancel
            : payment.IsPreAuthorization ? Complete
            : 0;
        if (next != 0)
        {
            _ground.Scheduler.In(_chance.Ms(1, _plan.SecondThoughtsMs), this, next, payment.Id);
        }
    }

    private void ReversalAnswered(Payment payment, int mti, int code)
    {
        payment.ReversalAnswers++;
        if (_ground.IsWatched(payment.Id))
        {
            _ground.Note(payment.Id, $"acquirer {_index} <- {mti:D4} DE 39 {code:D2}");
        }

        long stan = _speech.Number(Field.Stan);
        bool isEarlier = stan == payment.EarlierReversalStan;
        if (stan != payment.ReversalStan && !isEarlier)
        {
            _ground.Report("I1", payment.Id, "the reversal's answer does not echo its request");
        }

        if (payment.ReversalAnswers > payment.ReversalCopies)
        {
            _ground.Report("I1", payment.Id, "more answers to a reversal than copies of it");
        }

        if (isEarlier)
        {
            return; // Another copy of what was answered before.
        }

        if (code == 0 && payment.State == PaymentState.Reducing)
        {
            payment.Held = payment.ReduceTo;
            payment.WillReduce = false;
            payment.State = payment.IsAdvice ? PaymentState.Advised : PaymentState.Approved;
            PlanAfterApproval(payment);
        }
        else if (code == 0 && payment.State == PaymentState.Reversing)
        {
            payment.State = PaymentState.Reversed;
        }
        else if (code is not (0 or RefusedNow))
        {
            _ground.Report("I7", payment.Id, $"a reversal was answered {code:D2}");
        }
    }

    private static bool MayReduce(Payment payment) => payment.Held > 1
        && payment.State is (PaymentState.Approved or PaymentState.Advised);

    private void StartReduction(Payment payment)
    {
        payment.ReduceTo = _chance.Between(1, payment.Held);
        StartReversal(payment, PaymentState.Reducing);
    }

    private void StartReversal(Payment payment, PaymentState state = PaymentState.Reversing)
    {
        payment.State = state;
        payment.EarlierReversalStan = payment.ReversalStan;
        payment.CopiesOfThisReversal = 0;
        payment.ReversalMti = _chance.PerMille(_plan.RequestReversalPerMille) ? 400 : 420;
        payment.ReversalStan = _plan.NamesOriginals ? NextStan() : payment.Stan;
        payment.ReversalTime = _plan.NamesOriginals ? _ground.TransmissionTime : payment.Time;
        ResendUntilAnswered(payment);
    }

    private void ResendUntilAnswered(Payment payment)
    {
        if (payment.State is PaymentState.Reversing or PaymentState.Reducing)
        {
            SendReversal(payment);
        }
        else if (payment.State == PaymentState.Advising)
        {
            SendCopy(payment);
        }
        else
        {
            return;
        }

        _ground.Scheduler.In(_chance.Between(Second / 2, 4 * Second), this, Resend, payment.Id);
    }

    private void SendCopy(Payment payment)
    {
        bool isMarked = payment.Copies > 0 && !_chance.PerMille(_plan.UnmarkedPerMille);
        int mti = payment.Mti + (isMarked ? 1 : 0);
        _writer.WritePayment(payment, mti);
        if (Send(payment, mti))
        {
            payment.Copies++;
        }
    }

    private void SendReversal(Payment payment)
    {
        bool isMarked = payment.CopiesOfThisReversal > 0 && !_chance.PerMille(_plan.UnmarkedPerMille);
        int mti = payment.ReversalMti + (isMarked ? 1 : 0);
        _writer.WriteReversal(payment, mti);
        if (Send(null, mti, payment.Id))
        {
            payment.CopiesOfThisReversal++;
            payment.ReversalCopies++;
        }
    }

    private bool Send(Payment? payment, int mti, long id = 0)
    {
        id = payment?.Id ?? id;
        if (AnyLine() is not { } line)
        {
            if (payment is { Copies: 0, IsAdvice: false })
            {
                _ground.Scheduler.In(_chance.Ms(20, 200), this, Repeat, id);
            }

            return false;
        }

        if (_ground.IsWatched(id))
        {
            _ground.Note(id, $"acquirer {_index} -> {mti:D4} on session {line.Id}");
        }

        ReadOnlySpan<byte> bytes = _speech.Write();
        if (_chance.PerMille(_ground.GarbagePerMille) && _ground.Network.SendSpoilt(line, bytes, _probe))
        {
            _ground.Count(Fault.Garbage);
            _garbage++;
        }

        Packet packet = _ground.Network.Take(bytes);
        packet.Payment = payment;
        _ground.Network.Send(line, toNode: true, packet);
        return true;
    }

    private void ConnectSlot(int slot)
    {
        _lines[slot] = _node.TryAccept(_index, this, _plan.Delay);
        if (_lines[slot] is null)
        {
            _ground.Scheduler.In(_chance.Ms(20, 500), this, Connect, slot);
        }
    }

    private int NextStan() => _stan = _stan >= 999_999 ? 1 : _stan + 1;
}
