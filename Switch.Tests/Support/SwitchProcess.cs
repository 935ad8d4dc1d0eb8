using System.Globalization;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Switch.Host.Configuration;
using Switch.Host.Server;

namespace Switch.Tests.Support;

/// <summary>
/// <c>run --config</c> as a process that can be killed and started again on the same journal and port.
/// </summary>
internal sealed partial class SwitchProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, byte> GivenPorts = new();

    private static readonly JsonSerializerOptions Style = new()
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly string _folder;
    private readonly List<string> _printed = [];
    private HostProcess? _process;
    private readonly HttpClient _http;
    private readonly string _socket;

    /// <param name="options">The acquirer's listener and the admin listener are set here.</param>
    public SwitchProcess(string folder, SwitchOptions options)
    {
        _folder = folder;
        EndPoint = new IPEndPoint(IPAddress.Loopback, FindPort());
        options.Acquirers[0].Listen = EndPoint.ToString();
        options.Admin.Listen = "127.0.0.1:0";
        var root = new JsonObject { ["Switch"] = JsonSerializer.SerializeToNode(options, Style) };
        File.WriteAllText(ConfigFile, root.ToJsonString());
        _socket = AdminRules.SocketOf(options, new ConfigurationEnvironment(folder, IsProduction: true))!;
        _http = AdminHttp.Through(_socket);
    }

    /// <summary>Where its acquirer connects: the same over all its lives.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>
    /// Whether its starts are held against the settings of the last one. Else a test may change what it likes.
    /// </summary>
    public bool IsGuarded { get; init; }

    /// <summary>All that its lives so far have printed.</summary>
    public string Printed => string.Join('\n', _printed) + _process?.Printed;

    /// <summary>Of the operating system, in this life.</summary>
    public int Id => _process!.Id;

    public string ConfigFile => Path.Combine(_folder, "switch.json");

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    public async Task StartAsync() => Assert.True(await StartUnderAsync([]), $"It ended at its start.\n{Printed}");

    /// <summary>Starts it with more arguments. False when it has ended before it was ready.</summary>
    public Task<bool> StartWithAsync(params string[] arguments) => StartAsync([], arguments);

    /// <summary>Starts it under another program. False when it has ended before it was ready.</summary>
    public Task<bool> StartUnderAsync(string[] wrapper) => StartAsync(wrapper, []);

    private string[] Allowed => IsGuarded ? [] : [SettingsGuard.Option, "a test"];

    private async Task<bool> StartAsync(string[] wrapper, string[] arguments)
    {
        _process = HostProcess.StartUnder(wrapper, ["run", "--config", ConfigFile, .. Allowed, .. arguments]);
        Task<int> ended = _process.EndAsync(Rig.Patience * 2);
        while (true)
        {
            Task<string> next = _process.NextLineAsync();
            if (await Task.WhenAny(next, ended) == ended && !next.IsCompletedSuccessfully)
            {
                _ = next.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                await EndLifeAsync();
                return false;
            }

            if (ReadyLine().IsMatch(await next))
            {
                _ = ended.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                return true;
            }
        }
    }

    /// <summary>The exit code when it ends by itself; null when it does not within that time.</summary>
    public async Task<int?> EndedAsync(TimeSpan patience)
    {
        try
        {
            int code = await _process!.EndAsync(patience);
            await EndLifeAsync();
            return code;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public async Task KillAsync()
    {
        await _process!.KillAsync();
        await EndLifeAsync();
    }

    /// <summary>SIGHUP: read card lists and what belongs to TLS anew.</summary>
    public void HangUp() => _process!.HangUp();

    /// <summary>SIGHUP, and waits until the log says so many times what became of the card lists.</summary>
    public async Task ReloadCardsAsync(int times)
    {
        HangUp();
        using var end = new CancellationTokenSource(Rig.Patience);
        while (ReplacedLine().Count(Printed) < times)
        {
            Assert.False(end.IsCancellationRequested, $"The card lists were not replaced.\n{Printed}");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGTERM; gives the exit code.</summary>
    public async Task<int> StopAsync()
    {
        int code = await _process!.TerminateAsync();
        await EndLifeAsync();
        return code;
    }

    /// <summary>What the admin socket says.</summary>
    public Task<string> GetAsync(string path) => _http.GetStringAsync(path);

    /// <summary>The value of a metric of one line.</summary>
    public async Task<long> MetricAsync(string name)
    {
        string page = await GetAsync("/metrics");
        string line = page.Split('\n').Single(one => one.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    /// <summary>Where the admin socket is, as commands take it.</summary>
    public string AdminAddress => _socket;

    /// <summary>Where its console is, in this life.</summary>
    public string AdminListener => _process!.Printed.Split('\n').Select(static line => ReadyLine().Match(line))
        .Single(static match => match.Success).Groups[1].Value;

    /// <summary>What <c>/health/ready</c> answers.</summary>
    public async Task<HttpStatusCode> ReadinessAsync()
    {
        using HttpResponseMessage answer = await _http.GetAsync("/health/ready");
        return answer.StatusCode;
    }

    /// <summary>A number of the core, from the admin listener.</summary>
    public async Task<long> CoreCounterAsync(string name)
    {
        string json = await _http.GetStringAsync("/api/status");
        JsonNode core = JsonNode.Parse(json)!["core"]!;
        return core[JsonNamingPolicy.CamelCase.ConvertName(name)]!.GetValue<long>();
    }

    /// <summary>Waits until a number of the core satisfies the condition.</summary>
    public async Task UntilAsync(string name, Func<long, bool> condition, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        while (!condition(await CoreCounterAsync(name)))
        {
            Assert.False(end.IsCancellationRequested, $"{name} stayed at {await CoreCounterAsync(name)}.");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task EndLifeAsync()
    {
        _printed.Add(_process!.Printed);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>
    /// A free port below those that the system lends to outgoing connections: while the switch is dead no other
    /// process, and no reconnecting acquirer, can be given it.
    /// </summary>
    public static int FindPort()
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
                if (GivenPorts.TryAdd(port, 0))
                {
                    return port; // No other test of this process is given it, though nothing listens there yet.
                }
            }
            catch (SocketException) when (attempt < 100)
            {
                // Taken: another.
            }
        }
    }

    [GeneratedRegex(@"is ready: .*, admin on ([0-9.:]+)\.$")]
    private static partial Regex ReadyLine();

    [GeneratedRegex("replaced the card lists|Stand-in is off for profile|The card lists were not replaced")]
    private static partial Regex ReplacedLine();
}
