using System.Globalization;

namespace Switch.Host.Simulators;

/// <summary>
/// What an acquirer's host decides: what to send next, what an answer means, when patience ends. No sockets, no clock;
/// chance comes from the seed. Not thread safe. Keeps a book per transaction for as long as it lives.
/// </summary>
internal sealed class AcquirerDesk
{
    /// <summary>Answers must carry these back unchanged (docs/domain.md section 2.2).</summary>
    private static readonly int[] Echoed = [2, 3, 4, 7, 11, 37, 41, 42, 49];

    private readonly AcquirerProfile _profile;
    private readonly Func<PlainMessage, bool> _send;
    private readonly Random _random;
    private readonly string[] _cards;
    private readonly string[] _terminals;
    private readonly List<AcquirerTransaction> _transactions = [];
    private readonly Dictionary<LegKey, AcquirerTransaction> _byKey = [];
    private readonly Dictionary<LegKey, AcquirerTransaction> _byReversal = [];
    private readonly PriorityQueue<(AcquirerTransaction Transaction, Due What), long> _due = new();
    private int _stan;
    private long _rrn;

    /// <param name="profile">What to send, and how patiently.</param>
    /// <param name="send">Puts a message on a connection; false when surely not a byte of it was sent.</param>
    /// <param name="utcNow">Where the references start, so that two runs of a day do not share them.</param>
    public AcquirerDesk(AcquirerProfile profile, Func<PlainMessage, bool> send, DateTime utcNow)
    {
        _profile = profile;
        Pins = profile.Pins;
        _send = send;
        _random = new Random(profile.Seed);
        _cards = TestCards.Make(profile.Prefixes, profile.Cards);
        _terminals =
        [
            .. Enumerable.Range(profile.FirstTerminal, profile.Terminals).Select(static number => $"TERM{number:D4}"),
        ];
        _stan = _random.Next(999_999);

        // Six base-36 digits hold 2.1 billion: 600,000 for each second of an hour.
        _rrn = ((utcNow.Minute * 60) + utcNow.Second) * 600_000L;
    }

    /// <summary>Why a transaction is looked at again.</summary>
    private enum Due
    {
        Timeout,
        Repeat,
        Cancel,
        ReversalRepeat,
    }

    public AcquirerCounters Counters { get; } = new();

    /// <summary>Its PINs from now on.</summary>
    public AcquirerPins? Pins { get; set; }

    public IReadOnlyList<AcquirerTransaction> Transactions => _transactions;

    /// <summary>Requests that wait for their answer.</summary>
    public int InFlight { get; private set; }

    /// <summary>Transactions whose money is not settled: nothing is left to drain at 0.</summary>
    public int Open { get; private set; }

    /// <summary>Starts the next transaction of the mix; false when there was no connection to send it on.</summary>
    public bool SendNext(TimeSpan now, TimeSpan intendedAt, DateTime utcNow)
    {
        AcquirerTransaction transaction = Create(intendedAt, utcNow);
        transaction.Copies = 1;
        if (!_send(AcquirerMessages.Request(_profile, transaction, isRepeat: false)))
        {
            Counters.NotSent++;
            return false;
        }

        _transactions.Add(transaction);
        _byKey.Add(transaction.Key, transaction);
        Counters.Sent++;
        Counters.PinsSent += transaction.PinBlock is null ? 0 : 1;
        Counters.WrongPinsSent += transaction.HasWrongPin ? 1 : 0;
        InFlight++;
        Open++;
        Plan(transaction, Due.Timeout, now + _profile.Timeout);
        if (transaction.Repeat == RepeatPlan.AtOnce)
        {
            Plan(transaction, Due.Repeat, now + TimeSpan.FromMilliseconds(_random.Next(5)));
        }

        return true;
    }

    /// <summary>Does what has come due.</summary>
    public void Tick(TimeSpan now, DateTime utcNow)
    {
        while (_due.TryPeek(out (AcquirerTransaction Transaction, Due What) next, out long due) && due <= now.Ticks)
        {
            _due.Dequeue();
            Act(next.Transaction, next.What, now, utcNow);
        }
    }

    /// <summary>An answer came.</summary>
    public void Receive(PlainMessage message, TimeSpan now, DateTime utcNow)
    {
        var key = new LegKey(message.Mti - 10, message.Stan, message.TransmissionDateTime);
        if (message.Class == 4 && _byReversal.TryGetValue(key, out AcquirerTransaction? reversed))
        {
            ReceiveReversalAnswer(reversed, message);
        }
        else if (message.Class is 1 or 2 && _byKey.TryGetValue(key, out AcquirerTransaction? transaction))
        {
            ReceiveAnswer(transaction, message, now, utcNow);
        }
        else
        {
            Counters.Violate($"{message.Mti:D4}/{message.Stan:D6}: an answer to nothing that was sent");
        }
    }

