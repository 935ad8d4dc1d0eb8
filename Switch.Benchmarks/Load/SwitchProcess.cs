using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Switch.Host.Configuration;

namespace Switch.Benchmarks.Load;

/// <summary>What the measured switch is told.</summary>
internal sealed record SwitchSetup
{
    public required string Folder { get; init; }

    /// <summary>Switch.Host.dll, or a published program.</summary>
    public required string Program { get; init; }

    public required IReadOnlyList<int> IssuerPorts { get; init; }

    public required IReadOnlyList<string> IssuerDialects { get; init; }

    public string AcquirerDialect { get; init; } = "iso87-ascii";

    public int Connections { get; init; } = 16;

    public string Durability { get; init; } = "Fsync";

    /// <summary>Of the store that the journal is projected into; "None" measures payments alone.</summary>
    public string Store { get; init; } = "None";

    /// <summary>Epoll or Sockets; null: the switch's default.</summary>
    public string? Transport { get; init; }

    /// <summary>Where <see cref="TlsFiles"/> are, for TLS on both legs; null: plain text.</summary>
    public string? TlsFolder { get; init; }

    /// <summary>How long an issuer is waited for, in seconds.</summary>
    public int TimeoutSeconds { get; init; } = 5;

    /// <summary>Requests in flight to each issuer.</summary>
    public int IssuerInFlightMax { get; init; } = 200_000;

    /// <summary>Where a second acquirer is listened for; 0: there is none.</summary>
    public int SecondPort { get; init; }

    /// <summary>Where the certificates of the second acquirer are, when it alone has TLS.</summary>
    public string? SecondTlsFolder { get; init; }

    /// <summary>Acquirers' bounds are the defaults, but for the number of their connections: 2,048.</summary>
    public bool HasDefaultBounds { get; init; }

    /// <summary>How long its start may take, in seconds.</summary>
    public int PatienceSeconds { get; init; } = 60;

    /// <summary>Environment variables of the process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Partners beside those of the load, as the configuration has them.</summary>
    public IReadOnlyList<object> MoreAcquirers { get; init; } = [];

    public IReadOnlyList<object> MoreIssuers { get; init; } = [];

    public IReadOnlyList<object> MoreRoutes { get; init; } = [];

    /// <summary>Added to the configuration's root as it is: what a curve varies.</summary>
    public Dictionary<string, object> More { get; init; } = [];
}

/// <summary>
/// The switch as people run it: its own process, a configuration file, the journal on a disk. What it says of itself is
/// read from its metrics.
/// </summary>
internal sealed class SwitchProcess : IDisposable
{
    private static readonly HttpClient Http = new();
    private static readonly AcquirerOptions Defaults = new();
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly SwitchSetup _setup;
    private readonly ChildProcess _process;
    private readonly string _config;
    private readonly int _adminPort;

    private SwitchProcess(SwitchSetup setup, ChildProcess process, string config, int port, int adminPort)
    {
        _setup = setup;
        _process = process;
        _config = config;
        Port = port;
        _adminPort = adminPort;
    }

    public int Id => _process.Id;

    public int Port { get; }

    /// <summary>From the start of the process until it was ready to take requests.</summary>
    public TimeSpan StartTime { get; private init; }

    public static string DefaultProgram => Path.Combine(AppContext.BaseDirectory, "Switch.Host.dll");

