namespace Switch.Host.Configuration;

/// <summary>The doors through which people and machines look at the switch and command it.</summary>
internal sealed class AdminOptions
{
    /// <summary>In place of <see cref="Socket"/>: there is none.</summary>
    public const string NoSocket = "None";

    /// <summary>HOST:PORT of the console and of other machines: with tokens or client certificates. Null: no such
    /// listener.</summary>
    public string? Listen { get; set; } = "127.0.0.1:8580";

    /// <summary>
    /// Path of the Unix socket of the command line, on Linux. Null: the journal's path with <c>-admin.sock</c> behind
    /// it. <see cref="NoSocket"/>: none.
    /// </summary>
    public string? Socket { get; set; }

    /// <summary>The group that may connect to the socket, by name or number. Null: the process's own.</summary>
    public string? SocketGroup { get; set; }

    /// <summary>
    /// What users of this machine may do through the socket, by name or number. Those that are not named may do
    /// nothing, save root and the switch's own user, who are operators.
    /// </summary>
    public Dictionary<string, AdminRole> Users { get; set; } = new(StringComparer.Ordinal);

    /// <summary><c>file:PATH</c> of the hashes of tokens and the keys of client certificates. Null: none.</summary>
    public string? Tokens { get; set; }

    /// <summary>Names by which it is asked for, beside its address, <c>localhost</c> and the machine's name.</summary>
    public List<string> Names { get; set; } = [];

    /// <summary>TLS of <see cref="Listen"/>. With Trust, certificates that lead there may be named in Tokens.</summary>
    public TlsOptions? Tls { get; set; }

    /// <summary>False: one person suffices for everything. Only where no real cards are.</summary>
    public bool DualControl { get; set; } = true;

    /// <summary>How long a request waits for the approval of another.</summary>
    public TimeSpan ApprovalTime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a browser stays signed in.</summary>
    public TimeSpan SessionTime { get; set; } = TimeSpan.FromHours(8);
}

/// <summary>What an identity may do. Each role may do all that those before it may.</summary>
internal enum AdminRole : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Command.</summary>
    Operator,

    /// <summary>Approve what another has requested.</summary>
    Approver,
}

/// <summary>Where metrics go.</summary>
internal sealed class MetricsOptions
{
    /// <summary>
    /// HOST:PORT of a listener that has health and metrics alone, for machines and without credentials. Null: they are
    /// at the admin listener.
    /// </summary>
    public string? Listen { get; set; }

    public OtlpOptions Otlp { get; set; } = new();
}
