using Switch.Host.Security;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>One issuer: where it is, what it speaks, how long it is waited for, and what it can take.</summary>
internal sealed class IssuerOptions
{
    public string Name { get; set; } = "";

    /// <summary>HOST:PORT of each of the issuer's hosts; traffic is spread over all that are up.</summary>
    public List<string> Endpoints { get; set; } = [];

    /// <summary>ADDRESS:PORT where an issuer is waited for that connects itself, in place of
    /// <see cref="Endpoints"/>.</summary>
    public string? Listen { get; set; }

    /// <summary>CIDR blocks that may connect there; empty: every address that reaches the port.</summary>
    public List<string> AllowFrom { get; set; } = [];

    /// <summary>
    /// Connections to each endpoint, or from the issuer: two, so that one lost connection does not stop the issuer.
    /// </summary>
    public int Connections { get; set; } = 2;

    public string Framing { get; set; } = "len2";

    /// <summary>What stands between length and message: see <c>FrameFormat.TryGet</c>.</summary>
    public string? Header { get; set; }

    public string Dialect { get; set; } = "iso87-ascii";

    /// <summary>How long one request waits for its reply.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Requests in flight to this issuer at once; one more goes to the standby or to stand-in.</summary>
    public int MaxInFlight { get; set; } = 20_000;

    /// <summary>Whether fewer may be in flight when more would only stand in the issuer's own line.</summary>
    public bool AdaptInFlight { get; set; } = true;

    /// <summary>Bytes of one message from this issuer.</summary>
    public int MaxFrameSize { get; set; } = 8_192;

    /// <summary>
    /// When the issuer's calendar day begins, as hh:mm or hh:mm:ss from UTC, with a sign where it is negative. Without
    /// summer time.
    /// </summary>
    public string UtcOffset { get; set; } = "00:00:00";

    /// <summary>In place of <see cref="UtcOffset"/>: a zone by its IANA name, such as America/New_York.</summary>
    public string? TimeZone { get; set; }

    /// <summary>What becomes of an approval that comes after stand-in has approved in this issuer's place.</summary>
    public LateApprovalPolicy LateApprovals { get; set; } = LateApprovalPolicy.Journal;

    /// <summary>How long a request waits for the advices that its card is owed here; zero: not at all.</summary>
    public TimeSpan DrainBeforeOnline { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// DE 39 when neither an issuer nor stand-in may decide: 91, or 05 where acquirers must not try elsewhere.
    /// </summary>
    public string UnavailableCode { get; set; } = "91";

    /// <summary>Sign on with 0800/001 before traffic, and off with 0800/002 at shutdown.</summary>
    public bool SignOn { get; set; } = true;

    /// <summary>Send 0800/301 after this much silence on a link; zero: never.</summary>
    public TimeSpan Echo { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>TLS on its links, or the word None; null: plain text, to loopback addresses only.</summary>
    public TlsOptions? Tls { get; set; }

    /// <summary>Its keys of PIN blocks and MACs.</summary>
    public ZoneKeyOptions Keys { get; set; } = new();

    /// <summary>The MACs of its messages, both ways; null: they have none.</summary>
    public MacOptions? Mac { get; set; }

    /// <summary>How it sends new keys and gets them; null: neither.</summary>
    public IssuerKeyExchangeOptions? KeyExchange { get; set; }

    /// <summary>Format of the PIN blocks that it takes (ISO 9564-1).</summary>
    public PinFormat PinFormat { get; set; } = PinFormat.Iso0;

    public ReconnectOptions Reconnect { get; set; } = new();

    public BreakerOptions Breaker { get; set; } = new();

    /// <summary>Whether it may get an authorization that another issuer has too.</summary>
    public bool AllowHedge { get; set; }

    /// <summary>How its health is judged by its real traffic.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>DE 39 that are no decision: the standby or stand-in goes on for that very request.</summary>
    public List<string> TechnicalDeclines { get; set; } = ["91", "96", "N0"];

    /// <summary>Those of them after which it has surely not approved: no reversal is owed then.</summary>
    public List<string> SurelyNotApproved { get; set; } = [];

    public AdviceOptions Advices { get; set; } = new();
}

/// <summary>How long a lost link waits before it connects again. A sign-on that succeeds starts over.</summary>
internal sealed class ReconnectOptions
{
    /// <summary>The first wait; each further one is twice as long.</summary>
    public TimeSpan Min { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait: how long an issuer that is back may go unnoticed.</summary>
    public TimeSpan Max { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>When the switch stops asking an issuer that does not answer.</summary>
internal sealed class BreakerOptions
{
    /// <summary>Time-outs in a row that open the breaker; 0: it never opens.</summary>
    public int ConsecutiveTimeouts { get; set; } = 5;

    /// <summary>How long an open breaker waits before one request goes through as a probe.</summary>
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How messages owed to an issuer are forwarded (docs/domain.md section 5).</summary>
internal sealed class AdviceOptions
{
    /// <summary>Owed messages unanswered at once, each of another card.</summary>
    public int Window { get; set; } = 8;

    /// <summary>So that a backlog does not knock over an issuer that has just come back.</summary>
    public int RatePerSecond { get; set; } = 500;

    /// <summary>Which card's message goes next.</summary>
    public AdviceOrder Order { get; set; }

    public TimeSpan RetryMin { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan RetryMax { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Refusals (not silences) after which a message is parked for a person.</summary>
    public int ParkAfter { get; set; } = 6;
}
