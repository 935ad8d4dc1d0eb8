using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Switch.Host.Simulators;

namespace Switch.Tests.Support;

/// <summary>
/// An issuer whose every answer a test decides. Sign-ons, sign-offs and echoes are answered by themselves unless the
/// test says otherwise; everything else waits in order in <see cref="NextAsync"/>.
/// </summary>
internal sealed class ScriptedIssuer : IAsyncDisposable
{
    private readonly string _dialect;
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Arrival> _arrivals = Channel.CreateUnbounded<Arrival>();
    private readonly Channel<Arrival> _network = Channel.CreateUnbounded<Arrival>();
    private readonly List<FrameConnection> _connections = [];
    private readonly List<Task> _running = [];
    private readonly Lock _gate = new();
    private Task _accepting = Task.CompletedTask;

    public ScriptedIssuer(string dialect, bool isListening = true)
    {
        _dialect = dialect;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;

        // Bound and not listening, a port refuses connections and no one else can take it.
        if (isListening)
        {
            Listen();
        }
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Its MACs; null: it has none. Before the switch is started.</summary>
    public SimulatorMac? Mac { get; set; }

    /// <summary>Messages with a wrong MAC, or none, where it has a key.</summary>
    public int BadMacs { get; private set; }

    /// <summary>Makes TLS of its connections; null: plain text.</summary>
    public Func<Stream, CancellationToken, Task<Stream>>? Secure { get; set; }

    /// <summary>DE 39 for sign-ons; null leaves them unanswered.</summary>
    public string? SignOnAnswer { get; set; } = "00";

    /// <summary>Whether echoes are answered.</summary>
    public bool AnswersEcho { get; set; } = true;

    /// <summary>
    /// Whether advices and reversals are acknowledged by themselves; they still wait in turn for the test.
    /// </summary>
    public bool AcknowledgesOwed { get; set; }

    public void Listen()
    {
        _listener.Listen(64);
        _accepting = AcceptAsync();
    }

    /// <summary>Connects to a switch that waits for it.</summary>
    public async Task ConnectAsync(IPEndPoint target)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(target);
        Serve(socket);
    }

    /// <summary>The next message that is not network management.</summary>
    public Task<Arrival> NextAsync() => _arrivals.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);

    /// <summary>
    /// The next message that is not a repeat; repeats are acknowledged in passing. On a slow machine an answer may miss
    /// its time, and what it answered comes again.
    /// </summary>
    public async Task<Arrival> NextNewAsync()
    {
        Arrival arrival = await NextAsync();
        while (arrival.Message.IsRepeat)
        {
            arrival.TryAnswer();
            arrival = await NextAsync();
        }

        return arrival;
    }

    /// <summary>The next 0800; it has been answered already if it is to be, and not where it brings a key.</summary>
    public Task<Arrival> NextNetworkAsync() => _network.Reader.ReadAsync().AsTask().WaitAsync(Rig.Patience);

    /// <summary>True when nothing waits.</summary>
    public bool IsQuiet => _arrivals.Reader.Count == 0;

    /// <summary>Resets every connection.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _connections.ForEach(static connection => connection.Reset());
            _connections.Clear();
        }
    }

    /// <summary>Sends a message of the issuer's own on its newest connection.</summary>
    public void Send(PlainMessage message)
    {
        lock (_gate)
        {
            Assert.True(_connections[^1].TrySend(message));
        }
    }

    /// <summary>Sends a frame with any body on its newest connection.</summary>
    public void SendBody(ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            Assert.True(_connections[^1].TrySendBody(body));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await AcceptOneAsync();
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AcceptOneAsync()
    {
        try
        {
            Serve(await _listener.AcceptAsync(_stop.Token));
        }
        catch (SocketException) when (!_stop.IsCancellationRequested)
        {
            // That peer gave up while it waited; the next one may be fine.
        }
    }

    private void Serve(Socket socket)
    {
        (var dialect, var framing) = Wire.Find(_dialect, "len2");
        var connection = new FrameConnection(socket, dialect, framing, 8_192)
        {
            Secure = Secure, Mac = Mac, OnBadMac = () => BadMacs++,
        };
        lock (_gate)
        {
            _connections.Add(connection);
            _running.Add(connection.RunAsync(OnMessage, _stop.Token));
        }
    }

    private void OnMessage(FrameConnection connection, PlainMessage message)
    {
        var arrival = new Arrival(connection, message);
        if (message.Class != 8)
        {
            if (AcknowledgesOwed && (message.Class == 4 || message.Function == 2))
            {
                arrival.TryAnswer();
            }

            _arrivals.Writer.TryWrite(arrival);
            return;
        }

        string? code = message[70] == NetworkMessages.Echo ? (AnswersEcho ? "00" : null)
            : message[70] == NetworkMessages.SignOn ? SignOnAnswer
            : message[70] is NetworkMessages.NewPinKey or NetworkMessages.NewMacKey ? null : "00";
        if (code is not null && !message.IsResponse)
        {
            connection.TrySend(Purchases.AnswerTo(message, code));
        }

        _network.Writer.TryWrite(arrival);
    }
}

/// <summary>A message that came, and where an answer goes.</summary>
internal sealed record Arrival(FrameConnection Connection, PlainMessage Message)
{
    /// <summary>Answers as a right host does, after <paramref name="change"/> has made it wrong.</summary>
    public void Answer(string code = "00", Action<PlainMessage>? change = null)
    {
        PlainMessage answer = Purchases.AnswerTo(Message, code);
        change?.Invoke(answer);
        Assert.True(Connection.TrySend(answer));
    }

    /// <summary>Answers if the connection still stands.</summary>
    public bool TryAnswer() => Connection.TrySend(Purchases.AnswerTo(Message));
}
