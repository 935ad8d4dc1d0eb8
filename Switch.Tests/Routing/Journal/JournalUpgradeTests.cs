using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>A journal that version 1 of the format began.</summary>
public sealed class JournalUpgradeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recover_JournalOfVersion1_GoesOnInVersion2(bool isClosed)
    {
        var disk = new MemoryJournalDisk();
        using JournalRig old = Old(disk, isClosed);
        long oldSegment = old.Appender.Segment;

        using var rig = new JournalRig(disk, seed: 2);
        Assert.Equal(old.Written, rig.Written);
        rig.CommitSome().CommitSome();

        Assert.Equal((1, 2), (VersionOf(disk, oldSegment), VersionOf(disk, oldSegment + 1)));
        var entries = new List<Entry>();
        JournalRig.Recover(disk.AfterPowerCut(new Random(1)), entries);
        Assert.Equal(rig.Written, entries);
        JournalReport report = JournalInspector.Inspect(
            disk, new InspectOptions { Keys = JournalRig.Keys, OpensAll = true });
        Assert.Empty(report.Damage);
        Assert.Equal(rig.Written.Count, report.Records);
        AssertTailSees(rig);
    }

    /// <summary>The store knows a record by this: another format must not make another record of it.</summary>
    [Fact]
    public void Reseal_SegmentsOfVersion1_AreVersion2WithTheSameRecords()
    {
        var disk = new MemoryJournalDisk();
        using JournalRig old = Old(disk, isClosed: true);
        using var rig = new JournalRig(disk, seed: 2);
        rig.CommitSome();
        List<(long Lsn, uint Checksum)> before = Checksums(disk);
        var keys = new JournalKeyRing(2, new Dictionary<ushort, byte[]>
        {
            [1] = SHA256.HashData("journal"u8), [2] = SHA256.HashData("next"u8),
        });

        JournalRepair.Run(
            disk, JournalRig.Identity, keys,
            JournalRepairTests.Options(acceptLoss: false, source: null) with { Reseal = true });

        Assert.Equal(2, VersionOf(disk, 1));
        Assert.Equal(before, Checksums(disk));
        JournalRepairTests.AssertIsWritten(rig, disk, keys);
    }

    [Fact]
    public void Repair_SegmentOfVersion1_KeepsAllThatIsWhole()
    {
        using JournalRig rig = JournalDamageTests.Filled(version: 1);
        rig.Disk.Flip(SegmentName.Of(2), JournalFormat.HeaderSize + 41);

        RepairReport report = JournalRepair.Run(
            rig.Disk, JournalRig.Identity, JournalRig.Keys, JournalRepairTests.Options(acceptLoss: true, null));

        LostRange lost = Assert.Single(report.Lost).Range;
        Assert.Equal(lost.FirstLsn, lost.LastLsn); // In version 1 a record has a checksum of its own.
        var entries = new List<Entry>();
        JournalRig.Recover(rig.Disk, entries);
        Assert.Equal(rig.Written.Where(entry => entry.Lsn != lost.FirstLsn), entries);
    }

    [Fact]
    public void Repair_FromACopyInVersion1_LosesNothing()
    {
        using JournalRig rig = JournalDamageTests.Filled(version: 1);
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Remove(SegmentName.Of(2));
        using var copy = new JournalCopySource(rig.Disk.Settled(), JournalRig.Identity, JournalRig.Keys);

        RepairReport report = JournalRepair.Run(
            disk, JournalRig.Identity, JournalRig.Keys, JournalRepairTests.Options(acceptLoss: false, copy));

        Assert.True(report.IsDone && report.Lost.Count == 0);
        JournalRepairTests.AssertIsWritten(rig, disk, JournalRig.Keys);
    }

    private static JournalRig Old(MemoryJournalDisk disk, bool isClosed)
    {
        var rig = new JournalRig(disk, seed: 1, version: 1);
        while (rig.Appender.Segment < 3)
        {
            rig.CommitSome(recordsMax: 8);
        }

        rig.CommitSome();
        if (isClosed)
        {
            rig.Close();
        }

        return rig;
    }

    private static int VersionOf(MemoryJournalDisk disk, long segment) =>
        BinaryPrimitives.ReadUInt16LittleEndian(disk.Get(SegmentName.Of(segment)).AsSpan(8));

    private static List<(long Lsn, uint Checksum)> Checksums(MemoryJournalDisk disk)
    {
        var checksums = new List<(long Lsn, uint Checksum)>();
        JournalInspector.Inspect(disk, new InspectOptions
        {
            Visit = (in JournalRecord record, string _, long _) => checksums.Add((record.Lsn, record.OpenChecksum)),
        });
        return checksums;
    }

    private static void AssertTailSees(JournalRig rig)
    {
        using var tail = new JournalTail(rig.Disk, 1, JournalRig.Keys);
        foreach (Entry entry in rig.Written)
        {
            Assert.True(tail.MoveNext(rig.Written.Count));
            var secret = new byte[tail.Current.SecretLength];
            tail.ReadSecret(secret);
            Assert.Equal(entry, Entry.Of(tail.Current.Lsn, tail.Current.Type, tail.Current.Open, secret));
        }
    }
}
