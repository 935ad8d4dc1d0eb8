using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Switch.Host.Commands.Common;
using Switch.Host.Configuration;
using Switch.Host.Files;

namespace Switch.Host.Commands.Drills;

/// <summary>
/// The switch under test: <c>run --config</c> of this same program as a process of its own, which can be killed and
/// started again. It hears nothing of this process's environment that would configure it, and ends when this process
/// does, also when that is killed.
/// </summary>
internal sealed partial class DrillNode : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int LinesMax = 2_000;

    /// <summary>A start may recover a journal, and wait for a processor.</summary>
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(60);

    private readonly DrillConfiguration _configuration;
    private readonly bool _ignoresFileSizeSignal;
    private readonly Queue<string> _lines = [];
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private readonly HttpClient _http;
    private volatile bool _isReady;
    private TaskCompletionSource<bool> _ready = new();

    public DrillNode(DrillConfiguration configuration, DrillNeeds needs)
    {
        _configuration = configuration;
        _ignoresFileSizeSignal = needs.IgnoresFileSizeSignal;
        string socket = AdminRules.SocketOf(configuration.Options, configuration.Environment)
            ?? throw new DrillException("A drill needs Unix sockets.");
        _http = SocketHttp.Through(socket);
        _http.Timeout = Patience;
    }

    /// <summary>Of the operating system; 0 while it is down.</summary>
    public int Id => _process?.Id ?? 0;

    public bool IsUp => _process is { HasExited: false } && _isReady;

    /// <summary>What it printed, the last lines of all its lives.</summary>
    public string Printed
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>The command line that runs this program, without its arguments.</summary>
    public static string[] Program
    {
        get
        {
            string library = typeof(DrillNode).Assembly.Location;
            string? runner = Environment.ProcessPath;
            string name = Path.GetFileNameWithoutExtension(runner) ?? "";

            // Of its own executable; else under dotnet, or under something that has loaded it, as a test runner does.
            return library.Length == 0 || name == typeof(DrillNode).Assembly.GetName().Name ? [runner!]
                : name == "dotnet" ? [runner!, library]
                : ["dotnet", library];
        }
    }

    /// <summary>Starts it and waits until it takes payments.</summary>
    /// <exception cref="DrillException">It has ended instead.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        if (!await TryStartAsync(_configuration.File, stop).ConfigureAwait(false))
        {
            throw new DrillException($"The node does not start. It printed:\n{Printed}");
        }
    }

    /// <summary>As above with a configuration file; false when it has ended instead.</summary>
    public async Task<bool> TryStartAsync(string file, CancellationToken stop)
    {
        _ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] words = [.. Program, "run", "--config", file, CommonOptions.UntilInputEnds];
        if (_ignoresFileSizeSignal)
        {
            words = ["/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", .. words];
        }

        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            WorkingDirectory = Path.GetDirectoryName(file)!,
        };
        foreach (string word in words.AsSpan(1))
        {
            start.ArgumentList.Add(word);
        }

        MakeOwn(start.Environment);
        Process process = Process.Start(start)!;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        Task ended = process.WaitForExitAsync(CancellationToken.None);
        Task first = await Task.WhenAny(_ready.Task, ended).WaitAsync(StartMax, stop).ConfigureAwait(false);
        return first == _ready.Task;
    }

    /// <summary>kill -9: no goodbye of any kind.</summary>
    public async Task KillAsync()
    {
        _process?.Kill();
        await EndAsync(EndMax).ConfigureAwait(false);
    }

    /// <summary>SIGTERM, and the exit code that follows.</summary>
    public async Task<int> StopAsync()
    {
        if (_process is { HasExited: false } process)
        {
            _ = Posix.Kill(process.Id, SigTerm);
        }

        return await EndAsync(EndMax).ConfigureAwait(false);
    }

    /// <summary>Waits for its end and gives the exit code.</summary>
    /// <exception cref="TimeoutException">It has not ended.</exception>
    public async Task<int> EndAsync(TimeSpan patience)
    {
        if (_process is not { } process)
        {
            return 0;
        }

        await process.WaitForExitAsync().WaitAsync(patience).ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        int code = process.ExitCode;
        process.Dispose();
        _process = null;
        _isReady = false;
        return code;
    }

    /// <summary><c>/api/status</c>; null while it does not answer.</summary>
    public async Task<JsonElement?> StatusAsync(CancellationToken stop)
    {
        if (!_isReady)
        {
            return null;
        }

        try
        {
            return await _http.GetFromJsonAsync<JsonElement>("/api/status", stop).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is HttpRequestException or JsonException or IOException
            || (problem is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>An operator's command; the HTTP status and what was said.</summary>
    public async Task<(int Status, string Text)> CommandAsync(string name, object body, CancellationToken stop)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(
            $"/api/commands/{name}", body, stop).ConfigureAwait(false);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
        }

        await EndAsync(EndMax).ConfigureAwait(false);
        _http.Dispose();
    }

    // The copy holds what these had set; and the user's own must not lead it to the user's journal.
    private static void MakeOwn(IDictionary<string, string?> environment)
    {
        foreach (string name in environment.Keys.Where(static name =>
            name.StartsWith("Switch__", StringComparison.OrdinalIgnoreCase)
            || name is "NOTIFY_SOCKET" or "WATCHDOG_USEC" or "ASPNETCORE_ENVIRONMENT").ToArray())
        {
            environment.Remove(name);
        }

        environment["DOTNET_ENVIRONMENT"] = "Development";
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > LinesMax)
                {
                    _lines.Dequeue();
                }
            }

            if (ReadyLine().IsMatch(line))
            {
                _isReady = true;
                _ready.TrySetResult(true);
            }
        }
    }

    [GeneratedRegex(@"is ready: .*, admin on ([0-9.:]+)\.$")]
    private static partial Regex ReadyLine();
}

/// <summary>A drill cannot go on: what it stands on does not do as it must. Says why.</summary>
internal sealed class DrillException(string message) : Exception(message);
