using Switch.Protocol.Editions;
using Switch.Protocol.Fields;

namespace Switch.Host.Simulators.World;

/// <summary>How an issuer behaves now. Rates in a thousand.</summary>
internal sealed class IssuerMood
{
    /// <summary>Left unanswered, half of them after doing what they say.</summary>
    public int Gray { get; set; }

    public bool IsSilent { get; set; }

    /// <summary>Silent, but echo tests and sign-ons are answered.</summary>
    public bool AnswersEcho { get; set; }

    public bool RefusesConnections { get; set; }

    /// <summary>Greatest extra time for an answer, in ticks.</summary>
    public long Slowness { get; set; }

    public int Wrong { get; set; }

    public int Twice { get; set; }

    public int RefusesAdvices { get; set; }

    public int Says91 { get; set; }

    /// <summary>One payment in so many has its advices refused with 30; 0: none.</summary>
    public int PoisonOneIn { get; set; }
}

/// <summary>An issuer's host with its book, and every way to misbehave.</summary>
internal sealed class IssuerActor(Ground ground, int index, Chance chance) : IActor, ILineEnd
{
    private const int Reply = 20;
    private const int SignOffCode = 2;
    private const int BorrowedApproval = 999_998;

    private static readonly FieldSet Echoed = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.Stan, Field.AcquirerId,
        Field.RetrievalReference, Field.TerminalId, Field.Currency, Field.NetworkCode);

    private static readonly FieldSet Sensitive = FieldSet.Of(
        Field.Track1, Field.Track2, Field.Track3, Field.PinData, Field.SecurityControl);

    private readonly IssuerPlan _plan = ground.Plan.Issuers[index];
    private readonly Speech _speech = new(ground.Plan.Issuers[index].Settings.Dialect);
    private readonly Speech _probe = new(ground.Plan.Issuers[index].Settings.Dialect);
    private readonly Speech _other = new(ground.Plan.Issuers[index].Settings.Dialect);
    private readonly List<Line> _lines = [];
    private readonly HashSet<Line> _signedOn = [];
    private readonly bool _is1987 = ground.Plan.Issuers[index].Settings.Dialect.IsoVersion == IsoVersion.Iso1987;
    private int _approvals;
    private int _stan;

    public IssuerBook Book { get; } = new(ground, index);

    /// <summary>It has approved what was not its own to answer: its totals say nothing.</summary>
    public bool HasLied { get; private set; }

    public IssuerMood Mood { get; set; } = new();

    public IReadOnlyList<Line> Lines => _lines;

    public Line? AnyLine() => _lines.Count > 0 ? _lines[0] : null;

    /// <summary>Takes the answers to what the issuer begins itself.</summary>
    public CardFileDesk? Files { get; set; }

    public Office? Office { get; set; }

    public void OnConnected(Line line) => _lines.Add(line);

    public void OnClosed(Line line)
    {
        _lines.Remove(line);
        _signedOn.Remove(line);
    }

    public void On(in Happening happening)
    {
        var packet = (Packet)happening.Subject!;
        ground.Network.Send(packet.Line, toNode: true, packet);
    }

    /// <summary>Tells the switch to stop, or to start again: 0800 with 002 or 001.</summary>
    public void Sign(bool off)
    {
        if (_lines.Count > 0)
        {
            _speech.Start(800, ground.WallMs);
            _speech.Set(Field.TransmissionDateTime, ground.TransmissionTime, 10);
            _speech.Set(Field.Stan, (++_stan % 999_999) + 1, 6);
            _speech.Set(Field.NetworkCode, off ? SignOffCode : 1, 3);
            ground.Network.Send(_lines[0], toNode: true, ground.Network.Take(_speech.Write()));
        }
    }

    public void OnPacket(Line line, Packet packet)
    {
        if (!_speech.TryRead(packet.Bytes))
        {
            ground.Report("I3", 0, $"issuer {index} got what is no message of its dialect");
            return;
        }

        int mti = _speech.Mti;
        if (mti is 312 or 532 or 810)
        {
            Files?.OnAnswer(_speech);
            Office?.OnAnswer(_speech);
            return;
        }

        if (mti == 800)
        {
            if (!Mood.IsSilent || Mood.AnswersEcho)
            {
                _signedOn.Add(line);
                Answer(line, 0, null);
            }

            return;
        }

        if (_plan.Settings.SignOn && !_signedOn.Contains(line))
        {
            ground.Report("N13", 0, $"issuer {index} got an {mti:D4} on a link that has not signed on");
        }

        (Payment? payment, Reversal? reversal) = ground.FindTicket(_speech.Number(Field.Account2));
        if (payment is null || !IsAbout(payment, reversal)
            || !ground.Plan.MayAsk(index, reversal?.Card ?? payment.Card))
        {
            ground.Report("I3", payment?.Id ?? 0, $"issuer {index} got an {mti:D4} about no payment of this world");
            return;
        }

        if (mti is 100 or 200)
        {
            ground.Heard.Add(index, line.Id, _plan.Settings.Dialect, packet.Bytes);
        }

        Handle(line, payment, reversal);
    }

    // How much a reversal takes back is looked at in the book.
    private bool IsAbout(Payment payment, Reversal? reversal) =>
        (reversal is not null || payment.Flaw == Flaw.None)
        && _speech.Is(Field.Pan, (reversal?.Card ?? payment.Card).Number)
        && (reversal is not null || _speech.Number(Field.Amount) == payment.Amount);

    private void Handle(Line line, Payment payment, Reversal? reversal)
    {
        int mti = _speech.Mti;
        bool isLost = Mood.IsSilent || chance.PerMille(Mood.Gray);
        if (isLost && chance.Coin())
        {
            ground.Count(Mood.IsSilent ? Fault.IssuerSilent : Fault.IssuerGray);
            if (ground.IsWatched(payment.Id))
            {
                ground.Note(payment.Id, $"issuer {index} loses {mti:D4}/{_speech.Number(Field.Stan)}");
            }

            return;
        }

        PostingKey key = _speech.Key();
        Posting? posting = Enter(payment, reversal, key);
        int code = posting?.Code ?? (IsPoisoned(payment, key.Mti) ? 30 : chance.Coin() ? 91 : 96);
        if (ground.IsWatched(payment.Id))
        {
            ground.Note(
                payment.Id,
                $"issuer {index} <- {mti:D4}/{key.Stan} on link {line.Id} about {NameOf(_speech)}: "
                + $"{posting?.State.ToString() ?? "refused"} {code:D2}" + (isLost ? ", answer lost" : ""));
        }

        if (!isLost)
        {
            Answer(line, code, Kinds.IsApproval(code) ? posting : null);
        }
    }

    private static string NameOf(Speech heard)
    {
        bool isNamed = heard.TryReadOriginal(out int mti, out int stan, out long time);
        return isNamed ? $"{mti:D4}/{stan} of {time:D10}" : "nothing";
    }

    // Does what the message says. Null: refused for now, or for ever.
    private Posting? Enter(Payment payment, Reversal? reversal, in PostingKey key)
    {
        int kind = key.Mti;
        if (kind is 100 or 200)
        {
            bool isPartial = payment.Amount > 1 && chance.PerMille(_plan.PartialPerMille);
            int code = chance.PerMille(Mood.Says91) ? 91
                : chance.PerMille(_plan.DeclinePerMille) ? chance.Pick(5, 51, 61)
                : isPartial ? Kinds.PartialApproval
                : 0;
            ground.Faults[(int)Fault.IssuerSays91] += code == 91 ? 1 : 0;
            long amount = isPartial ? chance.Between(1, payment.Amount) : payment.Amount;
            return Book.Request(key, payment, code, (++_approvals % 900_000) + 1, amount);
        }

        if ((_speech.Heard.Fields & Sensitive).IsEmpty is false)
        {
            ground.Report("I21", payment.Id, $"issuer {index} got a stored message with sensitive data");
        }

        bool isPoisoned = IsPoisoned(payment, kind);
        if (isPoisoned || chance.PerMille(Mood.RefusesAdvices))
        {
            ground.Count(isPoisoned ? Fault.PoisonedAdvice : Fault.IssuerRefusesAdvices);
            Book.Refuse(key, payment);
            return null;
        }

        bool isMarked = _speech.Mti % 10 == 1;
        PostingKey? original = _speech.TryReadOriginal(out int mti, out int stan, out long time)
            ? new PostingKey(mti / 10 * 10, stan, TransmissionTimeOf(time, payment), NamedBy(payment, kind).Id)
            : null;
        return kind == 420
            ? Book.Reverse(key, isMarked, new HeardReversal(
                payment, reversal, original, _speech.Number(Field.Amount), _speech.Replacement()))
            : Book.Advice(key, isMarked, payment, original);
    }

    // Later editions name a message by its local time, which it bore as its acquirer has it.
    private long TransmissionTimeOf(long named, Payment payment) => _is1987
        ? named
        : Ground.Shift(named, -ground.Plan.Acquirers[payment.Acquirer].Zone);

    private bool IsPoisoned(Payment payment, int kind) =>
        kind is 120 or 220 && Mood.PoisonOneIn > 0 && payment.Id % Mood.PoisonOneIn == 0;

    // A completion is a payment of its own, and names another.
    private static Payment NamedBy(Payment payment, int kind) =>
        kind == 420 ? payment : payment.Completes ?? payment;

    private void Answer(Line line, int code, Posting? approved)
    {
        int response = (_speech.Mti / 10 * 10) + 10;
        long delay = chance.Between(_plan.LatencyMin, _plan.LatencyMax);
        if (Mood.Slowness > 0)
        {
            delay += chance.Between(0, Mood.Slowness);
        }

        if (chance.PerMille(Mood.Wrong))
        {
            ground.Count(Fault.WrongReply);
            if (chance.Coin() && TryBorrow(line, delay))
            {
                return;
            }

            Compose(response, code, approved);
            bool isOtherEdition = chance.Below(5) == 0;
            if (!isOtherEdition)
            {
                Falsify();
            }

            Plan(line, delay, _speech.Write(), isOtherEdition);
            if (chance.Coin())
            {
                return; // Instead of the right one.
            }
        }

        bool isTwice = chance.PerMille(Mood.Twice);
        for (int i = 0; i <= (isTwice ? 1 : 0); i++)
        {
            Compose(response, code, approved);
            Plan(line, delay + (i * chance.Ms(0, 2_000)), _speech.Write(), isOtherEdition: false);
        }

        ground.Faults[(int)Fault.DuplicateReply] += isTwice ? 1 : 0;
    }

    private void Compose(int response, int code, Posting? approved)
    {
        _speech.Start(response, ground.WallMs);
        _speech.Echo(Echoed);
        _speech.Set(Field.ResponseCode, code, 2);
        if (approved is { Approval: > 0 })
        {
            _speech.Set(Field.ApprovalCode, approved.Approval, 6);
        }

        if (code == Kinds.PartialApproval)
        {
            _speech.Set(Field.Amount, approved!.Told, 12);
        }
    }

    // The reply names another message, or disagrees about this one.
    private void Falsify()
    {
        switch (chance.Below(4))
        {
            case 0:
                _speech.Set(Field.Stan, (_speech.Number(Field.Stan) % 999_999) + 1, 6);
                break;
            case 1:
                _speech.Set(Field.TransmissionDateTime, 1231_235_959, 10);
                break;
            case 2 when _speech.Heard.Has(Field.Amount):
                _speech.Set(Field.Amount, _speech.Number(Field.Amount) + 1, 12);
                break;
            default:
                _speech.Set(Field.Stan, 1 + chance.Below(999_999), 6);
                break;
        }
    }

    // An approval with all that another payment says of itself, on a link that the payment was not sent on.
    private bool TryBorrow(Line line, long delay)
    {
        if (ground.Heard.Pick(chance, line.Id, _plan.Settings.Dialect) is not { } heard
            || !_other.TryRead(heard.Bytes))
        {
            return false;
        }

        ground.Count(Fault.BorrowedReply);
        HasLied = true;
        _other.Start((_other.Mti / 10 * 10) + 10, ground.WallMs);
        _other.Echo(Echoed);
        _other.Set(Field.ResponseCode, 0, 2);
        _other.Set(Field.ApprovalCode, BorrowedApproval, 6);
        Plan(line, delay, _other.Write(), isOtherEdition: false);
        return true;
    }

    private void Plan(Line line, long delay, ReadOnlySpan<byte> bytes, bool isOtherEdition)
    {
        if (chance.PerMille(ground.GarbagePerMille) && ground.Network.SendSpoilt(line, bytes, _probe))
        {
            ground.Count(Fault.Garbage);
        }

        Packet packet = ground.Network.Take(bytes);
        packet.Line = line;
        if (isOtherEdition)
        {
            ground.Count(Fault.OtherEdition);
            packet.SetOtherEdition(_plan.Settings.Dialect, chance);
        }

        ground.Scheduler.In(delay, this, Reply, line.Id, packet);
    }
}
