using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Host.Connections.Tls;
using Switch.Routing.Core;
using Switch.Routing.Duplicates;

namespace Switch.Host.Acquirers;

/// <summary>
/// All listeners of a switch: one Kestrel, used for its sockets only; no HTTP is spoken here. It is made by a container
/// of its own, apart from the admin listener's, so that what Kestrel documents for a listener (UseHttps, say) works.
/// </summary>
internal sealed class AcquirerServer : IDisposable
{
    // Requests of before a start whose copies are told: what 17,000 a second bring in two minutes (32 MiB). And for how
    // long: no acquirer's timer, nor its patience, is longer.
    private const int RecalledMax = 1 << 21;
    private static readonly TimeSpan RecalledFor = TimeSpan.FromHours(1);

    private readonly WebApplication _host;
    private readonly IServer _server;
    private readonly List<(IDoor Door, ListenOptions Options)> _open = [];
    private readonly IReadOnlyList<AcquirerListener> _acquirers;
    private readonly IReadOnlyList<AcquirerDialer> _dialers;
    private readonly ILogger _logger;

    public AcquirerServer(
        IReadOnlyList<(AcquirerListener Listener, IPEndPoint EndPoint)> listeners, ITransport sockets,
        ILoggerFactory loggers, AcceptGate? gate = null, ITransport? secure = null, OtherWays? others = null)
    {
        others ??= new OtherWays();
        _dialers = others.Dialers;
        Dialed = others.Dialed;
        _acquirers = [.. listeners.Select(static one => one.Listener), .. others.Dialed];
        _logger = loggers.CreateLogger<AcquirerServer>();
        IConnectionListenerFactory all = sockets.Listeners(Bind);
        all = secure is null || secure == sockets ? all : new TlsListeners(all, secure.Listeners(Bind));
        var transport = new GatedTransport(all, gate ?? new AcceptGate());

        // Empty: no appsettings.json and no ASPNETCORE_ variable may move or open a listener.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IConnectionListenerFactory>(transport);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(
            options, [.. listeners.Select(static one => ((IDoor)one.Listener, one.EndPoint)), .. others.Doors]));
        _host = builder.Build();
        _server = _host.Services.GetRequiredService<IServer>();
    }

    /// <summary>Where each acquirer is listened for, by name. Real ports once started.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> EndPoints { get; private set; } =
        new Dictionary<string, IPEndPoint>();

    /// <summary>Acquirers that the switch calls.</summary>
    public IReadOnlyList<AcquirerListener> Dialed { get; }

    /// <summary>Where each other partner is listened for, by its title. Real ports once started.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> OtherEndPoints { get; private set; } =
        new Dictionary<string, IPEndPoint>();

    /// <summary>
    /// Before the start: makes known to the listeners which requests the core remembers of an earlier life.
    /// </summary>
    public void Recall(AuthorizationCore core, long now)
    {
        var keys = new List<ulong>();
        core.VisitRemembered(RecalledMax, keys.Add);
        var known = new KnownRequests(keys, now + RecalledFor.Ticks, (ulong)Random.Shared.NextInt64());
        foreach (AcquirerListener listener in _acquirers)
        {
            listener.Recall(known);
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Without a listener Kestrel would open one of its own.
        if (_open.Count > 0)
        {
            await _server.StartAsync(new NoHttp(), cancellationToken).ConfigureAwait(false);
        }

        EndPoints = _open.Where(static entry => entry.Door is AcquirerListener).ToDictionary(
            static entry => ((AcquirerListener)entry.Door).Name, static entry => entry.Options.IPEndPoint!);
        OtherEndPoints = _open.Where(static entry => entry.Door is not AcquirerListener).ToDictionary(
            static entry => entry.Door.Title, static entry => entry.Options.IPEndPoint!);
        foreach ((string name, IPEndPoint endPoint) in EndPoints)
        {
            SessionLog.Listening(_logger, name, endPoint);
        }

        foreach ((string title, IPEndPoint endPoint) in OtherEndPoints)
        {
            SessionLog.DoorOpen(_logger, title, endPoint);
        }

        foreach (AcquirerDialer dialer in _dialers)
        {
            dialer.Start();
        }
    }

    /// <summary>
    /// Takes no new connections at once; ends when the open ones have, or aborts them on cancellation.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [_server.StopAsync(cancellationToken), .. _dialers.Select(static dialer => dialer.StopAsync())]);

    public void Dispose()
    {
        ((IDisposable)_host).Dispose();
        foreach (AcquirerDialer dialer in _dialers)
        {
            dialer.Dispose();
        }
    }

    private void Configure(KestrelServerOptions options, (IDoor Door, IPEndPoint EndPoint)[] doors)
    {
        foreach ((IDoor door, IPEndPoint endPoint) in doors)
        {
            options.Listen(door.IsTls ? new TlsEndPoint(endPoint) : endPoint, listen =>
            {
                listen.Run(door.OnConnectionAsync);
                _open.Add((door, listen));
            });
        }
    }

    /// <summary>
    /// Accepted sockets inherit from this one: a peer that vanished without a word is noticed in half a minute, and an
    /// acquirer that is held back has little in the kernel that would be answered late.
    /// </summary>
    /// <exception cref="ListenException">That cannot be listened on.</exception>
    private Socket Bind(EndPoint endPoint)
    {
        try
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
            TcpKeepAlive.Set(socket);
            if (DoorAt(endPoint) is AcquirerListener acquirer)
            {
                socket.ReceiveBufferSize = acquirer.ReceiveBuffer;
            }

            return socket;
        }
        catch (SocketException refused)
        {
            // Not as it came: Kestrel speaks of a web address then, and says no more of it.
            throw new ListenException(DoorAt(endPoint)?.Title ?? "", endPoint, refused);
        }
    }

    private IDoor? DoorAt(EndPoint endPoint) =>
        _open.Find(entry => endPoint.Equals(entry.Options.IPEndPoint)).Door;

    /// <summary>Connections other than an acquirer's to its listener.</summary>
    internal sealed record OtherWays
    {
        /// <summary>Of issuers that connect.</summary>
        public IReadOnlyList<(IDoor Door, IPEndPoint EndPoint)> Doors { get; init; } = [];

        /// <summary>To acquirers that wait to be called.</summary>
        public IReadOnlyList<AcquirerDialer> Dialers { get; init; } = [];

        /// <summary>Those acquirers.</summary>
        public IReadOnlyList<AcquirerListener> Dialed { get; init; } = [];
    }

    /// <summary>Kestrel's start asks for an HTTP application; no listener here leads to it.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => this;

        public Task ProcessRequestAsync(object context) => Task.CompletedTask;

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
