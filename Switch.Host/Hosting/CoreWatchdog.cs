using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Switch.Host.Hosting;

/// <summary>
/// Feeds systemd's watchdog (WatchdogSec=) for as long as the core's thread goes round: a switch that is stuck is ended
/// by systemd, and its next start recovers. Does nothing where no watchdog is asked for.
/// </summary>
/// <param name="rounds">How often the core's thread went round; 0: it has not started.</param>
/// <param name="period">How often to look; null: no watchdog is asked for.</param>
internal sealed class CoreWatchdog(
    Func<long> rounds, TimeSpan? period, ISystemdNotifier notifier, ILogger<CoreWatchdog> logger, TimeProvider clock)
    : BackgroundService
{
    /// <summary>Set by systemd: microseconds within which it wants to hear of us.</summary>
    public const string Variable = "WATCHDOG_USEC";

    private static readonly ServiceState Alive = new("WATCHDOG=1");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!notifier.IsEnabled || period is not { } interval)
        {
            return;
        }

        using var timer = new PeriodicTimer(interval, clock);
        long seen = 0;
        bool isStuck = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
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
        catch (OperationCanceledException)
        {
            // The host stops; systemd watches that by TimeoutStopSec.
        }
    }

    /// <summary>A third of what is asked for, so that one late timer does no harm. Null: nothing is.</summary>
    internal static TimeSpan? PeriodOf(string? microseconds) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? TimeSpan.FromMicroseconds(Math.Max(number / 3, 10_000))
            : null;
}
