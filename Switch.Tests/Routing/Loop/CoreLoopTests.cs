using Switch.Routing.Loop;
using Switch.Routing.Outbox;
using Switch.Routing.Transactions;
using Switch.Tests.Routing.Core;

namespace Switch.Tests.Routing.Loop;

/// <summary>Goal: the steps of a turn come in the order on which money rests.</summary>
public class CoreLoopTests
{
    /// <summary>An answer that finds its session gone is lost. After the commit, it would count as delivered.</summary>
    [Fact]
    public void Begin_NewlyDurable_ReportsWhatFoundNoWayBeforeTheCommit()
    {
        var rig = new CoreRig();
        rig.LinksUp();
        rig.Request();
        var process = new Process(rig);
        var loop = new CoreLoop(rig.Core, process, process);
        rig.CommitsAtOnce = false;
        rig.Reply(rig.World.ToLinks[0]);
        rig.World.GoneSessions.Add(CoreRig.Session);

        process.DurableLsn = rig.World.LastLsn;
        loop.Begin(rig.Now);

        Assert.Equal(1, rig.Counters.Undelivered);
        Assert.Equal([$"release {process.DurableLsn}", $"committed {process.DurableLsn}"], process.Steps);
        Assert.Equal(process.DurableLsn, loop.CommittedLsn);
    }

    [Fact]
    public void End_OfATurn_WritesBeforeItPublishesAndPublishesBeforeItFlushes()
    {
        var rig = new CoreRig();
        var process = new Process(rig) { HasJournalRoom = false };
        var loop = new CoreLoop(rig.Core, process, process);

        loop.Begin(rig.Now);
        loop.End();

        Assert.Equal(["write", "admit False", "publish", "flush"], process.Steps);
    }

    [Fact]
    public void Begin_JournalFailed_IsToldOnce()
    {
        var rig = new CoreRig();
        var process = new Process(rig) { HasJournalFailed = true };
        var loop = new CoreLoop(rig.Core, process, process);

        loop.Begin(rig.Now);
        loop.Begin(rig.Now);

        Assert.Equal(["failed"], process.Steps);
    }

    /// <summary>What is too much for one turn is not left for a time-out to end.</summary>
    [Fact]
    public void Begin_MoreIsLeftOfTheTurnBefore_GoesOnUntilNothingIs()
    {
        const int InFlight = (LostLinks.LegsPerTurn * 2) + 1;
        var rig = new CoreRig(static usual => usual with { PendingMax = InFlight });
        rig.LinksUp();
        for (int stan = 1; stan <= InFlight; stan++)
        {
            rig.Request(stan: stan);
        }

        var process = new Process(rig);
        var loop = new CoreLoop(rig.Core, process, process);
        rig.Core.LinkDown(CoreRig.PrimaryLink);

        Assert.True(loop.HasMore);
        loop.Begin(rig.Now);
        Assert.True(loop.HasMore);
        loop.Begin(rig.Now);

        Assert.False(loop.HasMore);
        Assert.Equal(InFlight, rig.Counters.LinkLosses);
    }

    private sealed class Process(CoreRig rig) : ILoopWorld, IOutbox
    {
        private readonly Queue<long> _failed = new();

        public List<string> Steps { get; } = [];

        public long DurableLsn { get; set; } = rig.World.DurableLsn;

        public bool IsJournalSpaceLow => false;

        public bool HasJournalRoom { get; init; } = true;

        public bool HasJournalFailed { get; init; }

        public void Committed(long lsn) => Steps.Add($"committed {lsn}");

        public void JournalFailed() => Steps.Add("failed");

        public void WriteJournal() => Steps.Add("write");

        public void Admit(bool isAdmitting) => Steps.Add($"admit {isAdmitting}");

        public void Publish() => Steps.Add("publish");

        public void Flush() => Steps.Add("flush");

        public void Release(long durableLsn)
        {
            Steps.Add($"release {durableLsn}");
            rig.World.Release(durableLsn).ForEach(_failed.Enqueue);
        }

        public bool TryTakeFailed(out long tag) => _failed.TryDequeue(out tag);

        public bool TryTakeDoubtful(out long tag)
        {
            tag = 0;
            return false;
        }

        public bool TryTakeSettled(out long tag) => TryTakeDoubtful(out tag);
    }
}
