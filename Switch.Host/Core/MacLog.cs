using Microsoft.Extensions.Logging;
using Switch.Routing.Effects;

namespace Switch.Host.Core;

/// <summary>Ids 3152 to 3154; ids and names are an interface that alerts match on.</summary>
internal static partial class MacLog
{
    /// <summary>A message was not believed.</summary>
    public static void Say(ILogger logger, string party, MacState mac)
    {
        switch (mac)
        {
            case MacState.Missing:
                MacMissing(logger, party);
                break;
            case MacState.Unavailable:
                MacUnavailable(logger, party);
                break;
            default:
                MacWrong(logger, party);
                break;
        }
    }

    [LoggerMessage(
        3152, LogLevel.Error, "{Party}: a message has a wrong MAC; a request is answered 63, a reply is dropped")]
    private static partial void MacWrong(ILogger logger, string party);

    [LoggerMessage(
        3153, LogLevel.Error, "{Party}: a message has no MAC and must have one; a request is answered 63, a reply is "
        + "dropped")]
    private static partial void MacMissing(ILogger logger, string party);

    [LoggerMessage(
        3154, LogLevel.Error, "{Party}: no security module could verify a message's MAC; a request is answered 96, a "
        + "reply is dropped")]
    private static partial void MacUnavailable(ILogger logger, string party);
}