    /// <summary>Writes the configuration, starts the switch, and waits until all its links take traffic.</summary>
    public static async Task<SwitchProcess> StartAsync(SwitchSetup setup)
    {
        Directory.CreateDirectory(setup.Folder);
        int port = FreePort();
        int adminPort = FreePort();
        string config = Path.Combine(setup.Folder, "switch.json");
        File.WriteAllText(config, JsonSerializer.Serialize(ConfigurationOf(setup, port, adminPort), Indented));
        long started = Stopwatch.GetTimestamp();
        ChildProcess process = ChildProcess.Start(
            Executable(setup.Program), [.. Prefix(setup.Program), "run", "--config", config],
            Path.Combine(setup.Folder, "switch.log"), setup.Environment);
        await WaitAsync(process, adminPort, "/health/ready", static _ => true, setup.PatienceSeconds)
            .ConfigureAwait(false);
        var running = new SwitchProcess(setup, process, config, port, adminPort)
        {
            StartTime = Stopwatch.GetElapsedTime(started),
        };
        await WaitAsync(process, adminPort, "/metrics", page => AreLinksReady(Parse(page))).ConfigureAwait(false);
        return running;
    }

    /// <summary>Every sample of the metrics page by its name with labels.</summary>
    public async Task<Dictionary<string, double>> MetricsAsync() =>
        Parse(await Http.GetStringAsync(UriOf(_adminPort, "/metrics")).ConfigureAwait(false));

    /// <summary>Waits until the issuers have acknowledged all they are owed.</summary>
    public async Task WaitForOwedAsync()
    {
        await WaitAsync(_process, _adminPort, "/metrics", static page =>
        {
            Dictionary<string, double> metrics = Parse(page);
            return metrics["switch_owed_now"] == 0 && metrics["switch_pending"] == 0;
        }).ConfigureAwait(false);
    }

