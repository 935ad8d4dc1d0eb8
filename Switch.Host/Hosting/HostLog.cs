using Microsoft.Extensions.Logging;

namespace Switch.Host.Hosting;

/// <summary>Events of the host around the switch. Ids 120 to 139; the next free one is 121.</summary>
internal static partial class HostLog
{
    [LoggerMessage(
        120, LogLevel.Critical,
        "The core has not moved for {Period}. The watchdog of systemd is not fed until it moves again.")]
    public static partial void CoreStandsStill(ILogger logger, TimeSpan period);
}
