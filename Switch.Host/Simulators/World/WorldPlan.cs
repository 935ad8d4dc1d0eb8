using System.Text;
using Switch.Protocol.Dialects;
using Switch.Protocol.Editions;
using Switch.Routing.Journal;
using Switch.Routing.Routes;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;

namespace Switch.Host.Simulators.World;

/// <summary>How one acquirer behaves. Rates in a thousand payments.</summary>
internal sealed record AcquirerPlan
{
    public required AcquirerSettings Settings { get; init; }

    /// <summary>DE 4 of its reversals is the part that is taken back.</summary>
    public bool ReversesByPart => Settings.ReversalAmount == ReversalAmountPolicy.Part;

    /// <summary>A reversal's other DE 4 is put right.</summary>
    public bool HasAmountsCorrected => Settings.ReversalAmount == ReversalAmountPolicy.Original;

    public required int Payments { get; init; }

    /// <summary>Mean time between payments, in ticks.</summary>
    public required long Interval { get; init; }

    /// <summary>DE 32.</summary>
    public required long Institution { get; init; }

    public int Sessions { get; init; } = 1;

    /// <summary>It waits for the node's connections, on each of which the node signs on.</summary>
    public bool IsCalled => Settings.SignOnTime > TimeSpan.Zero;

    public long Delay { get; init; }

    /// <summary>How reversals name what they take back, as a rule: DE 90, or their original's STAN and DE 7.</summary>
    public Naming Naming { get; init; } = Naming.Original;

    /// <summary>Local time is so many hours ahead of DE 7.</summary>
    public int Zone { get; init; }

    /// <summary>Messages bear DE 12 and 13.</summary>
    public bool BearsLocalTime { get; init; }

    /// <summary>Those of a reversal are its original's.</summary>
    public bool EchoesLocalTime { get; init; }

    /// <summary>Reversals and completions that name their original in another way, or by nothing.</summary>
    public int SloppyPerMille { get; init; }

    /// <summary>Reversals that are wrong at first.</summary>
    public int MistakePerMille { get; init; }

    /// <summary>Completions that name their hold wrongly.</summary>
    public int MisnamePerMille { get; init; }

    /// <summary>Reversals of what was reversed, by another message.</summary>
    public int AgainPerMille { get; init; }

    /// <summary>Requests that come again after they were reversed or forgotten.</summary>
    public int LateCopyPerMille { get; init; }

    /// <summary>Requests whose DE 7 is not that of now.</summary>
    public int StalePerMille { get; init; }

    /// <summary>Requests of another edition than the dialect's.</summary>
    public int OtherEditionPerMille { get; init; }

    /// <summary>
    /// Without an answer it does nothing where the switch can know that: what could not be delivered is taken back.
    /// </summary>
    public bool ReliesOnSwitch { get; init; }

    public int AdvicePerMille { get; init; }

    /// <summary>Reverses before the switch's own deadline.</summary>
    public int ImpatientPerMille { get; init; }

    public int CancelPerMille { get; init; }

    public int RepeatPerMille { get; init; }

    /// <summary>Repeats that do not say that they are.</summary>
    public int UnmarkedPerMille { get; init; }

    /// <summary>Approvals of which a part is reversed.</summary>
    public int ReducePerMille { get; init; }

    public int PreAuthorizationPerMille { get; init; }

    /// <summary>How long after an approval it is cancelled, reduced or completed, at most; in milliseconds.</summary>
    public int SecondThoughtsMs { get; init; } = 3_000;

    /// <summary>Cash-backs, refunds and balance inquiries.</summary>
    public int OtherKindsPerMille { get; init; }

    /// <summary>Requests with a PIN.</summary>
    public int PinPerMille { get; init; }

    /// <summary>Reversals as 0400 and not 0420.</summary>
    public int RequestReversalPerMille { get; init; }
}

/// <summary>How one issuer behaves when nothing is wrong.</summary>
internal sealed record IssuerPlan(
    IssuerSettings Settings, long Delay, long LatencyMin, long LatencyMax, int DeclinePerMille, int PartialPerMille)
{
    /// <summary>An advice or a reversal that comes again without the repeat digit is booked again.</summary>
    public bool NeedsRepeatDigit { get; init; }

    /// <summary>An approval that comes after stand-in's is reversed before the advice.</summary>
    public bool WantsLateReversals => Settings.LateApprovals == LateApprovalPolicy.Reverse;
}

