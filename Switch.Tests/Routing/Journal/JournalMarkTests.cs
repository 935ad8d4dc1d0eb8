using System.Text;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

public class JournalMarkTests
{
    private static readonly JournalMark Mark = new()
    {
        Cluster = "east", Node = "node-1", Segment = 7, CreatedMs = 1_700_000_000_123, Epoch = 3, Lsn = 4_067,
    };

    [Fact]
    public void ToBytes_ThenRead_IsTheSame()
    {
        byte[] bytes = Mark.ToBytes();

        Assert.Equal(JournalMark.FileSize, bytes.Length);
        Assert.Equal(Mark, JournalMark.TryRead(bytes));
    }

    [Fact]
    public void ToBytes_LongestNames_FitTheSector()
    {
        JournalMark mark = Mark with
        {
            Cluster = new string('c', 63),
            Node = new string('n', 63),
            Segment = long.MaxValue,
            CreatedMs = long.MaxValue,
            Epoch = long.MaxValue,
            Lsn = long.MaxValue,
        };

        Assert.Equal(mark, JournalMark.TryRead(mark.ToBytes()));
    }

    /// <summary>Half of one sector is no mark, nor is one in which a bit has flipped.</summary>
    [Fact]
    public void TryRead_AnyByteOfItsLinesChanged_IsNull()
    {
        byte[] whole = Mark.ToBytes();
        int end = Encoding.ASCII.GetString(whole).IndexOf('#', StringComparison.Ordinal) - 1; // Before the line's end.
        for (int at = 0; at < end; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            Assert.True(JournalMark.TryRead(changed) is null, $"Byte {at} may be anything.");
            Assert.Null(JournalMark.TryRead(whole.AsSpan(0, at)));
        }

        Assert.Null(JournalMark.TryRead([]));
    }

    [Fact]
    public void Judge_JournalAsFarAsTheMark_IsTheSameAndLaterToo()
    {
        var disk = new MemoryJournalDisk();
        JournalMark mark = Write(disk, records: 5);
        Write(disk, records: 3);

        Assert.Equal(MarkVerdict.Same, mark.Judge(disk, JournalRig.Recover(disk, [])));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void Judge_JournalThatEndsBefore_IsOlder(int segments, int records)
    {
        var disk = new MemoryJournalDisk();
        JournalMark mark = Write(disk, records: 5);
        mark = mark with { Segment = mark.Segment + segments, Lsn = mark.Lsn + records };

        Assert.Equal(MarkVerdict.Older, mark.Judge(disk, JournalRig.Recover(disk, [])));
    }

    [Fact]
    public void Judge_SegmentOfAnotherTime_IsAnotherJournal()
    {
        var disk = new MemoryJournalDisk();
        JournalMark mark = Write(disk, records: 5);

        Assert.Equal(
            MarkVerdict.Another,
            (mark with { CreatedMs = mark.CreatedMs + 1 }).Judge(disk, JournalRig.Recover(disk, [])));
    }

    [Fact]
    public void GiveUp_InAnEmptyJournal_StandsInItAndLsnsGoOnBehind()
    {
        var disk = new MemoryJournalDisk();
        using (var rig = new JournalRig(disk, seed: 1))
        {
            rig.Appender.GiveUp(4_067, 1_700_000_000_000, "the disk is gone");
            Assert.Equal(4_068, rig.Appender.NextLsn);
            rig.Appender.Close(1_700_000_000_000);
        }

        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(disk, entries);

        Assert.Equal(4_068, recovered.NextLsn);
        Assert.Empty(entries);
        LostRange lost = Assert.Single(recovered.Lost);
        Assert.Equal((1, 4_067, "the disk is gone"), (lost.FirstLsn, lost.LastLsn, lost.Reason));
    }

    // One life that ends in order.
    private static JournalMark Write(MemoryJournalDisk disk, int records)
    {
        using var rig = new JournalRig(disk, seed: records);
        for (int record = 0; record < records; record++)
        {
            rig.Add(100, 0);
        }

        rig.Commit();
        var mark = new JournalMark
        {
            Cluster = "test", Node = "node-1", Segment = rig.Appender.Segment,
            CreatedMs = rig.Appender.SegmentCreatedMs, Epoch = rig.Appender.Epoch, Lsn = rig.Appender.NextLsn - 1,
        };
        rig.Appender.Close(1_700_000_000_000);
        return mark;
    }
}
