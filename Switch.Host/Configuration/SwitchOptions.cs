using Switch.Routing.Settings;

namespace Switch.Host.Configuration;

/// <summary>
/// The whole configuration, under the key <c>Switch</c>; docs/reference/configuration.md explains every key. Plain
/// values with defaults: <c>ConfigurationValidator</c> judges them and <c>CoreConfigurationBuilder</c> compiles
/// them, so that code behind those two never meets a configuration it cannot use.
/// </summary>
internal sealed class SwitchOptions
{
    public NodeOptions Node { get; set; } = new();

    /// <summary>Files of partners' dialects (docs/connecting/wire.md), for acquirers and issuers to name.</summary>
    public List<string> Dialects { get; set; } = [];

    public List<AcquirerOptions> Acquirers { get; set; } = [];

    public List<IssuerOptions> Issuers { get; set; } = [];

    public List<RouteOptions> Routes { get; set; } = [];

    /// <summary>Stand-in profiles by name; routes refer to them.</summary>
    public Dictionary<string, StandInOptions> StandIn { get; set; } = new(StringComparer.Ordinal);

    public JournalOptions Journal { get; set; } = new();

    public StoreOptions Store { get; set; } = new();

    public DuplicateOptions Duplicates { get; set; } = new();

    public VelocityOptions Velocity { get; set; } = new();

    public ReversalOptions Reversals { get; set; } = new();

    public AdminOptions Admin { get; set; } = new();

    public MetricsOptions Metrics { get; set; } = new();

    public KeyOptions Keys { get; set; } = new();

    public SecurityOptions Security { get; set; } = new();

    public EdgeOptions Edge { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public LoggingOptions Logging { get; set; } = new();
}

/// <summary>Who this node is.</summary>
internal sealed class NodeOptions
{
    /// <summary>Part of every transaction id, so it must differ between nodes.</summary>
    public string Name { get; set; } = "node-1";

    /// <summary>Nodes that serve the same issuers; a journal of another cluster is refused.</summary>
    public string Cluster { get; set; } = "switch";

    /// <summary>
    /// Added to UTC, gives the settlement date by the clock: 09:00:00 cuts over at midnight in Japan.
    /// </summary>
    public TimeSpan CutoverOffset { get; set; } = TimeSpan.Zero;

    /// <summary>DE 101 by which issuers name the negative file; a file action without DE 101 means it too.</summary>
    public string NegativeFileName { get; set; } = "NEGATIVE";
}

/// <summary>What the switch remembers of finished transactions, for repeats and reversals.</summary>
internal sealed class DuplicateOptions
{
    /// <summary>
    /// A day: an acquirer's store-and-forward may repeat after an outage that long (docs/domain.md section 2.3).
    /// </summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A ceiling on memory, not a reservation: the table grows to it.</summary>
    public int MaxEntries { get; set; } = 20_000_000;
}

/// <summary>Where networks differ on what a reversal means.</summary>
internal sealed class ReversalOptions
{
    /// <summary>What becomes of a reversal whose original is not known.</summary>
    public UnmatchedReversalPolicy Unmatched { get; set; } = UnmatchedReversalPolicy.Forward;
}

/// <summary>The switch sends its metrics to a collector of OpenTelemetry.</summary>
internal sealed class OtlpOptions
{
    /// <summary>
    /// <c>http://HOST:4317</c>; with HttpProtobuf the whole address, <c>http://HOST:4318/v1/metrics</c>. Null: nothing
    /// is sent.
    /// </summary>
    public string? Endpoint { get; set; }

    public OtlpProtocol Protocol { get; set; } = OtlpProtocol.Grpc;

    /// <summary>As often as Prometheus asks, as a rule.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>How a collector is spoken to.</summary>
internal enum OtlpProtocol
{
    Grpc,
    HttpProtobuf,
}

/// <summary>
/// Where the keys are: <c>file:PATH</c> or <c>env:NAME</c>, each naming 32 bytes as 64 hexadecimal digits. Never the
/// key itself: configuration files are copied, printed and checked in.
/// </summary>
internal sealed class KeyOptions
{
    /// <summary>
    /// True: the switch makes keys of its own beside the journal, for test cards. Journal and Cards stay null then.
    /// </summary>
    public bool Development { get; set; }

    /// <summary>Encrypts the secret part of journal records (AES-256-GCM).</summary>
    public string? Journal { get; set; }

    /// <summary>Stored with each record, so that older records still find their key after a rotation.</summary>
    public int JournalId { get; set; } = 1;

    /// <summary>Keys of before the last rotations by their id, for reading what was written with them.</summary>
    public Dictionary<string, string> JournalOld { get; set; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The master key (KEK) of wrapped references: 32 bytes by <c>file:</c> or <c>env:</c>, or a key in a PKCS#11 token
    /// by <c>pkcs11:</c> (RFC 7512).
    /// </summary>
    public string? Master { get; set; }

    /// <summary>The master key before it, while files are wrapped anew.</summary>
    public string? MasterOld { get; set; }

    /// <summary>Makes card tokens.</summary>
    public string? Cards { get; set; }

    /// <summary>What Cards was before, for as long as anything is known by tokens of that key.</summary>
    public string? CardsOld { get; set; }
}

/// <summary>The relational store that the journal is projected into.</summary>
internal sealed class StoreOptions
{
    /// <summary>Sqlite, PostgreSql or None.</summary>
    public string Provider { get; set; } = "Sqlite";

