using Switch.Protocol.Dialects;
using Switch.Routing.Routes;
using Switch.Routing.StandIn;
using Switch.Routing.Values;

namespace Switch.Routing.Settings;

/// <summary>
/// What the core runs with: an immutable, validated snapshot that the host compiles from its configuration.
/// Indexes (acquirer, issuer, profile) are positions in these arrays; names are what the journal remembers.
/// </summary>
public sealed record CoreConfiguration
{
    /// <summary>This node's name, at most 32 ASCII characters; part of every transaction id.</summary>
    public required string Node { get; init; }

    public required IReadOnlyList<AcquirerSettings> Acquirers { get; init; }

    public required IReadOnlyList<IssuerSettings> Issuers { get; init; }

    public required RouteTable Routes { get; init; }

    public required IReadOnlyList<StandInProfile> StandInProfiles { get; init; }

    /// <summary>How many transactions may be open at once, over all acquirers. One more is answered 96.</summary>
    public int PendingMax { get; init; } = 131_072;

    /// <summary>How long a finished transaction is remembered for repeats and reversals.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How many finished transactions are remembered; the oldest goes first, and is counted.</summary>
    public int DuplicatesMax { get; init; } = 20_000_000;

    /// <summary>
    /// How many owed messages may wait, over all issuers. Requests are refused while those that are open could fill it.
    /// </summary>
    public int OwedMax { get; init; } = 2_000_000;

    /// <summary>
    /// How many of them stay in memory, of each issuer; the others rest on the disk. 0: all stay in memory.
    /// </summary>
    public int OwedInMemory { get; init; } = 32_768;

    /// <summary>How many cards and stand-in approvals are counted at once. At the bound stand-in declines.</summary>
    public int StandInMax { get; init; } = 2_000_000;

