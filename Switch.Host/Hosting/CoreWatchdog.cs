using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Switch.Host.Hosting;

/// <summary>
/// Feeds systemd's watchdog (WatchdogSec=) for as long as the core's thread goes round: a switch that is stuck is ended
/// by systemd, and its next start recovers. Does nothing where no watchdog is asked for.
/// </summary>
/// <remarks>
/// Not a BackgroundService: where another service cannot start, the host ends that before its first turn, and writes
/// it down as an error with a stack, behind the line that says why the switch cannot start.
/// </remarks>
/// <param name="rounds">How often the core's thread went round; 0: it has not started.</param>
/// <param name="period">How often to look; null: no watchdog is asked for.</param>
internal sealed class CoreWatchdog(
    Func<long> rounds, TimeSpan? period, ISystemdNotifier notifier, ILogger<CoreWatchdog> logger, TimeProvider clock)
    : IHostedService, IDisposable
{
    /// <summary>Set by systemd: microseconds within which it wants to hear of us.</summary>
    public const string Variable = "WATCHDOG_USEC";

    private static readonly ServiceState Alive = new("WATCHDOG=1");

    private PeriodicTimer? _timer;
    private Task _watching = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (notifier.IsEnabled && period is { } interval)
        {
            _timer = new PeriodicTimer(interval, clock);
            _watching = WatchAsync(_timer, interval);
        }

        return Task.CompletedTask;
    }

    /// <summary>The switch has stopped by now; systemd watches the rest by TimeoutStopSec.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return _watching;
    }

    public void Dispose() => _timer?.Dispose();

    private async Task WatchAsync(PeriodicTimer timer, TimeSpan interval)
    {
        long seen = 0;
        bool isStuck = false;
        while (await timer.WaitForNextTickAsync().ConfigureAwait(false))
        {
            long now = rounds();
            if (now == 0)
            {
                continue; // It recovers: nothing is to be fed before READY=1.
            }

            bool isAlive = now != seen;
            if (isAlive)
            {
                notifier.Notify(Alive);
            }
            else if (!isStuck)
            {
                HostLog.CoreStandsStill(logger, interval);
            }

            isStuck = !isAlive;
            seen = now;
        }
    }

    /// <summary>A third of what is asked for, so that one late timer does no harm. Null: nothing is.</summary>
    internal static TimeSpan? PeriodOf(string? microseconds) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? TimeSpan.FromMicroseconds(Math.Max(number / 3, 10_000))
            : null;
}
