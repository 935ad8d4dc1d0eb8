using System.Net;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;

namespace Switch.Host.Issuers;

/// <summary>
/// What links say. Ids 2000 to 2099 are theirs; ids and names are an interface that alerts match on, so none is
/// renumbered or renamed. That a link is ready for traffic is the core's to say (3120).
/// </summary>
internal static partial class LinkLog
{
    [LoggerMessage(2000, LogLevel.Information, "Link {Link} connected to {EndPoint}")]
    public static partial void Connected(ILogger logger, string link, EndPoint? endPoint);

    [LoggerMessage(2001, LogLevel.Warning,
        "Link {Link} cannot connect ({Attempts} in a row): {Cause}; next attempt in {RetryMs} ms")]
    public static partial void ConnectFailed(ILogger logger, string link, int attempts, string cause, long retryMs);

    [LoggerMessage(2002, LogLevel.Warning,
        "Link {Link} lost: {Cause} after {Frames} frames; next attempt in {RetryMs} ms")]
    public static partial void Lost(ILogger logger, string link, EndCause cause, long frames, long retryMs);

    [LoggerMessage(2003, LogLevel.Warning,
        "Link {Link} was closed by the core: {Reason} after {Frames} frames; next attempt in {RetryMs} ms")]
    public static partial void ClosedByCore(ILogger logger, string link, string reason, long frames, long retryMs);

    [LoggerMessage(2004, LogLevel.Error, "Link {Link} ended because of a program error; next attempt in {RetryMs} ms")]
    public static partial void Failed(ILogger logger, string link, long retryMs, Exception? cause);

    [LoggerMessage(2005, LogLevel.Information, "Link {Link} closed: the switch is stopping")]
    public static partial void Stopped(ILogger logger, string link);

    [LoggerMessage(2006, LogLevel.Information, "Link {Link} opened: its issuer connected from {Peer}")]
    public static partial void Came(ILogger logger, string link, EndPoint? peer);

    [LoggerMessage(2007, LogLevel.Warning,
        "Link {Link} from {Peer} ended: {Cause} after {Frames} frames. Its issuer is waited for")]
    public static partial void Went(ILogger logger, string link, EndPoint? peer, EndCause cause, long frames);

    [LoggerMessage(2008, LogLevel.Warning, "Issuer {Issuer}: refused a connection from {Peer}: {Reason}")]
    public static partial void Refused(ILogger logger, string issuer, EndPoint? peer, string reason);

    [LoggerMessage(2020, LogLevel.Warning,
        "Link {Link}: {Count} more lines were left out in a minute, most of the kind {Line}")]
    public static partial void LeftOut(ILogger logger, string link, int count, string line);
}
