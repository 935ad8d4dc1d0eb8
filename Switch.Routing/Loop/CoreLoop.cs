using Switch.Routing.Core;
using Switch.Routing.Outbox;
using Switch.Routing.Values;

namespace Switch.Routing.Loop;

/// <summary>
/// The order of the steps in which the core, its outbox and its journal are run. One turn is <see cref="Begin"/>, some
/// events given to the core by the caller, and <see cref="End"/>. The switch's core thread and the simulated node run
/// this same code.
/// </summary>
/// <param name="core">After its recovery.</param>
/// <param name="outbox">What the core's sends wait in.</param>
/// <param name="world">The process.</param>
public sealed class CoreLoop(AuthorizationCore core, IOutbox outbox, ILoopWorld world)
{
    /// <summary>How often the core's timers move, in ticks: the resolution of every deadline.</summary>
    public const long TickTicks = 10 * Instant.TicksPerMs;

    private bool _isJournalLost;

    /// <summary>When the core's timers are to move next, in monotonic ticks.</summary>
    public long NextTick { get; private set; }

    /// <inheritdoc cref="AuthorizationCore.HasMore"/>
    public bool HasMore => core.HasMore;

    /// <summary>The position that the core knows to be durable.</summary>
    public long CommittedLsn { get; private set; } = world.DurableLsn;

    /// <summary>The first turn is to be at this moment.</summary>
    public void Start(long nowTicks) => NextTick = nowTicks;

    /// <summary>Before the events of a turn.</summary>
    public void Begin(Instant now)
    {
        core.SetTime(now);
        if (now.Ticks >= NextTick)
        {
            // First of all: after a stall of the process, deadlines that have passed must take back what waits before
            // it is released. The missed ticks are not made up for: the core compares times, it does not count ticks.
            NextTick = now.Ticks + TickTicks;
            core.Tick();
        }

        core.JournalSpace(world.IsJournalSpaceLow);
        Commit();
        core.GoOn();
    }

    /// <summary>After the events of a turn.</summary>
    public void End()
    {
        core.ForgetMessages();
        world.WriteJournal();
        world.Admit(world.HasJournalRoom && !world.HasJournalFailed);
        world.Publish();
        world.Flush();
    }

    private void Commit()
    {
        long durableLsn = world.DurableLsn;
        if (durableLsn > CommittedLsn)
        {
            CommittedLsn = durableLsn;
            outbox.Release(durableLsn);
            TellOfSends();
            core.JournalCommitted(durableLsn);
            world.Committed(durableLsn);
        }

        if (world.HasJournalFailed && !_isJournalLost)
        {
            _isJournalLost = true;
            core.JournalFailed();
            world.JournalFailed();
        }
    }

    /// <summary>
    /// Tells the core what became of sends, after the outbox was told of a MAC among the events of a turn. At once: an
    /// event that comes in between may send another answer of the same name.
    /// </summary>
    public void TellOfSends()
    {
        while (outbox.TryTakeFailed(out long failed))
        {
            core.SendFailed(failed);
        }

        while (outbox.TryTakeDoubtful(out long doubtful))
        {
            core.AnswerInDoubt(doubtful);
        }

        while (outbox.TryTakeSettled(out long settled))
        {
            core.AnswerDelivered(settled);
        }
    }
}
