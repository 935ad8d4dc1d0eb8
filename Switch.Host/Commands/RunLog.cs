using Microsoft.Extensions.Logging;

namespace Switch.Host.Commands;

/// <summary>Events of the process. Ids 100 to 119; the next free one is 105.</summary>
internal static partial class RunLog
{
    [LoggerMessage(100, LogLevel.Information, "Configured by {Source}; relative paths start from {ContentRoot}.")]
    public static partial void Configured(ILogger logger, string source, string contentRoot);

    [LoggerMessage(101, LogLevel.Warning, "{Path}: {Note}")]
    public static partial void Note(ILogger logger, string path, string note);

    [LoggerMessage(102, LogLevel.Critical,
        "The switch cannot continue. It ends within {Delay}; the next start recovers.")]
    public static partial void CannotGoOn(ILogger logger, TimeSpan delay, Exception? cause);

    [LoggerMessage(103, LogLevel.Critical, "The switch cannot start: {Reason}")]
    public static partial void CannotStart(ILogger logger, string reason, Exception? cause);

    [LoggerMessage(104, LogLevel.Information, "Stopped by a signal before it was ready.")]
    public static partial void StoppedEarly(ILogger logger);
}
