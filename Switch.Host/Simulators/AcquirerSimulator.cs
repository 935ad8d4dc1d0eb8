using System.Diagnostics;
using System.Net.Sockets;
using Switch.Host.Wording;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>
/// An acquirer's host on real sockets: it sends by a schedule, reverses what is not answered in time, reconnects, and
/// keeps books of what it was told. Latencies count from the scheduled moment, so a stall is not hidden.
/// </summary>
internal sealed class AcquirerSimulator : IAsyncDisposable
{
    private const int UnreadableSaidMax = 20;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(50);

    private readonly AcquirerProfile _profile;
    private readonly Dialect _dialect;
    private readonly FrameFormat _framing;
    private readonly EventLog? _events;
    private readonly AcquirerDesk _desk;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly FrameConnection?[] _connections;
    private readonly SimulatorMac? _mac;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private int _turn;
    private int _unreadable;
    private (int Stan, TaskCompletionSource<string> Answered)? _exchange;

    /// <exception cref="ArgumentException">The profile names an unknown dialect or framing.</exception>
    public AcquirerSimulator(AcquirerProfile profile, EventLog? events = null)
    {
        _profile = profile;
        _events = events;
        (_dialect, _framing) = Wire.Find(profile.Dialect, profile.Framing, profile.Header);
        _desk = new AcquirerDesk(profile, TrySend, DateTime.UtcNow);
        _connections = new FrameConnection?[profile.Connections];
        _mac = profile.Mac?.For(_dialect);
    }

    /// <summary>Is told of each of the first messages that could not be read. Set before it starts.</summary>
    public Action<string> OnUnreadable { get; init; } = static _ => { };

    /// <summary>Since it was made: the clock of its books.</summary>
    public TimeSpan Now => Stopwatch.GetElapsedTime(_started);

    /// <summary>Connects, keeps connecting, and returns when every connection was up once.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        IEnumerable<Task> connections = Enumerable.Range(0, _connections.Length).Select(KeepConnectedAsync);
        _running = Task.WhenAll([.. connections, TickAsync()]);
        await _connected.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends by the schedule for this long.</summary>
    public async Task RunAsync(TimeSpan duration, CancellationToken cancellation)
    {
        TimeSpan start = Now;
        long sent = 0;
        using var beat = new PeriodicTimer(Beat);
        while (Now - start < duration && !cancellation.IsCancellationRequested)
        {
            sent = SendDue(start, sent, duration);
            await beat.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        }

        // What came due since the last beat, so that a run sends exactly rate times duration.
        SendDue(start, sent, duration);
    }