    public string ConnectionString { get; set; } = "Data Source=data/switch.db";

    /// <summary>
    /// How long rows are kept. 18 months: disputes may come up to 540 days later (docs/domain.md section 8.3).
    /// </summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(550);

    /// <summary>
    /// How long a reversal, or an advice that names an original, may wait for the store to find that, when memory does
    /// not know it. Zero: the store is not asked.
    /// </summary>
    public TimeSpan LookUp { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>How connections of acquirers and issuers are carried.</summary>
internal sealed class EdgeOptions
{
    /// <summary>More threads than the largest machine has use for, the core being one.</summary>
    public const int ReactorsMax = 64;

    public EdgeTransport Transport { get; set; } =
        OperatingSystem.IsLinux() ? EdgeTransport.Epoll : EdgeTransport.Sockets;

    /// <summary>
    /// Threads of the epoll transport, which read sockets and decode messages. 0: the core's own thread does it all,
    /// which is best where there are few processors.
    /// </summary>
    public int Reactors { get; set; } = Environment.ProcessorCount <= 4 ? 0 : 1;
}

/// <summary>What moves the bytes of connections.</summary>
internal enum EdgeTransport
{
    /// <summary>The platform's sockets and thread pool.</summary>
    Sockets,

    /// <summary>Threads of the switch's own that wait on epoll: Linux.</summary>
    Epoll,
}

/// <summary>
/// Bounds that hold over all acquirers and issuers. What happens at each is in docs/reference/configuration.md.
/// </summary>
internal sealed class LimitOptions
{
    /// <summary>Transactions open at once: 10,000 a second for 10 s, rounded up to a power of two.</summary>
    public int PendingMax { get; set; } = 131_072;

    /// <summary>Messages that may be owed to issuers at once.</summary>
    public int OwedMax { get; set; } = 2_000_000;

    /// <summary>Of them, those to one issuer that stay in memory; the others rest on the disk.</summary>
    public int OwedInMemory { get; set; } = 32_768;

    /// <summary>Cards and stand-in approvals that may be counted at once.</summary>
    public int StandInMax { get; set; } = 2_000_000;

    /// <summary>In how many cards file actions may differ from the configured files. At the bound: 29.</summary>
    public int FileActionsMax { get; set; } = 1_000_000;

    /// <summary>Kept back from the acquirer's deadline for the switch's own decision and its journal write.</summary>
    public TimeSpan StandInReserve { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an approval that could not be handed over waits for a repeat before it is reversed.</summary>
    public TimeSpan UndeliveredGrace { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest message the core composes, in bytes.</summary>
    public int MessageSizeMax { get; set; } = 8_192;

    /// <summary>Messages that may wait for the core; a session sheds beyond it.</summary>
    public int InboxMax { get; set; } = 65_536;

    /// <summary>
    /// How long a request may wait for the core, by the pace of the last moments; one that would wait longer is refused
    /// when it comes.
    /// </summary>
    public TimeSpan QueueWaitMax { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Bytes of an acquirer's connection that the operating system keeps until they are read (it takes up to twice as
    /// many): what is in it when a connection is held back is answered late. A distant acquirer needs more of it.
    /// </summary>
    public int ReceiveBuffer { get; set; } = 32_768;

    /// <summary>
    /// Bytes that may wait to be written to one connection; a peer that does not read is cut off there.
    /// </summary>
    public int ConnectionBufferMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// New connections a second at the listeners of all acquirers, from all addresses; as many again at those of
    /// issuers that connect. One more is closed. 0: any.
    /// </summary>
    public int ConnectionsPerSecond { get; set; } = 1_000;

    /// <summary>How long a stop waits for what is in flight. Longer than every issuer's time-out.</summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>What is logged and where. State changes are logs; per-message facts are counters.</summary>
internal sealed class LoggingOptions
{
    public LogSeverity Level { get; set; } = LogSeverity.Information;

    /// <summary>Severity by the start of a category's name, for looking closer at one part.</summary>
    public Dictionary<string, LogSeverity> Levels { get; set; } = new(StringComparer.Ordinal);

    public bool Console { get; set; } = true;

    /// <summary>Of console and file alike.</summary>
    public LogFormat Format { get; set; } = LogFormat.Text;

    /// <summary>A file's path, or null for none. A new file each day and at <see cref="FileSizeMax"/>.</summary>
    public string? File { get; set; }

    /// <summary>256 MiB: still opens in an editor.</summary>
    public long FileSizeMax { get; set; } = 256L * 1024 * 1024;

    /// <summary>Files kept; the oldest goes. A month of days.</summary>
    public int FilesMax { get; set; } = 31;
}

/// <summary>How a log event is written.</summary>
internal enum LogFormat
{
    /// <summary>A line for people; an exception follows on lines of its own.</summary>
    Text,

    /// <summary>One JSON object a line, in the compact form (CLEF), with the event's id: for a collector.</summary>
    Json,
}

/// <summary>
/// Severities in the order of <c>LogLevel</c>, without its None: a switch that says nothing is broken.
/// </summary>
internal enum LogSeverity
{
    Trace,
    Debug,
    Information,
    Warning,
    Error,
    Critical,
}
