using Switch.Routing.Core;
using Switch.Routing.Effects;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Answers the node's look-ups after a while, when its store has got as far as the question wants. The store follows
/// the durable records of the journal, as the real one does.
/// </summary>
internal sealed class LookUpDesk(
    WorldContext context, NodeJournal journal, RandomSource random, Action<Action<AuthorizationCore>> tell) : IActor
{
    private const long Poll = 20 * TimeSpan.TicksPerMillisecond;

    /// <summary>Longer than the slowest query of a store that works.</summary>
    private const int DelayMaxMs = 400;

    public bool Ask(OriginalQuery query)
    {
        context.Scheduler.In(random.Ms(1, DelayMaxMs), this, kind: 0, value: 0, query);
        return true;
    }

    public void On(in ScheduledEvent scheduled)
    {
        var query = (OriginalQuery)scheduled.Subject!;
        if (journal.LastLsn < query.AfterLsn)
        {
            return; // The node died, and with it what this question was about.
        }

        if (journal.DurableLsn < query.AfterLsn)
        {
            context.Scheduler.In(Poll, this, kind: 0, value: 0, query);
            return;
        }

        LookUpAnswer answer = journal.Store().Answer(query);
        context.LookUpsFound += answer.Original is null ? 0 : 1;
        tell(core => core.LookedUp(answer));
    }
}
