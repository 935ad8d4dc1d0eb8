using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Switch.Host.Configuration;
using Switch.Host.Journal;

namespace Switch.Host.Hosting;

/// <summary>
/// The process as a Generic Host: options, logging and lifetime by its conventions, and the switch as a hosted service.
/// Empty to begin with: what configures the switch was read and judged before, and nothing else may.
/// </summary>
internal static class SwitchHost
{
    /// <param name="loaded">Validated, all but the card files.</param>
    /// <param name="orders">What a person says should the journal be missing or older.</param>
    /// <param name="loggers">Stays the caller's: it outlives the host, to write how that ended.</param>
    public static IHost Build(LoadedConfiguration loaded, JournalOrders orders, ILoggerFactory loggers)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings
            {
                ApplicationName = "switch",
                ContentRootPath = loaded.Environment.ContentRoot,
                EnvironmentName = loaded.Environment.IsProduction ? Environments.Production : Environments.Development,
            });
        IServiceCollection services = builder.Services;
        services.AddSingleton(loggers);
        services.AddSingleton(loaded);
        services.AddSingleton(orders);
        services.AddSingleton(Options.Create(loaded.Options));

        // The switch has its own bound for a drain (Limits:Drain), and its journal is to be closed in any case.
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        AddLifetime(services);
        services.AddSingleton<SwitchService>();

        // Before the switch, so that it stops after it: a drain is watched too.
        services.AddHostedService(static provider => new CoreWatchdog(
            () => provider.GetRequiredService<SwitchService>().CoreRounds,
            CoreWatchdog.PeriodOf(Environment.GetEnvironmentVariable(CoreWatchdog.Variable)),
            provider.GetRequiredService<ISystemdNotifier>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger<CoreWatchdog>(),
            TimeProvider.System));
        services.AddHostedService(static provider => provider.GetRequiredService<SwitchService>());
        return builder.Build();
    }

    private static void AddLifetime(IServiceCollection services)
    {
        services.AddSingleton<IHostLifetime, TokenLifetime>();
        services.AddSystemd();
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 })
        {
            // Also where the parent is not systemd itself: it says by this variable that it wants to know.
            services.TryAddSingleton<ISystemdNotifier, SystemdNotifier>();
            services.AddSingleton<IHostLifetime, SystemdLifetime>();
        }

        services.TryAddSingleton<ISystemdNotifier, SilentNotifier>();
    }

    /// <summary>
    /// Without systemd signals arrive as the token of the command (<c>Signals</c>), as in all commands:
    /// the console's own lifetime would swallow the second SIGINT, by which a person gets out.
    /// </summary>
    private sealed class TokenLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class SilentNotifier : ISystemdNotifier
    {
        public bool IsEnabled => false;

        public void Notify(ServiceState state)
        {
        }
    }
}
