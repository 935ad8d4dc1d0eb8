using Switch.Protocol.Messages;
using Switch.Routing.Admission;
using Switch.Routing.Duplicates;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Settings;
using Switch.Routing.StandIn;
using Switch.Routing.Timers;
using Switch.Routing.Totals;
using Switch.Routing.Values;

namespace Switch.Routing.Context;

/// <summary>
/// What the parts of the core share: the snapshot they run with, the tables they own together, and the moment of the
/// event in hand. One thread, so these are plain fields.
/// </summary>
internal sealed class CoreContext
{
    /// <summary>A process that has not run for so long stood still, in ticks; for less it was busy.</summary>
    public const long StallTicks = 250 * Instant.TicksPerMs;

    /// <summary>What the core counts; a field, so that the parts add to it in place.</summary>
    public CoreCounters Counters;

    // A request may stand in line for a tenth of its deadline, and for a quarter of the shortest issuer's time-out, as
    // its reply will stand in the same line; but for as long as an unnoticed stall of the process lasts.
    private const int DeadlineShare = 10;
    private const int TimeoutShare = 4;

    private readonly long[] _waitMax;
    private TransmissionTime _transmissionTime;
    private Instant _now;
    private long _secondBase;

    public CoreContext(CoreConfiguration configuration, IEffects effects)
    {
        Configuration = configuration;
        Effects = effects;
        Composer = new MessageComposer(configuration.MessageSizeMax, FieldTerms.Canonical);
        int[] weights = [.. configuration.Acquirers.Select(static acquirer => acquirer.Weight)];
        Seats = new SharedPlaces(weights);
        Issuers = new IssuerState[configuration.Issuers.Count];
        int links = 0;
        for (int i = 0; i < Issuers.Length; i++)
        {
            Issuers[i] = new IssuerState(i, configuration.Issuers[i], weights);
            foreach (int link in configuration.Issuers[i].Links)
            {
                links = Math.Max(links, link + 1);
            }
        }

        Links = new LinkRecord[links];
        foreach (IssuerState issuer in Issuers)
        {
            foreach (LinkRecord link in issuer.Links)
            {
                Links[link.Id] = link;
            }
        }

        IssuerNames = [.. configuration.Issuers.Select(static issuer => ReadyName.Of(issuer.Name))];
        AcquirerNames = [.. configuration.Acquirers.Select(static acquirer => ReadyName.Of(acquirer.Name))];
        AcquirerHashes = new ulong[configuration.Acquirers.Count];
        _waitMax = new long[AcquirerHashes.Length];
        long shortestTimeout =
            configuration.Issuers.Select(static issuer => issuer.Timeout.Ticks).DefaultIfEmpty(long.MaxValue).Min();
        for (int i = 0; i < AcquirerHashes.Length; i++)
        {
            AcquirerHashes[i] = StableHash.Of(configuration.Acquirers[i].Name);
            long deadline = configuration.Acquirers[i].Deadline.Ticks;
            long share = Math.Min(deadline / DeadlineShare, shortestTimeout / TimeoutShare);
            _waitMax[i] = Math.Min(deadline / 2, Math.Max(share, StallTicks));
        }

        Timers = new TimerPlan(configuration.PendingMax, links, Issuers.Length);
        Wheel = new TimingWheel(Timers.FirstOwed, 0);
        bool isMixed = configuration.Acquirers.Any(acquirer => acquirer.Dialect.KeysByLocalTime)
            || configuration.Issuers.Any(issuer => issuer.Dialect.Edition.NamesOriginalsByLocalTime);

        // A request that was ahead of its time is fresh for so much longer.
        TimeSpan ahead = configuration.Acquirers.Select(static acquirer => acquirer.FreshnessAhead)
            .DefaultIfEmpty(TimeSpan.Zero).Max();
        Duplicates = new DuplicateTable(
            configuration.DuplicatesMax, configuration.DuplicateWindow + ahead, isMixed);
        Partials = new KeptAmounts(Math.Max(1, configuration.DuplicatesMax / 16));
        PartialApprovals = new KeptAmounts(Math.Max(1, configuration.DuplicatesMax / 16));
        Ledger = new StandInLedger(configuration.StandInMax, ClocksOf(Issuers), configuration.StandInProfiles);
        Totals = new SettlementTotals(configuration);
        FileChanges = new NegativeFileOverlay(configuration.FileActionsMax);
        CardLists = new CardLists[configuration.StandInProfiles.Count];
        for (int i = 0; i < CardLists.Length; i++)
        {
            StandInProfile profile = configuration.StandInProfiles[i];
            CardLists[i] = new CardLists(profile.NegativeFile, profile.PositiveFile);
        }
    }

    public CoreConfiguration Configuration { get; }

    public IEffects Effects { get; }

    public MessageComposer Composer { get; }

    public IssuerState[] Issuers { get; }

