using Microsoft.Extensions.Logging;

namespace Switch.Host.Core;

/// <summary>What the switch as a whole and its core thread say. Ids 3100 to 3119 are theirs.</summary>
internal static partial class CoreLog
{
    [LoggerMessage(3100, LogLevel.Information,
        "Switch {Node} started in {ElapsedMs:F0} ms, {Records} journal records read")]
    public static partial void Started(ILogger logger, string node, double elapsedMs, long records);

    [LoggerMessage(3101, LogLevel.Information, "Switch {Node} is stopping: {Pending} transactions are open")]
    public static partial void Stopping(ILogger logger, string node, long pending);

    [LoggerMessage(3102, LogLevel.Information, "Switch {Node} stopped")]
    public static partial void Stopped(ILogger logger, string node);

    [LoggerMessage(3103, LogLevel.Warning,
        "Switch {Node}: {Pending} transactions did not end within {Drain}; they stay open in the journal")]
    public static partial void DrainTimedOut(ILogger logger, string node, TimeSpan drain, long pending);

    [LoggerMessage(3104, LogLevel.Critical,
        "The core thread ended because of a program error. Restart the process: it recovers from the journal")]
    public static partial void CoreDied(ILogger logger, Exception cause);

    [LoggerMessage(3105, LogLevel.Critical,
        "The journal failed after LSN {DurableLsn}; restart the process")]
    public static partial void JournalFailed(ILogger logger, long durableLsn, Exception? cause);

    [LoggerMessage(3107, LogLevel.Error, "The card lists were not replaced. {Path}: {Problem}")]
    public static partial void CardListsRefused(ILogger logger, string path, string problem);

    [LoggerMessage(3108, LogLevel.Information,
        "{Who} replaced the card lists ({Why}): {Entries} entries in {ElapsedMs:F0} ms")]
    public static partial void CardListsReplaced(
        ILogger logger, string who, string why, long entries, double elapsedMs);

    [LoggerMessage(3106, LogLevel.Warning, "Using development keys from {File}: for tests only")]
    public static partial void DevelopmentKeys(ILogger logger, string file);

    [LoggerMessage(3109, LogLevel.Information,
        "{Cards} cards and {Payments} remembered payments bear former tokens: cards get new ones as they come")]
    public static partial void FormerTokensLeft(ILogger logger, long cards, long payments);

    [LoggerMessage(3110, LogLevel.Information,
        "No card and no remembered payment bears a former token any more")]
    public static partial void FormerTokensGone(ILogger logger);

    [LoggerMessage(3111, LogLevel.Warning,
        "Until {Until:u} the store may have payments with card tokens of a key that is not named any more: a late "
        + "reversal does not find its payment among them, and Reversals:Unmatched decides about it")]
    public static partial void TokensLostInStore(ILogger logger, DateTime until);

    [LoggerMessage(3112, LogLevel.Warning,
        "{Messages} messages of acquirers came after the switch had ended its side of their connections: they were "
        + "dropped and have no answer")]
    public static partial void CameAfterTheEnd(ILogger logger, long messages);
}