    /// <summary>Stops it as an operator does; throws when it does not end well.</summary>
    public void Stop()
    {
        int code = _process.Terminate();
        if (code != 0)
        {
            throw new InvalidOperationException($"The switch ended with {code}; see {_setup.Folder}/switch.log.");
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill() => _process.Dispose();

    /// <summary>What <c>journal verify</c> says: "verified" when every record is whole.</summary>
    public string VerifyJournal()
    {
        string output = Path.Combine(_setup.Folder, "verify.log");
        using ChildProcess verify = ChildProcess.Start(
            Executable(_setup.Program), [.. Prefix(_setup.Program), "journal", "verify", "--config", _config], output,
            _setup.Environment);
        int code = verify.WaitForExit();
        return code == 0 ? "verified" : $"journal verify ended with {code}; see {output}";
    }

    public void Dispose() => _process.Dispose();

    private static string Executable(string program) =>
        program.EndsWith(".dll", StringComparison.Ordinal) ? "dotnet" : program;

    private static string[] Prefix(string program) =>
        program.EndsWith(".dll", StringComparison.Ordinal) ? [program] : [];

    private static Dictionary<string, object> ConfigurationOf(SwitchSetup setup, int port, int adminPort)
    {
        object[] issuers =
        [
            .. setup.IssuerPorts.Select((issuerPort, index) => new Dictionary<string, object?>
            {
                ["Name"] = $"issuer-{index}",
                ["Endpoints"] = new[] { $"127.0.0.1:{issuerPort}" },
                ["Connections"] = 2,
                ["Dialect"] = setup.IssuerDialects[index % setup.IssuerDialects.Count],
                ["Timeout"] = TimeSpan.FromSeconds(setup.TimeoutSeconds).ToString("c", CultureInfo.InvariantCulture),
                ["MaxInFlight"] = setup.IssuerInFlightMax,
                ["Advices"] = new { Window = 256, RatePerSecond = 50_000 },
                ["Tls"] = TlsOf(setup.TlsFolder),
            }),
            .. setup.MoreIssuers,
        ];
        object[] acquirers =
        [
            AcquirerOf(setup, "acquirer", port, setup.TlsFolder),
            .. setup.SecondPort == 0
                ? []
                : new[] { AcquirerOf(setup, "second", setup.SecondPort, setup.SecondTlsFolder ?? setup.TlsFolder) },
            .. setup.MoreAcquirers,
        ];
        object[] routes =
        [
            .. setup.IssuerPorts.Select((_, index) => new
            {
                Prefix = LoadMix.PrefixOf(index), Primary = $"issuer-{index}",
            }),
            .. setup.MoreRoutes,
        ];
        var root = new Dictionary<string, object>
        {
            ["Node"] = new { Name = "load" },
            ["Acquirers"] = acquirers,
            ["Issuers"] = issuers,
            ["Routes"] = routes,
            ["Journal"] = new { Path = Path.Combine(setup.Folder, "journal"), setup.Durability },
            ["Store"] = new
            {
                Provider = setup.Store,
                ConnectionString = $"Data Source={Path.Combine(setup.Folder, "switch.db")}",
            },
            ["Keys"] = new { Development = true },
            ["Admin"] = new { Listen = $"127.0.0.1:{adminPort}" },
        };
        if (setup.Transport is { } transport)
        {
            root["Edge"] = new { Transport = transport };
        }

        // Only where it is needed: an earlier switch does not know the key.
        if (!setup.HasDefaultBounds && setup.Connections > 500)
        {
            root["Limits"] = new { ConnectionsPerSecond = 0 };
        }

        foreach ((string key, object value) in setup.More)
        {
            root[key] = value;
        }

        return new Dictionary<string, object> { ["Switch"] = root };
    }

    private static object AcquirerOf(SwitchSetup setup, string name, int port, string? tlsFolder) => new
    {
        Name = name, Listen = $"127.0.0.1:{port}", Dialect = setup.AcquirerDialect,
        MaxConnections = setup.HasDefaultBounds ? 2_048 : Math.Max(256, setup.Connections + 16),
        MaxConnectionsPerAddress = setup.HasDefaultBounds ? 2_048 : Math.Max(256, setup.Connections + 16),
        ConnectionsPerSecond = setup.HasDefaultBounds ? Defaults.ConnectionsPerSecond : 0,
        Tls = TlsOf(tlsFolder),

        // Curves over connections leave most of them silent.
        FirstMessage = setup.HasDefaultBounds ? Defaults.FirstMessage : TimeSpan.Zero,
        Idle = setup.HasDefaultBounds ? Defaults.Idle : TimeSpan.Zero,
        MaxInFlight = 200_000,
        Deadline = TimeSpan.FromSeconds((setup.TimeoutSeconds * 2) + 5).ToString("c", CultureInfo.InvariantCulture),
    };

    private static object? TlsOf(string? folder) => folder is null ? null : TlsFiles.Options(folder);

    private static bool AreLinksReady(Dictionary<string, double> metrics) =>
        Sum(metrics, "state=\"ready\"") == Sum(metrics, "state=\"configured\"");

    private static double Sum(Dictionary<string, double> metrics, string state) => metrics
        .Where(entry => entry.Key.StartsWith("switch_issuer_links", StringComparison.Ordinal)
            && entry.Key.Contains(state, StringComparison.Ordinal))
        .Sum(entry => entry.Value);

    private static async Task WaitAsync(
        ChildProcess process, int port, string path, Func<string, bool> isDone, int patienceSeconds = 60)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (isDone(await Http.GetStringAsync(UriOf(port, path)).ConfigureAwait(false)))
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not there yet, or not ready yet.
            }

            if (process.HasEnded)
            {
                throw new InvalidOperationException($"Process {process.Id} has ended before {path} was there.");
            }

            if (Stopwatch.GetElapsedTime(started).TotalSeconds > patienceSeconds)
            {
                throw new TimeoutException($"Process {process.Id} did not come to what {path} was asked for.");
            }

            await Task.Delay(5).ConfigureAwait(false);
        }
    }

    private static Uri UriOf(int port, string path) => new($"http://127.0.0.1:{port}{path}");

    private static Dictionary<string, double> Parse(string page)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string line in page.Split('\n'))
        {
            int space = line.LastIndexOf(' ');
            if (space > 0 && line[0] != '#')
            {
                metrics[line[..space]] = double.Parse(line.AsSpan(space), CultureInfo.InvariantCulture);
            }
        }

        return metrics;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
