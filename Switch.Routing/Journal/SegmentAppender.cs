namespace Switch.Routing.Journal;

/// <summary>How segments are made.</summary>
public sealed record AppendOptions
{
    public required long SegmentSize { get; init; }

    /// <summary>The largest batch that will be written: a segment holds at least one.</summary>
    public required int BatchSize { get; init; }

    public int BlockSize { get; init; } = JournalFormat.BlockSizeMin;

    /// <summary>False: never sync. For benchmarks only.</summary>
    public bool IsDurable { get; init; } = true;

    /// <summary>Why these numbers cannot be; null when they can.</summary>
    public string? Problem =>
        BlockSize is < JournalFormat.BlockSizeMin or > JournalFormat.BlockSizeMax
            || (BlockSize & (BlockSize - 1)) != 0 ? "the block size must be 512, 1024, 2048 or 4096"
        : BatchSize < JournalFormat.RecordHeaderSize ? "a batch must hold a record"
        : SegmentSize < SegmentSizeMin ? $"a segment must hold a header, a batch and a seal: {SegmentSizeMin} bytes"
        : null;

    /// <summary>Of the format. An older one is written where it is tried that it is read.</summary>
    internal ushort Version { get; init; } = JournalFormat.Version;

    internal long SegmentSizeMin =>
        JournalFormat.HeaderSize + JournalFormat.AlignUp(BatchSize, BlockSize)
            + JournalFormat.AlignUp(JournalFormat.SealSize, BlockSize);
}

/// <summary>
/// Writes batches to the last segment and rolls to the next one. One batch is one write and one sync; a batch never
/// spans segments. The first failure is final: the caller must not call again.
/// </summary>
public sealed class SegmentAppender : IDisposable
{
    /// <summary>
    /// What is filled with zeros while somebody waits, when there is no spare: some tens of milliseconds.
    /// </summary>
    private const long HurriedSegmentSize = 16L * 1024 * 1024;

    private readonly IJournalDisk _disk;
    private readonly JournalIdentity _identity;
    private readonly JournalKeyRing _keys;
    private readonly AppendOptions _options;
    private readonly SaltSource _salts;
    private readonly Func<long, string?> _takeSpare;
    private readonly long _epoch;
    private readonly BatchEncoder _encoder;
    private IJournalFile? _file;
    private SegmentCipher? _cipher;
    private SegmentHeader? _header;
    private uint _saltState;
    private uint _previous;
    private long _position;
    private long _capacity;
    private long _records;
    private long _firstTimeMs;
    private long _lastTimeMs;

    /// <summary>Starts a new segment behind what was recovered.</summary>
    /// <param name="disk">The folder.</param>
    /// <param name="identity">Written into every header.</param>
    /// <param name="keys">For secret parts.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="recovered">What <see cref="JournalRecovery"/> returned.</param>
    /// <param name="salts">Must never repeat: secrecy hangs on it.</param>
    /// <param name="takeSpare">
    /// Names a finished spare that is the caller's to give, or null; told the number of the segment it becomes.
    /// </param>
    /// <param name="nowMs">The wall clock, Unix milliseconds.</param>
    public SegmentAppender(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, AppendOptions options,
        RecoveredJournal recovered, SaltSource salts, Func<long, string?> takeSpare, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recovered);
        if (options.Problem is { } problem)
        {
            throw new JournalException($"The journal cannot be written with these settings: {problem}.");
        }

