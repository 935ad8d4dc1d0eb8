using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Switch.Host.Security.HostCommands;

/// <summary>
/// One module of the pool: its connection, and whether it is asked. It is in use after it has answered diagnostics with
/// a master key, and out of use when its connection ends, after three failures in a row, or when it has no master key.
/// It is
/// then connected to anew after a pause, which doubles until a request succeeds.
/// </summary>
internal sealed class HsmNode : IAsyncDisposable
{
    /// <summary>Failures in a row that take it out of use.</summary>
    public const int FailuresMax = 3;

    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _firstUse = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HsmSettings _settings;
    private readonly HsmMasterKey _masterKey;
    private readonly HsmCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Task _running;
    private volatile HsmConnection? _connection;
    private volatile string _cause = "";
    private volatile string _fault = "";
    private int _failures;
    private volatile bool _hasWorked;

    public HsmNode(
        HsmSettings settings, HsmMasterKey masterKey, HsmCounters counters, TimeProvider time, ILogger logger)
    {
        _settings = settings;
        _masterKey = masterKey;
        _counters = counters;
        _time = time;
        _logger = logger;
        _running = RunAsync();
    }

    public string Name => _settings.Name;

    /// <summary>Ends when it has been in use for the first time.</summary>
    public Task WhenInUse => _firstUse.Task;

    public bool IsInUse => _connection is not null;

    /// <summary>Why it went out of use last, or did not come into use; empty: neither has happened.</summary>
    public string Fault => _fault;

    /// <summary>Requests on the way.</summary>
    public int InFlight => _connection?.InFlight ?? 0;

    public async Task<HsmExchange> SendAsync(ReadOnlyMemory<byte> command, TimeSpan limit, CancellationToken stop) =>
        _connection is { } connection
            ? await connection.SendAsync(command, limit, stop).ConfigureAwait(false)
            : new HsmExchange(HsmEnd.Lost, []);

    /// <summary>What the last exchange says of the module.</summary>
    public void Report(HsmHealth health, string cause)
    {
        if (health == HsmHealth.Sound)
        {
            Volatile.Write(ref _failures, 0);
            _hasWorked = true;
            return;
        }

        if (health == HsmHealth.Useless || Interlocked.Increment(ref _failures) >= FailuresMax)
        {
            TakeOut(cause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private void TakeOut(string cause)
    {
        HsmConnection? connection = _connection;
        if (connection is not null && Interlocked.CompareExchange(ref _connection, null, connection) == connection)
        {
            _cause = cause;
            Interlocked.Increment(ref _counters.OutOfUse);
            connection.Abort();
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        TimeSpan pause = PauseMin;
        string said = "";
        while (!_stop.IsCancellationRequested)
        {
            _hasWorked = false;
            _cause = "";
            string cause = await UseAsync().ConfigureAwait(false);
            pause = _hasWorked ? PauseMin : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, PauseMax.Ticks));
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _fault = cause;

            // Once for each cause: a module that is off would otherwise fill the log.
            if (cause != said || _hasWorked)
            {
                HsmLog.OutOfUse(_logger, Name, cause);
                said = cause;
            }

            try
            {
                await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>From connecting to the end of the connection.</summary>
    /// <returns>Why it is over.</returns>
    private async Task<string> UseAsync()
    {
        Stream stream;
        try
        {
            stream = await OpenAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return e is IOException ? e.Message : "it could not be connected to in time";
        }

        var connection = new HsmConnection(
            stream, _settings, _time, () => Interlocked.Increment(ref _counters.UnknownReplies));
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                if (await ProbeAsync(connection).ConfigureAwait(false) is { } fault)
                {
                    return fault;
                }

                Volatile.Write(ref _failures, 0);
                _connection = connection;
                _firstUse.TrySetResult();
                await connection.Completion.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return "it is stopped";
            }
            finally
            {
                Interlocked.CompareExchange(ref _connection, null, connection);
            }
        }

        return _cause.Length > 0 ? _cause : "the connection ended";
    }

    private async Task<Stream> OpenAsync()
    {
        using var limit = new CancellationTokenSource(ConnectLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        Socket socket = await HsmConnection.ConnectAsync(_settings, both.Token).ConfigureAwait(false);
        return _settings.Secure is { } secure
            ? await secure(socket, _stop.Token).ConfigureAwait(false)
            : new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Null when it can be used.</summary>
    private async Task<string?> ProbeAsync(HsmConnection connection)
    {
        byte[] command = HostCommand.Diagnostics();
        HsmExchange exchange = await connection.SendAsync(command, ConnectLimit, _stop.Token).ConfigureAwait(false);
        if (exchange.End != HsmEnd.Replied)
        {
            return "it does not answer diagnostics";
        }

        return Judge(exchange.Body);
    }

    private string? Judge(byte[] body)
    {
        if (!HostReply.TryRead(body, "NC", out HostReply reply))
        {
            return "its answer to diagnostics cannot be read";
        }

        if (reply.Code != HsmCode.Done || !reply.TryMasterKey(out string? checkValue))
        {
            return $"it answers diagnostics with {reply.Code}";
        }

        if (!_masterKey.TryAgree(checkValue, out string expected))
        {
            HsmLog.OtherMasterKey(_logger, Name, checkValue, expected);
            return "it has another master key";
        }

        HsmLog.InUse(_logger, Name, checkValue);
        return null;
    }
}

/// <summary>
/// The check value of the master key that all modules of a pool must have: under another one every key would be
/// refused, and each refusal would decline a payment. The first module that answers says it.
/// </summary>
internal sealed class HsmMasterKey
{
    private string? _checkValue;

    public bool TryAgree(string checkValue, out string expected)
    {
        expected = Interlocked.CompareExchange(ref _checkValue, checkValue, null) ?? checkValue;
        return expected == checkValue;
    }
}

/// <summary>Counts of all modules of a pool, for metrics.</summary>
internal sealed class HsmCounters
{
    public long Requests;
    public long Retries;
    public long TimeOuts;
    public long OutOfUse;
    public long UnknownReplies;
    public long BadReplies;
}
