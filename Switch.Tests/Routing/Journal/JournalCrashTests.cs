using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>Stops at every single operation on the disk, in every way, and starts again.</summary>
public sealed class JournalCrashTests
{
    private sealed class Crash : Exception;

    /// <summary>
    /// Over several lives of a node: crash at the n-th operation, for each n, with power or without; what was synced is
    /// there afterwards, in order, and what was in the batch under way is there from its start or not at all.
    /// </summary>
    [Theory]
    [InlineData(false, false, 2)]
    [InlineData(false, true, 2)]
    [InlineData(true, false, 2)]
    [InlineData(true, true, 2)]
    [InlineData(true, true, 1)]
    public void Recover_CrashAtEveryOperation_YieldsAllThatWasSynced(
        bool isPowerCut, bool withSpares, int firstVersion)
    {
        bool hasCrashed = true;
        int crashes = 0;
        for (int n = 1; hasCrashed; n++)
        {
            for (int seed = 0; seed < (isPowerCut ? 4 : 1); seed++)
            {
                hasCrashed = RunUntil(n, new Random((n * 100) + seed), isPowerCut, withSpares, firstVersion);
                crashes += hasCrashed ? 1 : 0;
            }
        }

        Assert.True(crashes > 100);
    }

    [Fact]
    public void Recover_AfterAFailedSync_BelievesTheDiskAndNotTheCache()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 6);
        rig.CommitSome();
        rig.Disk.OnOperation = (_, operation, name) =>
        {
            if (operation == "sync")
            {
                throw new JournalDiskException("fdatasync", name, 5, "Input/output error");
            }
        };
        rig.Add(50, 0);
        Assert.Throws<JournalDiskException>(rig.Commit);
        rig.Disk.OnOperation = null;

        var entries = new List<Entry>();
        JournalRig.Recover(rig.Disk, entries);

        // The page cache still shows the record and the next sync succeeds, but the disk never had it.
        Assert.Equal(rig.Written, entries);
    }

    [Fact]
    public void Write_AfterATornTail_NeverUsesANonceTwice()
    {
        // The same LSN under the same salt with another text would give the key stream away.
        var seen = new Dictionary<(string Salt, long Lsn), string>();
        var disk = new MemoryJournalDisk();
        for (int life = 0; life < 40; life++)
        {
            using var rig = new JournalRig(disk, seed: life);
            rig.CommitSome();
            rig.Add(10, 40).Add(10, 40).Add(10, 40);
            rig.Commit();
            byte[] bytes = rig.Disk.Get(rig.Segment);
            string salt = Convert.ToHexString(bytes, 64, 16);
            var window = new SegmentWindow(rig.Disk.Open(rig.Segment), new byte[SegmentWindow.BufferSize]);
            var scan = new SegmentScanner(window, SegmentHeader.TryRead(bytes, "", out _)!);
            while (scan.MoveNext())
            {
                JournalFrame frame = scan.Current.Frame;
                string text = Convert.ToHexString(frame.Ciphertext);
                Assert.True(!seen.TryGetValue((salt, frame.Lsn), out string? other) || other == text);
                seen[(salt, frame.Lsn)] = text;
            }

            bytes.AsSpan((int)scan.RecordOffset + 60, 8).Clear(); // The last record is lost; its LSN will come again.
            disk = rig.Disk.Settled();
            disk.Put(rig.Segment, bytes);
        }

        Assert.True(seen.Count > 70);
    }

    /// <summary>
    /// False when the run ended before the n-th operation. The first life may be that of an earlier version.
    /// </summary>
    private static bool RunUntil(int n, Random random, bool isPowerCut, bool withSpares, int firstVersion)
    {
        var disk = new MemoryJournalDisk();
        List<Entry> durable = [];
        int left = n;
        for (int life = 0; life < 3; life++)
        {
            JournalRig? rig = null;
            List<Entry> forming = [];
            disk.OnOperation = (_, _, _) =>
            {
                if (--left == 0)
                {
                    throw new Crash();
                }
            };
            try
            {
                rig = new JournalRig(
                    disk, seed: life, segmentSize: 16_384, batchSize: 4_096, withSpares: withSpares,
                    version: life == 0 ? firstVersion : JournalFormat.Version);
                Assert.Equal(durable, rig.Written);
                for (int batch = 0; batch < 12; batch++)
                {
                    rig.CommitSome(recordsMax: 6);
                }

                rig.Close();
                durable = rig.Written;
                rig.Dispose();
            }
            catch (Crash)
            {
                durable = rig?.Written ?? durable;
                forming = [.. rig?.Forming ?? []];
                disk.OnOperation = null;
                AssertRecovers(
                    isPowerCut ? disk.AfterPowerCut(random) : disk, durable, forming, n, withSpares);
                return true;
            }
        }

        return false;
    }

    private static void AssertRecovers(
        MemoryJournalDisk disk, List<Entry> durable, List<Entry> forming, int n, bool withSpares)
    {
        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(disk, entries);
        Assert.True(entries.Count >= durable.Count, $"operation {n}: lost what was synced");
        Assert.True(
            durable.Concat(forming).Take(entries.Count).SequenceEqual(entries), $"operation {n}: not a prefix");

        using var rig = new JournalRig(
            disk, seed: n, segmentSize: 16_384, recovered: recovered, withSpares: withSpares);
        rig.CommitSome();
        var again = new List<Entry>();
        JournalRig.Recover(disk.AfterPowerCut(new Random(n)), again);
        Assert.True(entries.Concat(rig.Written).SequenceEqual(again), $"operation {n}: second start");
    }
}
