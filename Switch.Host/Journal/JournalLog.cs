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
        "Journal segment {Segment}: removed a torn tail of {Bytes} bytes at offset {Offset}; a crash interrupted "
        + "the last batch")]
    public static partial void TornTail(ILogger logger, string segment, long bytes, long offset);

    [LoggerMessage(4002, LogLevel.Critical,
        "Journal records lost to damage and given up in a repair: segment {Segment} offset {Offset}, LSN {FirstLsn} to "
        + "{LastLsn}: {Reason}")]
    public static partial void DamageAccepted(
        ILogger logger, string segment, long offset, long firstLsn, long lastLsn, string reason);

    [LoggerMessage(4003, LogLevel.Critical,
        "Journal failed at LSN {DurableLsn}; it is not written again until a restart")]
    public static partial void Failed(ILogger logger, long durableLsn, Exception cause);

    [LoggerMessage(4004, LogLevel.Warning,
        "Journal durability is None: a power cut loses approved money. For benchmarks only")]
    public static partial void NotDurable(ILogger logger);

    [LoggerMessage(4005, LogLevel.Warning, "Cannot create a spare journal segment; {FreeBytes} bytes are free")]
    public static partial void NoSpare(ILogger logger, long freeBytes, Exception cause);

    [LoggerMessage(4006, LogLevel.Information, "Journal closed at LSN {LastLsn}")]
    public static partial void Closed(ILogger logger, long lastLsn);

    [LoggerMessage(4007, LogLevel.Information,
        "Journal started from the checkpoint of segment {Segment}, LSN {Lsn}; later records were replayed")]
    public static partial void FromCheckpoint(ILogger logger, long segment, long lsn);

    [LoggerMessage(4008, LogLevel.Error, "Journal checkpoint {Name} cannot be used: {Problem}")]
    public static partial void CheckpointRejected(ILogger logger, string name, string problem);

    [LoggerMessage(4009, LogLevel.Information,
        "Journal checkpoint of segment {Segment} written in {ElapsedMs:F0} ms: LSN {Lsn}, {Bytes} bytes")]
    public static partial void CheckpointMade(ILogger logger, long segment, double elapsedMs, long lsn, long bytes);

    [LoggerMessage(4010, LogLevel.Error, "Cannot write a journal checkpoint; starts take longer until one is written")]
    public static partial void NoCheckpoint(ILogger logger, Exception cause);

    [LoggerMessage(4011, LogLevel.Information,
        "Journal segments {First} to {Last} removed: they are no longer needed")]
    public static partial void Removed(ILogger logger, long first, long last);

    [LoggerMessage(4012, LogLevel.Critical,
        "Journal segment {Segment} is damaged at offset {Offset}, LSN {Lsn}: {Reason}. See journal repair")]
    public static partial void ScrubFoundDamage(
        ILogger logger, string segment, long offset, long lsn, string reason);

    [LoggerMessage(4013, LogLevel.Error, "The journal's keeper failed; it tries again")]
    public static partial void KeeperFailed(ILogger logger, Exception cause);

    [LoggerMessage(4014, LogLevel.Critical, "{What} although {Evidence}. Reason given by the operator: {Reason}")]
    public static partial void BegunAgainstEvidence(ILogger logger, string what, string evidence, string reason);

    [LoggerMessage(4015, LogLevel.Warning,
        "The journal's identity file {File} cannot be written: {Reason} A later start could not tell that this journal "
        + "is missing or older; it is tried again")]
    public static partial void NoMark(ILogger logger, string file, string reason);

    [LoggerMessage(4016, LogLevel.Warning,
        "The journal's identity file {File} is damaged; it is rewritten from the present journal")]
    public static partial void MarkUnreadable(ILogger logger, string file);

    [LoggerMessage(4017, LogLevel.Warning,
        "The store could not confirm that this journal is the newest: {Reason} The start continues without this check")]
    public static partial void StoreNotAsked(ILogger logger, string reason);

    [LoggerMessage(4018, LogLevel.Critical,
        "Journal segment {Segment} is gone while the node runs, and {Others} others. The next start will refuse the "
        + "journal: restore the files from a copy, or see journal repair")]
    public static partial void SegmentsGone(ILogger logger, string segment, int others);

    [LoggerMessage(4019, LogLevel.Error,
        "Owed messages that are too many for memory cannot be written to the journal's disk: they stay in memory until "
        + "it can be written, and it is tried every second")]
    public static partial void BacklogStaysInMemory(ILogger logger, Exception cause);

    [LoggerMessage(4020, LogLevel.Information, "The backlog of owed messages can be written to the disk again")]
    public static partial void BacklogWritten(ILogger logger);

    /// <summary>All that a start has to say.</summary>
    public static void Recovery(ILogger logger, string path, RecoveredJournal recovered, bool isDurable)
    {
        foreach (LostRange lost in recovered.Lost)
        {
            DamageAccepted(logger, lost.Segment, lost.Offset, lost.FirstLsn, lost.LastLsn, lost.Reason);
        }

        foreach (CheckpointReport rejected in recovered.RejectedCheckpoints)
        {
            CheckpointRejected(logger, rejected.Name, rejected.Problem);
        }

        if (recovered.Checkpoint is { } place)
        {
            FromCheckpoint(logger, place.Segment, place.Lsn);
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
