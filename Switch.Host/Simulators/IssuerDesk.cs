namespace Switch.Host.Simulators;

/// <summary>
/// What an issuer's host makes of one message: an entry in its ledger and an answer. No sockets, no clock; chance
/// comes from the seed. Not thread safe.
/// </summary>
internal sealed class IssuerDesk(IssuerProfile profile, SimulatorMac? mac = null)
{
    /// <summary>Fields that an answer carries back when the request had them (docs/domain.md section 2.2).</summary>
    private static readonly int[] Echoed =
        [2, 3, 4, 7, 11, 12, 13, 15, 23, 24, 25, 28, 32, 33, 37, 41, 42, 49, 59, 70, 90];

    /// <summary>
    /// Track, PIN and the like: may come in a request, must not be in anything that was stored in between.
    /// </summary>
    private static readonly int[] Sensitive = [35, 36, 45, 52, 53];

    private readonly IssuerKeys _keys = new(profile, mac);
    private readonly Random _random = new(profile.Seed);
    private int _approvals;
    private int _stan;

    public IssuerLedger Ledger { get; } = new();

    public SimulatedIssuerCounters Counters => Ledger.Counters;

    /// <summary>Share of requests to decline, from now on.</summary>
    public double DeclineRatio { get; set; } = profile.DeclineRatio;

    /// <summary>DE 39 for the next sign-ons.</summary>
    public string SignOnAnswer { get; set; } = profile.SignOnAnswer;

    /// <summary>Whether the switch has signed on, and not off since.</summary>
    public bool IsSignedOn { get; private set; }

    /// <summary>True with probability <paramref name="ratio"/>.</summary>
    public bool Draw(double ratio) => ratio > 0 && _random.NextDouble() < ratio;

    public TimeSpan Next(LatencyProfile latency) => latency.Next(_random);

    /// <summary>Does what the message says and returns the answer; null when it calls for none.</summary>
    public PlainMessage? Answer(PlainMessage message)
    {
        if (message.IsResponse)
        {
            return null;
        }

        if (message.Class == 8)
        {
            return AnswerNetwork(message);
        }

        if (message.Pan is null || message.Stan < 0 || message.TransmissionDateTime < 0)
        {
            Counters.FormatErrors++;
            Counters.Complain($"{message.Mti:D4}/{message.Stan:D6} lacks its card number, STAN or DE 7");
            return AnswerTo(message, SimulatorResponseCodes.FormatError);
        }

        return (message.Class, message.Function) switch
        {
            (1 or 2, 0) => AnswerRequest(message),
            (1 or 2, 2) => AnswerAdvice(message),
            (4, 0 or 2) => AnswerReversal(message),
            _ => AnswerTo(message, "40"),
        };
    }

    private PlainMessage AnswerRequest(PlainMessage message)
    {
        Counters.Requests++;
        string code = RefusePin(message) ?? (!Draw(DeclineRatio) ? SimulatorResponseCodes.Approved
            : Draw(0.5) ? SimulatorResponseCodes.DoNotHonor : SimulatorResponseCodes.NoFunds);
        LedgerEntry entry = Ledger.Request(message, code, NextApprovalCode);
        bool isApproved = SimulatorResponseCodes.IsApproval(entry.ResponseCode);
        Counters.Approved += isApproved ? 1 : 0;
        Counters.Declined += isApproved ? 0 : 1;
        PlainMessage answer = AnswerTo(message, entry.ResponseCode);
        answer[38] = isApproved ? entry.ApprovalCode : null;
        return answer;
    }

    /// <summary>DE 39 when the PIN is not the card's, or cannot be read; null where nothing is to be said.</summary>
    private string? RefusePin(PlainMessage message)
    {
        if (message[52] is not { } block || _keys.Check(block, message.Pan!) is not { } verdict)
        {
            return null;
        }

        switch (verdict)
        {
            case PinVerdict.Right:
                Counters.PinsRight++;
                return null;
            case PinVerdict.Wrong:
                Counters.PinsWrong++;
                return SimulatorResponseCodes.WrongPin;
            default:
                Counters.PinsUnreadable++;
                Counters.Complain($"{message.Mti:D4}/{message.Stan:D6} carries a PIN block under another key");
                return SimulatorResponseCodes.PinUnreadable;
        }
    }

    private PlainMessage AnswerAdvice(PlainMessage message)
    {
        Counters.Advices++;
        CheckStored(message);
        return AnswerTo(message, Acknowledge(Ledger.Advice(message)));
    }

    private PlainMessage AnswerReversal(PlainMessage message)
    {
        Counters.Reversals++;
        CheckStored(message);
        return AnswerTo(message, Acknowledge(Ledger.Reverse(message)));
    }

    private PlainMessage AnswerNetwork(PlainMessage message)
    {
        Counters.NetworkMessages++;
        string code = SimulatorResponseCodes.Approved;
        if (message[70] == NetworkMessages.SignOn)
        {
            code = SignOnAnswer;
            IsSignedOn = code == SimulatorResponseCodes.Approved;
        }
        else if (message[70] == NetworkMessages.SignOff)
        {
            IsSignedOn = false;
        }

        if (message[70] is not (NetworkMessages.NewPinKey or NetworkMessages.NewMacKey))
        {
            return AnswerTo(message, code);
        }

        PlainMessage answer = AnswerTo(message, _keys.Take(message[48] ?? "", out string? checkValue));
        answer[48] = checkValue;
        return answer;
    }

    /// <summary>An advice or a reversal is always accepted: what it tells has happened.</summary>
    private static string Acknowledge(LedgerEntry entry) =>
        entry.State == EntryState.Tombstone ? SimulatorResponseCodes.Approved : entry.ResponseCode;

    private void CheckStored(PlainMessage message)
    {
        foreach (int field in Sensitive)
        {
            if (message[field] is not null)
            {
                Counters.Complain($"{message.Mti:D4}/{message.Stan:D6} carries DE {field}, which must not be stored");
            }
        }
    }

    /// <summary>A STAN for what the issuer itself starts.</summary>
    public int NextStan() => (++_stan % 999_999) + 1;

    // Six digits in an order that looks like none, round again after a million; never zeros, which may be read as none.
    private string NextApprovalCode() => $"{((_approvals++ * 617_381L) + 274_906) % 999_999 + 1:D6}";

    /// <summary>An answer with this DE 39, and what an answer carries back.</summary>
    public static PlainMessage AnswerTo(PlainMessage message, string code)
    {
        var answer = new PlainMessage(PlainMessage.ResponseTo(message.Mti)) { Header = message.ReplyHeader };
        foreach (int field in Echoed)
        {
            answer[field] = message[field];
        }

        answer[2] = message.Class == 8 ? null : message.Pan;
        answer[39] = code;
        return answer;
    }
}
