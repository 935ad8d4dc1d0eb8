using System.Buffers.Binary;
using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

public sealed class JournalIdentityTests
{
    [Theory]
    [InlineData("other", "node-1", 0x1122_3344_5566_7788, "cluster 'test'")]
    [InlineData("test", "node-2", 0x1122_3344_5566_7788, "node 'node-1'")]
    [InlineData("test", "node-1", 0x1122_3344_5566_7789, "another key of card tokens")]
    public void Recover_SomebodyElsesJournal_Refuses(string cluster, string node, ulong tokenCheck, string says)
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).CommitSome();

        var refusal = Assert.Throws<JournalIdentityException>(() =>
            JournalRig.Recover(rig.Disk, [], new JournalIdentity(cluster, node, tokenCheck)));

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_TokenCheckNotStated_IsNotCompared()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).CommitSome();

        JournalRig.Recover(rig.Disk, [], new JournalIdentity("test", "node-1", 0));
    }

    [Fact]
    public void Recover_NewerFormatVersion_RefusesByVersion()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).CommitSome();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        bytes[8] = 3;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4092), Crc32C.Of(bytes.AsSpan(0, 4092)));
        rig.Disk.Put(rig.Segment, bytes);

        var refusal = Assert.Throws<JournalIdentityException>(() => JournalRig.Recover(rig.Disk, []));

        Assert.Contains("format version 3; this program reads 1 to 2", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_NameTooLongForTheHeader_Refuses() =>
        Assert.Throws<JournalIdentityException>(() =>
            JournalRig.Recover(new MemoryJournalDisk(), [], new JournalIdentity("test", new string('n', 64), 0)));

    [Fact]
    public void Recover_NamesOfFullLength_AreKept()
    {
        var identity = new JournalIdentity(new string('c', 63), new string('é', 31), 0);
        var disk = new MemoryJournalDisk();
        using JournalRig rig = new JournalRig(disk, seed: 1, identity: identity).CommitSome();

        var entries = new List<Entry>();
        JournalRig.Recover(disk, entries, identity);

        Assert.Equal(rig.Written, entries);
    }

    [Fact]
    public void Recover_KeyIdUnknown_RefusesByKeyId()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).Add(10, 10).Commit();

        var refusal = Assert.Throws<JournalKeyException>(() =>
            JournalRig.Recover(rig.Disk, [], keys: new JournalKeyRing(2, new byte[32])));

        Assert.Contains("key id 1, which is not configured", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_WrongKeyUnderTheRightId_RefusesWithoutCallingItDamage()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).Add(10, 10).Commit();

        var refusal = Assert.Throws<JournalKeyException>(() =>
            JournalRig.Recover(rig.Disk, [], keys: new JournalKeyRing(1, new byte[32])));

        Assert.Contains("not the key the record was written with", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recover_AfterKeyRotation_OpensBoth()
    {
        var disk = new MemoryJournalDisk();
        using JournalRig rig = new JournalRig(disk, seed: 1).Add(10, 10).Commit();
        var keys = new JournalKeyRing(2, new Dictionary<ushort, byte[]>
        {
            [1] = SHA256.HashData("journal"u8), [2] = SHA256.HashData("next"u8),
        });
        var entries = new List<Entry>();
        RecoveredJournal recovered = JournalRig.Recover(disk, entries, keys: keys);
        using var appender = new SegmentAppender(
            disk, JournalRig.Identity, keys, new AppendOptions { SegmentSize = 32_768, BatchSize = 4_096 },
            recovered, new Random(2).NextBytes, _ => null, 0);
        var batch = new RecordBatch(4_096);
        batch.TryAppend(2, RecordType.Leg, "open"u8, "secret"u8);
        appender.Write(batch);

        entries.Clear();
        JournalRig.Recover(disk, entries, keys: keys);

        Assert.Equal([.. rig.Written, Entry.Of(2, RecordType.Leg, "open"u8, "secret"u8)], entries);
    }

    /// <summary>What was written with a key that has gone since may lie there for long.</summary>
    [Fact]
    public void Recover_AfterAChangeOfTheTokenKey_TheKeyOfTheLastRecordCounts()
    {
        var disk = new MemoryJournalDisk();
        using JournalRig rig = new JournalRig(disk, seed: 1).CommitSome();
        JournalIdentity old = JournalRig.Identity;
        JournalIdentity both = old with { TokenCheck = 0x2222, OldTokenCheck = old.TokenCheck };
        JournalIdentity current = both with { OldTokenCheck = 0 };
        long lsn = AppendTo(disk, both, lsn: 0);

        // A start that has come to nothing has left a segment without a record: either key will do.
        JournalRig.Recover(disk, [], old);
        Assert.Throws<JournalIdentityException>(() => JournalRig.Recover(disk, [], current));
        JournalRig.Recover(disk, [], both);

        AppendTo(disk, both, lsn);
        JournalRig.Recover(disk, [], both);
        JournalRig.Recover(disk, [], current);
        var refusal = Assert.Throws<JournalIdentityException>(() => JournalRig.Recover(disk, [], old));
        Assert.Contains("another key of card tokens, 0000000000002222", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KeyRing_KeysThatCannotBe_AreRefused()
    {
        Assert.Throws<JournalKeyException>(() => new JournalKeyRing(1, new byte[31]));
        Assert.Throws<JournalKeyException>(() => new JournalKeyRing(0, new byte[32]));
        var other = new Dictionary<ushort, byte[]> { [2] = new byte[32] };
        Assert.Throws<JournalKeyException>(() => new JournalKeyRing(1, other));
    }

    [Fact]
    public void Recover_OpenPartAlteredWithItsChecksum_FailsAuthentication()
    {
        using JournalRig rig = new JournalRig(new MemoryJournalDisk(), seed: 1).Add(10, 10).Commit();
        byte[] bytes = rig.Disk.Get(rig.Segment);
        Span<byte> record = bytes.AsSpan(JournalFormat.HeaderSize);
        record[40] ^= 1; // The open part, by somebody who knows how to repair a checksum.
        var view = new JournalFrame(record);
        uint salt = Crc32C.Append(Crc32C.Start, bytes.AsSpan(64, 16));
        BinaryPrimitives.WriteUInt32LittleEndian(record, JournalFrame.Checksum(record[..view.Size], salt));
        rig.Disk.Put(rig.Segment, bytes);

        Assert.Throws<JournalKeyException>(() => JournalRig.Recover(rig.Disk, []));
    }

    // A next life, with a record or without. Returns the LSN that the one after it begins with.
    private static long AppendTo(MemoryJournalDisk disk, JournalIdentity identity, long lsn)
    {
        RecoveredJournal recovered = JournalRig.Recover(disk, [], identity);
        using var appender = new SegmentAppender(
            disk, identity, JournalRig.Keys, new AppendOptions { SegmentSize = 32_768, BatchSize = 4_096 },
            recovered, new Random(2).NextBytes, _ => null, 0);
        if (lsn > 0)
        {
            var batch = new RecordBatch(4_096);
            batch.TryAppend(lsn, RecordType.Leg, "open"u8, "secret"u8);
            appender.Write(batch);
        }

        return recovered.NextLsn;
    }
}
