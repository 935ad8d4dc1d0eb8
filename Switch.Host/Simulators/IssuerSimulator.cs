using System.Net;
using System.Net.Sockets;
using Switch.Host.Wording;
using Switch.Protocol.Dialects;
using Switch.Protocol.Fields;
using Switch.Protocol.Framing;

namespace Switch.Host.Simulators;

/// <summary>
/// An issuer's host on a real socket: it answers, declines, thinks for a while, goes silent, loses answers or refuses
/// connections, and keeps books of what took effect. Every behaviour can be changed while it runs, from any thread.
/// </summary>
internal sealed class IssuerSimulator : IAsyncDisposable
{
    private const int HeldMax = 200_000;
    private const int UnreadableSaidMax = 20;

    private readonly IssuerProfile _profile;
    private readonly Dialect _dialect;
    private readonly FrameFormat _framing;
    private readonly EventLog? _events;
    private readonly IssuerDesk _desk;
    private readonly SimulatorMac? _mac;
    private readonly DelayLine _delays = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<FrameConnection> _connections = [];
    private readonly HashSet<Task> _running = [];
    private readonly List<(FrameConnection Connection, PlainMessage Answer)> _held = [];
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private IssuerMode _mode;
    private LatencyProfile _latency;
    private double _dropRatio;
    private int _unreadable;

    /// <exception cref="ArgumentException">The profile names an unknown dialect or framing.</exception>
    public IssuerSimulator(IssuerProfile profile, EventLog? events = null)
    {
        _profile = profile;
        _events = events;
        (_dialect, _framing) = Wire.Find(profile.Dialect, profile.Framing, profile.Header);
        _mac = profile.Mac?.For(_dialect);
        _desk = new IssuerDesk(profile, _mac);
        _latency = profile.Latency;
        _dropRatio = profile.DropRatio;
    }

    public string Name => _profile.Name;

    /// <summary>Is told of each of the first messages that could not be read. Set before it starts.</summary>
    public Action<string> OnUnreadable { get; init; } = static _ => { };

    /// <summary>Where it listens, with the real port once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>
    /// Normal, silent or refuse. Leaving silence sends the held answers, late; entering refusal resets the connections.
    /// </summary>
    public IssuerMode Mode
    {
        get => Read(static simulator => simulator._mode);
        set => ChangeMode(value);
    }

    public LatencyProfile Latency
    {
        get => Read(static simulator => simulator._latency);
        set
        {
            lock (_gate)
            {
                _latency = value;
            }
        }
    }

    /// <summary>Share of requests that are declined.</summary>
    public double DeclineRatio
    {
        get => Read(static simulator => simulator._desk.DeclineRatio);
        set
        {
            lock (_gate)
            {
                _desk.DeclineRatio = value;
            }
        }
    }

    /// <summary>Share of answers that are lost after the message took effect.</summary>
    public double DropRatio
    {
        get => Read(static simulator => simulator._dropRatio);
        set
        {
            lock (_gate)
            {
                _dropRatio = value;
            }
        }
    }

    /// <summary>DE 39 for the next sign-ons.</summary>
    public string SignOnAnswer
    {
        get => Read(static simulator => simulator._desk.SignOnAnswer);
        set
        {
            lock (_gate)
            {
                _desk.SignOnAnswer = value;
            }
        }
    }

    public bool IsSignedOn => Read(static simulator => simulator._desk.IsSignedOn);

    public int Connections => Read(static simulator => simulator._connections.Count);

