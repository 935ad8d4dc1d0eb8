using System.Text.Json.Serialization;

namespace Switch.Benchmarks.Load;

/// <summary>What a run is to do.</summary>
internal sealed record LoadOptions
{
    public string Folder { get; init; } = "";

    public string Program { get; init; } = SwitchProcess.DefaultProgram;

    /// <summary>Where the flame graph of a profile is drawn; null: no profile is taken.</summary>
    public string? Profile { get; init; }

    public int Connections { get; init; } = 16;

    public int Window { get; init; } = 64;

    /// <summary>Of the open loop, messages a second.</summary>
    public double Rate { get; init; } = 20_000;

    public int Issuers { get; init; } = 4;

    public int Rounds { get; init; } = 3;

    /// <summary>Of each measured phase of the switch; the yardsticks take half of it.</summary>
    public double Seconds { get; init; } = 10;

    public string AcquirerDialect { get; init; } = "iso87-ascii";

    public IReadOnlyList<string> IssuerDialects { get; init; } = ["iso87-ascii", "iso87-binary"];

    public string Durability { get; init; } = "Fsync";

    public string Store { get; init; } = "None";

    /// <summary>Epoll or Sockets; null: the switch's default.</summary>
    public string? Transport { get; init; }
}

/// <summary>Everything a run has shown. The names of the first block are what scripts read.</summary>
internal sealed record LoadReport
{
    public double DirectTps { get; init; }

    public double ProxyTps { get; init; }

    public double SwitchTps { get; init; }

    public double SwitchToProxyTps { get; init; }

    public double SwitchCpuUsPerTxn { get; init; }

    public double ProxyCpuUsPerTxn { get; init; }

    public double SwitchToProxyCpu { get; init; }

    public double GeneratorCpuUsPerTxn { get; init; }

    public double IssuerCpuUsPerTxn { get; init; }

    public double SwitchAllocBytesPerTxn { get; init; }

    /// <summary>In all phases of the switch, those of the higher generations included.</summary>
    public long Gen0Collections { get; init; }

    public long Gen2Collections { get; init; }

    /// <summary>Open loop, from the intended send time.</summary>
    public double OpenRate { get; init; }

    public double P50Us { get; init; }

    public double P90Us { get; init; }

    public double P99Us { get; init; }

    public double P999Us { get; init; }

    public double MaxUs { get; init; }

    /// <summary>
    /// Open loop: percentiles of each window of a quarter of a second, and of these the median, which one stop of the
    /// machine does not move.
    /// </summary>
    public double WindowP50Us { get; init; }

    public double WindowP99Us { get; init; }

    /// <summary>The share of windows whose p99 was over 5 ms, 0 to 1.</summary>
    public double SlowWindowShare { get; init; }

    public double DirectP50Us { get; init; }

    public double DirectP99Us { get; init; }

    /// <summary>As above, of the generator and the issuer without a switch.</summary>
    public double DirectWindowP50Us { get; init; }

    public double DirectWindowP99Us { get; init; }

    public double DirectSlowWindowShare { get; init; }

    public double FdatasyncP50Us { get; init; }

    public double FdatasyncP99Us { get; init; }

    public double SequentialMbPerSecond { get; init; }

    public double CopyNsPerMessage { get; init; }

    public double RecordsPerSync { get; init; }

    public double JournalWriteMs { get; init; }

    public double ResidentMb { get; init; }

    public double StartToReadyMs { get; init; }

    public int MessageBytes { get; init; }

    /// <summary>"verified", or what is wrong with it.</summary>
    public string Journal { get; init; } = "";

    public bool BooksAgree { get; init; }

    public BookComparison? Books { get; init; }

    public IReadOnlyDictionary<string, long> OtherCodes { get; init; } = new Dictionary<string, long>();

    public string Durability { get; init; } = "";

    public string Store { get; init; } = "";

    public int Connections { get; init; }

    public int Window { get; init; }

    public int Rounds { get; init; }

    public Machine? Machine { get; init; }

    /// <summary>Where the time went; null unless it was asked for.</summary>
    public LoadProfile? Profile { get; init; }

    [JsonIgnore]
    public IReadOnlyList<PhaseFigures> Phases { get; init; } = [];

    public bool IsSound => BooksAgree && Journal == "verified" && OtherCodes.Count == 0;
}
