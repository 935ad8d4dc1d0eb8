using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Host.Security.Macs;
using Switch.Protocol.Dialects;
using Switch.Protocol.Framing;

namespace Switch.Host.Issuers;

/// <summary>
/// One outbound connection's identity: it lives as long as the switch, and makes one <see cref="LinkConnection"/> after
/// the other.
/// </summary>
internal sealed class Link : IDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(2);

    private readonly LinkSettings _settings;
    private readonly Dialect _dialect;
    private readonly FrameFormat _format;
    private readonly ConnectionLimits _limits;
    private readonly EdgeShared _shared;
    private readonly ITransport _transport;
    private readonly ILogger _logger;
    private readonly Backoff _backoff;

    // Of each kind of line: a link that comes and goes says so a dozen times a minute.
    private readonly LineBudget<string> _lines = new(perMinute: 36, perPeer: 12);
    private readonly CancellationTokenSource _stop = new();
    private LinkConnection? _connection;
    private TaskCompletionSource? _hurry;
    private Task _running = Task.CompletedTask;

    /// <param name="settings">Where to.</param>
    /// <param name="dialect">What is spoken there.</param>
    /// <param name="format">How it is framed.</param>
    /// <param name="limits">Bounds of each connection.</param>
    /// <param name="shared">What all connections share.</param>
    /// <param name="transport">Connects, and makes pipes of it.</param>
    /// <param name="random">From 0 to 1: the spread of the back-off.</param>
    /// <param name="logger">State changes only.</param>
    public Link(
        LinkSettings settings, Dialect dialect, FrameFormat format, ConnectionLimits limits, EdgeShared shared,
        ITransport transport, Func<double> random, ILogger logger)
    {
        _settings = settings;
        _dialect = dialect;
        _format = format;
        _limits = limits;
        _shared = shared;
        _transport = transport;
        _backoff = new Backoff(settings.ReconnectMin, settings.ReconnectMax, random);
        _logger = logger;
        Name = settings.ToString();
    }

    /// <summary>As people read it in logs.</summary>
    public string Name { get; init; }

    /// <summary>The issuer's name.</summary>
    public string Issuer { get; init; } = "issuer";

    /// <summary>What the issuer is known by; null: it is spoken to in plain text.</summary>
    public TlsParty? Tls { get; init; }

    /// <summary>The MACs of its messages; null: they have none.</summary>
    public PartnerMac? Mac { get; init; }

    public int Id => _settings.Id;

    /// <summary>Begins to connect, and to connect again, until stopped.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    /// <summary>Connects at once if it waits before its next attempt. Any thread.</summary>
    public void ConnectNow() => Volatile.Read(ref _hurry)?.TrySetResult();

    /// <summary>Lets what was taken be written, closes, and connects no more.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Volatile.Read(ref _connection)?.CloseGently(EndCause.Stopping);
        await _running.ConfigureAwait(false);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            TimeSpan delay = await AttemptAsync(stop).ConfigureAwait(false);
            await PauseAsync(delay, stop).ConfigureAwait(false);
        }

        LinkLog.Stopped(_logger, Name);
    }

    private async Task PauseAsync(TimeSpan delay, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _hurry, hurry);
        Task pause = Task.Delay(delay, _shared.Clock.Time, end.Token);
        if (await Task.WhenAny(pause, hurry.Task).ConfigureAwait(false) == hurry.Task)
        {
            _backoff.Reset();
        }

        await end.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>One connection from its first packet to its last; returns how long to wait before the next.</summary>
    private async Task<TimeSpan> AttemptAsync(CancellationToken stop)
    {
        ConnectionContext transport;
        try
        {
            transport = Open(await ConnectAsync(stop).ConfigureAwait(false));
            transport = Tls is null ? transport : await SecureAsync(transport, Tls, stop).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whatever it was: a link that ended here would leave its issuer unreachable until a restart.
            if (stop.IsCancellationRequested)
            {
                return TimeSpan.Zero;
            }

            TimeSpan delay = OnConnectFailed(exception);
            EdgeMeters.Add(ref _shared.Meters.Live.LinkConnectFailures);
            return delay;
        }

        RefusalSource trace = _shared.Trace.Of("issuer", Issuer, $"link {Name}");
        var connection = new LinkConnection(Id, _dialect, _format, _limits, transport, _shared, trace)
        {
            Mac = Mac,
        };
        await CarryAsync(connection, transport, stop).ConfigureAwait(false);
        if (stop.IsCancellationRequested)
        {
            return TimeSpan.Zero;
        }

        TimeSpan pause = OnLost(connection);
        EdgeMeters.Add(ref _shared.Meters.Live.LinkLosses);
        return pause;
    }

    // A peer that resets at once leaves a socket without an address, and the platform throws over it: that is an
    // attempt that failed, and never the end of the link.
    private ConnectionContext Open(Socket socket)
    {
        EndPoint? own = null;
        EndPoint? peer = null;
        try
        {
            own = socket.LocalEndPoint;
            peer = socket.RemoteEndPoint;
            if (_shared.Own.Made(own, peer, Name) is { } acquirer)
            {
                EdgeMeters.Add(ref _shared.Meters.Live.OwnConnections);
                throw new IOException($"it leads to this switch's own listener of acquirer {acquirer}");
            }

            ConnectionContext transport = _transport.Open(socket);
            EdgeMeters.Add(ref _shared.Meters.Live.LinkConnects);
            if (MaySay(nameof(LinkLog.Connected)))
            {
                LinkLog.Connected(_logger, Name, peer);
            }

            return transport;
        }
        catch
        {
            _shared.Own.Ended(own, peer);
            socket.Dispose();
            throw;
        }
    }

    private async Task<TlsConnection> SecureAsync(ConnectionContext transport, TlsParty party, CancellationToken stop)
    {
        try
        {
            using (stop.UnsafeRegister(static open => ((ConnectionContext)open!).Abort(), transport))
            {
                return await party.ConnectAsync(transport, _settings.Host).ConfigureAwait(false);
            }
        }
        catch (TlsRefusedException refused)
        {
            _shared.Own.Ended(transport.LocalEndPoint, transport.RemoteEndPoint);
            await transport.DisposeAsync().ConfigureAwait(false);
            party.Count(refused.Refusal);
            throw;
        }
    }

    private async Task CarryAsync(LinkConnection connection, ConnectionContext transport, CancellationToken stop)
    {
        if (transport is TlsConnection secure)
        {
            Tls!.Serve(secure, () => connection.Abort(EndCause.Withdrawn));
        }

        Volatile.Write(ref _connection, connection);
        if (stop.IsCancellationRequested)
        {
            // The stop came between the connect and the line above, and has found nothing to close.
            connection.CloseGently(EndCause.Stopping);
        }

        _shared.Heartbeat.Watch(connection);
        await connection.RunAsync().ConfigureAwait(false);
        Volatile.Write(ref _connection, null);
        _shared.Own.Ended(transport.LocalEndPoint, transport.RemoteEndPoint);
        await transport.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Socket> ConnectAsync(CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(ConnectTime, _shared.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        EndPoint endPoint = IPAddress.TryParse(_settings.Host, out IPAddress? address)
            ? new IPEndPoint(address, _settings.Port) : new DnsEndPoint(_settings.Host, _settings.Port);
        Socket socket = await _transport.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
        try
        {
            // A dead host is noticed by the core's echo first; this notices it where echo is off.
            TcpKeepAlive.Set(socket);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool MaySay(string line)
    {
        bool maySay = _lines.TrySpend(line, _shared.Clock.Ticks, out LinesLeftOut left);
        if (left.Count > 0)
        {
            LinkLog.LeftOut(_logger, Name, left.Count, left.Most);
        }

        if (!maySay)
        {
            EdgeMeters.Add(ref _shared.Meters.Live.IncidentsNotLogged);
        }

        return maySay;
    }

    private TimeSpan OnConnectFailed(Exception exception)
    {
        TimeSpan delay = _backoff.Next();
        long retryMs = (long)delay.TotalMilliseconds;
        if (!MaySay(nameof(LinkLog.ConnectFailed)))
        {
            return delay;
        }

        switch (exception)
        {
            case SocketException socket:
                LinkLog.ConnectFailed(_logger, Name, _backoff.Attempts, socket.SocketErrorCode.ToString(), retryMs);
                break;
            case OperationCanceledException:
                LinkLog.ConnectFailed(_logger, Name, _backoff.Attempts, "TimedOut", retryMs);
                break;
            case IOException:
                LinkLog.ConnectFailed(_logger, Name, _backoff.Attempts, exception.Message, retryMs);
                break;
            default:
                LinkLog.Failed(_logger, Name, retryMs, exception);
                break;
        }

        return delay;
    }

    private TimeSpan OnLost(LinkConnection connection)
    {
        if (connection.HasBeenReady)
        {
            _backoff.Reset();
        }

        TimeSpan delay = _backoff.Next();
        long retryMs = (long)delay.TotalMilliseconds;
        if (!MaySay(nameof(LinkLog.Lost)))
        {
            return delay;
        }

        switch (connection.Cause)
        {
            case EndCause.Failed:
                LinkLog.Failed(_logger, Name, retryMs, connection.Failure);
                break;
            case EndCause.ClosedByCore:
                LinkLog.ClosedByCore(_logger, Name, connection.CoreReason.ToString(), connection.FramesIn, retryMs);
                break;
            default:
                LinkLog.Lost(_logger, Name, connection.Cause, connection.FramesIn, retryMs);
                break;
        }

        return delay;
    }
}
