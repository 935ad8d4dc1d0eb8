using Switch.Host.Security;
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

    /// <summary>Approved, and answered 96.</summary>
    public int Says96 { get; set; }

    /// <summary>One payment in so many has its advices refused with 30; 0: none.</summary>
    public int PoisonOneIn { get; set; }
}

/// <summary>An issuer's host with its book, and every way to misbehave.</summary>
internal sealed class IssuerActor(WorldContext context, int index, RandomSource random) : IActor, ILineEnd
{
    private const int Reply = 20;
    private const int SignOffCode = 2;
    private const int BorrowedApproval = 999_998;
    private const int SystemMalfunction = 96;

    private static readonly FieldSet Echoed = FieldSet.Of(
        Field.Pan, Field.ProcessingCode, Field.Amount, Field.TransmissionDateTime, Field.Stan, Field.AcquirerId,
        Field.RetrievalReference, Field.TerminalId, Field.Currency, Field.NetworkCode);

    private static readonly FieldSet Sensitive = FieldSet.Of(
        Field.Track1, Field.Track2, Field.Track3, Field.PinData, Field.SecurityControl, LaterField.SecurityControl);

    private static readonly FieldSet OfTerminals = FieldSet.Of(Field.SecurityControl, LaterField.SecurityControl);

    private readonly IssuerPlan _plan = context.Plan.Issuers[index];
    private readonly PartyCodec _codec = MacCodec.Of(
        context, context.Plan.Issuers[index].Settings.Dialect, context.Macs.OfIssuer(index));
    private readonly PartyCodec _probe = new(context.Plan.Issuers[index].Settings.Dialect);
    private readonly PartyCodec _other = new(context.Plan.Issuers[index].Settings.Dialect)
    {
        Mac = context.Macs.OfIssuer(index), // It reads what it hears itself.
    };
    private readonly List<Line> _lines = [];
    private readonly HashSet<Line> _signedOn = [];
    private readonly bool _is1987 = context.Plan.Issuers[index].Settings.Dialect.IsoVersion == IsoVersion.Iso1987;
    private int _approvals;
    private int _stan;

    public IssuerBook Book { get; } = new(context, index);

    /// <summary>It has approved what was not its own to answer: its totals say nothing.</summary>
    public bool HasLied { get; private set; }

    public IssuerMood Mood { get; set; } = new();

    public IReadOnlyList<Line> Lines => _lines;

    public Line? AnyLine() => _lines.Count > 0 ? _lines[0] : null;

    /// <summary>Takes the answers to what the issuer begins itself.</summary>
    public CardFileDesk? Files { get; set; }

    public BackOffice? BackOffice { get; set; }

    public void OnConnected(Line line) => _lines.Add(line);

    public void OnClosed(Line line)
    {
        _lines.Remove(line);
        _signedOn.Remove(line);
    }

    public void On(in ScheduledEvent scheduled)
    {
        var packet = (Packet)scheduled.Subject!;
        context.Network.Send(packet.Line, toNode: true, packet);
    }

    /// <summary>Tells the switch to stop, or to start again: 0800 with 002 or 001.</summary>
    public void Sign(bool off)
    {
        if (_lines.Count > 0)
        {
            _codec.Start(800, context.WallMs);
            _codec.Set(Field.TransmissionDateTime, context.TransmissionTime, 10);
            _codec.Set(Field.Stan, (++_stan % 999_999) + 1, 6);
            _codec.Set(Field.NetworkCode, off ? SignOffCode : 1, 3);
            context.Network.Send(_lines[0], toNode: true, context.Network.Take(_codec.Write()));
        }
    }

    public void OnPacket(Line line, Packet packet)
    {
        if (!_codec.TryRead(packet.Bytes))
        {
            context.Report("I3", 0, $"issuer {index} got what is no message of its dialect");
            return;
        }

        int mti = _codec.Mti;
        if (mti == 810)
        {
            BackOffice?.OnAnswer(_codec);
            return;
        }

        if (mti / 10 % 2 == 1 && _codec.Number(Field.ResponseCode) == MacCodec.Refused)
        {
            return; // What it sent came as something else.
        }

        if (mti is 312 or 532)
        {
            Files?.OnAnswer(_codec);
            BackOffice?.OnAnswer(_codec);
            return;
        }

        if (mti == 830)
        {
            return; // One of its replies was spoilt on the way, and read as a network advice.
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
            context.Report("N13", 0, $"issuer {index} got an {mti:D4} on a link that has not signed on");
        }

        (Payment? payment, Reversal? reversal) = context.FindTicket(_codec.Number(Field.Account2));
        if (payment is null || !IsAbout(payment, reversal)
            || !context.Plan.MayAsk(index, reversal?.Card ?? payment.Card))
        {
            context.Report("I3", payment?.Id ?? 0, $"issuer {index} got an {mti:D4} about no payment of this world");
            return;
        }

        if (mti is 100 or 200)
        {
            if (!payment.IsBelieved)
            {
                context.Report("I26", payment.Id, $"issuer {index} got a request of which no copy had a right MAC");
            }

            context.Heard.Add(index, line.Id, _plan.Settings.Dialect, packet.Bytes);
            CheckPin(payment);
        }

        Handle(line, payment, reversal);
    }

