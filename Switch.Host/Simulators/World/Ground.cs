namespace Switch.Host.Simulators.World;

/// <summary>Something that must never be, and was.</summary>
/// <param name="Invariant">As in reliability.md 3.1: I1 and so on.</param>
/// <param name="Payment">The payment's number; 0: none in particular.</param>
internal sealed record Violation(string Invariant, long Payment, long Time, string What);

/// <summary>What all parties of one world stand on: time, chance, the payments, and where violations are put.</summary>
internal sealed class Ground(WorldPlan plan, long watched)
{
    /// <summary>A session's id modulo this is its acquirer.</summary>
    public const int AcquirersMax = 8;

    private const int ViolationsMax = 50;

    // 2026-11-22T10:00:00Z.
    private const long WallStart = 1_795_341_600_000;

    private readonly List<(long Time, string Line)> _timeline = [];

    public WorldPlan Plan { get; } = plan;

    public Trace Trace { get; } = new();

    public Scheduler Scheduler { get; private set; } = null!;

    public Network Network { get; private set; } = null!;

    /// <summary>By number - 1.</summary>
    public List<Payment> Payments { get; } = [];

    public List<Violation> Violations { get; } = [];

    /// <summary>Originals that the node had forgotten and its store knew.</summary>
    public long LookUpsFound { get; set; }

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
    public long TransmissionTime
    {
        get
        {
            DateTime time = DateTime.UnixEpoch.AddSeconds(WallMs / 1_000);
            return (((((time.Month * 100L) + time.Day) * 100) + time.Hour) * 10_000) + (time.Minute * 100)
                + time.Second;
        }
    }

    public void Begin(Chance chance)
    {
        Scheduler = new Scheduler(Trace);
        Network = new Network(Scheduler, Trace, chance);
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

    /// <summary>Ask <see cref="IsWatched"/> first where making the line costs.</summary>
    public void Note(long payment, string line)
    {
        if (IsWatched(payment))
        {
            _timeline.Add((Scheduler.Now, line));
        }
    }
}
