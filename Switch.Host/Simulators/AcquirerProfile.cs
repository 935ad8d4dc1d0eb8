using System.Net;

namespace Switch.Host.Simulators;

/// <summary>How a simulated acquirer is set up.</summary>
internal sealed record AcquirerProfile
{
    /// <summary>DE 49 of payments unless another is given: the yen.</summary>
    public const string CurrencyDefault = "392";

    public string Name { get; init; } = "acquirer";

    /// <summary>The switch's listener.</summary>
    public required IPEndPoint Target { get; init; }

    public string Dialect { get; init; } = "iso87-ascii";

    public string Framing { get; init; } = "len2";

    /// <summary>As in the switch's configuration: a TPDU, or a fixed header.</summary>
    public string? Header { get; init; }

    /// <summary>Its side of TLS; null: plain text.</summary>
    public SimulatorTls? Tls { get; init; }

    /// <summary>Its MACs, both ways; null: it has none.</summary>
    public SimulatorMacKey? Mac { get; init; }

    /// <summary>Its PINs; null: its requests have none.</summary>
    public AcquirerPins? Pins { get; init; }

    public int FrameSizeMax { get; init; } = 8_192;

    public int Connections { get; init; } = 4;

    /// <summary>Requests a second, sent by the schedule whatever the answers do (open loop).</summary>
    public double RatePerSecond { get; init; } = 100;

    /// <summary>
    /// Requests unanswered at once; at the bound the schedule waits, and the wait counts in the latencies.
    /// </summary>
    public int Window { get; init; } = 10_000;

    /// <summary>Leading digits of the card numbers.</summary>
    public IReadOnlyList<string> Prefixes { get; init; } = ["4"];

    public int Cards { get; init; } = 500;

    public long AmountMin { get; init; } = 100;

    public long AmountMax { get; init; } = 5_000;

    public string Currency { get; init; } = CurrencyDefault;

    public string MerchantType { get; init; } = "5411";

    public string EntryMode { get; init; } = "051";

    /// <summary>DE 32.</summary>
    public string AcquirerId { get; init; } = "12345";

    public int Terminals { get; init; } = 50;

    /// <summary>The number of the first of them: two loads of one acquirer have different terminals.</summary>
    public int FirstTerminal { get; init; } = 1;

    /// <summary>Patience for an answer, to a request and to each sending of a reversal.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(12);

    public AcquirerMix Mix { get; init; } = new();

    /// <summary>
    /// Gives the requests the fields that may never be kept: track 2, a PIN block and security control information.
    /// </summary>
    public bool SendSensitive { get; init; }

    public int Seed { get; init; } = 1;
}

/// <summary>What an acquirer sends, as shares of its transactions.</summary>
internal sealed record AcquirerMix
{
    /// <summary>0200 in place of 0100.</summary>
    public double Financial { get; init; } = 0.1;

    /// <summary>Approved and then cancelled by the customer: reversed with a 0400 or a 0420.</summary>
    public double Cancelled { get; init; } = 0.03;

    /// <summary>Sent a second time as 0101 or 0201, while waiting for the answer or after it.</summary>
    public double Repeated { get; init; } = 0.02;

    /// <summary>Approved at the terminal and told with an 0120.</summary>
    public double Advised { get; init; }
}
