namespace Switch.Routing.Journal;

/// <summary>Memory of rewriters that work one after another.</summary>
internal sealed class RewriteBuffers
{
    public RecordBatch Batch { get; } = new(JournalFormat.RecordSizeMax);

    public BatchEncoder Encoder { get; } = new(JournalFormat.RecordSizeMax);
}

/// <summary>
/// Writes a sealed segment anew beside the old one: the same LSNs, another salt, secrets under the current key. It
/// takes the old one's place, under its name, in one step. Its seal says what the next segment goes on from, so that no
/// other file changes.
/// </summary>
internal sealed class SegmentRewriter : IDisposable
{
    private const int CopySize = 1024 * 1024;

    private readonly IJournalDisk _disk;
    private readonly IJournalFile _file;
    private readonly SegmentHeader _header;
    private readonly SegmentCipher _cipher;
    private readonly RecordBatch _batch;
    private readonly BatchEncoder _encoder;
    private readonly string _name;
    private uint _previous;
    private long _position = JournalFormat.HeaderSize;
    private long _records;
    private long _firstTimeMs;
    private long _lastTimeMs;

    /// <param name="like">What the new header says; salt and previous are replaced.</param>
    /// <param name="buffers">Its own until it is disposed.</param>
    public SegmentRewriter(
        IJournalDisk disk, JournalKeyRing keys, SegmentHeader like, uint previous, SaltSource salts,
        RewriteBuffers buffers)
    {
        _batch = buffers.Batch;
        _encoder = buffers.Encoder;
        _disk = disk;
        _name = SegmentName.Of(like.Number);
        var salt = new byte[JournalFormat.SaltSize];
        salts(salt);
        _header = new SegmentHeader
        {
            BlockSize = like.BlockSize,
            Number = like.Number,
            FirstLsn = like.FirstLsn,
            CreatedMs = like.CreatedMs,
            Epoch = like.Epoch,
            ReplayFrom = like.ReplayFrom,
            Capacity = like.Capacity,
            Salt = salt,
            Previous = previous,
            Identity = like.Identity,
        };
        Abandon(disk, like.Number);
        _file = disk.Create(_name + SegmentName.Filling);
        _cipher = new SegmentCipher(keys, salt);
        var block = new byte[JournalFormat.HeaderSize];
        _header.Write(block);
        _file.Write(0, block);
        _previous = _header.Crc;
        NextLsn = like.FirstLsn;
    }

    public long Number => _header.Number;

    /// <summary>The LSN that is due.</summary>
    public long NextLsn { get; private set; }

    /// <summary>Deletes what an earlier repair has left half made.</summary>
    public static void Abandon(IJournalDisk disk, long number)
    {
        string unfinished = SegmentName.Of(number) + SegmentName.Filling;
        if (disk.List().Contains(unfinished))
        {
            disk.Delete(unfinished);
        }
    }

    public void Add(RecordType type, long timeMs, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        _batch.TimeMs = timeMs;
        if (!_batch.TryAppend(NextLsn, type, open, secret))
        {
            Flush();
            _batch.TimeMs = timeMs;
            if (!_batch.TryAppend(NextLsn, type, open, secret))
            {
                throw new InvalidOperationException("A record of a segment is larger than a batch.");
            }
        }

        Count(timeMs, NextLsn);
    }

    /// <summary>In place of records that no copy has. A batch of its own: LSNs in a batch have no gaps.</summary>
    public void AddLost(in LostRecords lost, long timeMs)
    {
        Flush();
        _batch.TimeMs = timeMs;
        _batch.TryAppend(NextLsn, RecordType.Lost, lost.ToBytes(), []);
        Count(timeMs, lost.LastLsn);
        Flush();
    }

    /// <summary>Seals it, on the disk; returns what the next segment must name as its previous.</summary>
    /// <param name="chain">What the next segment names already; 0: it is yet to be written.</param>
    public uint Finish(uint chain, long nowMs)
    {
        Flush();
        var seal = new SegmentSeal(
            _records, _header.FirstLsn, NextLsn - 1, _firstTimeMs, _lastTimeMs, _header.ReplayFrom, _position)
        {
            Chain = chain,
        };
        uint crc = SealWriter.Write(_file, _header, _previous, seal, nowMs, isDurable: true);
        return chain != 0 ? chain : crc;
    }

    /// <summary>Takes the old one's place; also after it was disposed.</summary>
    /// <param name="keepAs">Ending of the name under which a copy of the old one stays; null: none does.</param>
    public void Replace(string? keepAs)
    {
        if (keepAs is not null && _disk.List().Contains(_name))
        {
            Copy(_name + keepAs);
        }

        _disk.Rename(_name + SegmentName.Filling, _name);
        _disk.SyncDirectory();
    }

    public void Dispose()
    {
        _batch.Clear();
        _cipher.Dispose();
        _file.Dispose();
    }

    private void Count(long timeMs, long lastLsn)
    {
        _firstTimeMs = _records == 0 ? timeMs : _firstTimeMs;
        _lastTimeMs = timeMs;
        _records++;
        NextLsn = lastLsn + 1;
    }

    private void Flush()
    {
        if (_batch.IsEmpty)
        {
            return;
        }

        _file.Write(
            _position, _encoder.Encode(_batch, _header.Version, _cipher, _header.SaltState, ref _previous));
        _position = JournalFormat.AlignUp(_position + _batch.Size, _header.BlockSize);
        _batch.Clear();
    }

    private void Copy(string name)
    {
        if (_disk.List().Contains(name))
        {
            _disk.Delete(name); // Of a repair that did not come to its end, and perhaps not whole.
        }

        using IJournalFile from = _disk.Open(_name);
        using IJournalFile to = _disk.Create(name);
        var buffer = new byte[CopySize];
        long offset = 0;
        for (int read; (read = from.Read(offset, buffer)) > 0; offset += read)
        {
            to.Write(offset, buffer.AsSpan(0, read));
        }

        to.Sync();
    }
}