    /// <summary>Every link by its id.</summary>
    public LinkRecord[] Links { get; }

    /// <summary>A stable hash of each acquirer's name, part of every transaction key.</summary>
    public ulong[] AcquirerHashes { get; }

    /// <summary>Each acquirer's name as records have it.</summary>
    public ReadyName[] AcquirerNames { get; }

    /// <summary>Each issuer's name as records have it.</summary>
    public ReadyName[] IssuerNames { get; }

    /// <summary>The seats of open requests, which acquirers share.</summary>
    public SharedPlaces Seats { get; }

    /// <summary>Whether an acquirer may have one request more open.</summary>
    public bool HasSeat(int acquirer) => Seats.HeldBy(acquirer) < Configuration.Acquirers[acquirer].MaxInFlight
        && Seats.MayTake(acquirer, Configuration.PendingMax, Now.Ticks);

    /// <summary>Open requests of all acquirers.</summary>
    public int Pending => Seats.Held;

    /// <summary>How long a request of an acquirer may have stood in line before the core takes it, in ticks.</summary>
    public long WaitMax(int acquirer) => _waitMax[acquirer];

    public TimerPlan Timers { get; }

    public TimingWheel Wheel { get; }

    public DuplicateTable Duplicates { get; }

    /// <summary>What stays of transactions that were reversed in part.</summary>
    public KeptAmounts Partials { get; }

    /// <summary>What was approved of requests that were approved in part.</summary>
    public KeptAmounts PartialApprovals { get; }

    public StandInLedger Ledger { get; }

    public SettlementTotals Totals { get; }

    /// <summary>What issuers changed in the configured negative files.</summary>
    public NegativeFileOverlay FileChanges { get; }

    /// <summary>The lists of each stand-in profile, as they were read last.</summary>
    public CardLists[] CardLists { get; }

    public Instant Now
    {
        get => _now;
        set
        {
            _now = value;
            Composer.WallMs = value.WallMs;
        }
    }

    /// <summary>The highest position known to be durable.</summary>
    public long DurableLsn { get; set; }

    public bool JournalFailed { get; set; }

    /// <summary>The journal's disk is nearly full: stand-in approves nothing.</summary>
    public bool IsJournalSpaceLow { get; private set; }

    public bool IsShuttingDown { get; set; }

    /// <summary>What stand-in has approved and no issuer has acknowledged, of all issuers, in minor units.</summary>
    public long StandInExposure
    {
        get
        {
            long sum = 0;
            for (int issuer = 0; issuer < Issuers.Length; issuer++)
            {
                sum += Ledger.Exposure(issuer);
            }

            return sum;
        }
    }

    /// <summary>DE 7 for a message that starts here and now.</summary>
    public long TransmissionTimeNow => _transmissionTime.At(Now.WallMs);

    /// <summary>
    /// Seconds since 1970 by which remembered transactions age. The wall clock's at the start and monotonic from there:
    /// a clock that jumps a day ahead must not make the switch forget what it answered.
    /// </summary>
    public uint SecondNow => (uint)(_secondBase + (Now.Ticks / TimeSpan.TicksPerSecond));

    /// <summary>The start is over: time runs from here.</summary>
    public void Begin(Instant now)
    {
        Now = now;
        _secondBase = (now.WallMs / 1000) - (now.Ticks / TimeSpan.TicksPerSecond);
    }

    /// <summary>When the answer to a request must have left, in monotonic ticks.</summary>
    public long DeadlineOf(int acquirer, Message request)
    {
        AcquirerSettings settings = Configuration.Acquirers[acquirer];
        long arrived = request.ReceivedAt == 0 ? Now.Ticks : request.ReceivedAt;
        return arrived + settings.Deadline.Ticks - settings.SealTime.Ticks;
    }

    /// <summary>Counts what the message just composed could not say.</summary>
    public void CountLeftOut() => Counters.FieldsLeftOut += Composer.LeftOut.Count;

    /// <summary>The journal's disk is nearly full, or is not any more.</summary>
    public void NoteJournalSpace(bool isLow)
    {
        if (IsJournalSpaceLow != isLow)
        {
            IsJournalSpaceLow = isLow;
            Effects.Raise(Incident.JournalSpaceLow, 0, isLow ? 1 : 0);
        }
    }

    /// <summary>What was sent to an issuer came in from an acquirer, and goes no further.</summary>
    public void CutLoop(int issuer, int acquirer)
    {
        Counters.LoopsCut++;
        Effects.Raise(Incident.LoopCut, issuer, acquirer);
    }

    private static LocalClock[] ClocksOf(IssuerState[] issuers)
    {
        var clocks = new LocalClock[issuers.Length];
        for (int i = 0; i < clocks.Length; i++)
        {
            clocks[i] = issuers[i].Settings.Clock;
        }

        return clocks;
    }
}
