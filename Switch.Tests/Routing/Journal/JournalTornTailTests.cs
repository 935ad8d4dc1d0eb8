using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>What a crash may leave of the last batch, tried exhaustively.</summary>
public sealed class JournalTornTailTests
{
    private const int SyncedRecords = 60;

    /// <summary>What is done to the file from a given byte of the last batch on.</summary>
    public enum Tear
    {
        Truncated,
        Zeroed,
        OlderBytes,
        HeadMissing,
        Garbage,
    }

    [Theory]
    [InlineData(Tear.Truncated, 1)]
    [InlineData(Tear.Truncated, 2)]
    [InlineData(Tear.Zeroed, 1)]
    [InlineData(Tear.Zeroed, 2)]
    [InlineData(Tear.OlderBytes, 1)]
    [InlineData(Tear.OlderBytes, 2)]
    [InlineData(Tear.HeadMissing, 1)]
    [InlineData(Tear.HeadMissing, 2)]
    [InlineData(Tear.Garbage, 1)]
    [InlineData(Tear.Garbage, 2)]
    public void Recover_LastTwoRecordsTornAtAnyByte_YieldsAllThatWasSynced(Tear tear, int version)
    {
        using JournalRig rig = TwoSegments(version);
        string segment = rig.Segment;
        int start = BatchStart(rig.Disk.Get(segment));
        int synced = rig.Written.Count;
        rig.Add(100, 30).Add(77, 0).Commit();
        byte[] whole = rig.Disk.Get(segment);
        byte[] older = rig.Disk.Get(SegmentName.Of(1));
        int end = whole.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;

        for (int cut = start; cut < end; cut++)
        {
            MemoryJournalDisk disk = rig.Disk.Settled();
            disk.Put(segment, Torn(whole, older, tear, start, cut, end));

            List<Entry> entries = RecoverTwice(disk, rig.Written, synced, $"{tear} at {cut}");

            // Cut before the last record's last byte that is not zero: that record is gone, whatever else stayed.
            Assert.True(entries.Count < rig.Written.Count || tear is Tear.Zeroed or Tear.Truncated or Tear.HeadMissing);
        }
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(2, 16)]
    [InlineData(2, 1_500)]
    public void Recover_AnySectorsOfALargeBatchMissing_YieldsAllThatWasSynced(int version, int records)
    {
        // So many records take more than one group: the later may be whole where the first is not.
        bool isLarge = records > 100;
        int open = isLarge ? 7 : 380;
        using JournalRig rig = TwoSegments(version, batchSize: isLarge ? 128 * 1024 : 8_192);
        string segment = rig.Segment;
        byte[] before = rig.Disk.Get(segment);
        int synced = rig.Written.Count;
        for (int record = 0; record < records; record++)
        {
            rig.Add(open, 40);
        }

        rig.Commit();
        byte[] whole = rig.Disk.Get(segment);
        for (int seed = 0; seed < (isLarge ? 100 : 600); seed++)
        {
            var random = new Random(seed);
            byte[] torn = [.. before];
            int chance = random.Next(1, 100);
            for (int at = 0; at < torn.Length; at += 512)
            {
                if (random.Next(100) < chance)
                {
                    whole.AsSpan(at, 512).CopyTo(torn.AsSpan(at));
                }
            }

            MemoryJournalDisk disk = rig.Disk.Settled();
            disk.Put(segment, torn);

            RecoverTwice(disk, rig.Written, synced, $"seed {seed}");
        }
    }

    [Fact]
    public void Recover_TornTail_SaysWhereAndHowMuch()
    {
        using JournalRig rig = TwoSegments();
        string segment = rig.Segment;
        byte[] before = rig.Disk.Get(segment);
        int start = BatchStart(before);
        before[start + 100] = 1;
        rig.Disk.Put(segment, before);

        RecoveredJournal recovered = JournalRig.Recover(rig.Disk.Settled(), []);

        Assert.Equal(segment, recovered.TornSegment);
        Assert.True(recovered.TornOffset <= start && recovered.TornOffset + recovered.TornBytes == start + 101);
    }

