using Switch.Routing.Loop;

namespace Switch.Host.Simulators.World;

/// <summary>What the core loop asks of the process.</summary>
internal sealed partial class Node
{
    long ILoopWorld.DurableLsn => Journal.DurableLsn;

    bool ILoopWorld.IsJournalSpaceLow => false;

    bool ILoopWorld.HasJournalRoom => true;

    bool ILoopWorld.HasJournalFailed => Journal.HasFailed;

    void ILoopWorld.Committed(long lsn)
    {
    }

    void ILoopWorld.JournalFailed()
    {
        _context.Note(0, $"journal failed after LSN {Journal.DurableLsn}");
        _context.Scheduler.In(_random.Ms(0, 1_500), this, GiveUp, _life);
    }

    void ILoopWorld.WriteJournal() => PlanWrite(Journal.SubmitBatch(_outbox!.NowMs));

    void ILoopWorld.Admit(bool isAdmitting) => _edge.IsAdmitting = isAdmitting;

    void ILoopWorld.Publish() => _edge.FormerTokens = _core!.FormerTokens;

    void ILoopWorld.Flush() => _outbox!.Flush();
}
