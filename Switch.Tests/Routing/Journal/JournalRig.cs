using System.Security.Cryptography;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Routing.Journal;

/// <summary>One record as a test wrote or read it.</summary>
internal sealed record Entry(long Lsn, RecordType Type, string Open, string Secret)
{
    public static Entry Of(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret) =>
        new(lsn, type, Convert.ToHexString(open), Convert.ToHexString(secret));
}

/// <summary>Writes and recovers journals without threads, over a disk in memory, from one seed.</summary>
internal sealed class JournalRig : IDisposable
{
    public static readonly JournalIdentity Identity = new("test", "node-1", 0x1122_3344_5566_7788);
    public static readonly JournalKeyRing Keys = new(1, SHA256.HashData("journal"u8));
    private readonly Random _random;
    private readonly SegmentAppender _appender;
    private readonly RecordBatch _batch;
    private readonly List<Entry> _forming = [];
    private long _nextLsn;

    public JournalRig(
        MemoryJournalDisk disk, int seed, int segmentSize = 32_768, int batchSize = 8_192,
        JournalIdentity? identity = null, RecoveredJournal? recovered = null, bool withSpares = false,
        int version = JournalFormat.Version)
    {
        Disk = disk;
        _random = new Random(seed);
        Recovered = recovered ?? Recover(disk, Written, identity: identity);
        _appender = new SegmentAppender(
            disk, identity ?? Identity, Keys,
            new AppendOptions { SegmentSize = segmentSize, BatchSize = batchSize, Version = (ushort)version },
            Recovered, _random.NextBytes, _ => withSpares ? TakeSpare(segmentSize) : null, nowMs: 1_700_000_000_000);
        _batch = new RecordBatch(batchSize, (ushort)version);
        _nextLsn = _appender.NextLsn;
    }

    public MemoryJournalDisk Disk { get; }

    public RecoveredJournal Recovered { get; }

    /// <summary>Everything that is durable: what was recovered, and every batch whose write returned.</summary>
    public List<Entry> Written { get; } = [];

    /// <summary>What the batch being written holds; after a crash these may have survived or not.</summary>
    public IReadOnlyList<Entry> Forming => _forming;

    public SegmentAppender Appender => _appender;

    public string Segment => SegmentName.Of(_appender.Segment);

    /// <summary>Recovers, collecting what was replayed.</summary>
    public static RecoveredJournal Recover(
        MemoryJournalDisk disk, List<Entry> entries, JournalIdentity? identity = null, JournalKeyRing? keys = null,
        StateSink? restore = null) =>
        JournalRecovery.Run(
            disk, identity ?? Identity, keys ?? Keys,
            new RecoveryOptions { NowMs = 1_700_000_000_000, Restore = restore },
            (lsn, type, open, secret) => entries.Add(Entry.Of(lsn, type, open, secret)));

    public JournalRig Add(int openSize, int secretSize)
    {
        var open = new byte[openSize];
        var secret = new byte[secretSize];
        _random.NextBytes(open);
        _random.NextBytes(secret);
        return Add((RecordType)(1 + (_nextLsn % 8)), open, secret);
    }

    public JournalRig Add(RecordType type, byte[] open, byte[] secret)
    {
        if (_batch.IsEmpty)
        {
            _batch.TimeMs = 1_700_000_000_000 + _nextLsn;
        }

        Assert.True(_batch.TryAppend(_nextLsn, type, open, secret));
        _forming.Add(Entry.Of(_nextLsn++, type, open, secret));
        return this;
    }

    public JournalRig Commit()
    {
        _appender.Write(_batch);
        _batch.Clear();
        Written.AddRange(_forming);
        _forming.Clear();
        return this;
    }

    /// <summary>A batch of a few records of sizes as they come.</summary>
    public JournalRig CommitSome(int recordsMax = 4, int sizeMax = 400)
    {
        for (int count = _random.Next(1, recordsMax + 1); count > 0; count--)
        {
            Add(_random.Next(sizeMax), _random.Next(3) == 0 ? 0 : _random.Next(1, 60));
        }

        return Commit();
    }

    /// <summary>One that an earlier life has left, or a new one.</summary>
    private string? TakeSpare(int segmentSize) =>
        SegmentFiller.FindSpares(Disk, segmentSize) is [{ } left, ..]
            ? left
            : SegmentFiller.MakeSpare(Disk, $"spare-{Disk.Operations}", segmentSize, isDurable: true, () => false);

    public void Close() => _appender.Close(1_700_000_000_000);

    public void Dispose() => _appender.Dispose();
}
