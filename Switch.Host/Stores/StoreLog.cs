using Microsoft.Extensions.Logging;

namespace Switch.Host.Stores;

/// <summary>What the projection into the store says. Ids 5000 to 5099 are its own.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(5000, LogLevel.Information,
        "The {Provider} store is open at LSN {Lsn}; {Behind} journal records are to be projected")]
    public static partial void Opened(ILogger logger, string provider, long lsn, long behind);

    [LoggerMessage(5001, LogLevel.Warning,
        "The {Provider} store cannot be used: {Reason} Payments continue; the store is tried again, and catches up")]
    public static partial void Unavailable(ILogger logger, string provider, string reason);

    [LoggerMessage(5002, LogLevel.Error,
        "The {Provider} store is not written to: {Reason} Payments continue; an operator must correct it")]
    public static partial void Refused(ILogger logger, string provider, string reason);

    [LoggerMessage(5003, LogLevel.Information, "The {Provider} store has caught up at LSN {Lsn}")]
    public static partial void CaughtUp(ILogger logger, string provider, long lsn);

    [LoggerMessage(5004, LogLevel.Error,
        "The projection into the {Provider} store met a defect; payments continue, and it is tried again")]
    public static partial void Defect(ILogger logger, string provider, Exception cause);

    [LoggerMessage(5005, LogLevel.Warning,
        "The {Provider} store begins at LSN {Lsn}: what came before is no longer in the journal")]
    public static partial void BeginsLate(ILogger logger, string provider, long lsn);

    [LoggerMessage(5006, LogLevel.Error,
        "Journal record {Lsn} is of a kind that this program does not know: it is not in the store")]
    public static partial void UnknownRecord(ILogger logger, long lsn);

    [LoggerMessage(5007, LogLevel.Warning,
        "The {Provider} store did not finish in time; {Behind} journal records are left for the next start")]
    public static partial void StoppedBehind(ILogger logger, string provider, long behind);

    [LoggerMessage(5008, LogLevel.Warning,
        "The store cannot be asked for originals: {Reason} Reversals of originals that memory lacks stay unmatched")]
    public static partial void CannotLookUp(ILogger logger, string reason);

    [LoggerMessage(5009, LogLevel.Error,
        "A look-up in the store met a defect. Payments continue; reversals of forgotten originals stay unmatched")]
    public static partial void LookUpDefect(ILogger logger, Exception cause);

    [LoggerMessage(5010, LogLevel.Warning,
        "The {Provider} store's last record, LSN {Lsn}, was given up in a repair of the journal: the store keeps its "
        + "rows of the lost records, and continues after it")]
    public static partial void PositionIsLost(ILogger logger, string provider, long lsn);
}