        SegmentHeader.RequireFits(identity);
        _disk = disk;
        _identity = identity;
        _keys = keys;
        _options = options;
        _salts = salts;
        _encoder = new BatchEncoder(options.BatchSize);
        _takeSpare = takeSpare;
        _epoch = recovered.Epoch + 1;
        _previous = recovered.Previous;
        ReplayFrom = recovered.ReplayFrom;
        NextLsn = recovered.NextLsn;
        Begin(recovered.NextSegment, nowMs);
    }

    /// <summary>The LSN that the next batch must start with.</summary>
    public long NextLsn { get; private set; }

    /// <summary>Number of the segment being written.</summary>
    public long Segment => _header?.Number ?? 0;

    /// <summary>
    /// What lies sealed in front of the segment being written: what a checkpoint made now could cover.
    /// </summary>
    public CheckpointPlace SealedUpTo => new(Segment - 1, _header!.FirstLsn - 1, _header.Previous);

    public long Epoch => _epoch;

    /// <summary>When the segment being written was begun, Unix milliseconds.</summary>
    public long SegmentCreatedMs => _header!.CreatedMs;

    /// <summary>
    /// An LSN from which replaying suffices, because a checkpoint covers all before. Noted in the next header and seal.
    /// </summary>
    public long ReplayFrom { get; set; }

    /// <summary>
    /// Writes a batch and, unless told otherwise, makes it durable. The batch then holds no secrets in clear.
    /// </summary>
    public void Write(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.IsEmpty)
        {
            return;
        }

        if (batch.FirstLsn != NextLsn || batch.Size > _options.BatchSize)
        {
            throw new JournalException(
                $"A batch starting with LSN {batch.FirstLsn} was written where {NextLsn} was due.");
        }

        long end = JournalFormat.AlignUp(_position + batch.Size, _options.BlockSize);
        if (end + JournalFormat.SealSize > _capacity)
        {
            Seal(batch.TimeMs);
            Begin(Segment + 1, batch.TimeMs);
            end = JournalFormat.AlignUp(_position + batch.Size, _options.BlockSize);
        }

        _file!.Write(_position, _encoder.Encode(batch, _options.Version, _cipher, _saltState, ref _previous));
        if (_options.IsDurable)
        {
            _file.Sync();
        }

        _firstTimeMs = _records == 0 ? batch.FirstTimeMs : _firstTimeMs;
        _lastTimeMs = batch.LastTimeMs;
        _records += batch.Count;
        _position = end;
        NextLsn = batch.LastLsn + 1;
    }

    /// <summary>
    /// Writes down that the records from the next LSN on are lost, and why: they were written once, to a journal that
    /// is gone. At least one LSN is given up, so that the reason is on record. Before the first batch.
    /// </summary>
    /// <param name="lastLsn">The last of them, as far as anybody knows.</param>
    /// <param name="nowMs">The wall clock, Unix milliseconds.</param>
    /// <param name="reason">A person's words.</param>
    public void GiveUp(long lastLsn, long nowMs, string reason)
    {
        var lost = new LostRecords(Math.Max(lastLsn, NextLsn), 0, nowMs, reason);
        var batch = new RecordBatch(LostRecords.RecordSizeMax) { TimeMs = nowMs };
        batch.TryAppend(NextLsn, RecordType.Lost, lost.ToBytes(), []);
        Write(batch);
        NextLsn = lost.LastLsn + 1;
    }

    /// <summary>Ends the journal in order: the next start knows that no tail is in doubt.</summary>
    public void Close(long nowMs) => Seal(nowMs);

    public void Dispose()
    {
        _cipher?.Dispose();
        _file?.Dispose();
    }

    private void Seal(long nowMs)
    {
        var seal = new SegmentSeal(
            _records, _header!.FirstLsn, NextLsn - 1, _firstTimeMs, _lastTimeMs, ReplayFrom, _position);
        _previous = SealWriter.Write(_file!, _header, _previous, seal, nowMs, _options.IsDurable);
        _file!.Dispose();
        _cipher!.Dispose();
        _file = null;
    }

    /// <summary>
    /// Makes the next segment. It gets its name only when its header is durable, so a file with a segment's name always
    /// has a good header: one without is damage, never a crash.
    /// </summary>
    private void Begin(long number, long nowMs)
    {
        string name = SegmentName.Of(number);
        string? spare = _takeSpare(number);
        if (spare is null)
        {
            spare = name + SegmentName.Filling;
            long size = Math.Max(Math.Min(_options.SegmentSize, HurriedSegmentSize), _options.SegmentSizeMin);
            SegmentFiller.Fill(_disk, spare, size, _options.IsDurable);
        }

        _file = _disk.Open(spare);
        _capacity = _file.Size;
        Span<byte> salt = stackalloc byte[JournalFormat.SaltSize];
        _salts(salt);
        _header = new SegmentHeader
        {
            Version = _options.Version,
            BlockSize = _options.BlockSize,
            Number = number,
            FirstLsn = NextLsn,
            CreatedMs = nowMs,
            Epoch = _epoch,
            ReplayFrom = ReplayFrom,
            Capacity = _capacity,
            Salt = salt,
            Previous = _previous,
            Identity = _identity,
        };
        var block = new byte[JournalFormat.HeaderSize];
        _header.Write(block);
        _file.Write(0, block);
        if (_options.IsDurable)
        {
            _file.Sync();
        }

        _disk.Rename(spare, name);
        _disk.SyncDirectory();
        _cipher = new SegmentCipher(_keys, salt);
        _saltState = _header.SaltState;
        _previous = _header.Crc;
        _position = JournalFormat.HeaderSize;
        _records = 0;
        _firstTimeMs = 0;
        _lastTimeMs = 0;
    }
}
