using Microsoft.Extensions.Logging;
using Switch.Routing.Context;
using Switch.Routing.Values;

namespace Switch.Host.Core;

/// <summary>
/// Says when the switch begins to give cards their new tokens, and when the core knows none by its former token any
/// more. Core thread.
/// </summary>
internal sealed class FormerTokenReport(ILogger logger)
{
    private bool _isUnderWay;

    /// <summary>After a slice.</summary>
    public void See(FormerTokenNeed need, in CoreCounters counters)
    {
        bool isUnderWay = need == FormerTokenNeed.All;
        if (isUnderWay == _isUnderWay)
        {
            return;
        }

        _isUnderWay = isUnderWay;
        if (isUnderWay)
        {
            CoreLog.FormerTokensLeft(logger, counters.FormerCards, counters.RememberedByFormerCard);
        }
        else
        {
            CoreLog.FormerTokensGone(logger);
        }
    }
}
