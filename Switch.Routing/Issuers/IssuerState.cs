using Switch.Routing.Admission;
using Switch.Routing.Health;
using Switch.Routing.Owed;
using Switch.Routing.Settings;
using Switch.Routing.Values;

namespace Switch.Routing.Issuers;

/// <summary>How one link of an issuer stands. Each state is entered in NetworkManagement only.</summary>
internal enum LinkState : byte
{
    /// <summary>No connection.</summary>
    Down,

    /// <summary>Connected; the sign-on is not answered yet.</summary>
    SigningOn,

    /// <summary>Takes traffic.</summary>
    Ready,

    /// <summary>Signing off at shutdown: takes no new traffic.</summary>
    SigningOff,
}

/// <summary>One connection to an issuer, as the core sees it.</summary>
internal sealed class LinkRecord(int id, int issuer, HealthSubject health)
{
    public int Id { get; } = id;

    public HealthSubject Health { get; } = health;

    public int Issuer { get; } = issuer;

    public LinkState State { get; set; }

    /// <summary>STAN of the network message that waits for its answer on this link; 0: none.</summary>
    public int NetworkStan { get; set; }

    /// <summary>Its DE 7, which the answer must repeat.</summary>
    public long NetworkTime { get; set; }

    /// <summary>Monotonic ticks of the last message that came in.</summary>
    public long LastHeard { get; set; }

    /// <summary>Echo tests left unanswered in a row.</summary>
    public int EchoesMissed { get; set; }
}

/// <summary>
/// One issuer at run time: its links, its numbers, its outstanding messages, its breaker, what it is owed.
/// </summary>
internal sealed class IssuerState
{
    private const int LateMax = 65_536;

    /// <summary>What is counted of it; a field, so that the parts add to it in place.</summary>
    public IssuerCounters Counters;

    private int _turn;

    /// <param name="weights">Of the acquirers that share it.</param>
    public IssuerState(int index, IssuerSettings settings, IReadOnlyList<int> weights)
    {
        Index = index;
        Slots = new SharedPlaces(weights);
        Window = settings.AdaptInFlight ? new AdaptiveWindow(settings.MaxInFlight) : null;
        Settings = settings;
        Links = new LinkRecord[settings.Links.Count];
        Health = new IssuerHealth(settings.Health, settings.Links, settings.Timeout, settings.MaxInFlight);
        for (int i = 0; i < Links.Length; i++)
        {
            Links[i] = new LinkRecord(settings.Links[i], index, Health.Links[i]);
        }

        TechnicalDeclines = new CodeSet(settings.TechnicalDeclines);
        SurelyNotApproved = new CodeSet(settings.SurelyNotApproved);
        UnavailableCode = ResponseCode.Of(settings.UnavailableCode);

        int networkMax = Links.Length * 2;
        Legs = new LegTable(settings.MaxInFlight + (settings.Advices.Window * 4) + networkMax);
        Late = new LateReplies(Math.Min(LateMax, Legs.CountMax));
        Stans = new StanAllocator(max: settings.TraceNumbersMax);
        Queue = new IssuerQueue(settings.Advices);

        // Where health judges, a breaker would say what is not so: that only probes are sent.
        Breaker = new Breaker(
            Health.IsOn ? 0 : settings.BreakerConsecutiveTimeouts, settings.BreakerCooldown.Ticks);
    }

    public int Index { get; }

    public IssuerSettings Settings { get; }

    public LinkRecord[] Links { get; }

    public StanAllocator Stans { get; }

    public LegTable Legs { get; }

    public LateReplies Late { get; }

    public IssuerQueue Queue { get; }

    public Breaker Breaker { get; }

    public IssuerHealth Health { get; }

    /// <summary>DE 39 of replies that are no decision.</summary>
    public CodeSet TechnicalDeclines { get; }

    /// <summary>Those of them after which nothing can be approved there.</summary>
    public CodeSet SurelyNotApproved { get; }

    /// <summary>Whether it is asked as ever, as far as health and breaker say.</summary>
    public bool IsWell => Health.IsOn ? Health.Whole.IsGood : !Breaker.IsOpen;

    /// <summary>Time-outs that no incident has told of yet.</summary>
    public int TimeoutsUnsaid { get; set; }

    /// <summary>Monotonic ticks before which no further incident tells of time-outs.</summary>
    public long TimeoutsSaidNext { get; set; }

