namespace Switch.Host.Simulators.World;

/// <summary>
/// A world in which the node forgets a payment long before its acquirer cancels, reduces or completes it: the money
/// comes right only when the store is asked.
/// </summary>
internal static class ForgetfulWorld
{
    /// <summary>Longer than any acquirer waits for an answer, or repeats a request.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan SecondThoughtsMax = TimeSpan.FromSeconds(75);

    // Without the store such a reversal names what its issuer never saw, so the question must not go unanswered.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The plan, but for clocks that jump: with a window this short a jump makes the node forget what is being repeated
    /// at that moment.
    /// </summary>
    public static WorldPlan Of(WorldPlan plan) => plan with
    {
        IsForgetful = true,

        // The store is asked by the tokens of two keys. Of a third one's payments it could not know those of the first.
        Rotations = [plan.FaultsEnd / 2],
        Faults = [.. plan.Faults.Where(static fault => fault != Fault.ClockJump)],
        Acquirers = [.. plan.Acquirers.Select(Slow)],
        Core = plan.Core with
        {
            DuplicateWindow = Window,
            LookUp = Patience,
            Acquirers = [.. plan.Acquirers.Select(static acquirer => Slow(acquirer).Settings)],
        },
    };

    // What is forgotten must look stale, or it would be a new request. And the node remembers longer by as much as DE 7
    // may be ahead.
    private static AcquirerPlan Slow(AcquirerPlan acquirer) => acquirer with
    {
        Settings = acquirer.Settings with { FreshnessBack = Window, FreshnessAhead = TimeSpan.FromSeconds(1) },
        SecondThoughtsMs = (int)SecondThoughtsMax.TotalMilliseconds,
        CancelPerMille = Math.Max(acquirer.CancelPerMille, 200),
    };
}