/// <summary>The journal's settings, and how fast its disk is.</summary>
internal sealed record JournalPlan(
    JournalIdentity Identity, JournalKeyRing Keys, AppendOptions Options, long SyncMin, long SyncMax);

/// <summary>
/// Everything about one world that is fixed before it begins, drawn from its seed: who is there, how large the tables
/// are, which faults may come and how often (swarm testing: every world has its own subset).
/// </summary>
internal sealed record WorldPlan
{
    private const int HedgePercent = 20;

    /// <summary>A partner that bears one DE 37 in all messages about a payment.</summary>
    private static readonly Dialect KeepingReference = MakeKeepingReference();

    public required ulong Seed { get; init; }

    public required CoreConfiguration Core { get; init; }

    public required AcquirerPlan[] Acquirers { get; init; }

    public required IssuerPlan[] Issuers { get; init; }

    public required JournalPlan Journal { get; init; }

    public required Card[] Cards { get; init; }

    /// <summary>The issuer of each link.</summary>
    public required int[] IssuerOf { get; init; }

    public int LinkCount => IssuerOf.Length;

    public required long AmountMax { get; init; }

    /// <summary>Greatest time from an arrival to the node's next slice, in ticks.</summary>
    public long WakeMax { get; init; }

    /// <summary>Events that may wait for the core before requests are refused.</summary>
    public int InboxMax { get; init; } = int.MaxValue;

    /// <summary>What one event costs the core's thread, in ticks; 0: nothing, as in most worlds.</summary>
    public long EventCost { get; init; }

    public long Jitter { get; init; }

    public int RefusedSendPerMille { get; init; }

    /// <summary>The faults of this world, and how many spells of them there are.</summary>
    public required Fault[] Faults { get; init; }

    public int Spells { get; init; }

    public int Crashes { get; init; }

    /// <summary>
    /// Everybody speaks the 1987 edition. Only then parts of payments, file actions, cutover and totals are played.
    /// </summary>
    public bool IsPlain { get; init; }

    /// <summary>Payments are forgotten before they are taken back, and a store is asked.</summary>
    public bool IsForgetful { get; init; }

    /// <summary>Commands of operators.</summary>
    public int Commands { get; init; }

    /// <summary>File actions of each issuer.</summary>
    public int FileActions { get; init; }

    /// <summary>Times that some party begins the next settlement date.</summary>
    public int Cutovers { get; init; }

    /// <summary>
    /// When a node that began with the card tokens of version 0.1 goes over to those of today; 0: it began with them.
    /// </summary>
    public long UpgradeAt { get; init; }

    /// <summary>When a person changes the key of card tokens.</summary>
    public IReadOnlyList<long> Rotations { get; init; } = [];

    /// <summary>When the last payment should have been made, roughly.</summary>
    public required long FaultsEnd { get; init; }

    /// <summary>The issuer whose card it is.</summary>
    public int PrimaryOf(Card card) =>
        Core.Routes.TryFind(card.Number, out Route route) ? route.Primary : -1;

    /// <summary>Whether an issuer is the primary or a standby of the card.</summary>
    public bool MayAsk(int issuer, Card card) => Core.Routes.TryFind(card.Number, out Route route)
        && (route.Primary == issuer || route.Standby.Contains(issuer));

