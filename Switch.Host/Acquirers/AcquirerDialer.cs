using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;

namespace Switch.Host.Acquirers;

/// <summary>
/// One connection to an acquirer that waits to be called: made, served as one that the acquirer made, and made again
/// when it ends.
/// </summary>
internal sealed class AcquirerDialer : IDisposable
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(2);

    private readonly AcquirerListener _acquirer;
    private readonly string _host;
    private readonly int _port;
    private readonly ITransport _transport;
    private readonly EdgeShared _shared;
    private readonly Backoff _backoff;
    private readonly ILogger _logger;
    private readonly LineBudget<string> _lines = new(perMinute: 36, perPeer: 12);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <param name="acquirer">Serves the connection.</param>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">Of the acquirer's host.</param>
    /// <param name="transport">Connects, and makes pipes of it.</param>
    /// <param name="shared">What all connections share.</param>
    /// <param name="backoff">How long to wait after an end.</param>
    /// <param name="logger">State changes only.</param>
    public AcquirerDialer(
        AcquirerListener acquirer, string host, int port, ITransport transport, EdgeShared shared, Backoff backoff,
        ILogger logger)
    {
        _acquirer = acquirer;
        _host = host;
        _port = port;
        _transport = transport;
        _shared = shared;
        _backoff = backoff;
        _logger = logger;
        Place = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
    }

    /// <summary>HOST:PORT, as people read it.</summary>
    public string Place { get; }

    public string Acquirer => _acquirer.Name;

    /// <summary>Begins to connect, and to connect again, until stopped.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    /// <summary>Connects no more; ends when the connection has.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (await AttemptAsync(stop).ConfigureAwait(false))
            {
                _backoff.Reset();
            }

            await Task.Delay(_backoff.Next(), _shared.Clock.Time, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One connection from its first packet to its last. True: it was of use.</summary>
    private async Task<bool> AttemptAsync(CancellationToken stop)
    {
        ConnectionContext? transport = null;
        EndPoint? own = null;
        EndPoint? peer = null;
        try
        {
            Socket socket = await ConnectAsync(stop).ConfigureAwait(false);
            (own, peer) = (socket.LocalEndPoint, socket.RemoteEndPoint);
            transport = _transport.Open(socket);
            if (_shared.Own.Made(own, peer, Place) is { } other)
            {
                throw new IOException($"it leads to this switch's own listener of acquirer {other}");
            }

            return await _acquirer.ServeDialedAsync(transport, _host, stop).ConfigureAwait(false);
        }
        catch (Exception problem)
        {
            // After any failure it goes on: a dialer that ended here would leave its acquirer unserved until a restart.
            if (!stop.IsCancellationRequested && _lines.TrySpend(Place, _shared.Clock.Ticks, out _))
            {
                SessionLog.DialFailed(_logger, _acquirer.Name, Place, problem.Message);
            }

            return false;
        }
        finally
        {
            _shared.Own.Ended(own, peer);
            if (transport is not null)
            {
                await transport.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(ConnectTime, _shared.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        EndPoint endPoint = IPAddress.TryParse(_host, out IPAddress? address)
            ? new IPEndPoint(address, _port) : new DnsEndPoint(_host, _port);
        Socket socket = await _transport.ConnectAsync(endPoint, either.Token).ConfigureAwait(false);
        try
        {
            TcpKeepAlive.Set(socket);
            socket.ReceiveBufferSize = _acquirer.ReceiveBuffer;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
