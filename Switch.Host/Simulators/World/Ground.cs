namespace Switch.Host.Simulators.World;

/// <summary>Something that must never be, and was.</summary>
/// <param name="Invariant">Its number in docs/internals/simulation.md: I1 and so on.</param>
/// <param name="Payment">The payment's number; 0: none in particular.</param>
internal sealed record Violation(string Invariant, long Payment, long Time, string What);

/// <summary>What all parties of one world stand on: time, chance, the payments, and where violations are put.</summary>
internal sealed class Ground(WorldPlan plan, long watched)
{
    /// <summary>A session's id modulo this is its acquirer.</summary>
    public const int AcquirersMax = 8;

    private const int ViolationsMax = 50;
    private const int Year = 2026;

    // 2026-11-22T10:00:00Z.
    private const long WallStart = 1_795_341_600_000;

    private readonly List<(long Time, string Line)> _timeline = [];
    private readonly Dictionary<(int Acquirer, long Stan), Payment> _payments = [];
    private readonly Dictionary<(int Acquirer, long Stan), Reversal> _reversals = [];

    public WorldPlan Plan { get; } = plan;

    public Trace Trace { get; } = new();

    public Scheduler Scheduler { get; private set; } = null!;

    public Network Network { get; private set; } = null!;

    /// <summary>By number - 1.</summary>
    public List<Payment> Payments { get; } = [];

    public List<Violation> Violations { get; } = [];

    /// <summary>Originals that the node had forgotten and its store knew.</summary>
    public long LookUpsFound { get; set; }

    /// <summary>The latest moment at which an acquirer will think again about what is settled, in ticks.</summary>
    public long LastThought { get; private set; }

    /// <summary>Faults that were done, by kind.</summary>
    public long[] Faults { get; } = new long[(int)Fault.Count];

    /// <summary>Times in a thousand that a party sends bytes that are no message before one that is.</summary>
    public int GarbagePerMille { get; set; }

    /// <summary>How many times as fast as usual acquirers make payments.</summary>
    public int Haste { get; set; } = 1;

    /// <summary>What one event costs the core's thread, in ticks.</summary>
    public long EventCost { get; set; } = plan.EventCost;

    /// <summary>The payment whose every step is written down; 0: none.</summary>
    public long Watched { get; } = watched;

    public IReadOnlyList<(long Time, string Line)> Timeline => _timeline;

    public long Now => Scheduler.Now;

    /// <summary>What a right clock shows, in Unix milliseconds.</summary>
    public long WallMs => WallStart + (Scheduler.Now / TimeSpan.TicksPerMillisecond);

    /// <summary>DE 7 by a right clock.</summary>
    public long TransmissionTime => TransmissionTimeAfter(TimeSpan.Zero);

    /// <summary>Requests that issuers have heard of late, for those who answer what was not theirs to answer.</summary>
    public HeardRequests Heard { get; } = new();

    /// <summary>Advices that were given to links, and how far the journal had got by then.</summary>
    public AdviceSends AdviceSends { get; } = new(plan);

    /// <summary>DE 7 as a clock shows it that is ahead of a right one by so much.</summary>
    public long TransmissionTimeAfter(TimeSpan ahead)
    {
        return Digits(DateTime.UnixEpoch.AddSeconds(WallMs / 1_000) + ahead);
    }

    private static long Digits(DateTime time) =>
        (((((time.Month * 100L) + time.Day) * 100) + time.Hour) * 10_000) + (time.Minute * 100) + time.Second;

    public void Begin(Chance chance)
    {
        Scheduler = new Scheduler(Trace);
        Network = new Network(Scheduler, Trace, chance);
    }

    /// <summary>An acquirer has made a payment; its STAN is its own in one world.</summary>
    public void AddPayment(int acquirer, Payment payment) => _payments.Add((acquirer, payment.Stan), payment);

    public Payment? FindPayment(int acquirer, long stan) => _payments.GetValueOrDefault((acquirer, stan));

    /// <summary>An acquirer has made a reversal; at most one of a payment bears its STAN.</summary>
    public void AddReversal(int acquirer, Reversal reversal)
    {
        _reversals.Add((acquirer, reversal.Stan), reversal);
        Count(reversal.IsFinal ? Fault.Reversal : Fault.ReversalMistaken);
        Faults[(int)Fault.ReversalNamesNothing] += reversal.Naming == Naming.Nothing ? 1 : 0;
        Faults[(int)Fault.ReversalZeroFilled] += reversal.HasName && reversal.Name.Time == 0 ? 1 : 0;
    }

    public Reversal? FindReversal(int acquirer, long stan) => _reversals.GetValueOrDefault((acquirer, stan));

    /// <summary>What a message is about by its ticket: a payment, and one of its reversals or none.</summary>
    public (Payment? Payment, Reversal? Reversal) FindTicket(long ticket)
    {
        Payment? payment = Find(ticket / Reversal.TicketBase);
        int place = (int)(ticket % Reversal.TicketBase);
        return place == 0 || payment is null || place > payment.Reversals.Count
            ? (payment, null)
            : (payment, payment.Reversals[place - 1]);
    }

    /// <summary>A date and time, MMDDhhmmss, so many hours later; one that is none stays as it is.</summary>
    public static long Shift(long time, int hours)
    {
        (long date, long clock) = Math.DivRem(time, 1_000_000);
        bool isTime = date / 100 is >= 1 and <= 12 && date % 100 is >= 1 and <= 28 && clock / 10_000 < 24
            && clock / 100 % 100 < 60 && clock % 100 < 60;
        if (!isTime || hours == 0)
        {
            return time;
        }

        DateTime shifted = new DateTime(Year, (int)(date / 100), (int)(date % 100))
            .AddHours((clock / 10_000) + hours).AddMinutes(clock / 100 % 100).AddSeconds(clock % 100);
        return Digits(shifted);
    }

    public Payment? Find(long id) => id >= 1 && id <= Payments.Count ? Payments[(int)id - 1] : null;

    public void Report(string invariant, long payment, string what)
    {
        Trace.Add(payment);
        if (Violations.Count < ViolationsMax)
        {
            Violations.Add(new Violation(invariant, payment, Scheduler.Now, what));
        }

        Note(payment, $"*** {invariant}: {what}");
    }

    public void Count(Fault fault) => Faults[(int)fault]++;

    public bool IsWatched(long payment) => Watched != 0 && (payment == Watched || payment == 0);

    /// <summary>An acquirer comes back to a payment later: the world does not end before.</summary>
    public void ThinkAgain(long pause, IActor actor, int kind, long payment)
    {
        Scheduler.In(pause, actor, kind, payment);
        LastThought = Math.Max(LastThought, Now + pause);
    }

    /// <summary>Ask <see cref="IsWatched"/> first where making the line costs.</summary>
    public void Note(long payment, string line)
    {
        if (IsWatched(payment))
        {
            _timeline.Add((Scheduler.Now, line));
        }
    }
}