    /// <summary>Starts listening and returns; <see cref="EndPoint"/> is known from here on.</summary>
    public void Start()
    {
        _listener = new Socket(_profile.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(_profile.Listen);
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Looks at the books while nothing changes them.</summary>
    public T Read<T>(Func<IssuerLedger, T> look)
    {
        lock (_gate)
        {
            return look(_desk.Ledger);
        }
    }

    /// <summary>
    /// Sends an 0800 with this DE 70 on every connection: an issuer's own sign-on, sign-off or echo.
    /// </summary>
    public void Announce(string networkCode)
    {
        lock (_gate)
        {
            foreach (FrameConnection connection in _connections)
            {
                connection.TrySend(NetworkMessages.Request(networkCode, _desk.NextStan(), DateTime.UtcNow));
            }
        }
    }

    /// <summary>Resets every connection; peers may connect again.</summary>
    public void ResetConnections()
    {
        lock (_gate)
        {
            foreach (FrameConnection connection in _connections)
            {
                connection.Reset();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener?.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] running = Read(static simulator => simulator._running.ToArray());
        await Task.WhenAll(running).ConfigureAwait(false);
        await _delays.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private T Read<T>(Func<IssuerSimulator, T> look)
    {
        lock (_gate)
        {
            return look(this);
        }
    }

    private void ChangeMode(IssuerMode mode)
    {
        lock (_gate)
        {
            _mode = mode;
            if (mode == IssuerMode.Refuse)
            {
                foreach (FrameConnection connection in _connections)
                {
                    connection.Reset();
                }
            }

            if (mode == IssuerMode.Normal)
            {
                foreach ((FrameConnection connection, PlainMessage answer) in _held)
                {
                    _desk.Counters.AnswersLate += connection.TrySend(answer) ? 1 : 0;
                }
            }

            if (mode != IssuerMode.Silent)
            {
                _held.Clear();
            }
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                await AcceptOneAsync(listener).ConfigureAwait(false);
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // Disposed: no more connections.
        }
    }

    private async Task AcceptOneAsync(Socket listener)
    {
        try
        {
            Serve(await listener.AcceptAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (SocketException) when (!_stop.IsCancellationRequested)
        {
            // That peer gave up while it waited; the next one may be fine.
        }
    }

    private void Serve(Socket socket)
    {
        var connection = new FrameConnection(socket, _dialect, _framing, _profile.FrameSizeMax)
        {
            OnFault = OnFault, OnBadFrame = Complain, Mac = _mac,
            OnBadMac = () => Complain("it has no MAC, or a wrong one"),
            Secure = _profile.Tls is { } tls ? tls.AcceptAsync : null,
        };
        lock (_gate)
        {
            if (_mode == IssuerMode.Refuse)
            {
                connection.Reset();
                return;
            }

            _connections.Add(connection);
            Task running = ServeAsync(connection);
            _running.Add(running);
            _running.RemoveWhere(static task => task.IsCompletedSuccessfully);
        }
    }

    private async Task ServeAsync(FrameConnection connection)
    {
        await connection.RunAsync(OnMessage, _stop.Token).ConfigureAwait(false);
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }

    private void OnMessage(FrameConnection connection, PlainMessage message)
    {
        lock (_gate)
        {
            _events?.Write(Name, _mode == IssuerMode.Silent ? "read-silent" : "read", message);
            _desk.Counters.MacsRight += _profile.Mac is null ? 0 : 1;
            if (_mode == IssuerMode.Silent)
            {
                Swallow(connection, message);
                return;
            }

            PlainMessage? answer = _desk.Answer(message);
            if (answer is null)
            {
                return;
            }

            if (message.Class != 8 && _desk.Draw(_dropRatio))
            {
                _desk.Counters.AnswersDropped++;
                _events?.Write(Name, "dropped", answer);
                return;
            }

            _events?.Write(Name, "answered", answer);
            _delays.Send(connection, answer, message.Class == 8 ? TimeSpan.Zero : _desk.Next(_latency));
        }
    }

    private void OnFault(ParseFault fault) => Complain(MessageMistake.Of(fault).Describe(_dialect));

    private void Complain(string what)
    {
        lock (_gate)
        {
            _desk.Counters.Complain($"unreadable: {what}");
            if (_unreadable++ < UnreadableSaidMax)
            {
                OnUnreadable($"{Name} could not read what came: {what}");
            }
        }
    }

    /// <summary>Silent: some messages take effect all the same, and their answers come late or never.</summary>
    private void Swallow(FrameConnection connection, PlainMessage message)
    {
        if (message.IsResponse)
        {
            return;
        }

        _desk.Counters.Swallowed++;
        if (message.Class == 8 || !_desk.Draw(_profile.SilentApplyRatio))
        {
            return;
        }

        PlainMessage? answer = _desk.Answer(message);
        if (answer is not null && _profile.AnswersLate && _held.Count < HeldMax)
        {
            _held.Add((connection, answer));
        }
    }
}
