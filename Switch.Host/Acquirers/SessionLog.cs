using System.Net;
using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Host.Security.Tls;
using Switch.Routing.Effects;

namespace Switch.Host.Acquirers;

/// <summary>
/// What listeners and sessions say. Ids 1000 to 1099 are theirs; ids and names are an interface that alerts match on,
/// so none is renumbered or renamed. A session says one line when it opens and one when it ends.
/// </summary>
internal static partial class SessionLog
{
    [LoggerMessage(1000, LogLevel.Information, "Listening for acquirer {Acquirer} on {EndPoint}")]
    public static partial void Listening(ILogger logger, string acquirer, EndPoint endPoint);

    [LoggerMessage(1001, LogLevel.Information, "Session {Session} of acquirer {Acquirer} opened from {Peer}")]
    public static partial void Opened(ILogger logger, int session, string acquirer, EndPoint? peer);

    [LoggerMessage(1002, LogLevel.Information,
        "Session {Session} of acquirer {Acquirer} from {Peer} ended: {Cause} after {Frames} frames")]
    public static partial void Ended(
        ILogger logger, int session, string acquirer, EndPoint? peer, EndCause cause, long frames);

    [LoggerMessage(1003, LogLevel.Warning,
        "Session {Session} of acquirer {Acquirer} from {Peer} was cut off: {Cause} after {Frames} frames")]
    public static partial void CutOff(
        ILogger logger, int session, string acquirer, EndPoint? peer, EndCause cause, long frames);

    [LoggerMessage(1004, LogLevel.Warning,
        "Session {Session} of acquirer {Acquirer} from {Peer} was closed by the core: {Reason} after {Frames} frames")]
    public static partial void ClosedByCore(
        ILogger logger, int session, string acquirer, EndPoint? peer, CloseReason reason, long frames);

    [LoggerMessage(1005, LogLevel.Error, "Session {Session} of acquirer {Acquirer} from {Peer} ended because of a "
        + "program error")]
    public static partial void Failed(ILogger logger, int session, string acquirer, EndPoint? peer, Exception? cause);

    [LoggerMessage(1006, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a connection from {Peer}: its address is not in AllowFrom")]
    public static partial void RefusedAddress(ILogger logger, string acquirer, EndPoint? peer);

    [LoggerMessage(1010, LogLevel.Error,
        "Acquirer {Acquirer}: link {Link} of this switch connected from {Peer}; it is closed. The link's endpoint "
        + "is the switch's own listener. Set the endpoint to the issuer's address")]
    public static partial void OwnLink(ILogger logger, string acquirer, string link, EndPoint? peer);

    [LoggerMessage(1007, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a connection from {Peer}: {ConnectionsMax} connections are open")]
    public static partial void RefusedCap(ILogger logger, string acquirer, EndPoint? peer, int connectionsMax);

    [LoggerMessage(1020, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a connection from {Peer}: {ConnectionsMax} connections are open from its "
        + "address")]
    public static partial void RefusedAddressCap(ILogger logger, string acquirer, EndPoint? peer, int connectionsMax);

    [LoggerMessage(1030, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a TLS connection from {Peer}: {Refusal}: {Detail}")]
    public static partial void RefusedTls(
        ILogger logger, string acquirer, EndPoint? peer, TlsRefusal refusal, string detail);

    [LoggerMessage(1031, LogLevel.Warning,
        "Acquirer {Acquirer}: cannot connect to {Place}: {Cause}. The switch tries again")]
    public static partial void DialFailed(ILogger logger, string acquirer, string place, string cause);

    [LoggerMessage(1032, LogLevel.Information, "{Door} is listened for on {EndPoint}")]
    public static partial void DoorOpen(ILogger logger, string door, EndPoint endPoint);

    [LoggerMessage(1021, LogLevel.Warning,
        "Accepting connections is paused: {Open} are open. The remaining file descriptors are kept for the journal, "
        + "the store, issuers and the admin listener")]
    public static partial void AcceptPaused(ILogger logger, int open);

    [LoggerMessage(1023, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a connection from {Peer}: more came to acquirers' listeners than {PerSecond} a "
        + "second (Limits:ConnectionsPerSecond)")]
    public static partial void RefusedRate(ILogger logger, string acquirer, EndPoint? peer, int perSecond);

    [LoggerMessage(1024, LogLevel.Warning,
        "Acquirer {Acquirer}: refused a connection from {Peer}: more came from its address than {PerSecond} a second, "
        + "and it would have waited for more than a second")]
    public static partial void RefusedAddressRate(ILogger logger, string acquirer, EndPoint? peer, int perSecond);

    [LoggerMessage(1022, LogLevel.Warning,
        "Acquirer {Acquirer}: {Count} more lines of the kind {Line} were left out in a minute; {Peers} peers, most "
        + "{Most}")]
    public static partial void LeftOut(
        ILogger logger, string acquirer, int count, SessionLine line, int peers, string most);
}
