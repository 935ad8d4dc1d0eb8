namespace Switch.Host.Simulators.World;

/// <summary>An invariant that the switch has broken.</summary>
/// <param name="Invariant">Its number in docs/internals/simulation.md: I1 and so on.</param>
/// <param name="Payment">The payment's number; 0: none in particular.</param>
internal sealed record Violation(string Invariant, long Payment, long Time, string What);

/// <summary>What all parties of one world share: clock, network, payments and the list of violations.</summary>
internal sealed class WorldContext(WorldPlan plan, long watched)
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

    /// <summary>Who has MACs.</summary>
    public MacPlan Macs { get; } = new(plan);

    /// <summary>What the parties hold of their zone keys.</summary>
    public KeyBooks Books => Macs.Books;

    public Trace Trace { get; } = new();

    public Scheduler Scheduler { get; private set; } = null!;

    public Network Network { get; private set; } = null!;

    /// <summary>By number - 1.</summary>
    public List<Payment> Payments { get; } = [];

    public List<Violation> Violations { get; } = [];

    /// <summary>Originals that the node had forgotten and its store knew.</summary>
    public long LookUpsFound { get; set; }

    /// <summary>The latest moment at which an acquirer checks a settled payment again, in ticks.</summary>
    public long LastCheck { get; private set; }

    /// <summary>The count of injected faults, by kind.</summary>
    public long[] Faults { get; } = new long[(int)Fault.Count];

    /// <summary>How often a party sends garbage bytes before a message, per thousand messages.</summary>
    public int GarbagePerMille { get; set; }

    /// <summary>The factor on the rate at which acquirers make payments.</summary>
    public int RateFactor { get; set; } = 1;

    /// <summary>The time that the core's thread needs for one event, in ticks.</summary>
    public long EventCost { get; set; } = plan.EventCost;

    /// <summary>The payment whose steps are written to the timeline; 0: none.</summary>
    public long Watched { get; } = watched;

    public IReadOnlyList<(long Time, string Line)> Timeline => _timeline;

    public long Now => Scheduler.Now;

    /// <summary>The time of a correct clock, in Unix milliseconds.</summary>
    public long WallMs => WallStart + (Scheduler.Now / TimeSpan.TicksPerMillisecond);

    /// <summary>DE 7 by a correct clock.</summary>
    public long TransmissionTime => TransmissionTimeAfter(TimeSpan.Zero);

    /// <summary>Requests that issuers received lately, for issuers that answer a request on the wrong link.</summary>
    public HeardRequests Heard { get; } = new();

    /// <summary>Advices that were sent to links, each with the durable LSN at that moment.</summary>
    public AdviceSends AdviceSends { get; } = new(plan);

    /// <summary>DE 7 by a clock that is ahead of a correct one.</summary>
    public long TransmissionTimeAfter(TimeSpan ahead)
    {
        return Digits(DateTime.UnixEpoch.AddSeconds(WallMs / 1_000) + ahead);
    }

    private static long Digits(DateTime time) =>
        (((((time.Month * 100L) + time.Day) * 100) + time.Hour) * 10_000) + (time.Minute * 100) + time.Second;

    public void Begin(RandomSource random)
    {
        Scheduler = new Scheduler(Trace);
        Network = new Network(Scheduler, Trace, random);
    }

    /// <summary>Registers a payment. Its STAN is unique for its acquirer in one world.</summary>
    public void AddPayment(int acquirer, Payment payment) => _payments.Add((acquirer, payment.Stan), payment);

    public Payment? FindPayment(int acquirer, long stan) => _payments.GetValueOrDefault((acquirer, stan));

    /// <summary>Registers a reversal. At most one reversal of a payment has this STAN.</summary>
    public void AddReversal(int acquirer, Reversal reversal)
    {
        _reversals.Add((acquirer, reversal.Stan), reversal);
        Count(reversal.IsFinal ? Fault.Reversal : Fault.ReversalMistaken);
        Faults[(int)Fault.ReversalNamesNothing] += reversal.Naming == Naming.Nothing ? 1 : 0;
        Faults[(int)Fault.ReversalZeroFilled] += reversal.HasName && reversal.Name.Time == 0 ? 1 : 0;
    }

    public Reversal? FindReversal(int acquirer, long stan) => _reversals.GetValueOrDefault((acquirer, stan));

    /// <summary>Finds the payment of a ticket, and the reversal when the ticket names one.</summary>
    public (Payment? Payment, Reversal? Reversal) FindTicket(long ticket)
    {
        Payment? payment = Find(ticket / Reversal.TicketBase);
        int place = (int)(ticket % Reversal.TicketBase);
        return place == 0 || payment is null || place > payment.Reversals.Count
            ? (payment, null)
            : (payment, payment.Reversals[place - 1]);
    }

    /// <summary>Adds hours to a date and time (MMDDhhmmss). A value that is no time is returned unchanged.</summary>
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

    public void Count(Fault fault, bool isTrue = true) => Faults[(int)fault] += isTrue ? 1 : 0;

    public bool IsWatched(long payment) => Watched != 0 && (payment == Watched || payment == 0);

    /// <summary>Schedules another check of a payment. The world does not end before it.</summary>
    public void CheckAgain(long pause, IActor actor, int kind, long payment)
    {
        Scheduler.In(pause, actor, kind, payment);
        LastCheck = Math.Max(LastCheck, Now + pause);
    }

    /// <summary>Adds a line to the timeline. Where a line is costly, call <see cref="IsWatched"/> first.</summary>
    public void Note(long payment, string line)
    {
        if (IsWatched(payment))
        {
            _timeline.Add((Scheduler.Now, line));
        }
    }
}