    /// <summary>Requests in flight: legs whose reply, time-out or loss has not come.</summary>
    public int InFlight => Slots.Held;

    /// <summary>Their places, which acquirers share.</summary>
    public SharedPlaces Slots { get; }

    /// <summary>How many places there are as its replies show; null: as many as the configuration says.</summary>
    public AdaptiveWindow? Window { get; }

    /// <summary>How many requests may be in flight, as far as it is not sick.</summary>
    public int InFlightMax => Window?.Size ?? Settings.MaxInFlight;

    /// <summary>The issuer signed itself off: no new requests until it signs on again.</summary>
    public bool IsSignedOff { get; set; }

    /// <summary>An operator wants no new requests to go there until the issuer is restored.</summary>
    public bool IsForcedToStandIn { get; set; }

    /// <summary>Whether new requests may go there, as far as the issuer and the operators say.</summary>
    public bool TakesRequests => !IsSignedOff && !IsForcedToStandIn;

    /// <summary>Why a request does not go there: what people said comes first.</summary>
    public Reason WhyNotAsked =>
        IsForcedToStandIn ? Reason.ForcedByOperator
        : IsSignedOff ? Reason.IssuerSignedOff
        : Reason.IssuerUnavailable;

    /// <summary>DE 39 when neither it nor another may decide.</summary>
    public ResponseCode UnavailableCode { get; }

    /// <summary>Whether any link takes traffic.</summary>
    public bool HasReadyLink
    {
        get
        {
            foreach (LinkRecord link in Links)
            {
                if (link.State == LinkState.Ready)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>What was counted of it, and how it stands; without what it is exposed to.</summary>
    public IssuerCounters Count() => Counters with
    {
        InFlight = InFlight,
        OwedNow = Queue.Count,
        OwedOnDisk = Queue.Backlog?.Count ?? 0,
        ParkedNow = Queue.ParkedCount,
        IsBreakerOpen = Breaker.IsOpen,
        IsSignedOff = IsSignedOff,
        IsForcedToStandIn = IsForcedToStandIn,
        Health = Health.Whole.State,
        TrafficPercent = Health.Whole.Percent,
        InFlightCap = Math.Min(InFlightMax, Health.Whole.InFlightCap),
    };

    /// <summary>
    /// The next link that takes traffic, in turn; null when none does. A sick one among others is asked as a probe
    /// only.
    /// </summary>
    public LinkRecord? NextReadyLink(long now)
    {
        int last = -1;
        for (int i = 0; i < Links.Length; i++)
        {
            _turn = _turn + 1 >= Links.Length ? 0 : _turn + 1;
            LinkRecord link = Links[_turn];
            if (link.State == LinkState.Ready)
            {
                if (link.Health.IsGood || link.Health.Ask(now) != HealthGate.Divert)
                {
                    return link;
                }

                last = _turn;
            }
        }

        return last < 0 ? null : Links[last];
    }
}

/// <summary>
/// Opens after so many time-outs in a row, so that requests go straight to the standby or to stand-in; after a pause
/// lets one request through as a probe, and closes when any request is answered (docs/domain.md section 6.2).
/// </summary>
internal sealed class Breaker(int consecutiveTimeouts, long cooldown)
{
    private bool _isProbing;
    private long _probeAt;

    public bool IsOpen { get; private set; }

    public int Timeouts { get; private set; }

    /// <summary>
    /// Whether a request may go now. When the breaker is open this takes the probe, so ask only to send.
    /// </summary>
    public bool TryPass(long now)
    {
        if (!IsOpen)
        {
            return true;
        }

        if (_isProbing || now < _probeAt)
        {
            return false;
        }

        _isProbing = true;
        return true;
    }

    /// <summary>A request timed out, or was lost with its link. True when this opens the breaker.</summary>
    public bool TimedOut(long now)
    {
        Timeouts++;
        bool opens = !IsOpen && consecutiveTimeouts > 0 && Timeouts >= consecutiveTimeouts;
        if (opens || IsOpen)
        {
            IsOpen = true;
            _isProbing = false;
            _probeAt = now + cooldown;
        }

        return opens;
    }

    /// <summary>A probe could not be sent after all: the next request may be one.</summary>
    public void ProbeUnsent() => _isProbing = false;

    /// <summary>A request was answered. True when this closes the breaker.</summary>
    public bool Answered()
    {
        bool closes = IsOpen;
        IsOpen = false;
        _isProbing = false;
        Timeouts = 0;
        return closes;
    }
}