    /// <summary>Draws a world.</summary>
    /// <param name="payments">How many payments it has.</param>
    /// <param name="isCalm">No faults, patient acquirers: for a look at the plain run.</param>
    public static WorldPlan Draw(ulong seed, int payments, bool isCalm = false)
    {
        var random = new RandomSource(seed);
        int acquirerCount = 1 + random.Below(3);
        int issuerCount = 2 + random.Below(3);
        long perSecond = random.Pick(20, 60, 150, 400);
        long interval = TimeSpan.TicksPerSecond * acquirerCount / perSecond;
        bool isPlain = random.Coin();
        var acquirers = new AcquirerPlan[acquirerCount];
        for (int i = 0; i < acquirerCount; i++)
        {
            int share = (payments / acquirerCount) + (i < payments % acquirerCount ? 1 : 0);
            acquirers[i] = DrawAcquirer(random, i, share, interval, isCalm, isPlain);
            acquirers[i] = isPlain
                ? acquirers[i]
                : acquirers[i] with { ReducePerMille = 0, PreAuthorizationPerMille = 0 };
        }

        // Where the node's calendar jumps, DE 7 of a right clock would look stale.
        bool isTight = !isCalm && random.Below(4) == 0;
        Fault[] faults = isCalm ? [] : DrawFaults(random, isTight);
        if (!faults.Contains(Fault.ClockJump))
        {
            acquirers = [.. acquirers.Select(one => WithFreshness(one, isCalm ? 0 : 5))];
        }

        // Few trace numbers (tight), which come round while others are still borne. A parked message keeps its own for
        // ever, so in such a world nothing parks.
        int links = 0;
        var issuers = new IssuerPlan[issuerCount];
        var issuerOf = new List<int>();
        for (int i = 0; i < issuerCount; i++)
        {
            int count = 1 + random.Below(3);
            issuers[i] = DrawIssuer(random, i, [.. Enumerable.Range(links, count)], isCalm, isTight, isPlain);
            issuers[i] = isPlain ? issuers[i] : issuers[i] with { PartialPerMille = 0 };
            issuerOf.AddRange(Enumerable.Repeat(i, count));
            links += count;
        }

        string[] prefixes = ["41", "42", "43", "44"];
        long amountMax = random.Pick(100L, 5_000L, 20_000L);

        // Some cores are too slow for their acquirers.
        bool isSlow = !isCalm && random.Below(4) == 0;
        var plan = new WorldPlan
        {
            Seed = seed,
            Acquirers = acquirers,
            Issuers = issuers,
            IssuerOf = [.. issuerOf],
            Cards = DrawCards(random, prefixes, isCalm),
            AmountMax = amountMax,
            Core = DrawCore(random, acquirers, issuers, prefixes, amountMax, payments) with
            {
                Velocity = isCalm ? VelocitySettings.None : VelocityPlan.Draw(seed, amountMax),
                OwedInMemory = isCalm ? 0 : new RandomSource(seed ^ 0xBAC1).Pick(0, 1, 2, 5, 20),
            },
            Journal = DrawJournal(random),
            WakeMax = random.Ms(0, 2),
            Jitter = random.Ms(0, 20),
            InboxMax = isSlow ? random.Pick(4, 20, 100) : int.MaxValue,
            EventCost = isSlow ? random.Pick(2_000L, 5_000L, 15_000L) : 0,
            RefusedSendPerMille = isCalm ? 0 : random.Pick(0, 0, 0, 1),
            Faults = faults,
            Commands = isCalm ? 0 : random.Pick(0, 5, 30),
            FileActions = isCalm || !isPlain ? 0 : random.Pick(0, 5, 20),
            Cutovers = isPlain ? random.Pick(0, 0, 1, 3) : 0,
            IsPlain = isPlain,
            Spells = isCalm ? 0 : 2 + random.Below(25),
            Crashes = isCalm ? 0 : random.Pick(0, 2, 4, 8),
            FaultsEnd = interval * (payments / acquirerCount),
        };
        return SignOnPlan.Draw(PinPlan.Draw(RotationPlan.Draw(plan, isCalm), isCalm));
    }

    private static AcquirerPlan DrawAcquirer(
        RandomSource random, int index, int payments, long interval, bool isCalm, bool isPlain)
    {
        int rate = isCalm ? 0 : 1;
        Dialect dialect = DrawDialect(random, isPlain);
        bool bearsLocalTime = dialect.IsoVersion != IsoVersion.Iso1987 || random.Coin();
        return new AcquirerPlan
        {
            Zone = bearsLocalTime ? random.Pick(-5, 0, 9) : 0,
            BearsLocalTime = bearsLocalTime,
            EchoesLocalTime = random.Coin(),
            OtherEditionPerMille = rate * 5,
            Settings = new AcquirerSettings
            {
                Name = $"acquirer-{index}",
                Dialect = dialect,
                Deadline = TimeSpan.FromMilliseconds(random.Between(1_500, 8_000)),
                MaxInFlight = isCalm ? 65_536 : random.Pick(65_536, 65_536, 40),
                Weight = 1 + (index % 3),
                ReversalAmount = random.Pick(
                    ReversalAmountPolicy.Refuse, ReversalAmountPolicy.Original, ReversalAmountPolicy.Part),
            },
            Payments = payments,
            Interval = interval,
            Institution = 100_001 + index,
            Sessions = 1 + random.Below(4),
            Delay = random.Ms(0, 30),
            Naming = random.Below(4) > 0 ? Naming.Original : Naming.OwnNumbers,
            SloppyPerMille = rate * random.Pick(30, 300),
            MistakePerMille = rate * random.Pick(20, 200),
            MisnamePerMille = rate * random.Pick(20, 200),
            AgainPerMille = rate * random.Pick(20, 200),
            LateCopyPerMille = rate * random.Pick(20, 200),
            ReliesOnSwitch = !isCalm && random.Below(4) == 0,
            AdvicePerMille = random.Pick(0, 50, 200),
            ImpatientPerMille = rate * random.Pick(0, 10, 100),
            CancelPerMille = random.Pick(0, 50, 300),
            RepeatPerMille = rate * random.Pick(0, 50, 300),
            UnmarkedPerMille = random.Pick(0, 300),
            RequestReversalPerMille = random.Pick(0, 500),
            ReducePerMille = random.Pick(0, 30, 200),
            PreAuthorizationPerMille = random.Pick(0, 50, 300),
            OtherKindsPerMille = random.Pick(0, 100, 300),
        };
    }

