using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using Switch.Host.Admin.Access;
using Switch.Host.Configuration;
using Switch.Host.Connections;
using Switch.Host.Security.Tls;

namespace Switch.Host.Admin;

/// <summary>What the admin doors are made of.</summary>
internal sealed record AdminParts
{
    /// <summary>For the console and other machines; port 0 takes a free one. Null: there is no such listener.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>For the command line; null: there is none.</summary>
    public CommandSocket? Socket { get; init; }

    /// <summary>For health and metrics alone; null: they are at <see cref="Listen"/>.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>TLS of <see cref="Listen"/> as it is now, asked at each handshake; null: plain text.</summary>
    public Func<TlsMaterial>? Tls { get; init; }

    /// <summary>Who is let in.</summary>
    public required AdminAccess Access { get; init; }

    /// <summary>Called for each request, on any thread.</summary>
    public required Func<SwitchStatus> Read { get; init; }

    /// <summary>Stays the caller's.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>What people may do; null: nothing.</summary>
    public AdminCommands? Commands { get; init; }

    /// <summary>Names by which it is asked for, beside its address and the machine's name.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What was refused; null: it is not shown.</summary>
    public AdminTrace? Trace { get; init; }

    /// <summary>Requests at once of one identity, or of one address without one: a script may be busy.</summary>
    public int RequestsMax { get; init; } = 1_000;

    /// <summary>Requests a second after that: a loop that ran away may not go on.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>What <c>/metrics</c> shows, with the exporter for it; null: there is no such page.</summary>
    public MeterProvider? Exporter { get; init; }
}

/// <summary>
/// HTTP for machines that watch the switch (health, metrics, status) and for people who command it. On a Kestrel of its
/// own, so that nothing done here takes a thread or a connection from payments.
/// </summary>
internal sealed class AdminServer : IAsyncDisposable
{
    /// <summary>Counters are structs, some of fields and some of properties: both are shown.</summary>
    private static readonly JsonSerializerOptions StatusFormat = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, IncludeFields = true, WriteIndented = true,
    };

    // Bytes, and how many. A browser's cookie, a token and what fetches add need a tenth.
    private const int HeadersSizeMax = 16 * 1024;
    private const int HeadersMax = 50;
    private const int LineSizeMax = 4 * 1024;

    private readonly WebApplication _application;

    private AdminServer(WebApplication application) => _application = application;

    /// <summary>Where it listens for the console: the real port. Null: it does not.</summary>
    public IPEndPoint? EndPoint { get; private init; }

    /// <summary>Where it listens for those that read health and metrics: the real port. Null: it does not.</summary>
    public IPEndPoint? MetricsEndPoint { get; private init; }

    /// <exception cref="ListenException">That cannot be listened on.</exception>
    /// <exception cref="IOException">The socket cannot be made.</exception>
    public static async Task<AdminServer> StartAsync(AdminParts parts, CancellationToken ct)
    {
        // Empty: no appsettings.json and no ASPNETCORE_ variable may move or open this listener.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(parts.Loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        AdminPipeline.AddServices(builder.Services, parts);
        builder.Services.AddSingleton<IConnectionListenerFactory>(new GatedTransport(
            new SocketTransportFactory(Options.Create(TransportOf(parts)), parts.Loggers),
            new AcceptGate(DescriptorBudget.Admin)));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, parts));
        if (parts.Tls is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        WebApplication application = builder.Build();
        application.Use(AdminConnections.OnRequestAsync);
        AdminPipeline.Use(application, parts);
        Map(application, parts.Read);
        new SessionEndpoints(parts.Access).Map(application);
        parts.Commands?.Map(application);
        parts.Trace?.Map(application);
        try
        {
            await application.StartAsync(ct).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            parts.Socket?.Dispose();
            throw;
        }

        int[] ports =
        [
            .. application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Where(static one => !one.Contains("unix:", StringComparison.Ordinal))
                .Select(static one => new Uri(one).Port),
        ];
        return new AdminServer(application)
        {
            EndPoint = parts.Listen is { } listen ? new IPEndPoint(listen.Address, ports[0]) : null,
            MetricsEndPoint = parts.Metrics is { } metrics ? new IPEndPoint(metrics.Address, ports[^1]) : null,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    private static SocketTransportOptions TransportOf(AdminParts parts) => new()
    {
        CreateBoundListenSocket = endPoint =>
        {
            try
            {
                return endPoint is UnixDomainSocketEndPoint
                    ? parts.Socket!.Bound : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
            }
            catch (SocketException cause)
            {
                throw new ListenException(endPoint.Equals(parts.Metrics) ? "Metrics" : "Admin", endPoint, cause);
            }
        },
    };

    private static void Configure(KestrelServerOptions options, AdminParts parts)
    {
        options.Limits.MaxRequestBodySize = AdminCommands.BodySizeMax;
        options.Limits.MaxRequestHeaderCount = HeadersMax;
        options.Limits.MaxRequestHeadersTotalSize = HeadersSizeMax;
        options.Limits.MaxRequestLineSize = LineSizeMax;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        options.AddServerHeader = false;
        if (parts.Listen is { } listen)
        {
            options.Listen(listen, one =>
            {
                Mark(one, AdminEntrance.Network);
                if (parts.Tls is { } tls)
                {
                    one.UseHttps(AdminTls.OptionsOf(tls));
                }
            });
        }

        if (parts.Socket is { } socket)
        {
            options.ListenUnixSocket(socket.Path, one => Mark(one, AdminEntrance.Socket));
        }

        if (parts.Metrics is { } metrics)
        {
            options.Listen(metrics, one => Mark(one, AdminEntrance.Metrics));
        }

        static void Mark(ListenOptions listener, AdminEntrance entrance)
        {
            var connections = new AdminConnections(
                entrance == AdminEntrance.Network ? AdminConnections.Max : AdminConnections.OthersMax);
            listener.Use(next => connection =>
            {
                AdminDoors.Mark(connection, entrance);
                return connections.OnConnectionAsync(connection, next);
            });
        }
    }

    private static void Map(WebApplication application, Func<SwitchStatus> read)
    {
        application.MapGet("/health/live", () => Results.Text("live\n")).AllowAnonymous();
        application.MapGet("/health/ready", () =>
        {
            SwitchStatus status = read();
            return status.IsReady
                ? Results.Text(Readiness(status))
                : Results.Text(
                    $"not ready: {status.NotReadyBecause}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous();
        application.MapGet("/api/status", () => Results.Json(read(), StatusFormat))
            .RequireAuthorization(AdminPolicies.Viewer);
    }

    // With a warning still ready: payments pass through, and a balancer that took the node away would only make things
    // worse.
    private static string Readiness(SwitchStatus status)
    {
        string warnings = string.Join("; ", status.Warnings);
        return warnings.Length == 0 ? "ready\n" : $"ready, but {warnings}\n";
    }

    /// <summary>Signals are the process's business (<see cref="Commands.Signals"/>), not this listener's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
