using Microsoft.Extensions.Logging;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>What the journal says. Ids 4000 to 4099; ids and names are an interface that alerts match on.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(4000, LogLevel.Information,
        "Journal open in {Path}: epoch {Epoch}, {Records} records replayed, next LSN {NextLsn}")]
    public static partial void Opened(ILogger logger, string path, long epoch, long records, long nextLsn);

    [LoggerMessage(4001, LogLevel.Warning,
        "Journal segment {Segment}: torn tail of {Bytes} bytes at offset {Offset} removed; a crash cut the last batch")]
    public static partial void TornTail(ILogger logger, string segment, long bytes, long offset);

    [LoggerMessage(4002, LogLevel.Critical,
        "Journal damage accepted: segment {Segment} offset {Offset}, LSN {FirstLsn} to {LastLsn} lost: {Reason}")]
    public static partial void DamageAccepted(
        ILogger logger, string segment, long offset, long firstLsn, long lastLsn, string reason);

    [LoggerMessage(4003, LogLevel.Critical,
        "Journal failed at LSN {DurableLsn}; it will not be written again before a restart")]
    public static partial void Failed(ILogger logger, long durableLsn, Exception cause);

    [LoggerMessage(4004, LogLevel.Warning,
        "Journal durability is None: a power cut loses approved money. For benchmarks only")]
    public static partial void NotDurable(ILogger logger);

    [LoggerMessage(4005, LogLevel.Warning, "No spare journal segment could be made; {FreeBytes} bytes are free")]
    public static partial void NoSpare(ILogger logger, long freeBytes, Exception cause);

    [LoggerMessage(4006, LogLevel.Information, "Journal closed at LSN {LastLsn}")]
    public static partial void Closed(ILogger logger, long lastLsn);

    /// <summary>All that a start has to say.</summary>
    public static void Recovery(ILogger logger, string path, RecoveredJournal recovered, bool isDurable)
    {
        foreach (LostRange lost in recovered.Lost)
        {
            DamageAccepted(logger, lost.Segment, lost.Offset, lost.FirstLsn, lost.LastLsn, lost.Reason);
        }

        if (recovered.TornBytes > 0)
        {
            TornTail(logger, recovered.TornSegment, recovered.TornBytes, recovered.TornOffset);
        }

        if (!isDurable)
        {
            NotDurable(logger);
        }

        Opened(logger, path, recovered.Epoch + 1, recovered.Records, recovered.NextLsn);
    }
}