    private static AcquirerPlan WithFreshness(AcquirerPlan acquirer, int stalePerMille) => acquirer with
    {
        Settings = acquirer.Settings with
        {
            FreshnessBack = TimeSpan.FromHours(24),
            FreshnessAhead = TimeSpan.FromHours(1),
        },
        StalePerMille = stalePerMille,
    };

    private static IssuerPlan DrawIssuer(
        RandomSource random, int index, int[] links, bool isCalm, bool isTight, bool isPlain)
    {
        long latency = random.Ms(0, 60);
        var settings = new IssuerSettings
        {
            Name = $"issuer-{index}",
            Dialect = DrawDialect(random, isPlain),
            Links = links,
            Timeout = TimeSpan.FromMilliseconds(random.Between(300, 3_000)),
            MaxInFlight = isCalm ? 20_000 : random.Pick(8, 64, 512),
            SignOn = random.Below(4) > 0,
            Echo = TimeSpan.FromMilliseconds(random.Between(500, 5_000)),
            BreakerConsecutiveTimeouts = random.Pick(0, 3, 10),
            BreakerCooldown = TimeSpan.FromMilliseconds(random.Between(200, 3_000)),
            Advices = new AdviceSettings
            {
                Window = random.Pick(1, 4, 16),
                RatePerSecond = random.Pick(100, 500, 5_000),
                Order = latency / 3 % 2 == 0 ? AdviceOrder.LargestFirst : AdviceOrder.Oldest,
                RetryMin = TimeSpan.FromMilliseconds(random.Between(50, 500)),
                RetryMax = TimeSpan.FromMilliseconds(random.Between(1_000, 4_000)),
                ParkAfter = isTight ? 1_000 : random.Pick(4, 1_000, 1_000),
            },
            TraceNumbersMax = isTight ? 300 : 999_999,
            LateApprovals = random.Pick(
                LateApprovalPolicy.Journal, LateApprovalPolicy.Journal, LateApprovalPolicy.Reverse),
            DrainBeforeOnline = TimeSpan.FromMilliseconds(random.Pick(0, 50, 250)),
            Health = HealthOf(latency),
            AllowHedge = latency / 28 % 4 != 0,
        };
        return new IssuerPlan(
            settings, random.Ms(0, 30), latency, latency + random.Ms(1, 80), isCalm ? 50 : random.Pick(0, 50, 300),
            random.Pick(0, 20, 100))
        {
            NeedsRepeatDigit = random.Below(3) == 0,
        };
    }

    // Any of them, without another draw: worlds of earlier versions stay what they were.
    private static HealthSettings HealthOf(long draw) => (draw / 7 % 4) switch
    {
        0 => HealthSettings.Off,
        1 => HealthSettings.Default,
        2 => HealthSettings.Aggressive,
        _ => HealthSettings.Lenient,
    };

    // Half of them speak 1987, as most of the trade does.
    private static Dialect DrawDialect(RandomSource random, bool isPlain) => random.Below(isPlain ? 5 : 9) switch
    {
        0 or 1 => Dialect.Get("iso87-ascii"),
        2 or 3 => Dialect.Get("iso87-binary"),
        4 => KeepingReference,
        5 => Dialect.Get("iso93-ascii"),
        6 => Dialect.Get("iso93-binary"),
        7 => Dialect.Get("iso03-ascii"),
        _ => Dialect.Get("iso03-binary"),
    };

