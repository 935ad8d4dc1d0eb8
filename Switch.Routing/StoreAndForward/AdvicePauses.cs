using Switch.Routing.Context;
using Switch.Routing.Effects;
using Switch.Routing.Issuers;
using Switch.Routing.Owed;

namespace Switch.Routing.StoreAndForward;

/// <summary>The one place where pauses begin and end.</summary>
internal static class AdvicePauses
{
    private const int ByIssuer = 1;
    private const int ByOperator = 2;

    /// <summary>Adds and takes away causes, and reports when that makes the queue stand or go.</summary>
    public static void Change(CoreContext context, IssuerState issuer, AdvicePause add, AdvicePause remove)
    {
        AdvicePause before = issuer.Queue.PausedBy;
        AdvicePause after = (before | add) & ~remove;
        issuer.Queue.PausedBy = after;
        if (before == AdvicePause.None != (after == AdvicePause.None))
        {
            bool isOperators = ((add | remove) & AdvicePause.Operator) != 0;
            context.Effects.Raise(
                after == AdvicePause.None ? Incident.AdvicesResumed : Incident.AdvicesPaused, issuer.Index,
                isOperators ? ByOperator : ByIssuer);
        }
    }
}