    // Under this issuer's key, or under that of an acquirer that shares it with this issuer.
    private void CheckPin(Payment payment)
    {
        AcquirerPlan acquirer = context.Plan.Acquirers[payment.Acquirer];
        KeyBook keys = PinPlan.IsShared(acquirer, index)
            ? context.Books.Of(isIssuer: false, payment.Acquirer, KeyKind.Zpk)
            : context.Books.Of(isIssuer: true, index, KeyKind.Zpk);
        Span<byte> block = stackalloc byte[2 * PinPlan.BlockSize];
        int size = _codec.Heard.CopyText(Field.PinData, block);
        bool isDue = PinPlan.HasPin(acquirer, payment);
        long pin = PinPlan.DecipherWithAny(keys.At, block[..size], out int place);
        if (isDue != (size > 0) || (isDue && pin != PinPlan.PinOf(payment)))
        {
            context.Report("I25", payment.Id, $"issuer {index} cannot read the PIN of a request, or has one too many");
        }
        else if (isDue && keys.IsPast(keys.At(place), context.Now))
        {
            context.Report("I27", payment.Id, $"issuer {index} got a PIN under a key that another one has replaced");
        }
        else if (PinPlan.IsRefused(acquirer, payment) || !(_codec.Heard.Fields & OfTerminals).IsEmpty)
        {
            context.Report("I25", payment.Id, $"issuer {index} got the number of a terminal's key, or a PIN without");
        }
    }

    // How much a reversal takes back is looked at in the book.
    private bool IsAbout(Payment payment, Reversal? reversal) =>
        (reversal is not null || payment.Flaw == Flaw.None)
        && _codec.Is(Field.Pan, (reversal?.Card ?? payment.Card).Number)
        && (reversal is not null || _codec.Number(Field.Amount) == payment.Amount);

    private void Handle(Line line, Payment payment, Reversal? reversal)
    {
        int mti = _codec.Mti;
        bool isLost = Mood.IsSilent || random.PerMille(Mood.Gray);
        if (isLost && random.Coin())
        {
            context.Count(Mood.IsSilent ? Fault.IssuerSilent : Fault.IssuerGray);
            if (context.IsWatched(payment.Id))
            {
                context.Note(payment.Id, $"issuer {index} loses {mti:D4}/{_codec.Number(Field.Stan)}");
            }

            return;
        }

        PostingKey key = _codec.Key();
        IssuerPosting? posting = Enter(payment, reversal, key);
        int code = posting?.Code ?? (IsPoisoned(payment, key.Mti) ? 30 : random.Coin() ? 91 : 96);
        if (context.IsWatched(payment.Id))
        {
            context.Note(
                payment.Id,
                $"issuer {index} <- {mti:D4}/{key.Stan} on link {line.Id} about {NameOf(_codec)}: "
                + $"{posting?.State.ToString() ?? "refused"} {code:D2}" + (isLost ? ", answer lost" : ""));
        }

        if (key.Mti is 100 or 200 && Mood.Says96 > 0 && Kinds.IsApproval(code) && random.PerMille(Mood.Says96))
        {
            context.Count(Fault.IssuerSays96);
            code = SystemMalfunction;
        }

        if (!isLost)
        {
            Answer(line, code, Kinds.IsApproval(code) ? posting : null);
        }
    }

    private static string NameOf(PartyCodec heard)
    {
        bool isNamed = heard.TryReadOriginal(out int mti, out int stan, out long time);
        return isNamed ? $"{mti:D4}/{stan} of {time:D10}" : "nothing";
    }

    // Does what the message says. Null: refused for now, or for ever.
    private IssuerPosting? Enter(Payment payment, Reversal? reversal, in PostingKey key)
    {
        int kind = key.Mti;
        if (kind is 100 or 200)
        {
            bool isPartial = payment.Amount > 1 && random.PerMille(_plan.PartialPerMille);
            int code = random.PerMille(Mood.Says91) ? 91
                : random.PerMille(_plan.DeclinePerMille) ? random.Pick(5, 51, 61)
                : isPartial ? Kinds.PartialApproval
                : 0;
            context.Faults[(int)Fault.IssuerSays91] += code == 91 ? 1 : 0;
            long amount = isPartial ? random.Between(1, payment.Amount) : payment.Amount;
            return Book.Request(key, payment, code, (++_approvals % 900_000) + 1, amount);
        }

        if ((_codec.Heard.Fields & Sensitive).IsEmpty is false)
        {
            context.Report("I21", payment.Id, $"issuer {index} got a stored message with sensitive data");
        }

        bool isPoisoned = IsPoisoned(payment, kind);
        if (isPoisoned || random.PerMille(Mood.RefusesAdvices))
        {
            context.Count(isPoisoned ? Fault.PoisonedAdvice : Fault.IssuerRefusesAdvices);
            Book.Refuse(key, payment);
            return null;
        }

        bool isMarked = _codec.Mti % 10 == 1;
        PostingKey? original = _codec.TryReadOriginal(out int mti, out int stan, out long time)
            ? new PostingKey(mti / 10 * 10, stan, TransmissionTimeOf(time, payment), NamedBy(payment, kind).Id)
            : null;
        return kind == 420
            ? Book.Reverse(key, isMarked, new HeardReversal(
                payment, reversal, original, _codec.Number(Field.Amount), _codec.Replacement()))
            : Book.Advice(key, isMarked, payment, original);
    }

