using Microsoft.Extensions.Logging;

namespace Switch.Host.Stores;

/// <summary>What the projection into the store says. Ids 5000 to 5099 are its own.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(5000, LogLevel.Information,
        "The {Provider} store is open at LSN {Lsn}; {Behind} journal records remain to be projected")]
    public static partial void Opened(ILogger logger, string provider, long lsn, long behind);

    [LoggerMessage(5001, LogLevel.Warning,
        "The {Provider} store cannot be used: {Reason} Payments continue. The switch retries, and the store then "
        + "catches up")]
    public static partial void Unavailable(ILogger logger, string provider, string reason);

    [LoggerMessage(5002, LogLevel.Error,
        "The switch does not write to the {Provider} store: {Reason} Payments continue. An operator must correct this")]
    public static partial void Refused(ILogger logger, string provider, string reason);

    [LoggerMessage(5003, LogLevel.Information, "The {Provider} store has caught up at LSN {Lsn}")]
    public static partial void CaughtUp(ILogger logger, string provider, long lsn);

    [LoggerMessage(5004, LogLevel.Error,
        "The projection into the {Provider} store failed because of a program error. Payments continue, and the "
        + "switch retries")]
    public static partial void Defect(ILogger logger, string provider, Exception cause);

    [LoggerMessage(5005, LogLevel.Warning,
        "The {Provider} store starts at LSN {Lsn}: earlier records are no longer in the journal")]
    public static partial void BeginsLate(ILogger logger, string provider, long lsn);

    [LoggerMessage(5006, LogLevel.Error,
        "Journal record {Lsn} has a type that this program does not know; it is not written to the store")]
    public static partial void UnknownRecord(ILogger logger, long lsn);

    [LoggerMessage(5007, LogLevel.Warning,
        "The {Provider} store did not finish in time; {Behind} journal records remain for the next start")]
    public static partial void StoppedBehind(ILogger logger, string provider, long behind);

    [LoggerMessage(5008, LogLevel.Warning,
        "Cannot look up originals in the store: {Reason} Reversals whose original is not in memory stay unmatched")]
    public static partial void CannotLookUp(ILogger logger, string reason);

    [LoggerMessage(5009, LogLevel.Error,
        "A look-up in the store failed because of a program error. Payments continue. Reversals whose original is "
        + "not in memory stay unmatched")]
    public static partial void LookUpDefect(ILogger logger, Exception cause);

    [LoggerMessage(5010, LogLevel.Warning,
        "The {Provider} store's last record, LSN {Lsn}, was given up in a repair of the journal: the store keeps its "
        + "rows of the lost records, and continues after it")]
    public static partial void PositionIsLost(ILogger logger, string provider, long lsn);
}