    private static Dialect MakeKeepingReference()
    {
        const string Text = """
            { "name": "world-ebcdic", "extends": "iso87-ebcdic", "keepsRrn": true }
            """;
        return new DialectCatalog().TryAdd(Text, out Dialect? dialect, out IReadOnlyList<string> mistakes)
            ? dialect
            : throw new InvalidOperationException(string.Join("; ", mistakes));
    }

    private static Card[] DrawCards(RandomSource random, string[] prefixes, bool isCalm)
    {
        // Few cards: many payments of one card at once.
        string[] numbers = TestCards.Make(prefixes, isCalm ? 200 : random.Pick(4, 40, 400));
        return
        [
            .. numbers.Select(static (number, index) => new Card(
                index, Encoding.ASCII.GetBytes(number), Encoding.ASCII.GetBytes($"{number}=30121010000000000"))),
        ];
    }

    private static CoreConfiguration DrawCore(
        RandomSource random, AcquirerPlan[] acquirers, IssuerPlan[] issuers, string[] prefixes, long amountMax,
        int payments)
    {
        var routes = new List<Route>();
        for (int i = 0; i < prefixes.Length; i++)
        {
            int primary = i % issuers.Length;
            IEnumerable<int> others = Enumerable.Range(1, random.Below(issuers.Length));
            int[] standby = [.. others.Select(n => (primary + n) % issuers.Length)];
            routes.Add(new Route
            {
                Prefix = prefixes[i], Primary = primary, Standby = standby, StandIn = random.Pick(-1, 0, 0, 1),
                HedgePercent = HedgePercent,
            });
        }

        return new CoreConfiguration
        {
            Node = "node-1",
            Acquirers = [.. acquirers.Select(static one => one.Settings)],
            Issuers = [.. issuers.Select(static one => one.Settings)],
            Routes = new RouteTable(routes),
            StandInProfiles = [DrawProfile(random, "first", amountMax), DrawProfile(random, "second", amountMax)],
            PendingMax = random.Pick(60, 4_096, 4_096),
            DuplicatesMax = (payments * 8) + 1_000,
            DuplicateWindow = TimeSpan.FromDays(31), // More than all jumps of the clock together.
            OwedMax = (payments * 8) + 20_000,
            StandInMax = payments + 100,
            StandInReserve = TimeSpan.FromMilliseconds(random.Between(50, 600)),
            UndeliveredGrace = TimeSpan.FromMilliseconds(random.Between(500, 6_000)),
            MessageSizeMax = Packet.SizeMax,
        };
    }

    private static StandInProfile DrawProfile(RandomSource random, string name, long amountMax) => new()
    {
        Name = name,
        Currency = "392",
        PerTransaction = random.Pick(amountMax / 2, amountMax),
        PerCardWindow = random.Pick(TimeSpan.FromSeconds(20), TimeSpan.FromHours(24)),
        PerCardCount = random.Pick(3, 20, 1_000),
        PerCardAmount = amountMax * random.Pick(3, 30),
        IssuerExposure = amountMax * random.Pick(10, 100, 10_000),
        AllowProcessingCodes = random.Coin() ? ["00"] : ["00", "09"],
    };

    private static JournalPlan DrawJournal(RandomSource random)
    {
        var key = new byte[JournalKeyRing.KeySize];
        random.Fill(key);
        int batch = 64 * 1_024;
        long sync = random.Ms(0, 5);
        return new JournalPlan(
            new JournalIdentity("world", "node-1", 7),
            new JournalKeyRing(1, key),
            new AppendOptions { SegmentSize = batch * random.Pick(2, 4, 16), BatchSize = batch },
            1 + (sync / 4),
            2 + sync);
    }

    private static Fault[] DrawFaults(RandomSource random, bool isTight)
    {
        var faults = new List<Fault>();
        int share = random.Pick(100, 300, 700);
        for (Fault fault = 0; fault <= Fault.Flood; fault++)
        {
            if (random.PerMille(share) && !(isTight && fault == Fault.PoisonedAdvice))
            {
                faults.Add(fault);
            }
        }

        return [.. faults];
    }
}