    // Later editions name a message by its local time, which it bore as its acquirer has it.
    private long TransmissionTimeOf(long named, Payment payment) => _is1987
        ? named
        : WorldContext.Shift(named, -context.Plan.Acquirers[payment.Acquirer].Zone);

    private bool IsPoisoned(Payment payment, int kind) =>
        kind is 120 or 220 && Mood.PoisonOneIn > 0 && payment.Id % Mood.PoisonOneIn == 0;

    // A completion is a payment of its own, and names another.
    private static Payment NamedBy(Payment payment, int kind) =>
        kind == 420 ? payment : payment.Completes ?? payment;

    private void Answer(Line line, int code, IssuerPosting? approved)
    {
        int response = (_codec.Mti / 10 * 10) + 10;
        long delay = random.Between(_plan.LatencyMin, _plan.LatencyMax);
        if (Mood.Slowness > 0)
        {
            delay += random.Between(0, Mood.Slowness);
        }

        if (random.PerMille(Mood.Wrong))
        {
            context.Count(Fault.WrongReply);
            if (random.Coin() && TryBorrow(line, delay))
            {
                return;
            }

            Compose(response, code, approved);
            bool isOtherEdition = random.Below(5) == 0;
            if (!isOtherEdition)
            {
                Falsify();
            }

            Plan(line, delay, _codec.Write(), isOtherEdition);
            if (random.Coin())
            {
                return; // Instead of the right one.
            }
        }

        bool isTwice = random.PerMille(Mood.Twice);
        for (int i = 0; i <= (isTwice ? 1 : 0); i++)
        {
            Compose(response, code, approved);
            Plan(line, delay + (i * random.Ms(0, 2_000)), _codec.Write(), isOtherEdition: false);
        }

        context.Faults[(int)Fault.DuplicateReply] += isTwice ? 1 : 0;
    }

    private void Compose(int response, int code, IssuerPosting? approved)
    {
        _codec.Start(response, context.WallMs);
        _codec.Echo(Echoed);
        _codec.Set(Field.ResponseCode, code, 2);
        if (approved is { Approval: > 0 })
        {
            _codec.Set(Field.ApprovalCode, approved.Approval, 6);
        }

        if (code == Kinds.PartialApproval)
        {
            _codec.Set(Field.Amount, approved!.Told, 12);
        }
    }

    // The reply names another message, or disagrees about this one.
    private void Falsify()
    {
        switch (random.Below(4))
        {
            case 0:
                _codec.Set(Field.Stan, (_codec.Number(Field.Stan) % 999_999) + 1, 6);
                break;
            case 1:
                _codec.Set(Field.TransmissionDateTime, 1231_235_959, 10);
                break;
            case 2 when _codec.Heard.Has(Field.Amount):
                _codec.Set(Field.Amount, _codec.Number(Field.Amount) + 1, 12);
                break;
            default:
                _codec.Set(Field.Stan, 1 + random.Below(999_999), 6);
                break;
        }
    }

    // An approval with all that another payment says of itself, on a link that the payment was not sent on.
    private bool TryBorrow(Line line, long delay)
    {
        if (context.Heard.Pick(random, line.Id, _plan.Settings.Dialect) is not { } heard
            || !_other.TryRead(heard.Bytes))
        {
            return false;
        }

        context.Count(Fault.BorrowedReply);
        HasLied = true;
        _other.Start((_other.Mti / 10 * 10) + 10, context.WallMs);
        _other.Echo(Echoed);
        _other.Set(Field.ResponseCode, 0, 2);
        _other.Set(Field.ApprovalCode, BorrowedApproval, 6);
        Plan(line, delay, _other.Write(), isOtherEdition: false);
        return true;
    }

    private void Plan(Line line, long delay, ReadOnlySpan<byte> bytes, bool isOtherEdition)
    {
        if (random.PerMille(context.GarbagePerMille) && context.Network.SendSpoilt(line, bytes, _probe))
        {
            context.Count(Fault.Garbage);
        }

        Packet packet = context.Network.Take(bytes);
        packet.Line = line;
        if (isOtherEdition)
        {
            context.Count(Fault.OtherEdition);
            packet.SetOtherEdition(_plan.Settings.Dialect, random);
        }

        context.Scheduler.In(delay, this, Reply, line.Id, packet);
    }
}