    private void Act(AcquirerTransaction transaction, Due what, TimeSpan now, DateTime utcNow)
    {
        switch (what)
        {
            case Due.Timeout when transaction.State == AcquirerTransactionState.Pending:
                Counters.TimedOut++;
                InFlight--;
                Reverse(transaction, mti: 420, now, utcNow);
                break;
            case Due.Repeat:
                SendRepeat(transaction);
                break;
            case Due.Cancel when transaction.State == AcquirerTransactionState.Approved:
                Counters.Cancelled++;
                Reverse(transaction, _random.Next(2) == 0 ? 400 : 420, now, utcNow);
                break;
            case Due.ReversalRepeat when transaction.State == AcquirerTransactionState.Reversing:
                Counters.ReversalRepeats++;
                SendReversal(transaction, now);
                break;
        }
    }

    private void ReceiveAnswer(AcquirerTransaction transaction, PlainMessage message, TimeSpan now, DateTime utcNow)
    {
        CheckEcho(AcquirerMessages.Request(_profile, transaction, isRepeat: false), message);
        transaction.Answers++;
        if (transaction.Answers > transaction.Copies)
        {
            Counters.Violate($"{transaction}: {transaction.Answers} answers to {transaction.Copies} copies");
        }

        if (transaction.Answers > 1)
        {
            CheckSame(transaction, message);
            return;
        }

        transaction.AnsweredAt = now;
        transaction.ResponseCode = message[39] ?? "";
        transaction.ApprovalCode ??= message[38];
        Counters.Answered++;
        Counters.ByResponseCode[transaction.ResponseCode] =
            Counters.ByResponseCode.GetValueOrDefault(transaction.ResponseCode) + 1;
        if (transaction.State != AcquirerTransactionState.Pending)
        {
            Counters.Late++;
            return;
        }

        Counters.Latency.Record(now - transaction.IntendedAt);
        InFlight--;
        Open--;
        Settle(transaction, message, now, utcNow);
    }

    private void Settle(AcquirerTransaction transaction, PlainMessage message, TimeSpan now, DateTime utcNow)
    {
        bool isApproved = SimulatorResponseCodes.IsApproval(transaction.ResponseCode);
        transaction.State = isApproved ? AcquirerTransactionState.Approved : AcquirerTransactionState.Declined;
        Counters.Approved += isApproved ? 1 : 0;
        Counters.Declined += isApproved ? 0 : 1;
        Counters.WrongPinsApproved += isApproved && transaction.HasWrongPin ? 1 : 0;
        if (isApproved && !transaction.IsAdvice && string.IsNullOrWhiteSpace(message[38]))
        {
            Counters.Violate($"{transaction}: approved without DE 38");
        }

        if (transaction.IsAdvice && !isApproved)
        {
            // An advice tells what has happened. Only a retry code leaves a way to go on: take it back.
            Open++;
            Reverse(transaction, mti: 420, now, utcNow);
            return;
        }

        TimeSpan soon = now + TimeSpan.FromMilliseconds(_random.Next(1, 200));
        if (transaction.Repeat == RepeatPlan.AfterAnswer)
        {
            Plan(transaction, Due.Repeat, soon);
        }

        if (transaction.WillCancel && isApproved)
        {
            // Open again from here, not from the reversal on: until then nothing is settled.
            Open++;
            Plan(transaction, Due.Cancel, soon);
        }
    }

    private void ReceiveReversalAnswer(AcquirerTransaction transaction, PlainMessage message)
    {
        ReversalExchange reversal = transaction.Reversal!;
        CheckEcho(AcquirerMessages.Reversal(_profile, transaction, reversal, isRepeat: false), message);
        if (message[39] != SimulatorResponseCodes.Approved)
        {
            if (!SimulatorResponseCodes.IsRetry(message[39]))
            {
                Counters.Violate($"{transaction}: its reversal was refused with {message[39]}");
            }

            return;
        }

        if (transaction.State == AcquirerTransactionState.Reversing)
        {
            transaction.State = AcquirerTransactionState.Reversed;
            Counters.ReversalsAcknowledged++;
            Open--;
        }
    }

    private void Reverse(AcquirerTransaction transaction, int mti, TimeSpan now, DateTime utcNow)
    {
        transaction.State = AcquirerTransactionState.Reversing;
        transaction.Reversal = new ReversalExchange { Mti = mti, Stan = NextStan(), SentAt = StampOf(utcNow) };
        _byReversal.Add(transaction.Reversal.Key, transaction);
        Counters.Reversals++;
        SendReversal(transaction, now);
    }

