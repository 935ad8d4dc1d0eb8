using System.Net;

namespace Switch.Host.Simulators;

/// <summary>
/// How a simulated issuer is set up. What may change while it runs is on <see cref="IssuerSimulator"/>.
/// </summary>
internal sealed record IssuerProfile
{
    public string Name { get; init; } = "issuer";

    /// <summary>Port 0 takes a free one.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    public string Dialect { get; init; } = "iso87-ascii";

    public string Framing { get; init; } = "len2";

    /// <summary>As in the switch's configuration: a TPDU, or a fixed header.</summary>
    public string? Header { get; init; }

    /// <summary>Its side of TLS; null: plain text.</summary>
    public SimulatorTls? Tls { get; init; }

    /// <summary>Its MACs, both ways; null: it has none.</summary>
    public SimulatorMacKey? Mac { get; init; }

    /// <summary>What opens the PIN blocks of requests; null: it looks at none.</summary>
    public SimulatorPin? Pin { get; init; }

    /// <summary>The zone master key in clear, under which it takes new keys (DE 48); null: it takes none.</summary>
    public byte[]? ZoneKey { get; init; }

    public int FrameSizeMax { get; init; } = 8_192;

    public LatencyProfile Latency { get; init; } = LatencyProfile.None;

    /// <summary>Share of requests that are declined (05 or 51).</summary>
    public double DeclineRatio { get; init; }

    /// <summary>Share of answers that are lost after the message took effect.</summary>
    public double DropRatio { get; init; }

    /// <summary>
    /// Share of the messages read in silent mode that take effect all the same: a silent host may have done its work.
    /// </summary>
    public double SilentApplyRatio { get; init; } = 0.5;

    /// <summary>
    /// On return from silence, send the answers of what took effect: late, as a host that hung does.
    /// </summary>
    public bool AnswersLate { get; init; } = true;

    /// <summary>DE 39 of the answer to a sign-on.</summary>
    public string SignOnAnswer { get; init; } = SimulatorResponseCodes.Approved;

    public int Seed { get; init; } = 1;
}

/// <summary>What a simulated issuer does with what it reads.</summary>
internal enum IssuerMode
{
    /// <summary>Answers.</summary>
    Normal,

    /// <summary>Reads and never answers.</summary>
    Silent,

    /// <summary>Resets every connection as soon as it is made.</summary>
    Refuse,
}