    /// <summary>Kept back from the acquirer's deadline for the switch's own decision and its journal write.</summary>
    public TimeSpan StandInReserve { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long an approval that could not be handed to its acquirer waits for a repeat before it is reversed.
    /// </summary>
    public TimeSpan UndeliveredGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What becomes of a reversal whose original is not known (docs/domain.md section 3.3, case H).</summary>
    public UnmatchedReversalPolicy UnmatchedReversals { get; init; } = UnmatchedReversalPolicy.Forward;

    /// <summary>
    /// How long a reversal, or an advice that names an original, waits for the store to find what memory does not know;
    /// zero: there is no store to ask.
    /// </summary>
    public TimeSpan LookUp { get; init; }

    /// <summary>DE 101 by which issuers name the negative file; a file action without DE 101 means it too.</summary>
    public string NegativeFileName { get; init; } = "NEGATIVE";

    /// <summary>In how many cards file actions may differ from the configured files. At the bound: 29.</summary>
    public int FileActionsMax { get; init; } = 1_000_000;

    /// <summary>Added to UTC, gives the settlement date by the clock: 09:00 cuts over at midnight in Japan.</summary>
    public TimeSpan CutoverOffset { get; init; } = TimeSpan.Zero;

    /// <summary>By which function the host makes the tokens of messages.</summary>
    public CardTokenKind CardTokens { get; init; } = CardTokenKind.Cmac;

    /// <summary>The key that tokens are made with, and the one before it while anything may bear its tokens.</summary>
    public CardKeys CardKeys { get; init; }

    /// <summary>How long the store keeps a payment, so that <see cref="LookUp"/> can find it; 0: for ever.</summary>
    public TimeSpan LookUpReach { get; init; }

    /// <summary>How long a PIN block may be with the security module for one issuer.</summary>
    public TimeSpan PinTime { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>Rules against card testing.</summary>
    public VelocitySettings Velocity { get; init; } = VelocitySettings.None;

    /// <summary>The largest message the core composes, in bytes.</summary>
    public int MessageSizeMax { get; init; } = 8_192;
}

/// <summary>A policy on which networks differ (docs/domain.md section 9).</summary>
public enum UnmatchedReversalPolicy
{
    /// <summary>Accept it, forward it to the routed issuer, and decline its original should it still come.</summary>
    Forward,

    /// <summary>Answer 25: no such original.</summary>
    Refuse,
}

/// <summary>
/// What DE 4 of a full reversal means when it is not the amount that was requested, approved or is left.
/// </summary>
public enum ReversalAmountPolicy
{
    /// <summary>A mistake: answered 64, and nothing changes.</summary>
    Refuse,

    /// <summary>Nothing: the reversal goes on with what is left of the original's amount, and is counted.</summary>
    Original,

    /// <summary>The part that is taken back: never more than what is left.</summary>
    Part,
}

/// <summary>
/// What becomes of an issuer's approval that comes after stand-in has approved (docs/domain.md section 3.3, case B).
/// </summary>
public enum LateApprovalPolicy
{
    /// <summary>Record it: the issuer knows by DE 90 of the advice that both are one.</summary>
    Journal,

    /// <summary>Reverse the late approval, and then send the advice: for issuers that cannot tell.</summary>
    Reverse,
}

/// <summary>One acquirer: whose requests the switch answers.</summary>
public sealed record AcquirerSettings
{
    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>The answer leaves before this has passed since the request's arrival.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of that, what is kept for the MAC of the answer; zero: its messages have none.</summary>
    public TimeSpan SealTime { get; init; }

    /// <summary>
    /// How long its answer to the switch's own sign-on (0800/001) may take; zero: the switch does not sign on. It signs
    /// on at the beginning of each session: not for an acquirer that connects itself.
    /// </summary>
    public TimeSpan SignOnTime { get; init; }

    /// <summary>Requests of this acquirer open at once; one more is answered 96.</summary>
    public int MaxInFlight { get; init; } = 65_536;

    /// <summary>
    /// Its share of what acquirers compete for, against the others' weights: the line before the core, the seats of
    /// pending transactions, and the requests in flight to an issuer. 1 to 100.
    /// </summary>
    public int Weight { get; init; } = 1;

    /// <summary>What becomes of a full reversal whose DE 4 is none of its original's amounts.</summary>
    public ReversalAmountPolicy ReversalAmount { get; init; } = ReversalAmountPolicy.Refuse;

    /// <summary>What becomes of the PIN blocks in its requests.</summary>
    public PinSettings Pin { get; init; } = PinSettings.None;

    /// <summary>How old a new request may be by its DE 7; zero: age and date are not looked at.</summary>
    public TimeSpan FreshnessBack { get; init; }

    /// <summary>How far ahead of the switch's clock DE 7 of a new request may be.</summary>
    public TimeSpan FreshnessAhead { get; init; }
}

/// <summary>One issuer: whom we connect to.</summary>
public sealed record IssuerSettings
{
    /// <summary>The highest trace number that DE 11 holds: six digits (ISO 8583:1987, DE 11).</summary>
    public const int TraceNumbersHighest = 999_999;

    public required string Name { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>The host's link ids that lead to this issuer.</summary>
    public required IReadOnlyList<int> Links { get; init; }

    /// <summary>How long one request waits for its reply.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Requests in flight to this issuer at once; one more goes to the standby or to stand-in.</summary>
    public int MaxInFlight { get; init; } = 20_000;

    /// <summary>Whether fewer may be in flight when more would only stand in the issuer's own line.</summary>
    public bool AdaptInFlight { get; init; } = true;

    /// <summary>
    /// DE 11 towards this issuer runs from 1 to this. Six digits are what the field has; the simulation takes fewer, so
    /// that they come round.
    /// </summary>
    public int TraceNumbersMax { get; init; } = TraceNumbersHighest;

    /// <summary>What becomes of a late approval after a stand-in approval.</summary>
    public LateApprovalPolicy LateApprovals { get; init; } = LateApprovalPolicy.Journal;

    /// <summary>
    /// How long a request waits for the advices that its card is owed here to be acknowledged, so that the issuer
    /// decides on the whole balance; after that stand-in goes on for the card, where it may. Zero: never waits
    /// (docs/domain.md section 5.5).
    /// </summary>
    public TimeSpan DrainBeforeOnline { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// DE 39 when no party may decide: 91, or 05 where acquirers must not try elsewhere (docs/domain.md section 9).
    /// </summary>
    public string UnavailableCode { get; init; } = "91";

    /// <summary>
    /// When this issuer's calendar day begins: stand-in limits per day, cards' expiry and lists' days count by it.
    /// </summary>
    public LocalClock Clock { get; init; } = LocalClock.Utc;

    /// <summary>Sign on with 0800/001 before traffic, and off with 0800/002 at shutdown.</summary>
    public bool SignOn { get; init; } = true;

    /// <summary>Send 0800/301 after this much silence on a link; zero: never.</summary>
    public TimeSpan Echo { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time-outs in a row that open the breaker; 0: it never opens.</summary>
    public int BreakerConsecutiveTimeouts { get; init; } = 5;

    /// <summary>How long an open breaker waits before it lets one request through as a probe.</summary>
    public TimeSpan BreakerCooldown { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether an authorization may go to it while another issuer has it too, and be reversed when the other decides.
    /// </summary>
    public bool AllowHedge { get; init; }

    /// <summary>There is a key under which PIN blocks can be enciphered for it.</summary>
    public bool HasPinKey { get; init; }

    /// <summary>How its health is judged by its traffic.</summary>
    public HealthSettings Health { get; init; } = HealthSettings.Off;

    /// <summary>
    /// DE 39 that are no decision but a technical decline: the next in line is asked, or stand-in. Two characters each.
    /// </summary>
    public IReadOnlyList<string> TechnicalDeclines { get; init; } = ["91", "96", "N0"];

    /// <summary>
    /// Those of <see cref="TechnicalDeclines"/> after which this issuer has surely not approved. After the others it
    /// may have: a reversal, or an advice that names the request, is owed.
    /// </summary>
    public IReadOnlyList<string> SurelyNotApproved { get; init; } = [];

    public AdviceSettings Advices { get; init; } = new();
}

/// <summary>How owed messages are forwarded to one issuer (docs/domain.md section 5).</summary>
public sealed record AdviceSettings
{
    /// <summary>Owed messages unanswered at once, each of another card.</summary>
    public int Window { get; init; } = 8;

    /// <summary>
    /// At most this many a second, so that a backlog does not knock over an issuer that just came back.
    /// </summary>
    public int RatePerSecond { get; init; } = 500;

    /// <summary>Which card's message goes next.</summary>
    public AdviceOrder Order { get; init; }

    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Refusals (not silences) after which a message is parked for a person.</summary>
    public int ParkAfter { get; init; } = 6;
}

/// <summary>Which card's owed message goes next. Those of one card always go oldest first.</summary>
public enum AdviceOrder
{
    /// <summary>What became owed first goes first.</summary>
    Oldest,

    /// <summary>
    /// The largest amounts first, by the number of digits of DE 4; of one number of digits reversals before advices,
    /// and then the oldest first. One message of four is the oldest of all, so that none waits for ever.
    /// </summary>
    LargestFirst,
}