    [Fact]
    public void Recover_SealTornAtAnyByte_LosesNothing()
    {
        using JournalRig rig = TwoSegments();
        string segment = rig.Segment;
        rig.Close();
        byte[] whole = rig.Disk.Get(segment);
        for (int cut = whole.Length - JournalFormat.SealSize; cut < whole.Length; cut++)
        {
            MemoryJournalDisk disk = rig.Disk.Settled();
            disk.Put(segment, whole[..cut]);
            RecoverTwice(disk, rig.Written, rig.Written.Count, $"seal cut at {cut}");

            byte[] zeroed = [.. whole];
            zeroed.AsSpan(cut).Clear();
            disk = rig.Disk.Settled();
            disk.Put(segment, zeroed);
            RecoverTwice(disk, rig.Written, rig.Written.Count, $"seal zeroed at {cut}");
        }
    }

    [Fact]
    public void Recover_ProcessKilledBeforeTruncation_AcceptsZerosBehindTheSeal()
    {
        using JournalRig rig = TwoSegments();
        string segment = rig.Segment;
        rig.Close();
        byte[] whole = rig.Disk.Get(segment);
        Array.Resize(ref whole, 32_768);
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Put(segment, whole);

        RecoverTwice(disk, rig.Written, rig.Written.Count, "not truncated");
    }

    /// <summary>Recovery must leave a journal that recovers again, to the same, without a doubtful tail.</summary>
    private static List<Entry> RecoverTwice(
        MemoryJournalDisk disk, List<Entry> written, int synced, string what)
    {
        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(disk, entries);
        Assert.True(entries.Count >= synced, $"{what}: {entries.Count} of {synced} synced records");
        Assert.True(written.Take(entries.Count).SequenceEqual(entries), $"{what}: not a prefix");
        Assert.Equal(entries.Count + 1, recovered.NextLsn);

        using var rig = new JournalRig(disk, seed: 99, recovered: recovered);
        rig.CommitSome();
        var again = new List<Entry>();
        RecoveredJournal second = JournalRig.Recover(disk.AfterPowerCut(new Random(1)), again);
        Assert.True(entries.Concat(rig.Written).SequenceEqual(again), $"{what}: second start");
        Assert.Equal(0, second.TornBytes);
        return entries;
    }

    private static JournalRig TwoSegments(int version = JournalFormat.Version, int batchSize = 8_192)
    {
        var rig = new JournalRig(
            new MemoryJournalDisk(), seed: 5, Math.Max(32_768, 2 * batchSize), batchSize, version: version);
        while (rig.Appender.Segment < 2 || rig.Written.Count < SyncedRecords)
        {
            rig.CommitSome();
        }

        Assert.Equal(2, rig.Appender.Segment);
        return rig;
    }

    private static int BatchStart(byte[] segment) =>
        (int)JournalFormat.AlignUp(segment.AsSpan().LastIndexOfAnyExcept((byte)0) + 1, 512);

    private static byte[] Torn(byte[] whole, byte[] older, Tear tear, int start, int cut, int end)
    {
        byte[] torn = tear == Tear.Truncated ? whole[..cut] : [.. whole];
        switch (tear)
        {
            case Tear.Zeroed:
                torn.AsSpan(cut).Clear();
                break;
            case Tear.OlderBytes:
                older.AsSpan(JournalFormat.HeaderSize, end - cut).CopyTo(torn.AsSpan(cut));
                break;
            case Tear.HeadMissing:
                torn.AsSpan(start, cut - start + 1).Clear();
                break;
            case Tear.Garbage:
                new Random(cut).NextBytes(torn.AsSpan(cut));
                break;
        }

        return torn;
    }
}
