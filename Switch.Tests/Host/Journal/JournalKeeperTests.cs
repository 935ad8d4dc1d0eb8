using System.Text.Json.Nodes;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Routing.Checkpoints;
using Switch.Routing.Core;
using Switch.Routing.Journal;
using Switch.Tests.Routing.Core;
using Switch.Tests.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Journal;

/// <summary>Checkpoints, scrubbing and retention over a journal that a core has written.</summary>
public sealed class JournalKeeperTests : IDisposable
{
    private readonly JournalFolder _folder = new();
    private readonly MemoryJournalDisk _disk = new();
    private readonly CoreRig _rig = new();
    private long _projected = long.MaxValue;
    private int _written;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void RunOnce_EnoughIsSealed_MakesACheckpointThatAStartTakes()
    {
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        keeper.RunOnce();
        Assert.Equal(0, keeper.Counters.Checkpoints);
        Fill(journal, segments: 3);

        keeper.RunOnce();
        keeper.RunOnce();

        Assert.Equal((1, journal.SealedUpTo.Lsn), (keeper.Counters.Checkpoints, keeper.Counters.CheckpointLsn));
        var core = new AuthorizationCore(CoreRig.Default(), new NoEffects());
        RecoveredJournal recovered = Recover(_disk.Settled(), core);
        Assert.Equal(journal.SealedUpTo, recovered.Checkpoint);
        Assert.Equal(StateOf(FullReplay()), StateOf(core));
    }

    [Fact]
    public void RunOnce_TwoCheckpoints_RemovesWhatTheOlderCovers()
    {
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        long older = FillAndRun(journal, keeper);
        Assert.Equal(0, keeper.Counters.SegmentsRemoved);
        FillAndRun(journal, keeper);

        Assert.Equal(older, keeper.Counters.SegmentsRemoved);
        Assert.Equal(older + 1, SegmentCheck.Numbers(_disk)[0]);
        var core = new AuthorizationCore(CoreRig.Default(), new NoEffects());
        Recover(_disk.Settled(), core);
        Assert.Equal(StateOf(FullReplay()), StateOf(core));
        FillAndRun(journal, keeper);
        Assert.Equal(2, CheckpointFiles.Numbers(_disk).Count);
    }

    [Fact]
    public void RunOnce_NotProjected_KeepsEverySegment()
    {
        _projected = 0;
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        FillAndRun(journal, keeper);
        FillAndRun(journal, keeper);
        Assert.Equal(1, SegmentCheck.Numbers(_disk)[0]);

        _projected = SegmentCheck.BeforeNext(_disk, 2).LastLsn;
        FillAndRun(journal, keeper);

        Assert.Equal(3, SegmentCheck.Numbers(_disk)[0]);
    }

    [Fact]
    public void RunOnce_NotOldEnough_KeepsEverySegment()
    {
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal, settings => settings with { Retention = TimeSpan.FromDays(1) });
        FillAndRun(journal, keeper);
        FillAndRun(journal, keeper);

