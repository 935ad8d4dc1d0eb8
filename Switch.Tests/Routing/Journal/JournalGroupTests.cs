using System.Buffers.Binary;
using System.Text;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>Several records under one seal.</summary>
public sealed class JournalGroupTests
{
    private const int FirstFrame = JournalFormat.HeaderSize;

    [Fact]
    public void Write_BatchOfRecords_IsOneGroupWithOneTag()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(100, 30).Add(0, 0).Add(50, 20).Commit();
        var frame = new JournalFrame(rig.Disk.Get(rig.Segment).AsSpan(FirstFrame));

        Assert.Equal((RecordType.Group, 1, 0u, 50), (frame.Type, frame.Lsn, frame.BatchIndex, frame.SecretLength));
        Assert.True(frame.IsGroup(out int records));
        Assert.Equal(3, records);
        Assert.Equal(
            JournalFormat.RecordHeaderSize + (3 * JournalFormat.GroupedHeaderSize) + 150 + 50 + JournalFormat.TagSize,
            frame.Length);
        AssertRecovers(rig);
    }

    [Fact]
    public void Write_OneRecord_IsInNoGroup()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).Add(100, 30).Commit();
        var frame = new JournalFrame(rig.Disk.Get(rig.Segment).AsSpan(FirstFrame));

        Assert.Equal((RecordType)(1 + 1), frame.Type);
        AssertRecovers(rig);
    }

    /// <summary>What damage to one byte costs is bounded, and so is what a reader holds in clear.</summary>
    [Theory]
    [InlineData(5_000, 0, 0)]
    [InlineData(500, 200, 200)]
    [InlineData(3, 70_000, 60_000)]
    public void Write_LargeBatch_IsCutIntoGroupsWithinTheBounds(int records, int open, int secret)
    {
        using var rig = new JournalRig(
            new MemoryJournalDisk(), seed: 1, segmentSize: 2 << 20, batchSize: JournalFormat.RecordSizeMax);
        for (int record = 0; record < records; record++)
        {
            rig.Add(open, secret);
        }

        rig.Commit();
        int offset = FirstFrame;
        int index = 0;
        ReadOnlySpan<byte> bytes = rig.Disk.Get(rig.Segment);
        while (index < records)
        {
            var frame = new JournalFrame(bytes[offset..]);
            bool isGroup = frame.IsGroup(out int grouped);
            Assert.True(!isGroup || (frame.Length <= JournalFormat.GroupSizeMax
                && grouped <= JournalFormat.GroupRecordsMax));
            Assert.Equal((index + 1, (uint)index), (frame.Lsn, frame.BatchIndex));
            index += isGroup ? grouped : 1;
            offset += frame.Size;
        }

        Assert.True(index == records && offset > FirstFrame + JournalFormat.GroupSizeMax);
        AssertRecovers(rig);
    }

    /// <summary>However batches are joined, they take what they say, and that fits.</summary>
    [Fact]
    public void TryAppend_BatchesJoined_TakeWhatTheySay()
    {
        var random = new Random(7);
        using var cipher = new SegmentCipher(JournalRig.Keys, new byte[JournalFormat.SaltSize]);
        for (int round = 0; round < 300; round++)
        {
            int capacity = random.Next(1_000, 200_000);
            var encoder = new BatchEncoder(capacity);
            var all = new RecordBatch(capacity);
            var next = new RecordBatch(capacity);
            int sizeMax = 1 << random.Next(2, 14);
            long lsn = 1;
            bool isFull = false;
            while (!isFull)
            {
                for (int count = random.Next(1, 400); count > 0; count--)
                {
                    var open = new byte[random.Next(sizeMax)];
                    var secret = new byte[random.Next(2) * random.Next(sizeMax)];
                    lsn += next.TryAppend(lsn, RecordType.Leg, open, secret) ? 1 : 0;
                }

                isFull = next.IsEmpty || !all.TryAppend(next);
                Assert.True(all.Size <= capacity);
                next.Clear();
            }

            int size = all.Size;
            uint previous = 0;
            Assert.Equal(size, encoder.Encode(all, JournalFormat.Version, cipher, 0, ref previous).Length);
        }
    }

    [Fact]
    public void TryAppend_LsnThatDoesNotFollow_IsRefused()
    {
        var batch = new RecordBatch(4_096);
        batch.TryAppend(5, RecordType.Leg, [], []);

        Assert.Throws<ArgumentException>(() => batch.TryAppend(7, RecordType.Leg, [], []));
    }

    /// <summary>The tag covers where every part lies: none can be put under another's secret.</summary>
    [Fact]
    public void Recover_OpenPartsOfAGroupSwappedWithARightChecksum_FailsAuthentication()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(100, 30).Add(100, 30).Commit();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        int first = FirstFrame + JournalFormat.RecordHeaderSize + JournalFormat.GroupedHeaderSize;
        int second = first + 100 + JournalFormat.GroupedHeaderSize;
        byte[] kept = bytes[first..(first + 100)];
        bytes.AsSpan(second, 100).CopyTo(bytes.AsSpan(first));
        kept.CopyTo(bytes.AsSpan(second));
        rig.Disk.Put(rig.Segment, WithChecksum(bytes));

        Assert.Throws<JournalKeyException>(() => JournalRig.Recover(rig.Disk, []));
    }

    /// <summary>A byte more for one secret part, one less for the other: nothing else in the group changes.</summary>
    [Fact]
    public void Recover_BorderOfSecretPartsMovedWithARightChecksum_FailsAuthentication()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(100, 30).Add(100, 30).Commit();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        int first = FirstFrame + JournalFormat.RecordHeaderSize + JournalRecord.SecretLengthOffset;
        bytes[first]++;
        bytes[first + JournalFormat.GroupedHeaderSize + 100]--;
        rig.Disk.Put(rig.Segment, WithChecksum(bytes));

        Assert.Throws<JournalKeyException>(() => JournalRig.Recover(rig.Disk, []));
    }

    [Theory]
    [InlineData(JournalRecord.OpenLengthOffset)]
    [InlineData(JournalRecord.SecretLengthOffset)]
    [InlineData(JournalRecord.TypeOffset)]
    public void Recover_GroupThatMakesNoSenseWithARightChecksum_IsDamage(int field)
    {
        foreach (byte value in (byte[])[0, 1, 252, 253, 254, 255])
        {
            using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
            rig.Add(100, 30).Add(100, 30).Commit().CommitSome().Close();
            byte[] bytes = rig.Disk.Get(SegmentName.Of(1));
            int at = FirstFrame + JournalFormat.RecordHeaderSize + field;
            bytes[at] = value;
            bytes[at + 1] = field == JournalRecord.TypeOffset && value == 1 ? (byte)1 : bytes[at + 1];
            rig.Disk.Put(SegmentName.Of(1), WithChecksum(bytes));

            Assert.Throws<JournalDamagedException>(() => JournalRig.Recover(rig.Disk, []));
        }
    }

    [Fact]
    public void Inspect_OneByteOfAGroupFlipped_NamesExactlyItsRecordsAsLost()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        rig.Add(10, 10).Add(10, 10).Commit();
        long offset = JournalFormat.AlignUp(FirstFrame + 1, 512);
        rig.Add(10, 10).Add(10, 10).Add(10, 10).Commit().Add(10, 10).Add(10, 0).Commit().Close();
        rig.Disk.Flip(SegmentName.Of(1), (int)offset + 70);

        JournalReport report = JournalInspector.Inspect(rig.Disk, new InspectOptions { Keys = JournalRig.Keys });
        RepairReport repair = JournalRepair.Run(
            rig.Disk, JournalRig.Identity, JournalRig.Keys, JournalRepairTests.Options(acceptLoss: true, null));

        LostRange lost = Assert.Single(report.Damage);
        Assert.Equal((3, 5, 4), (lost.FirstLsn, lost.LastLsn, report.Records));
        Assert.Equal((3, 5), (repair.Lost[0].Range.FirstLsn, repair.Lost[0].Range.LastLsn));
        var entries = new List<Entry>();
        Assert.Single(JournalRig.Recover(rig.Disk, entries).Lost);
        Assert.Equal(rig.Written.Where(entry => entry.Lsn is < 3 or > 5), entries);
    }

    /// <summary>
    /// What lies behind the group may have been read with it, before it was written: it is read again when it is due.
    /// </summary>
    [Fact]
    public void Tail_HeldBackInTheMiddleOfAGroup_GoesOnBehindIt()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        using var tail = new JournalTail(rig.Disk, 1, JournalRig.Keys);
        rig.Add(10, 10).Add(10, 10).Add(10, 10).Commit();
        Assert.True(tail.MoveNext(2) && tail.MoveNext(2) && !tail.MoveNext(2));
        rig.CommitSome().CommitSome();

        for (int lsn = 3; lsn <= rig.Written.Count; lsn++)
        {
            Assert.True(tail.MoveNext(rig.Written.Count));
            var secret = new byte[tail.Current.SecretLength];
            tail.ReadSecret(secret);
            Assert.Equal(
                rig.Written[lsn - 1],
                Entry.Of(tail.Current.Lsn, tail.Current.Type, tail.Current.Open, secret));
        }
    }

    [Fact]
    public void SecretReader_Group_IsDecryptedOnceAndForgottenBehindItsLastSecret()
    {
        using var rig = new JournalRig(new MemoryJournalDisk(), seed: 1);
        byte[] canary = Encoding.ASCII.GetBytes("4929123412341234");
        rig.Add(RecordType.Intent, [1], canary).Add(RecordType.Leg, [2], canary).Add(RecordType.Leg, [3], []).Commit();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        SegmentHeader header = SegmentHeader.TryRead(bytes, "", out _)!;
        var scan = new SegmentScanner(
            new SegmentWindow(rig.Disk.Open(rig.Segment), new byte[SegmentWindow.BufferSize]), header);
        using var secrets = new SecretReader(JournalRig.Keys);
        var held = new List<long>();
        while (scan.MoveNext())
        {
            ReadOnlySpan<byte> secret = secrets.Read(scan.Current, header);
            Assert.True(secret.IsEmpty || secret.SequenceEqual(canary));
            secrets.Release(scan.Current);
            held.Add(secrets.HeldLsn);
        }

        Assert.Equal([1, 0, 0], held);
    }

    [Fact]
    public void Encode_WarmedUp_AllocatesNothingAndLeavesNothingInClear()
    {
        using var cipher = new SegmentCipher(JournalRig.Keys, new byte[JournalFormat.SaltSize]);
        var batch = new RecordBatch(64 * 1024);
        var encoder = new BatchEncoder(64 * 1024);
        uint previous = 0;
        long lsn = 1;
        bool isErased = true;
        long allocated = AllocationMeter.Of(() =>
        {
            for (int record = 0; record < 20; record++)
            {
                batch.TryAppend(lsn++, RecordType.Leg, "open"u8, "4929123412341234"u8);
            }

            encoder.Encode(batch, JournalFormat.Version, cipher, 0, ref previous);
            isErased &= batch.Records.IsEmpty;
            batch.Clear();
        });

        Assert.Equal(0, allocated);
        Assert.True(isErased);
    }

    private static byte[] WithChecksum(byte[] segment)
    {
        Span<byte> frame = segment.AsSpan(FirstFrame);
        frame = frame[..new JournalFrame(frame).Size];
        uint salt = Crc32C.Append(Crc32C.Start, segment.AsSpan(64, JournalFormat.SaltSize));
        BinaryPrimitives.WriteUInt32LittleEndian(frame, JournalFrame.Checksum(frame, salt));
        return segment;
    }

    private static void AssertRecovers(JournalRig rig)
    {
        var entries = new List<Entry>();
        JournalRig.Recover(rig.Disk, entries);
        Assert.Equal(rig.Written, entries);
    }
}