    private void SendReversal(AcquirerTransaction transaction, TimeSpan now)
    {
        ReversalExchange reversal = transaction.Reversal!;
        if (_send(AcquirerMessages.Reversal(_profile, transaction, reversal, isRepeat: reversal.Sendings > 0)))
        {
            reversal.Sendings++;
        }

        // Without a connection it is tried again soon; after a sending it is given the time of an answer.
        TimeSpan wait = reversal.Sendings == 0 ? TimeSpan.FromMilliseconds(100) : _profile.Timeout;
        Plan(transaction, Due.ReversalRepeat, now + wait);
    }

    private void SendRepeat(AcquirerTransaction transaction)
    {
        // What is being taken back is not asked for again; nor what was refused, which a switch that was started since
        // does not know.
        if (transaction.State is AcquirerTransactionState.Reversing or AcquirerTransactionState.Reversed
            || SimulatorResponseCodes.IsRetry(transaction.ResponseCode))
        {
            return;
        }

        if (_send(AcquirerMessages.Request(_profile, transaction, isRepeat: true)))
        {
            transaction.Copies++;
            Counters.Repeats++;
        }
    }

    private void CheckEcho(PlainMessage sent, PlainMessage answer)
    {
        foreach (int field in Echoed)
        {
            if (sent[field] != answer[field])
            {
                Counters.Violate($"{answer.Mti:D4}/{answer.Stan:D6}: DE {field} came back changed");
            }
        }
    }

    private void CheckSame(AcquirerTransaction transaction, PlainMessage message)
    {
        // What was approved and is being taken back is declined when it is asked for again.
        bool isTakenBack = transaction.State is AcquirerTransactionState.Reversing or AcquirerTransactionState.Reversed;
        if (isTakenBack && message[39] == SimulatorResponseCodes.Duplicate)
        {
            return;
        }

        bool hasApprovalCode = SimulatorResponseCodes.IsApproval(message[39]) && !transaction.IsAdvice;
        if (message[39] != transaction.ResponseCode || (hasApprovalCode && message[38] != transaction.ApprovalCode))
        {
            Counters.Violate($"{transaction}: a repeat was answered with {message[39]}");
        }
    }

    private AcquirerTransaction Create(TimeSpan intendedAt, DateTime utcNow)
    {
        bool isAdvice = _random.NextDouble() < _profile.Mix.Advised;
        bool isFinancial = _random.NextDouble() < _profile.Mix.Financial;
        bool isRepeated = _random.NextDouble() < _profile.Mix.Repeated;
        string card = _cards[_random.Next(_cards.Length)];
        AcquirerPins? pins = !isAdvice && Pins is { } all && _random.NextDouble() < all.Share ? all : null;
        bool isWrong = pins is not null && _random.NextDouble() < pins.WrongShare;
        return new AcquirerTransaction
        {
            Mti = (isFinancial ? 200 : 100) + (isAdvice ? 20 : 0),
            Pan = card,
            Amount = _random.NextInt64(_profile.AmountMin, _profile.AmountMax + 1),
            Stan = NextStan(),
            SentAt = StampOf(utcNow),
            LocalTime = utcNow.ToString("HHmmssMMdd", CultureInfo.InvariantCulture),
            Rrn = NextReference(utcNow),
            Terminal = _terminals[_random.Next(_terminals.Length)],
            IntendedAt = intendedAt,
            WillCancel = !isAdvice && _random.NextDouble() < _profile.Mix.Cancelled,
            Repeat = !isRepeated ? RepeatPlan.Never
                : _random.Next(2) == 0 ? RepeatPlan.AtOnce : RepeatPlan.AfterAnswer,
            ApprovalCode = isAdvice ? "OFFLIN" : null,
            PinBlock = pins?.Key.Encipher(isWrong ? SimulatorPin.WrongPinOf(card) : SimulatorPin.PinOf(card), card),
            HasWrongPin = isWrong,
        };
    }

    private void Plan(
        AcquirerTransaction transaction, Due what, TimeSpan at) => _due.Enqueue((transaction, what), at.Ticks);

    /// <summary>DE 11 of what is sent next.</summary>
    public int NextStan() => _stan = (_stan % 999_999) + 1;

    private static string StampOf(DateTime utcNow) => utcNow.ToString("MMddHHmmss", CultureInfo.InvariantCulture);

    /// <summary>
    /// DE 37 in its common form YDDDHH and six more, which count in base 36 so that an hour never repeats one.
    /// </summary>
    private string NextReference(DateTime utcNow)
    {
        const string Base36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        Span<char> text = stackalloc char[12];
        string head = $"{utcNow.Year % 10}{utcNow.DayOfYear:D3}{utcNow.Hour:D2}";
        head.CopyTo(text);
        long number = _rrn++;
        for (int i = 11; i >= 6; i--)
        {
            text[i] = Base36[(int)(number % 36)];
            number /= 36;
        }

        return new string(text);
    }
}
