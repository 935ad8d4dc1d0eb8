using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

public sealed class JournalTailTests
{
    [Fact]
    public void MoveNext_BesideAWriter_SeesEachRecordOnceInOrder()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        using var tail = new JournalTail(rig.Disk, 1, JournalRig.Keys);
        var seen = new List<Entry>();
        for (int batch = 0; batch < 200; batch++)
        {
            rig.CommitSome();
            if (batch % 3 == 0)
            {
                Read(tail, rig.Written.Count, seen);
                Assert.Equal(rig.Written.Count, seen.Count);
            }
        }

        Read(tail, rig.Written.Count, seen);
        Assert.Equal(rig.Written, seen);
        Assert.True(rig.Appender.Segment > 4);
    }

    /// <summary>A reader that follows a journal must not fill the machine's memory with what it has read.</summary>
    [Fact]
    public void MoveNext_ToTheNextSegment_DropsTheOneBefore()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        while (rig.Appender.Segment < 4)
        {
            rig.CommitSome();
        }

        var dropped = new List<string>();
        rig.Disk.OnDropCache = dropped.Add;
        using var tail = new JournalTail(rig.Disk, 1, JournalRig.Keys);
        Read(tail, rig.Written.Count, []);

        Assert.Equal([SegmentCheck.NameOf(1), SegmentCheck.NameOf(2), SegmentCheck.NameOf(3)], dropped);
    }

    [Fact]
    public void MoveNext_RecordNotDurable_IsHeldBack()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        using var tail = new JournalTail(rig.Disk, 1, JournalRig.Keys);
        rig.Add(10, 0).Add(10, 0).Add(10, 0).Commit();
        var seen = new List<Entry>();

        Read(tail, 2, seen);
        Assert.Equal(rig.Written.Take(2), seen);
        Assert.False(tail.MoveNext(0));

        Read(tail, 3, seen);
        Assert.Equal(rig.Written, seen);
    }

    [Fact]
    public void MoveNext_FromAnyPosition_BeginsThere()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 2);
        for (int batch = 0; batch < 60; batch++)
        {
            rig.CommitSome();
        }

        for (int from = 1; from <= rig.Written.Count + 1; from++)
        {
            using var tail = new JournalTail(rig.Disk, from, JournalRig.Keys);
            var seen = new List<Entry>();
            Read(tail, rig.Written.Count, seen);
            Assert.Equal(rig.Written.Skip(from - 1), seen);
        }
    }

    [Fact]
    public void MoveNext_AcrossARestart_GoesOn()
    {
        var disk = new MemoryJournalDisk();
        using var first = new JournalRig(disk, seed: 1);
        first.CommitSome().CommitSome();
        using var tail = new JournalTail(disk, 1, JournalRig.Keys);
        var seen = new List<Entry>();
        Read(tail, first.Written.Count, seen);
        using var second = new JournalRig(disk, seed: 2);
        second.CommitSome();

        Read(tail, second.Written.Count, seen);

        Assert.Equal(second.Written, seen);
    }

    [Fact]
    public void MoveNext_DurableRecordFlipped_Refuses()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(100, 0).Commit();
        rig.Disk.Flip(rig.Segment, JournalFormat.HeaderSize + 60);
        using var tail = new JournalTail(rig.Disk, 1);

        JournalDamagedException refused = Assert.Throws<JournalDamagedException>(() => tail.MoveNext(1));

        Assert.Equal((rig.Segment, JournalFormat.HeaderSize, 1), (refused.Segment, refused.Offset, refused.Lsn));
    }

    [Fact]
    public void MoveNext_SegmentRemoved_SaysWhichRecordIsGone()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        string first = rig.Segment;
        while (rig.Appender.Segment < 3)
        {
            rig.CommitSome();
        }

        rig.Disk.Remove(first);
        using var tail = new JournalTail(rig.Disk, 1);

        Assert.Contains(
            "LSN 1", Assert.Throws<JournalException>(() => tail.MoveNext(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadSecret_WithoutKeys_Refuses()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(8, 8).Commit();
        using var tail = new JournalTail(rig.Disk, 1);
        Assert.True(tail.MoveNext(1));

        Assert.Throws<JournalKeyException>(() => tail.ReadSecret(new byte[8]));
    }

    private static void Read(JournalTail tail, long durable, List<Entry> into)
    {
        while (tail.MoveNext(durable))
        {
            JournalRecord record = tail.Current;
            var secret = new byte[record.SecretLength];
            if (secret.Length > 0)
            {
                tail.ReadSecret(secret);
            }

            into.Add(Entry.Of(record.Lsn, record.Type, record.Open, secret));
        }
    }
}
