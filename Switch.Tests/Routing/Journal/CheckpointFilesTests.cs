using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Routing.Recovery;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>Checkpoints on a disk: found, tied to their journal, and never believed when they are not whole.</summary>
public sealed class CheckpointFilesTests
{
    [Fact]
    public void Recover_WithACheckpoint_RestoresItAndReplaysTheRest()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        rig.CommitSome().CommitSome();
        var restored = new List<string>();
        var entries = new List<Entry>();

        RecoveredJournal recovered = JournalRig.Recover(rig.Disk, entries, restore: Into(restored));

        Assert.Equal(StateOf(place), restored);
        Assert.Equal(rig.Written.Where(entry => entry.Lsn > place.Lsn), entries);
        Assert.Equal((place, rig.Appender.NextLsn), (recovered.Checkpoint, recovered.NextLsn));
        Assert.Empty(recovered.RejectedCheckpoints);
    }

    [Fact]
    public void Recover_CoveredSegmentsRemoved_Works()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        rig.CommitSome();
        for (long number = 1; number <= place.Segment; number++)
        {
            rig.Disk.Remove(SegmentName.Of(number));
        }

        var entries = new List<Entry>();
        JournalRig.Recover(rig.Disk, entries, restore: Into([]));

        Assert.Equal(rig.Written.Where(entry => entry.Lsn > place.Lsn), entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recover_BeginningRemovedAndNoCheckpoint_Refuses(bool hasDamagedCheckpoint)
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        rig.CommitSome();
        rig.Disk.Remove(SegmentName.Of(1));
        if (hasDamagedCheckpoint)
        {
            Flip(rig.Disk, SegmentName.OfCheckpoint(place.Segment), offset: 5_000);
        }
        else
        {
            rig.Disk.Remove(SegmentName.OfCheckpoint(place.Segment));
        }

        JournalDamagedException refused = Assert.Throws<JournalDamagedException>(
            () => JournalRig.Recover(rig.Disk, [], restore: Into([])));

        Assert.Contains("no good checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_NewestDamaged_TakesTheOneBeforeAndSaysSo()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace older = RollAndCheckpoint(rig);
        CheckpointPlace newer = RollAndCheckpoint(rig);
        string name = SegmentName.OfCheckpoint(newer.Segment);
        int size = rig.Disk.Get(name).Length;
        for (int offset = 0; offset < size; offset += 7)
        {
            byte[] good = rig.Disk.Get(name);
            Flip(rig.Disk, name, offset);
            var restored = new List<string>();
            RecoveredJournal recovered = JournalRig.Recover(rig.Disk.Settled(), [], restore: Into(restored));
            bool isUnused = offset < JournalFormat.HeaderSize && recovered.RejectedCheckpoints.Count == 0;
            Assert.False(isUnused, $"A flip at {offset} was not seen.");
            Assert.Equal(StateOf(older), restored);
            Assert.Equal(name, Assert.Single(recovered.RejectedCheckpoints).Name);
            rig.Disk.Put(name, good);
        }
    }

    [Fact]
    public void Recover_CheckpointCutAnywhere_IsNotBelieved()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        string name = SegmentName.OfCheckpoint(place.Segment);
        byte[] whole = rig.Disk.Get(name);
        for (int size = 0; size < whole.Length; size += 37)
        {
            rig.Disk.Put(name, whole[..size]);
            Assert.Null(JournalRig.Recover(rig.Disk.Settled(), [], restore: Into([])).Checkpoint);
        }
    }

    [Fact]
    public void Recover_CheckpointOfAnotherJournal_Refuses()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        using var other = new JournalRig(new MemoryJournalDisk(), seed: 2);
        RollAndCheckpoint(other);
        rig.Disk.Put(
            SegmentName.OfCheckpoint(place.Segment), other.Disk.Get(SegmentName.OfCheckpoint(place.Segment)));

        JournalDamagedException refused = Assert.Throws<JournalDamagedException>(
            () => JournalRig.Recover(rig.Disk, [], restore: Into([])));

        Assert.Contains("checkpoint", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_CheckpointOfAnotherNode_Refuses()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        RollAndCheckpoint(rig);

        Assert.Throws<JournalIdentityException>(() => JournalRig.Recover(
            rig.Disk, [], identity: JournalRig.Identity with { Node = "node-2" }, restore: Into([])));
    }

    [Fact]
    public void Recover_JournalShorterThanItsCheckpoint_Refuses()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);
        for (long number = place.Segment; number <= rig.Appender.Segment; number++)
        {
            rig.Disk.Remove(SegmentName.Of(number));
        }

        Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, [], restore: Into([])));
    }

    [Fact]
    public void Write_Secrets_AreNotOnTheDisk()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = RollAndCheckpoint(rig);

        byte[] bytes = rig.Disk.Get(SegmentName.OfCheckpoint(place.Segment));

        Assert.Equal(-1, bytes.AsSpan().IndexOf("secret"u8));
        Assert.True(bytes.AsSpan().IndexOf("open"u8) > 0);
    }

    /// <summary>After a rotation the new checkpoint needs the new key only.</summary>
    [Fact]
    public void Recover_KeyRotated_NeedsOnlyTheKeyOfTheNewestCheckpoint()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = Roll(rig);
        byte[] next = SHA256.HashData("next"u8);
        Save(rig, place, new JournalKeyRing(2, next));
        var onlyNew = new JournalKeyRing(2, next);
        rig.Disk.Put(rig.Segment, WithoutRecords(rig));

        Assert.Equal(
            place, JournalRig.Recover(rig.Disk.Settled(), [], keys: onlyNew, restore: Into([])).Checkpoint);
        JournalKeyException refused = Assert.Throws<JournalKeyException>(
            () => JournalRig.Recover(rig.Disk, [], restore: Into([])));
        Assert.Contains("key id 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_CrashAtAnyStep_LeavesTheJournalAndNoHalfCheckpoint()
    {
        int steps = StepsOf((disk, _) => disk.OnOperation = (_, _, _) => { });
        Assert.True(steps > 5);
        for (int step = 1; step <= steps; step++)
        {
            StepsOf((disk, rig) => disk.OnOperation = (number, _, _) =>
            {
                if (number >= step + rig)
                {
                    throw new JournalDiskException("pwrite", "checkpoint", 5, "I/O error");
                }
            });
        }
    }

    [Fact]
    public void Write_Stopped_LeavesNothing()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        CheckpointPlace place = Roll(rig);

        long size = CheckpointFiles.Write(
            rig.Disk, JournalRig.Identity, JournalRig.Keys, place, new Random(1).NextBytes, 0,
            sink => GiveState(place, sink), () => true);

        Assert.Equal(0, size);
        Assert.DoesNotContain(rig.Disk.List(), name => name.Contains("checkpoint", StringComparison.Ordinal));
    }

    // Writes a checkpoint beside an older one on a disk that was made ready by the test, cuts the power and recovers.
    private static int StepsOf(Action<MemoryJournalDisk, int> prepare)
    {
        var disk = new MemoryJournalDisk();
        using var rig = new JournalRig(disk, seed: 1);
        CheckpointPlace older = RollAndCheckpoint(rig);
        CheckpointPlace newer = Roll(rig);
        int before = disk.Operations;
        prepare(disk, before);
        try
        {
            Save(rig, newer, JournalRig.Keys);
        }
        catch (JournalDiskException)
        {
            // The step that the test wanted to fail, and all after it.
        }

        disk.OnOperation = null;
        int steps = disk.Operations - before;
        for (int cut = 0; cut < 10; cut++)
        {
            var restored = new List<string>();
            var entries = new List<Entry>();
            MemoryJournalDisk after = disk.AfterPowerCut(new Random(cut));
            RecoveredJournal recovered = JournalRig.Recover(after, entries, restore: Into(restored));
            CheckpointPlace found = recovered.Checkpoint!.Value;
            Assert.True(found == older || found == newer);
            Assert.Equal(StateOf(found), restored);
            Assert.Equal(rig.Written.Where(entry => entry.Lsn > found.Lsn), entries);
            Assert.Empty(recovered.RejectedCheckpoints);
            Assert.DoesNotContain(after.List(), name => name.EndsWith(SegmentName.Filling, StringComparison.Ordinal));
        }

        return steps;
    }

    private static CheckpointPlace Roll(JournalRig rig)
    {
        for (long until = rig.Appender.Segment + 2; rig.Appender.Segment < until;)
        {
            rig.CommitSome();
        }

        return rig.Appender.SealedUpTo;
    }

    private static CheckpointPlace RollAndCheckpoint(JournalRig rig)
    {
        CheckpointPlace place = Roll(rig);
        Save(rig, place, JournalRig.Keys);
        return place;
    }

    private static void Save(JournalRig rig, CheckpointPlace place, JournalKeyRing keys) => CheckpointFiles.Write(
        rig.Disk, JournalRig.Identity, keys, place, new Random((int)place.Lsn).NextBytes, 0,
        sink => GiveState(place, sink), () => false);

    // Stands for a core's state: what files are about is that it comes back as it was given.
    private static void GiveState(CheckpointPlace place, StateSink sink)
    {
        sink((byte)StateType.Beginning, [StateLayout.Version, .. BitConverter.GetBytes(place.Lsn)], []);
        for (int i = 0; i < 40; i++)
        {
            sink((byte)StateType.Owed, [.. "open"u8, (byte)i], [.. "secret"u8, (byte)i, (byte)place.Lsn]);
        }

        sink((byte)StateType.End, [], []);
    }

    private static List<string> StateOf(CheckpointPlace place)
    {
        var state = new List<string>();
        GiveState(place, Into(state));
        return state;
    }

    private static StateSink Into(List<string> records) => (type, open, secret) =>
        records.Add($"{type} {Convert.ToHexString(open)} {Convert.ToHexString(secret)}");

    private static byte[] WithoutRecords(JournalRig rig)
    {
        byte[] segment = rig.Disk.Get(rig.Segment);
        segment.AsSpan(JournalFormat.HeaderSize).Clear();
        return segment;
    }

    private static void Flip(MemoryJournalDisk disk, string name, int offset)
    {
        byte[] bytes = disk.Get(name);
        bytes[offset] ^= 1;
        disk.Put(name, bytes);
    }
}
