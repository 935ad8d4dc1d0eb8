using System.Text;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

public sealed class JournalRoundTripTests
{
    [Fact]
    public void Crc32C_KnownVectors_Agree()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32])); // RFC 3720, B.4.
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        uint half = Crc32C.Append(Crc32C.Start, "123"u8);
        Assert.Equal(Crc32C.Of("123456789"u8), Crc32C.Finish(Crc32C.Append(half, "456789"u8)));
    }

    [Fact]
    public void Recover_EmptyFolder_StartsAtOne()
    {
        var entries = new List<Entry>();

        RecoveredJournal recovered = JournalRig.Recover(new MemoryJournalDisk(), entries);

        Assert.Empty(entries);
        Assert.Equal((1, 1, 0), (recovered.NextLsn, recovered.NextSegment, recovered.Epoch));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recover_ManyBatchesAndSegments_ReplaysEachRecordOnce(bool isClosed)
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        for (int batch = 0; batch < 200; batch++)
        {
            rig.CommitSome();
        }

        if (isClosed)
        {
            rig.Close();
        }

        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(rig.Disk, entries);

        Assert.Equal(rig.Written, entries);
        Assert.True(recovered.NextSegment > 4);
        Assert.Equal(
            (rig.Written.Count + 1, isClosed, 0), (recovered.NextLsn, recovered.WasSealed, recovered.TornBytes));
    }

    [Fact]
    public void Recover_AfterSeveralStarts_GoesOnWhereItEnded()
    {
        var disk = new MemoryJournalDisk();
        var all = new List<Entry>();
        for (int start = 1; start <= 5; start++)
        {
            using var rig = new JournalRig(disk, seed: start);
            Assert.Equal(all, rig.Written);
            Assert.Equal(start, rig.Appender.Epoch);
            rig.CommitSome().CommitSome();
            all = rig.Written;
        }
    }

    [Fact]
    public void Write_LargestRecords_Survive()
    {
        using var rig = new JournalRig(
            new MemoryJournalDisk(), seed: 1, segmentSize: 4 << 20, batchSize: JournalFormat.RecordSizeMax);
        int size = JournalFormat.RecordSizeMax - JournalFormat.RecordHeaderSize;
        rig.Add(size, 0).Commit().Add(0, size - JournalFormat.TagSize).Commit().Add(0, 0).Commit();

        var entries = new List<Entry>();
        JournalRig.Recover(rig.Disk, entries);

        Assert.Equal(rig.Written, entries);
    }

    [Fact]
    public void Write_Secret_NotOnDiskInClear()
    {
        byte[] canary = Encoding.ASCII.GetBytes("4929123412341234");
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(RecordType.Intent, "open"u8.ToArray(), canary).Commit();

        byte[] disk = rig.Disk.Get(rig.Segment);

        Assert.True(disk.AsSpan().IndexOf("open"u8) > 0);
        Assert.Equal(-1, disk.AsSpan().IndexOf(canary));
        Assert.Equal(-1, disk.AsSpan().IndexOf(canary.AsSpan(0, 6)));
    }
}
