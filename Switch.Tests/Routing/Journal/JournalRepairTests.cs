using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>Damage mended: nothing whole is lost, and what is lost is said, exactly.</summary>
public sealed class JournalRepairTests
{
    [Fact]
    public void Repair_HealthyJournal_ChangesNothing()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();

        RepairReport report = Repair(disk, acceptLoss: true);

        Assert.True(report.IsDone);
        Assert.Empty(report.Segments);
        Assert.All(disk.List(), name => Assert.Equal(rig.Disk.Get(name), disk.Get(name)));
    }

    [Fact]
    public void Repair_LossNotAccepted_ListsItAndChangesNothing()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = Damaged(rig, seed: 1);
        MemoryJournalDisk before = disk.Settled();

        RepairReport report = Repair(disk, acceptLoss: false);

        Assert.False(report.IsDone);
        Assert.NotEmpty(report.Lost);
        Assert.Equal(before.List().Order(), disk.List().Order());
        Assert.All(disk.List(), name => Assert.Equal(before.Get(name), disk.Get(name)));
    }

    [Fact]
    public void Repair_LossAccepted_KeepsAllThatIsWholeAndNamesTheRest()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            using JournalRig rig = JournalDamageTests.Filled();
            MemoryJournalDisk disk = Damaged(rig, seed);

            RepairReport report = Repair(disk, acceptLoss: true);

            AssertHolds(rig, disk, report);
        }
    }

    [Fact]
    public void Repair_WithACopy_LosesNothing()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            using JournalRig rig = JournalDamageTests.Filled();
            MemoryJournalDisk disk = Damaged(rig, seed);
            using var copy = new JournalCopySource(
                rig.Disk.Settled(), JournalRig.Identity, JournalRig.Keys);

            RepairReport report = Repair(disk, acceptLoss: false, copy);

            Assert.True(report.IsDone);
            Assert.Empty(report.Lost);
            var entries = new List<Entry>();
            JournalRig.Recover(disk, entries);
            Assert.Equal(rig.Written, entries);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Repair_HeaderDamaged_LosesThatSegmentOnly(int number)
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(number), offset: 100);

        RepairReport report = Repair(disk, acceptLoss: true);

        Assert.Equal(SegmentName.Of(number), Assert.Single(report.Lost).Range.Segment);
        AssertHolds(rig, disk, report);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Repair_FileMissing_IsReplacedByWhatIsKnown(int number)
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Remove(SegmentName.Of(number));

        RepairReport report = Repair(disk, acceptLoss: true);

        AssertHolds(rig, disk, report);
    }

    [Fact]
    public void Repair_SegmentOfAnotherHistory_IsAllLost()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        using JournalRig other = JournalDamageTests.Filled(seed: 78);
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Put(SegmentName.Of(2), other.Disk.Get(SegmentName.Of(2)));

        AssertHolds(rig, disk, Repair(disk, acceptLoss: true));
    }

    [Fact]
    public void Repair_NeighboursDamaged_HoldTogetherAgain()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(1), offset: 9_000);
        disk.Flip(SegmentName.Of(2), offset: 100);
        disk.Flip(SegmentName.Of(3), offset: 5_000);

        RepairReport report = Repair(disk, acceptLoss: true);

        Assert.Equal(3, report.Segments.Count);
        AssertHolds(rig, disk, report);
    }

    /// <summary>No LSN may ever be given out twice, also when it is not known how far they went.</summary>
    [Fact]
    public void Repair_LastHeaderDamaged_GoesOnBehindEveryLsnThatMayHaveBeen()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(rig.Segment, offset: 100);

        Repair(disk, acceptLoss: true);

        Assert.True(JournalRig.Recover(disk, []).NextLsn > rig.Written.Count);
    }

    [Fact]
    public void Repair_ThenAppend_IsOneJournal()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = Damaged(rig, seed: 3);
        Repair(disk, acceptLoss: true);
        var entries = new List<Entry>();
        JournalRig.Recover(disk.Settled(), entries);

        using (var next = new JournalRig(disk, seed: 9))
        {
            next.CommitSome();
            entries.AddRange(next.Written.Skip(next.Written.Count - 4).Where(entry => entry.Lsn > entries[^1].Lsn));
            next.Close();
        }

        var again = new List<Entry>();
        JournalRig.Recover(disk, again);
        Assert.True(again.Count > entries.Count - 4);
        Assert.Empty(JournalInspector.Inspect(disk, new InspectOptions()).Damage);
    }

    [Fact]
    public void Repair_DamagedFile_StaysUnderAnotherName()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(2), offset: 5_000);
        byte[] damaged = disk.Get(SegmentName.Of(2));

        Repair(disk, acceptLoss: true);

        Assert.Equal(damaged, disk.Get(SegmentName.Of(2) + ".damaged-1800000000000"));
    }

    [Fact]
    public void Repair_PowerCutAtAnyStep_CanBeDoneAgain()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk counted = Damaged(rig, seed: 5);
        counted.OnOperation = (_, _, _) => { };
        Repair(counted, acceptLoss: true);
        Assert.True(counted.Operations > 5);
        for (int step = 1; step <= counted.Operations; step++)
        {
            MemoryJournalDisk disk = Damaged(rig, seed: 5);
            disk.OnOperation = (number, _, name) =>
            {
                if (number >= step)
                {
                    throw new JournalDiskException("pwrite", name, 5, "I/O error");
                }
            };
            Assert.Throws<JournalDiskException>(() => Repair(disk, acceptLoss: true));
            MemoryJournalDisk after = disk.AfterPowerCut(new Random(step));

            AssertHolds(rig, after, Repair(after, acceptLoss: true), mayBeDone: true);
        }
    }

    /// <summary>After a rotation: the old key is not needed for anything any more.</summary>
    [Fact]
    public void Reseal_AfterARotation_NeedsTheNewKeyOnly()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        rig.Close();
        MemoryJournalDisk disk = rig.Disk.Settled();
        byte[] next = SHA256.HashData("next"u8);
        var both = new JournalKeyRing(
            2, new Dictionary<ushort, byte[]> { [1] = SHA256.HashData("journal"u8), [2] = next });
        var onlyNew = new JournalKeyRing(2, next);
        using (new JournalRig(disk, seed: 5, recovered: JournalRig.Recover(disk, [], keys: both)))
        {
            // A start under the new key: the last segment with the old one is not the last any more.
        }

        Assert.Contains(
            "key id 1",
            Assert.Throws<JournalKeyException>(() => JournalRig.Recover(disk.Settled(), [], keys: onlyNew)).Message,
            StringComparison.Ordinal);
        RepairReport report = JournalRepair.Run(
            disk, JournalRig.Identity, both, Options(acceptLoss: false, null) with { Reseal = true });

        Assert.True(report.IsDone);
        Assert.Equal(4, report.Segments.Count);
        AssertIsWritten(rig, disk, onlyNew);
        Assert.DoesNotContain(disk.List(), name => name.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void Repair_ManySegments_LeavesNoFileOpen()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(1), offset: 9_000);
        disk.Flip(SegmentName.Of(2), offset: 9_000);
        disk.Flip(SegmentName.Of(3), offset: 5_000);
        var open = new List<int>();
        disk.OnOperation = (_, operation, _) => open.AddRange(operation == "rename" ? [disk.OpenFiles] : []);

        Repair(disk, acceptLoss: true);

        Assert.Equal([0, 0, 0], open);
    }

    /// <summary>A segment at a time: room for one more is enough, and a crash leaves some under each key.</summary>
    [Fact]
    public void Reseal_PowerCutAtAnyStep_StaysOneJournalAndCanBeDoneAgain()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk whole = rig.Disk.Settled();
        var both = new JournalKeyRing(
            2, new Dictionary<ushort, byte[]> { [1] = SHA256.HashData("journal"u8), [2] = SHA256.HashData("next"u8) });
        RepairOptions reseal = Options(acceptLoss: false, null) with { Reseal = true };
        int unfinishedMost = 0;
        int steps = 0;
        whole.OnOperation = (number, _, _) =>
        {
            steps = number;
            unfinishedMost = Math.Max(
                unfinishedMost,
                whole.List().Count(name => name.EndsWith(SegmentName.Filling, StringComparison.Ordinal)));
        };
        JournalRepair.Run(whole, JournalRig.Identity, both, reseal);
        Assert.Equal(1, unfinishedMost);
        for (int step = 1; step <= steps; step++)
        {
            MemoryJournalDisk disk = rig.Disk.Settled();
            disk.OnOperation = (number, _, name) =>
            {
                if (number >= step)
                {
                    throw new JournalDiskException("pwrite", name, 5, "I/O error");
                }
            };
            Assert.Throws<JournalDiskException>(() => JournalRepair.Run(disk, JournalRig.Identity, both, reseal));
            MemoryJournalDisk after = disk.AfterPowerCut(new Random(step));

            AssertIsWritten(rig, after.Settled(), both);
            Assert.True(JournalRepair.Run(after, JournalRig.Identity, both, reseal).IsDone);
            AssertIsWritten(rig, after, both);
        }
    }

    [Fact]
    public void Repair_KeyMissing_NamesItAndChangesNothing()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = Damaged(rig, seed: 1);
        MemoryJournalDisk before = disk.Settled();
        var other = new JournalKeyRing(7, SHA256.HashData("other"u8));

        JournalKeyException refused = Assert.Throws<JournalKeyException>(
            () => JournalRepair.Run(disk, JournalRig.Identity, other, Options(acceptLoss: true, null)));

        Assert.Contains("key id 1", refused.Message, StringComparison.Ordinal);
        Assert.All(disk.List(), name => Assert.Equal(before.Get(name), disk.Get(name)));
    }

    [Fact]
    public void Tail_ThroughARepairedJournal_GoesOverTheLost()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = Damaged(rig, seed: 2);
        RepairReport report = Repair(disk, acceptLoss: true);
        long last = JournalRig.Recover(disk.Settled(), []).NextLsn - 1;
        using var tail = new JournalTail(disk, 1);
        var lsns = new List<long>();
        while (tail.MoveNext(last))
        {
            if (tail.Current.Type != RecordType.Lost)
            {
                lsns.Add(tail.Current.Lsn);
            }
        }

        Assert.Equal(rig.Written.Select(entry => entry.Lsn).Where(lsn => !IsLost(report, lsn)), lsns);
    }

    // Whatever was whole is there as it was written, whatever is not is on the list, and the journal is good again.
    internal static void AssertHolds(
        JournalRig rig, MemoryJournalDisk disk, RepairReport report, bool mayBeDone = false)
    {
        Assert.True(report.IsDone);
        Assert.Empty(JournalInspector.Inspect(
            disk, new InspectOptions { Keys = JournalRig.Keys, Identity = JournalRig.Identity }).Damage);
        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(disk, entries);
        Assert.Equal(rig.Written.Where(entry => !recovered.Lost.Any(lost => Has(lost, entry.Lsn))), entries);
        if (!mayBeDone)
        {
            Assert.Equal(report.Lost.Select(lost => lost.Range), recovered.Lost);
        }
    }

    internal static void AssertIsWritten(JournalRig rig, MemoryJournalDisk disk, JournalKeyRing? keys)
    {
        var entries = new List<Entry>();
        JournalRig.Recover(disk, entries, keys: keys);
        Assert.Equal(rig.Written, entries);
    }

    private static bool IsLost(RepairReport report, long lsn) => report.Lost.Any(lost => Has(lost.Range, lsn));

    private static bool Has(LostRange range, long lsn) => range.FirstLsn <= lsn && lsn <= range.LastLsn;

    private static MemoryJournalDisk Damaged(JournalRig rig, int seed)
    {
        MemoryJournalDisk disk = rig.Disk.Settled();
        var random = new Random(seed);
        for (int hit = random.Next(1, 4); hit > 0; hit--)
        {
            // Where records are, of a segment that is sealed: so that there is something to lose.
            string name = SegmentName.Of(random.Next(1, 4));
            byte[] bytes = disk.Get(name);
            int at = random.Next(JournalFormat.HeaderSize, bytes.Length - JournalFormat.SealSize - 600);
            random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(600, 3_000), bytes.Length - at)));
            disk.Put(name, bytes);
        }

        return disk;
    }

    private static RepairReport Repair(MemoryJournalDisk disk, bool acceptLoss, JournalCopySource? source = null) =>
        JournalRepair.Run(disk, JournalRig.Identity, JournalRig.Keys, Options(acceptLoss, source));

    internal static RepairOptions Options(bool acceptLoss, JournalCopySource? source) => new()
    {
        AcceptLoss = acceptLoss, Source = source, Salts = new Random(99).NextBytes, NowMs = 1_800_000_000_000,
    };
}
