using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Routing.Health;

namespace Switch.Host.Core;

/// <summary>
/// What the core says of issuers' health. Ids 3163 to 3166; ids and names are an interface that alerts match on.
/// </summary>
internal static partial class HealthLog
{
    public static void Say(ILogger logger, SwitchNames names, in HealthChange change)
    {
        string issuer = names.Issuers[change.Issuer];
        string part = change.Scope switch
        {
            HealthScope.Link => $", link {names.Links[change.Place]}",
            HealthScope.Route when names.Routes[change.Place] is { Length: > 0 } prefix => $", route {prefix}",
            HealthScope.Route => ", route of all other cards",
            _ => "",
        };
        switch (change.To)
        {
            case HealthState.Good:
                Good(logger, issuer, part, change.Reason);
                break;
            case HealthState.Fluctuating:
                Fluctuating(logger, issuer, part, change.Percent, change.Reason);
                break;
            default:
                Down(logger, issuer, part, change.Reason);
                break;
        }
    }

    public static void LeftOut(ILogger logger, LinesLeftOut left)
    {
        if (left.Count > 0)
        {
            MoreChanges(logger, left.Count, left.Peers);
        }
    }

    [LoggerMessage(3163, LogLevel.Information, "Issuer {Issuer}{Part} is good again and gets all requests: {Reason}")]
    private static partial void Good(ILogger logger, string issuer, string part, string reason);

    [LoggerMessage(3164, LogLevel.Warning,
        "Issuer {Issuer}{Part} fluctuates and gets {Percent} % of the requests (0: probes only): {Reason}")]
    private static partial void Fluctuating(ILogger logger, string issuer, string part, int percent, string reason);

    [LoggerMessage(3165, LogLevel.Warning,
        "Issuer {Issuer}{Part} is down: requests go to the standby or to stand-in, only probes go there: {Reason}")]
    private static partial void Down(ILogger logger, string issuer, string part, string reason);

    [LoggerMessage(3166, LogLevel.Warning,
        "{Count} more changes of health of {Parts} issuers, links and routes were left out of the log in a minute")]
    private static partial void MoreChanges(ILogger logger, int count, int parts);
}
