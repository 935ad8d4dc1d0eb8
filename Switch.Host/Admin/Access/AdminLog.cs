using Microsoft.Extensions.Logging;

namespace Switch.Host.Admin.Access;

/// <summary>Ids 1060 to 1069; ids and names are an interface that alerts match on.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(1060, LogLevel.Information, "Admin: {Name} ({Role}) signed in from {From}")]
    public static partial void SignedIn(ILogger logger, string name, string role, string from);

    [LoggerMessage(
        1061, LogLevel.Warning,
        "Admin: a request of {Name} from {From} was refused, {Method} {Path} ({Status}): {Why}")]
    public static partial void Refused(
        ILogger logger, string name, string from, string method, string path, int status, string why);

    [LoggerMessage(
        1062, LogLevel.Warning,
        "Admin: {Count} more refusals were left out in a minute; {Peers} addresses, most {Most}")]
    public static partial void LeftOut(ILogger logger, int count, int peers, string most);

    [LoggerMessage(1063, LogLevel.Information, "Admin: tokens were read again by {Who} ({Why}): {Count} credentials")]
    public static partial void TokensReplaced(ILogger logger, string who, string why, int count);

    [LoggerMessage(1064, LogLevel.Error, "Admin: the tokens of before stay in use. {Path}: {Problem}")]
    public static partial void TokensNotReplaced(ILogger logger, string path, string problem);

    [LoggerMessage(
        1065, LogLevel.Warning, "Admin: there is no socket for the command line: {Why}. Set Admin:Socket")]
    public static partial void NoSocket(ILogger logger, string why);

    [LoggerMessage(
        1067, LogLevel.Warning,
        "Admin: one person may do what needs two (Admin:DualControl is false). For test cards only")]
    public static partial void NotDual(ILogger logger);

    [LoggerMessage(1066, LogLevel.Warning, "Admin: {EndPoint} accepts neither tokens nor client certificates")]
    public static partial void NoCredentials(ILogger logger, System.Net.EndPoint endPoint);

    [LoggerMessage(
        1068, LogLevel.Warning,
        "Settings: {Count} changes that need two persons were started with by one, because of: {Why}")]
    public static partial void SettingsUnapproved(ILogger logger, int count, string why);

    [LoggerMessage(
        1069, LogLevel.Error,
        "Settings: the next start cannot be held against those of this one, as they could not be kept: {Problem}")]
    public static partial void SettingsNotKept(ILogger logger, string problem);
}
