using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>Bytes that change after they were durable: found, named, never served.</summary>
public sealed class JournalDamageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Recover_AnyBitFlippedInAClosedJournal_IsNoticed(int version)
    {
        using var rig = new JournalRig(
            new MemoryJournalDisk(), seed: 3, segmentSize: 8_192, batchSize: 2_048, version: version);
        rig.CommitSome(sizeMax: 120).CommitSome(sizeMax: 120).CommitSome(sizeMax: 120);
        string name = rig.Segment;
        rig.Close();
        byte[] bytes = rig.Disk.Get(name);
        int seal = bytes.Length - JournalFormat.SealSize;
        var flips = new Flips(rig.Disk.Settled(), rig.Written);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            // A flip in the seal looks like a crash while sealing, and costs no record.
            flips.AssertNoticed(name, bit, mayBeTear: bit / 8 >= seal ? 0 : -1);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Recover_TenThousandRandomFlips_EachIsNoticed(int version)
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 4, segmentSize: 16_384, version: version);
        while (rig.Appender.Segment < 4)
        {
            rig.CommitSome(recordsMax: 12);
        }

        rig.CommitSome();
        string last = rig.Segment;
        long batch = JournalFormat.AlignUp(rig.Disk.Get(last).AsSpan().LastIndexOfAnyExcept((byte)0) + 1, 512);
        int synced = rig.Written.Count;
        rig.CommitSome();
        MemoryJournalDisk clean = rig.Disk.Settled();
        var flips = new Flips(clean, rig.Written);
        string[] names = [.. clean.List().Order()];
        var random = new Random(20_260);
        for (int flip = 0; flip < 10_000; flip++)
        {
            string name = names[random.Next(names.Length)];
            int bit = random.Next(clean.Get(name).Length * 8);

            // Not closed: a flip in the last batch, or in the zeros behind it, looks just like a crash.
            bool mayBeTear = name == last && bit / 8 >= batch;
            flips.AssertNoticed(name, bit, mayBeTear ? rig.Written.Count - synced : -1);
        }
    }

    [Fact]
    public void Recover_DamageInTheMiddle_NamesSegmentOffsetAndLsn()
    {
        using JournalRig rig = Filled();
        rig.Disk.Flip(SegmentName.Of(1), JournalFormat.HeaderSize + 41);

        var damage = Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));

        Assert.Equal((SegmentName.Of(1), JournalFormat.HeaderSize, 1), (damage.Segment, damage.Offset, damage.Lsn));
        Assert.Contains("000000000001.segment is damaged at offset 4096", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_DamageInTheMiddle_ChangesNothing()
    {
        using JournalRig rig = Filled();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        bytes[JournalFormat.HeaderSize + 41] ^= 1;
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Put(rig.Segment, bytes);

        Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(disk, []));

        Assert.Equal(rig.Disk.List().Order(), disk.List().Order());
        Assert.All(disk.List(), name => Assert.Equal(name == rig.Segment ? bytes : rig.Disk.Get(name), disk.Get(name)));
    }

    [Fact]
    public void Recover_WholeSyncedBatchNeverReachedTheDisk_IsDamage()
    {
        using JournalRig rig = Filled();
        byte[] before = rig.Disk.Get(rig.Segment);
        rig.CommitSome();
        int size = rig.Disk.Get(rig.Segment).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        rig.CommitSome();
        byte[] after = rig.Disk.Get(rig.Segment);
        before.AsSpan(0, size).CopyTo(after); // The disk said yes to the first of the two, and lied.
        MemoryJournalDisk disk = rig.Disk.Settled();
        disk.Put(rig.Segment, after);

        Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(disk, []));
    }

    [Fact]
    public void Recover_BlocksSwapped_IsDamage()
    {
        using JournalRig rig = Filled();
        byte[] bytes = rig.Disk.Get(SegmentName.Of(1));
        byte[] first = bytes[4096..8192];
        bytes.AsSpan(8192, 4096).CopyTo(bytes.AsSpan(4096));
        first.CopyTo(bytes.AsSpan(8192));
        rig.Disk.Put(SegmentName.Of(1), bytes);

        Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));
    }

    [Fact]
    public void Recover_OlderSegmentUnderAnotherName_IsDamage()
    {
        using JournalRig rig = Filled();
        rig.Disk.Put(SegmentName.Of(2), rig.Disk.Get(SegmentName.Of(1)));

        var damage = Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));

        Assert.Equal(SegmentName.Of(2), damage.Segment);
    }

    [Fact]
    public void Recover_SegmentOfAnotherHistory_IsDamage()
    {
        using JournalRig rig = Filled();
        using JournalRig other = Filled(seed: 78);
        rig.Disk.Put(SegmentName.Of(2), other.Disk.Get(SegmentName.Of(2)));

        Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));
    }

    [Fact]
    public void Recover_SegmentMissing_IsDamage()
    {
        using JournalRig rig = Filled();
        rig.Disk.Remove(SegmentName.Of(2));

        var damage = Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));

        Assert.Equal(SegmentName.Of(2), damage.Segment);
    }

    [Fact]
    public void Inspect_OldestSegmentsRemoved_IsNoDamage()
    {
        using JournalRig rig = Filled();
        rig.Disk.Remove(SegmentName.Of(1));

        JournalReport report = JournalInspector.Inspect(rig.Disk, new InspectOptions());

        Assert.Empty(report.Damage);
        Assert.Equal(rig.Written.Count + 1, report.NextLsn);
    }

    /// <summary>Three sealed segments, and a fourth that is open.</summary>
    internal static JournalRig Filled(int seed = 77, int version = JournalFormat.Version)
    {
        var rig = new JournalRig(new MemoryJournalDisk(), seed, version: version);
        while (rig.Appender.Segment < 4)
        {
            rig.CommitSome(recordsMax: 8);
        }

        return rig.CommitSome();
    }

    /// <summary>Flips one bit of a good journal at a time.</summary>
    private sealed class Flips(MemoryJournalDisk clean, List<Entry> written)
    {
        private MemoryJournalDisk _disk = clean.Settled();

        /// <summary>
        /// Damage refused, or, where it may look like a crash, at most so many of the last records gone and a torn tail
        /// reported. Never a record that was not written.
        /// </summary>
        public void AssertNoticed(string name, int bit, int mayBeTear)
        {
            string what = $"{name} bit {bit}";
            byte[] bytes = clean.Get(name);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            _disk.Put(name, bytes);
            var entries = new List<Entry>();
            try
            {
                RecoveredJournal recovered = JournalRig.Recover(_disk, entries);
                Assert.True(mayBeTear >= 0, $"{what}: not noticed");
                Assert.True(recovered.TornBytes > 0, $"{what}: not reported");
                Assert.True(entries.Count >= written.Count - mayBeTear, $"{what}: lost more than a crash could");
                _disk = clean.Settled();
            }
            catch (JournalDamagedException)
            {
                // Seen, nothing changed, and nothing served but what comes before it.
                _disk.Put(name, clean.Get(name));
            }

            Assert.True(written.Take(entries.Count).SequenceEqual(entries), $"{what}: served what was not written");
        }
    }
}
