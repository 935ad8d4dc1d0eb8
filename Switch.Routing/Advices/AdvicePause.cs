using Switch.Routing.Core;
using Switch.Routing.Issuers;

namespace Switch.Routing.Advices;

/// <summary>Who wants an issuer's owed messages to wait. They go when nobody does.</summary>
[Flags]
internal enum AdvicePause : byte
{
    None = 0,

    /// <summary>The issuer asked (0800/079), until it asks to go on (060, 066, 078). A restart forgets it.</summary>
    Issuer = 1,

    /// <summary>The issuer signed off into stand-in (0800/065), until it signs on again.</summary>
    IssuerSignOff = 2,

    /// <summary>An operator, until an operator resumes. A restart keeps it.</summary>
    Operator = 4,
}

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
