using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>From a copy comes back what was in the damaged segment, and nothing else that has the same LSN.</summary>
public sealed class JournalRepairCopyTests
{
    [Theory]
    [InlineData("test", "node-2")]
    [InlineData("other", "node-1")]
    public void Copy_OfAnotherNode_IsRefused(string cluster, string node)
    {
        var other = new JournalIdentity(cluster, node, JournalRig.Identity.TokenCheck);
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 77, identity: other);
        rig.CommitSome();

        JournalIdentityException refused = Assert.Throws<JournalIdentityException>(() => CopyOf(rig.Disk));

        Assert.Contains($"of the copy belongs to node '{node}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(100)]
    public void Repair_CopyOfAnotherHistory_GivesNothing(int offset)
    {
        using JournalRig rig = JournalDamageTests.Filled();
        using JournalRig other = JournalDamageTests.Filled(seed: 78);
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(2), offset);

        RepairReport report = Repair(disk, other.Disk);

        Assert.Equal(0, report.Restored);
        JournalRepairTests.AssertHolds(rig, disk, report);
    }

    /// <summary>The copy was taken before a power cut that took its last batch; what came then has the LSNs.</summary>
    [Fact]
    public void Repair_CopyWhoseTailWasTornOff_GivesNothingOfTheTail()
    {
        using var first = new JournalRig(new MemoryJournalDisk(), seed: 1);
        first.CommitSome().CommitSome();
        MemoryJournalDisk disk = first.Disk.Settled();
        first.CommitSome();
        using var rig = new JournalRig(disk, seed: 9);
        long start = rig.Appender.NextLsn;
        while (rig.Appender.Segment < 3)
        {
            rig.CommitSome();
        }

        Assert.Contains(first.Written, entry => entry.Lsn == start);
        disk = disk.Settled();
        disk.Flip(SegmentName.Of(2), offset: JournalFormat.HeaderSize + 50);

        RepairReport report = Repair(disk, first.Disk);

        Assert.Equal((0, start), (report.Restored, Assert.Single(report.Lost).Range.FirstLsn));
        JournalRepairTests.AssertHolds(rig, disk, report);
    }

    /// <summary>A header that is gone names no salt: what the next segment follows shows that the copy is the same.
    /// </summary>
    [Theory]
    [InlineData(new[] { 1 })]
    [InlineData(new[] { 3 })]
    [InlineData(new[] { 1, 2 })]
    [InlineData(new[] { 1, 2, 3 })]
    public void Repair_HeadersGone_AllComesFromTheCopy(int[] numbers)
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        foreach (int number in numbers)
        {
            disk.Flip(SegmentName.Of(number), offset: 100);
        }

        AssertAllRestored(rig, disk, Repair(disk, rig.Disk));
    }

    [Fact]
    public void Repair_RecordsAndTheNextHeaderGone_AllComesFromTheCopy()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(1), offset: 5_000);
        disk.Flip(SegmentName.Of(2), offset: 100);

        AssertAllRestored(rig, disk, Repair(disk, rig.Disk));
    }

    /// <summary>Nothing follows the last segment; that its own header is whole must do.</summary>
    [Fact]
    public void Repair_LastSegmentDamaged_RecordsComeFromTheCopy()
    {
        using JournalRig rig = JournalDamageTests.Filled().CommitSome().CommitSome();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(rig.Segment, offset: JournalFormat.HeaderSize + 50);

        AssertAllRestored(rig, disk, Repair(disk, rig.Disk));
    }

    /// <summary>Writing a segment anew gives it another salt; a copy of before still is of the same history.</summary>
    [Fact]
    public void Repair_CopyOfBeforeAReseal_LosesNothing()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        byte[] first = SHA256.HashData("journal"u8);
        var keys = new JournalKeyRing(
            2, new Dictionary<ushort, byte[]> { [1] = first, [2] = SHA256.HashData("next"u8) });
        JournalRepair.Run(disk, JournalRig.Identity, keys, Options(null) with { Reseal = true });
        disk.Flip(SegmentName.Of(2), offset: 5_000);
        using JournalCopySource copy = CopyOf(rig.Disk);

        RepairReport report = JournalRepair.Run(disk, JournalRig.Identity, keys, Options(copy));

        AssertAllRestored(rig, disk, report, keys);
    }

    [Fact]
    public void Repair_CopyThatCannotBeReadToItsEnd_StillGivesWhatItCan()
    {
        using JournalRig rig = JournalDamageTests.Filled();
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Flip(SegmentName.Of(2), offset: JournalFormat.HeaderSize + 50);
        MemoryJournalDisk unreadable = rig.Disk.Settled();
        using var copy = new JournalCopySource(unreadable, JournalRig.Identity, JournalRig.Keys);
        int reads = 0;
        unreadable.OnRead = name =>
        {
            const int InSearchOfTheEnd = 3;
            if (++reads == InSearchOfTheEnd)
            {
                throw new JournalDiskException("pread", name, 5, "I/O error");
            }
        };

        AssertAllRestored(rig, disk, JournalRepair.Run(disk, JournalRig.Identity, JournalRig.Keys, Options(copy)));
    }

    private static void AssertAllRestored(
        JournalRig rig, MemoryJournalDisk disk, RepairReport report, JournalKeyRing? keys = null)
    {
        Assert.Empty(report.Lost);
        Assert.True(report.Restored > 0);
        JournalRepairTests.AssertIsWritten(rig, disk, keys);
    }

    private static RepairReport Repair(MemoryJournalDisk disk, MemoryJournalDisk from)
    {
        using JournalCopySource copy = CopyOf(from);
        return JournalRepair.Run(disk, JournalRig.Identity, JournalRig.Keys, Options(copy));
    }

    private static JournalCopySource CopyOf(MemoryJournalDisk disk) =>
        new(disk.Settled(), JournalRig.Identity, JournalRig.Keys);

    private static RepairOptions Options(JournalCopySource? source) =>
        JournalRepairTests.Options(acceptLoss: true, source);
}