    /// <summary>Waits until no transaction is open; false when <paramref name="patience"/> ended first.</summary>
    public async Task<bool> DrainAsync(TimeSpan patience)
    {
        TimeSpan end = Now + patience;
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (Read(static desk => desk.Open) > 0)
        {
            if (Now > end)
            {
                return false;
            }

            await beat.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Looks at the books while nothing changes them.</summary>
    public T Read<T>(Func<AcquirerDesk, T> look)
    {
        lock (_gate)
        {
            return look(_desk);
        }
    }

    /// <summary>
    /// Sends a new key by 0800, and uses it when the switch has taken it. Until then it seals and enciphers with the
    /// one before; what comes may be sealed with either. One at a time.
    /// </summary>
    /// <param name="kind">P, of PIN blocks, or M, of MACs.</param>
    /// <param name="zone">The zone master key in clear.</param>
    /// <param name="key">In clear.</param>
    /// <param name="patience">For the answer.</param>
    /// <returns>DE 39; null: no answer came, and whether the switch has the key is not known.</returns>
    public async Task<string?> ExchangeAsync(char kind, byte[] zone, byte[] key, TimeSpan patience)
    {
        bool isMac = kind == 'M';
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            int stan = _desk.NextStan();
            PlainMessage message = NetworkMessages.Request(
                isMac ? NetworkMessages.NewMacKey : NetworkMessages.NewPinKey, stan, DateTime.UtcNow);
            message[48] = KeyUnderZone.Text(kind, zone, key);
            if (isMac)
            {
                _mac?.Expect(key);
            }

            if (!TrySend(message))
            {
                return null;
            }

            _exchange = (stan, answered);
        }

        string code;
        try
        {
            code = await answered.Task.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }

        lock (_gate)
        {
            Take(isMac, code == SimulatorResponseCodes.Approved, key);
        }

        return code;
    }

    private void Take(bool isMac, bool isTaken, byte[] key)
    {
        if (isMac && isTaken)
        {
            _mac?.Adopt(key);
        }
        else if (isMac)
        {
            _mac?.Forget(key);
        }
        else if (isTaken && _desk.Pins is { } pins)
        {
            _desk.Pins = pins with { Key = new SimulatorPin(key) };
        }
    }

    /// <summary>Resets every connection, as an acquirer's host that crashed; they connect again.</summary>
    public void ResetConnections()
    {
        lock (_gate)
        {
            foreach (FrameConnection? connection in _connections)
            {
                connection?.Reset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private long SendDue(TimeSpan start, long sent, TimeSpan duration)
    {
        lock (_gate)
        {
            TimeSpan now = Now;
            DateTime utcNow = DateTime.UtcNow;
            double elapsed = Math.Min((now - start).TotalSeconds, duration.TotalSeconds);
            long due = (long)(elapsed * _profile.RatePerSecond);
            while (sent < due && _desk.InFlight < _profile.Window)
            {
                _desk.SendNext(now, start + TimeSpan.FromSeconds(sent / _profile.RatePerSecond), utcNow);
                sent++;
            }

            return sent;
        }
    }

    private bool TrySend(PlainMessage message)
    {
        for (int i = 0; i < _connections.Length; i++)
        {
            _turn = (_turn + 1) % _connections.Length;
            if (_connections[_turn]?.TrySend(message) == true)
            {
                _events?.Write(_profile.Name, "sent", message);
                return true;
            }
        }

        return false;
    }

    private void OnMessage(FrameConnection connection, PlainMessage message)
    {
        lock (_gate)
        {
            _events?.Write(_profile.Name, "received", message);
            _desk.Counters.MacsRight += _profile.Mac is null ? 0 : 1;
            if (message.Class != 8)
            {
                _desk.Receive(message, Now, DateTime.UtcNow);
            }
            else if (!message.IsResponse)
            {
                connection.TrySend(NetworkMessages.Answer(message));
            }
            else if (_exchange is { } exchange && exchange.Stan == message.Stan)
            {
                exchange.Answered.TrySetResult(message[39] ?? "");
            }
        }
    }

    private void OnFault(ParseFault fault) => Complain(MessageMistake.Of(fault).Describe(_dialect));

    private void Complain(string what)
    {
        lock (_gate)
        {
            _desk.Counters.Violate($"unreadable: {what}");
            if (_unreadable++ < UnreadableSaidMax)
            {
                OnUnreadable($"{_profile.Name} could not read what came: {what}");
            }
        }
    }

    private async Task TickAsync()
    {
        using var beat = new PeriodicTimer(Beat);
        while (!_stop.IsCancellationRequested)
        {
            lock (_gate)
            {
                _desk.Tick(Now, DateTime.UtcNow);
            }

            await beat.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task KeepConnectedAsync(int index)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await ConnectOnceAsync(index).ConfigureAwait(false);
                await Task.Delay(ReconnectDelay, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ConnectOnceAsync(int index)
    {
        var socket = new Socket(_profile.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(_profile.Target, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            return;
        }

        using var connection = new FrameConnection(socket, _dialect, _framing, _profile.FrameSizeMax)
        {
            OnFault = OnFault,
            OnBadFrame = Complain,
            Mac = _mac,
            OnBadMac = () => Complain("it has no MAC, or a wrong one"),
            Secure = _profile.Tls is { } tls ? (plain, stop) => tls.ConnectAsync(plain, host: null, stop) : null,
        };
        Task running = connection.RunAsync(OnMessage, _stop.Token);
        Put(index, connection);
        await running.ConfigureAwait(false);
        Put(index, null);
    }

    private void Put(int index, FrameConnection? connection)
    {
        lock (_gate)
        {
            _connections[index] = connection;
            _desk.Counters.Reconnects += connection is null && !_stop.IsCancellationRequested ? 1 : 0;
            if (connection is not null && _connections.All(static one => one is not null))
            {
                _connected.TrySetResult();
            }
        }
    }
}