        Assert.Equal((2, 1), (keeper.Counters.Checkpoints, SegmentCheck.Numbers(_disk)[0]));
    }

    [Fact]
    public void RunOnce_BitRotInASealedSegment_IsFoundOnceAndCleared()
    {
        using JournalWriter journal = Open();
        Fill(journal, segments: 3);
        string name = SegmentCheck.NameOf(2);
        byte[] good = _disk.Get(name);
        _disk.Flip(name, offset: 9_000);
        using JournalKeeper keeper = KeeperOf(
            journal, settings => settings with { ScrubEvery = TimeSpan.FromTicks(1), CheckpointEvery = 0 });

        RunUntilScrubbed(keeper, 3);
        Assert.Equal(1, keeper.Counters.Damaged);
        _disk.Put(name, good);
        keeper.RunOnce();
        keeper.RunOnce();
        RunUntilScrubbed(keeper, 8);

        Assert.Equal(0, keeper.Counters.Damaged);
    }

    [Fact]
    public void RunOnce_DamageBeforeTheCheckpoint_MakesNoneAndRemovesNothing()
    {
        using JournalWriter journal = Open();
        Fill(journal, segments: 3);
        _disk.Flip(SegmentCheck.NameOf(2), offset: 9_000);
        using JournalKeeper keeper = KeeperOf(journal);

        keeper.RunOnce();

        Assert.Equal(0, keeper.Counters.Checkpoints);
        Assert.Empty(CheckpointFiles.Numbers(_disk));
    }

    [Fact]
    public void RunOnce_CheckpointThatReadsBackBad_CountsAsNone()
    {
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        FillAndRun(journal, keeper);
        _disk.OnOperation = (_, operation, name) =>
        {
            if (operation == "rename" && name.Contains(".checkpoint", StringComparison.Ordinal))
            {
                Rot(name);
            }
        };

        FillAndRun(journal, keeper);

        Assert.Equal(1, keeper.Counters.Checkpoints);
        Assert.Equal(1, SegmentCheck.Numbers(_disk)[0]);
    }

    /// <summary>It was good when it was made; segments go only if it still is.</summary>
    [Fact]
    public void RunOnce_CheckpointRottenSince_RemovesNothingUntilAnotherIsMade()
    {
        _projected = 0;
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        FillAndRun(journal, keeper);
        FillAndRun(journal, keeper);
        Rot(CheckpointFiles.NameOf(CheckpointFiles.Numbers(_disk)[0]));
        _projected = long.MaxValue;

        FillAndRun(journal, keeper);
        Assert.Equal(1, SegmentCheck.Numbers(_disk)[0]);
        FillAndRun(journal, keeper);

        Assert.True(SegmentCheck.Numbers(_disk)[0] > 1);
        var core = new AuthorizationCore(CoreRig.Default(), new NoEffects());
        Recover(_disk.Settled(), core);
        Assert.Equal(StateOf(FullReplay()), StateOf(core));
    }

    [Fact]
    public void RunOnce_DamagedSegmentRemoved_CountsNoMore()
    {
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(
            journal, settings => settings with { ScrubEvery = TimeSpan.FromTicks(1) });
        FillAndRun(journal, keeper);
        _disk.Flip(SegmentCheck.NameOf(2), offset: 9_000);
        RunUntilScrubbed(keeper, 5);
        Assert.Equal(1, keeper.Counters.Damaged);

        FillAndRun(journal, keeper);

        Assert.True(SegmentCheck.Numbers(_disk)[0] > 2);
        Assert.Equal(0, keeper.Counters.Damaged);
    }

    /// <summary>Not only at the next scrub, which is a day away or never: the next start would refuse.</summary>
    [Fact]
    public void RunOnce_SealedSegmentIsDeleted_CountsUntilItIsBack()
    {
        _projected = 0;
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        FillAndRun(journal, keeper);
        string name = SegmentCheck.NameOf(2);
        byte[] bytes = _disk.Get(name);

        _disk.Remove(name);
        keeper.RunOnce();
        Assert.Equal(1, keeper.Counters.Damaged);
        keeper.RunOnce();
        Assert.Equal(1, keeper.Counters.Damaged);

        _disk.Put(name, bytes);
        keeper.RunOnce();
        Assert.Equal(0, keeper.Counters.Damaged);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("replaced")]
    public void RunOnce_SealedSegmentIsChanged_IsFoundAtOnce(string how)
    {
        _projected = 0;
        using JournalWriter journal = Open();
        using JournalKeeper keeper = KeeperOf(journal);
        FillAndRun(journal, keeper);

        string name = SegmentCheck.NameOf(2);
        _disk.Put(name, how == "cut" ? _disk.Get(name)[..8_192] : _disk.Get(SegmentCheck.NameOf(3)));
        keeper.RunOnce();

        Assert.Equal(1, keeper.Counters.Damaged);
    }

    [Fact]
    public void RunOnce_CheckpointMade_StatTellsFromWhereReplayingSuffices()
    {
        using (JournalWriter journal = _folder.Open(Small))
        using (JournalKeeper keeper = KeeperOf(journal))
        {
            FillAndRun(journal, keeper);
            Fill(journal, segments: 1);
        }

        using var output = new StringWriter();
        JournalTool.Stat(_folder.Path, output, asJson: true);

        JsonNode stat = JsonNode.Parse(output.ToString())!;
        Assert.Equal((long)stat["checkpoints"]![0]!["lsn"]! + 1, (long)stat["replayFrom"]!);
    }

    /// <summary>Whatever it is at: a checkpoint of before, segments, the new checkpoint, a scrub.</summary>
    [Fact]
    public void RunOnce_ToldToStopAtAnyRead_ReadsNoMore()
    {
        using JournalWriter journal = Open();
        using (JournalKeeper first = KeeperOf(journal))
        {
            FillAndRun(journal, first);
        }

        Fill(journal, segments: 4);
        bool isWhole = false;
        for (int stopAt = 1; !isWhole; stopAt++)
        {
            MemoryJournalDisk disk = _disk.Settled();
            using JournalKeeper keeper = KeeperOf(
                journal, settings => settings with { ScrubEvery = TimeSpan.FromTicks(1) }, disk);
            int reads = 0;
            disk.OnRead = _ =>
            {
                if (++reads == stopAt)
                {
                    keeper.Stop();
                }
            };
            Exception? stopped = Record.Exception(keeper.RunOnce);

            isWhole = reads < stopAt;
            Assert.True(isWhole || reads == stopAt, $"Read {reads - stopAt} times more after read {stopAt}.");
            Assert.True(stopped is null or OperationCanceledException);
            Assert.DoesNotContain(disk.List(), name => name.EndsWith(".filling", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void IsSpaceLow_FreeSpaceFallsAndComesBack_Follows()
    {
        const long Least = 1_000_000;
        _disk.FreeBytes = Least;
        using JournalWriter journal = _folder.OpenOn(_disk, settings => Small(settings) with { FreeSpaceMin = Least });
        Assert.False(journal.IsSpaceLow);

        _disk.FreeBytes = Least - 1;
        WaitWriting(journal, () => journal.IsSpaceLow);
        _disk.FreeBytes = Least + (Least / 8);
        WaitWriting(journal, () => !journal.IsSpaceLow);
    }

    private void Rot(string checkpoint) => _disk.Flip(checkpoint, JournalFormat.HeaderSize + 100);

    // Each batch reports progress, and each new segment makes the watch look.
    private void WaitWriting(JournalWriter journal, Func<bool> condition) => _folder.WaitUntil(() =>
    {
        journal.Append(RecordType.Late, new byte[4_000], []);
        journal.SubmitBatch();
        return condition();
    });

    private static void RunUntilScrubbed(JournalKeeper keeper, int segments)
    {
        for (int run = 0; run < 20 && keeper.Counters.SegmentsScrubbed < segments; run++)
        {
            keeper.RunOnce();
        }
    }

    private JournalWriter Open() => _folder.OpenOn(_disk, Small);

    private static JournalSettings Small(JournalSettings settings) => settings with
    {
        SegmentSize = 32 * 1024,
        BatchSize = 8 * 1024,
        CheckpointEvery = 64 * 1024,
        Retention = TimeSpan.Zero,
        ScrubEvery = TimeSpan.Zero,
        ScrubBytesPerSecond = long.MaxValue,
    };

    private JournalKeeper KeeperOf(
        JournalWriter journal, Func<JournalSettings, JournalSettings>? change = null, MemoryJournalDisk? disk = null)
    {
        JournalSettings settings = Small(_folder.Settings);
        return new JournalKeeper(new KeeperParts(
            change?.Invoke(settings) ?? settings, JournalRig.Keys,
            disk is null ? journal.Dependencies : journal.Dependencies with { Disk = disk }, () => journal.SealedUpTo,
            () => new AuthorizationCore(CoreRig.Default(), new NoEffects()), journal.SetReplayFrom,
            () => _projected));
    }

    private long FillAndRun(JournalWriter journal, JournalKeeper keeper)
    {
        Fill(journal, segments: 4);
        keeper.RunOnce();
        return journal.SealedUpTo.Segment;
    }

    // Payments through a core, and its records into the journal, until so many segments more are sealed.
    private void Fill(JournalWriter journal, int segments)
    {
        for (long until = journal.SealedUpTo.Segment + segments; journal.SealedUpTo.Segment < until;)
        {
            int stan = _rig.World.Records.Count + 1;
            _rig.Request(stan: stan, amount: 1 + (stan % 3), card: stan % 2 == 0 ? CoreRig.Card : CoreRig.OtherCard);
            for (; _written < _rig.World.Records.Count; _written++)
            {
                StoredRecord record = _rig.World.Records[_written];
                journal.Append(record.Type, record.Open, record.Secret);
            }

            journal.SubmitBatch();
            _folder.WaitUntil(() => journal.DurableLsn == journal.LastLsn);
        }
    }

    private AuthorizationCore FullReplay()
    {
        var core = new AuthorizationCore(CoreRig.Default(), new NoEffects());
        foreach (StoredRecord record in _rig.World.Records)
        {
            core.Recover(record.Lsn, record.Type, record.Open, record.Secret);
        }

        return core;
    }

    private static RecoveredJournal Recover(MemoryJournalDisk disk, AuthorizationCore core) => JournalRecovery.Run(
        disk, JournalRig.Identity, JournalRig.Keys,
        new RecoveryOptions { NowMs = 1, Restore = core.RestoreState }, core.Recover);

    private static List<string> StateOf(AuthorizationCore core)
    {
        var state = new List<string>();
        core.SaveState((type, open, secret) =>
            state.Add($"{type} {Convert.ToHexString(open)} {Convert.ToHexString(secret)}"));
        return state;
    }
}
