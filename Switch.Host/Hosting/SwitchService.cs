using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Server;

namespace Switch.Host.Hosting;

/// <summary>
/// The switch as a service of the host: compiled and started when that starts, drained when it stops. SIGHUP reads the
/// card files, tokens, keys, and what TLS is made of, anew.
/// </summary>
internal sealed class SwitchService(
    LoadedConfiguration loaded, JournalOrders orders, ILoggerFactory loggers, ISystemdNotifier notifier)
    : IHostedService, IAsyncDisposable
{
    private SwitchServer? _server;
    private PosixSignalRegistration? _hangUp;
    private bool _isDisposed;

    /// <summary>Once it has started.</summary>
    public SwitchServer Server => _server ?? throw new InvalidOperationException("The switch has not started.");

    /// <summary>How often the core's thread went round; 0: it has not started.</summary>
    public long CoreRounds => _server?.CoreRounds ?? 0;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        JournalStarts.Require(loaded, orders, loggers);
        SettingsGuard guard = SettingsGuard.Open(loaded, orders.ChangedSettings);
        CompiledConfiguration configuration = CoreConfigurationBuilder.Compile(
            loaded.Options, loaded.Environment, loaded.Errors);
        _server = new SwitchServer(configuration, loggers)
        {
            JournalOrders = orders, ReadAgain = loaded.IsSample ? null : ReadAgain, Guard = guard,
        };
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        await _server.RecordSettingsAsync(orders.ChangedSettings).ConfigureAwait(false);
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = ReloadAsync(_server);
        });
    }

    /// <summary>Drains, unless it has ended by itself: then nothing is left to drain.</summary>
    public Task StopAsync(CancellationToken cancellationToken) =>
        _server?.StopAsync(_server.Completion.IsFaulted ? TimeSpan.Zero : loaded.Options.Limits.Drain)
            ?? Task.CompletedTask;

    /// <summary>The container calls this once for each way in which the service is registered.</summary>
    public async ValueTask DisposeAsync()
    {
        _hangUp?.Dispose();
        if (_server is not null && !Interlocked.Exchange(ref _isDisposed, true))
        {
            await _server.DisposeAsync().ConfigureAwait(false);
        }
    }

    private SwitchOptions ReadAgain(ConfigurationErrors errors)
    {
        LoadedConfiguration again = ConfigurationLoader.Load(loaded.Source);
        foreach (ConfigurationError error in again.Errors.All)
        {
            errors.Add(error.Path, error.Problem);
        }

        return again.Options;
    }

    /// <summary>It logs how it ended; systemd hears when it begins, and that it ended whatever became of it.</summary>
    private async Task ReloadAsync(SwitchServer server)
    {
        double now = Stopwatch.GetElapsedTime(0).TotalMicroseconds;
        notifier.Notify(new ServiceState(FormattableString.Invariant($"RELOADING=1\nMONOTONIC_USEC={now:F0}")));
        try
        {
            await server.ReloadBySignalAsync().ConfigureAwait(false);
        }
        finally
        {
            notifier.Notify(ServiceState.Ready);
        }
    }
}
