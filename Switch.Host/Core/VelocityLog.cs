using Microsoft.Extensions.Logging;
using Switch.Host.Connections;
using Switch.Protocol.Masking;
using Switch.Routing.Settings;
using Switch.Routing.Velocity;

namespace Switch.Host.Core;

/// <summary>
/// What the core says of the rules of velocity. Ids 3167 to 3172; ids and names are an interface that alerts match on.
/// </summary>
internal static partial class VelocityLog
{
    /// <summary>Lines a minute about one rule.</summary>
    public const int LinesOfARule = 30;

    public static void Say(ILogger logger, SwitchNames names, in VelocityChange change)
    {
        VelocityRule rule = names.Velocity[change.Rule];
        string key = KeyOf(names, rule, change);
        string figures = change.Figures.Text(rule);
        switch (change.Cause)
        {
            case VelocityCause.Reached when rule.Action == VelocityAction.Decline:
                Declined(
                    logger, rule.Name, key, figures, rule.Window.TotalSeconds, rule.ResponseCode,
                    rule.For.TotalSeconds);
                break;
            case VelocityCause.Reached:
                Over(logger, rule.Name, key, figures, rule.Window.TotalSeconds);
                break;
            case VelocityCause.Calm:
                Calm(logger, rule.Name, key, change.Hits);
                break;
            case VelocityCause.Cleared:
                Cleared(logger, rule.Name, key, change.Hits);
                break;
            default:
                Evicted(logger, rule.Name, key, change.Hits);
                break;
        }
    }

    public static void LeftOut(ILogger logger, SwitchNames names, LinesLeftOut left)
    {
        if (left.Count > 0)
        {
            MoreChanges(logger, left.Count, names.Velocity[int.Parse(left.Most, null)].Name);
        }
    }

    // DE 41 and DE 42 are the acquirer's to fill: where they may hold a card number they are masked.
    private static string KeyOf(SwitchNames names, VelocityRule rule, in VelocityChange change)
    {
        string text = FreeText.Mask(change.Name.ToString());
        string acquirer = change.Acquirer < 0 ? "" : names.Acquirers[change.Acquirer];
        return rule.Per switch
        {
            VelocityScope.Terminal => $"terminal {text} of {acquirer}",
            VelocityScope.Merchant => $"merchant {text} of {acquirer}",
            VelocityScope.Bin => $"BIN {text}",
            _ => $"acquirer {acquirer}",
        };
    }

    [LoggerMessage(3167, LogLevel.Warning,
        "Velocity {Rule}: {Key}: {Figures} in {Window} s: declined {ResponseCode} from now on, and for {For} s after "
        + "it is calm")]
    private static partial void Declined(
        ILogger logger, string rule, string key, string figures, double window, string responseCode, double @for);

    [LoggerMessage(3168, LogLevel.Warning, "Velocity {Rule}: {Key}: {Figures} in {Window} s: over the rule")]
    private static partial void Over(ILogger logger, string rule, string key, string figures, double window);

    [LoggerMessage(3169, LogLevel.Information,
        "Velocity {Rule}: {Key} is calm again; {Requests} requests came while it was over the rule")]
    private static partial void Calm(ILogger logger, string rule, string key, long requests);

    [LoggerMessage(3170, LogLevel.Information,
        "Velocity {Rule}: {Key} was cleared by an operator; {Requests} requests came while it was over the rule")]
    private static partial void Cleared(ILogger logger, string rule, string key, long requests);

    [LoggerMessage(3171, LogLevel.Warning,
        "Velocity {Rule}: {Key} lost its place to another key (KeysMax) and is over the rule no more; {Requests} "
        + "requests came while it was")]
    private static partial void Evicted(ILogger logger, string rule, string key, long requests);

    [LoggerMessage(3172, LogLevel.Warning,
        "{Count} more changes of velocity were left out of the log in a minute, most of rule {Rule}")]
    private static partial void MoreChanges(ILogger logger, int count, string rule);
}
