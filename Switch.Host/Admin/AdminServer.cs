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
using Switch.Host.Configuration;
using Switch.Host.Connections;

namespace Switch.Host.Admin;

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

    private readonly WebApplication _application;

    private AdminServer(WebApplication application, IPEndPoint endPoint)
    {
        _application = application;
        EndPoint = endPoint;
    }

    /// <summary>Where it listens: the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <param name="listen">Port 0 takes a free one.</param>
    /// <param name="read">Called for each request, on any thread.</param>
    /// <param name="loggers">Stays the caller's.</param>
    /// <param name="ct">Gives up starting.</param>
    /// <param name="commands">What people may do; null: nothing.</param>
    /// <param name="names">Names by which it is asked for, beside its address and the machine's name.</param>
    /// <param name="trace">What was refused; null: it is not shown.</param>
    /// <param name="metrics">What <c>/metrics</c> shows, with the exporter for it; null: there is no such page.</param>
    /// <exception cref="ListenException">That cannot be listened on.</exception>
    public static async Task<AdminServer> StartAsync(
        IPEndPoint listen, Func<SwitchStatus> read, ILoggerFactory loggers, CancellationToken ct,
        AdminCommands? commands = null, IEnumerable<string>? names = null, AdminTrace? trace = null,
        MeterProvider? metrics = null)
    {
        // Empty: no appsettings.json and no ASPNETCORE_ variable may move or open this listener.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IConnectionListenerFactory>(new GatedTransport(
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers),
            new AcceptGate(DescriptorBudget.Admin)));
        var connections = new AdminConnections();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => Configure(options, listen, connections));
        WebApplication application = builder.Build();
        application.Use((context, next) => connections.OnRequestAsync(context, next));
        application.Use(new AdminDoor(listen.Address, names ?? []).OnRequestAsync);
        if (metrics is not null)
        {
            application.UseOpenTelemetryPrometheusScrapingEndpoint(
                metrics, predicate: null, path: "/metrics",
                configureBranchedPipeline: static branch => branch.Use(PlainSeries.OnRequestAsync), optionsName: null);
        }

        Map(application, read);
        commands?.Map(application);
        trace?.Map(application);
        try
        {
            await application.StartAsync(ct).ConfigureAwait(false);
        }
        catch (Exception refused) when (SocketFaultOf(refused) is not null)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new ListenException("Admin", listen, SocketFaultOf(refused)!);
        }

        string address = application.Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return new AdminServer(application, new IPEndPoint(listen.Address, new Uri(address).Port));
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Kestrel wraps it, more than once where the port is taken.</summary>
    private static SocketException? SocketFaultOf(Exception? problem)
    {
        while (problem is not (null or SocketException))
        {
            problem = problem.InnerException;
        }

        return problem as SocketException;
    }

    private static void Configure(KestrelServerOptions options, IPEndPoint listen, AdminConnections connections)
    {
        options.Limits.MaxRequestBodySize = AdminCommands.BodySizeMax;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        options.AddServerHeader = false;
        options.Listen(
            listen, one => one.Use(next => connection => connections.OnConnectionAsync(connection, next)));
    }

    private static void Map(WebApplication application, Func<SwitchStatus> read)
    {
        application.MapGet("/health/live", () => Results.Text("live\n"));
        application.MapGet("/health/ready", () =>
        {
            SwitchStatus status = read();
            return status.IsReady
                ? Results.Text(Readiness(status))
                : Results.Text(
                    $"not ready: {status.NotReadyBecause}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
        application.MapGet("/api/status", () => Results.Json(read(), StatusFormat));
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
