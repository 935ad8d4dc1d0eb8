using Switch.Host.Security;
using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>One acquirer: a listener, what is spoken there, and how much of it.</summary>
internal sealed class AcquirerOptions
{
    public string Name { get; set; } = "";

    /// <summary>ADDRESS:PORT to listen on; port 0 takes a free one. Empty: the switch connects.</summary>
    public string Listen { get; set; } = "";

    /// <summary>HOST:PORT of an acquirer that waits to be called, in place of <see cref="Listen"/>.</summary>
    public List<string> Connect { get; set; } = [];

    /// <summary>Connections to each of <see cref="Connect"/>.</summary>
    public int Connections { get; set; } = 1;

    /// <summary>When a lost one of them is made again.</summary>
    public ReconnectOptions Reconnect { get; set; } = new();

    /// <summary>With <see cref="Connect"/>: sign on with 0800/001 on each connection, and off at shutdown.</summary>
    public bool SignOn { get; set; }

    public string Framing { get; set; } = "len2";

    /// <summary>What stands between length and message: see <c>FrameFormat.TryGet</c>.</summary>
    public string? Header { get; set; }

    public string Dialect { get; set; } = "iso87-ascii";

    /// <summary>
    /// The answer leaves before this has passed: 10 s is what point-of-sale hosts wait (docs/domain.md section 3.7).
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(10);

    public int MaxConnections { get; set; } = 256;

    /// <summary>
    /// Of them, from one address; null: half. An acquirer behind one address (a balancer) needs all of them.
    /// </summary>
    public int? MaxConnectionsPerAddress { get; set; }

    /// <summary>
    /// New connections a second from one address; more wait for their turn, a second at most. 0: any.
    /// </summary>
    public int ConnectionsPerSecond { get; set; } = 200;

    /// <summary>
    /// How long a connection may be open without a message. Zero: for ever. With <see cref="SignOn"/>: how long the
    /// answer to the sign-on may take.
    /// </summary>
    public TimeSpan FirstMessage { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may be silent afterwards, keep-alives and echoes counted as life. Zero: for ever.
    /// </summary>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Empty frames a second on one connection; one that sends more is closed.</summary>
    public int KeepAlivesPerSecond { get; set; } = 100;

    /// <summary>Messages in a row that cannot be read, after which a connection is closed; 0: never.</summary>
    public int FormatErrors { get; set; } = 1_000;

    /// <summary>Requests of this acquirer open at once; one more is answered 96.</summary>
    public int MaxInFlight { get; set; } = 65_536;

    /// <summary>
    /// Its share, against the weights of other acquirers, of what they compete for when the switch or an issuer is
    /// busy. One with twice the weight gets twice as much.
    /// </summary>
    public int Weight { get; set; } = 1;

    /// <summary>What becomes of a request's PIN block. By default a request with one is declined.</summary>
    public PinHandling Pin { get; set; } = PinHandling.Refuse;

    /// <summary>With <see cref="PinHandling.PassThrough"/>: the issuers that have this acquirer's own key.</summary>
    public List<string> PinSharedWith { get; set; } = [];

    /// <summary>Format of its PIN blocks (ISO 9564-1).</summary>
    public PinFormat PinFormat { get; set; } = PinFormat.Iso0;

    /// <summary>DE 39 of a request whose PIN block is not taken, or cannot be read: 86 or 81.</summary>
    public string PinErrorCode { get; set; } = "86";

    /// <summary>Requests a second over all its connections; 0: no limit.</summary>
    public int RatePerSecond { get; set; }

    /// <summary>Bytes of one message. 8 KiB holds every field of a full message with EMV data.</summary>
    public int MaxFrameSize { get; set; } = 8_192;

    /// <summary>CIDR blocks that may connect; empty: anyone who reaches the port.</summary>
    public List<string> AllowFrom { get; set; } = [];

    /// <summary>How old a new request may be, or the word Off.</summary>
    public FreshnessOptions Freshness { get; set; } = new();

    /// <summary>What becomes of a full reversal whose DE 4 is none of its original's amounts.</summary>
    public ReversalAmountPolicy ReversalAmount { get; set; } = ReversalAmountPolicy.Refuse;

    /// <summary>TLS on its listener, or the word None; null: plain text, on a loopback address only.</summary>
    public TlsOptions? Tls { get; set; }

    /// <summary>Its keys of PIN blocks and MACs.</summary>
    public AcquirerKeyOptions Keys { get; set; } = new();

    /// <summary>
    /// With <see cref="AcquirerKeyOptions.Bdk"/>: how its terminals name their keys; null: by default.
    /// </summary>
    public DukptOptions? Dukpt { get; set; }

    /// <summary>The MACs of its messages, both ways; null: they have none.</summary>
    public MacOptions? Mac { get; set; }

    /// <summary>How it sends new keys; null: it sends none.</summary>
    public KeyExchangeOptions? KeyExchange { get; set; }
}
