
namespace Switch.Routing.Journal;

/// <summary>Which part of a journal a checkpoint stands for.</summary>
/// <param name="Segment">Number of the last segment that it covers.</param>
/// <param name="Lsn">The last record that it covers.</param>
/// <param name="SealCrc">Checksum of that segment's seal: ties the checkpoint to this journal and no other.</param>
public readonly record struct CheckpointPlace(long Segment, long Lsn, uint SealCrc);

/// <summary>A checkpoint that was looked at.</summary>
/// <param name="Place">What it covers; default when even that cannot be read.</param>
/// <param name="Problem">Why it is of no use; empty for a good one.</param>
public sealed record CheckpointReport(
    string Name, CheckpointPlace Place, long Records, long Size, long CreatedMs, string Problem)
{
    public bool IsGood => Problem.Length == 0;
}

/// <summary>
/// Checkpoints in the journal's folder: what the core knew at the end of a segment, so that a start need not replay
/// what came before. A file has the form of a sealed segment under another magic, so that checksums, chain and secrecy
/// are the journal's own; its records are rows of state. It gets its name only when it is whole and durable.
/// </summary>
public static class CheckpointFiles
{
    private const int BatchSize = JournalFormat.RecordSizeMax;

    // As when segments are filled: no flush of ours keeps the journal's own sync waiting for long.
    private const long BytesPerSync = 4L * 1024 * 1024;

    /// <summary>Writes one; returns its size. Stopped half way it leaves nothing, and returns 0.</summary>
    /// <param name="place">What it covers.</param>
    /// <param name="salts">Must never repeat.</param>
    /// <param name="nowMs">The wall clock, Unix milliseconds.</param>
    /// <param name="save">Gives the records.</param>
    /// <param name="isStopped">Asked now and then.</param>
    public static long Write(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, in CheckpointPlace place, SaltSource salts,
        long nowMs, Action<StateSink> save, Func<bool> isStopped)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(save);
        string name = SegmentName.OfCheckpoint(place.Segment);
        string unfinished = name + SegmentName.Filling;
        if (disk.List().Contains(unfinished))
        {
            disk.Delete(unfinished);
        }

        long size = 0;
        try
        {
            using IJournalFile file = disk.Create(unfinished);
            var salt = new byte[JournalFormat.SaltSize];
            salts(salt);
            using var writer = new Writer(file, HeaderOf(identity, place, salt, nowMs), keys, nowMs, isStopped);
            save(writer.Take);
            size = writer.Finish();
        }
        catch (OperationCanceledException)
        {
            // Told to stop: what there is goes below.
        }
        finally
        {
            if (size == 0)
            {
                disk.Delete(unfinished);
            }
        }

        if (size > 0)
        {
            disk.Rename(unfinished, name);
            disk.SyncDirectory();
        }

        return size;
    }

    /// <summary>Every checkpoint in the folder, newest first, each read through.</summary>
    public static IEnumerable<CheckpointReport> Inspect(IJournalDisk disk, JournalIdentity? identity)
    {
        ArgumentNullException.ThrowIfNull(disk);
        foreach (long number in Numbers(disk))
        {
            yield return Inspect(disk, number, identity, fromDisk: false);
        }
    }

    /// <summary>Reads one through.</summary>
    /// <param name="fromDisk">Not from the cache: it shows what a start after a power cut would find.</param>
    public static CheckpointReport Inspect(
        IJournalDisk disk, long number, JournalIdentity? identity, bool fromDisk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        string name = SegmentName.OfCheckpoint(number);
        using IJournalFile file = disk.Open(name);
        if (fromDisk)
        {
            file.DropCache();
        }

        var window = new SegmentWindow(file, new byte[SegmentWindow.BufferSize]);
        SegmentHeader? header;
        string reason;
        try
        {
            header = SegmentHeader.TryRead(
                window.At(0, JournalFormat.HeaderSize), name, out reason, isCheckpoint: true);
        }
        catch (JournalIdentityException newer)
        {
            return new CheckpointReport(name, default, 0, window.Size, 0, newer.Message);
        }

        if (header is null || header.Number != number)
        {
            string problem = header is null ? reason : "it is another one, under a wrong name";
            return new CheckpointReport(name, default, 0, window.Size, 0, problem);
        }

        if (identity is not null)
        {
            SegmentHeader.RequireSame(name, header.Identity, identity);
        }

        var scan = new SegmentScanner(window, header);
        string problemOfRecords = Scan(scan, window);
        var place = new CheckpointPlace(number, header.ReplayFrom - 1, header.Previous);
        return new CheckpointReport(name, place, scan.Records, window.Size, header.CreatedMs, problemOfRecords);
    }

    /// <summary>
    /// Gives a core the newest checkpoint that is good; null when there is none. A checkpoint is read through before
    /// the first of its records is given.
    /// </summary>
    /// <param name="rejected">Takes those that are damaged, or of another version.</param>
    /// <exception cref="JournalKeyException">The key that it was written with is not configured.</exception>
    public static CheckpointPlace? Restore(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, StateSink restore,
        ICollection<CheckpointReport> rejected)
    {
        ArgumentNullException.ThrowIfNull(restore);
        ArgumentNullException.ThrowIfNull(rejected);
        foreach (CheckpointReport report in Inspect(disk, identity))
        {
            if (report.IsGood)
            {
                Apply(disk, report, keys, restore);
                return report.Place;
            }

            rejected.Add(report);
        }

        return null;
    }

    /// <summary>File name of the checkpoint that covers up to this segment.</summary>
    public static string NameOf(long number) => SegmentName.OfCheckpoint(number);

    /// <summary>Numbers of the checkpoints in the folder, newest first.</summary>
    public static IReadOnlyList<long> Numbers(IJournalDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var numbers = new List<long>();
        foreach (string name in disk.List())
        {
            if (SegmentName.TryParseCheckpoint(name, out long number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort(static (left, right) => right.CompareTo(left));
        return numbers;
    }

    private static SegmentHeader HeaderOf(
        JournalIdentity identity, in CheckpointPlace place, byte[] salt, long nowMs) => new()
        {
            IsCheckpoint = true,
            BlockSize = JournalFormat.BlockSizeMin,
            Number = place.Segment,
            FirstLsn = 1,
            CreatedMs = nowMs,
            Epoch = 0,
            ReplayFrom = place.Lsn + 1,
            Capacity = 0,
            Salt = salt,
            Previous = place.SealCrc,
            Identity = identity,
        };

    private static string Scan(SegmentScanner scan, SegmentWindow window)
    {
        var last = StateType.None;
        while (scan.MoveNext())
        {
            JournalRecord record = scan.Current;
            last = (StateType)record.Type;
            bool isFirst = scan.Records == 1;
            if (isFirst && (last != StateType.Beginning || record.Open is not [StateLayout.Version, ..]))
            {
                return "it is of another version of this program";
            }
        }

        return scan.End == ScanEnd.Bad ? scan.Reason
            : scan.End != ScanEnd.Sealed || last != StateType.End ? "it is cut short"
            : scan.Offset != window.Size ? "bytes after the seal"
            : "";
    }

    private static void Apply(IJournalDisk disk, CheckpointReport report, JournalKeyRing keys, StateSink restore)
    {
        using IJournalFile file = disk.Open(report.Name);
        var window = new SegmentWindow(file, new byte[SegmentWindow.BufferSize]);
        SegmentHeader header = SegmentHeader.TryRead(
            window.At(0, JournalFormat.HeaderSize), report.Name, out _, isCheckpoint: true)!;
        using var opener = new RecordOpener(
            keys, (_, type, open, secret) => restore((byte)type, open, secret));
        var scan = new SegmentScanner(window, header);
        while (scan.MoveNext())
        {
            opener.Visit(scan.Current, header);
        }

        if (scan.End != ScanEnd.Sealed || scan.Records != report.Records)
        {
            throw new JournalDamagedException(report.Name, scan.Offset, 0, "it changed while it was read");
        }
    }

    private sealed class Writer : IDisposable
    {
        private readonly IJournalFile _file;
        private readonly SegmentHeader _header;
        private readonly SegmentCipher _cipher;
        private readonly Func<bool> _isStopped;
        private readonly RecordBatch _batch = new(BatchSize);
        private readonly BatchEncoder _encoder = new(BatchSize);
        private readonly long _nowMs;
        private uint _previous;
        private long _position = JournalFormat.HeaderSize;
        private long _synced;
        private long _records;

        public Writer(
            IJournalFile file, SegmentHeader header, JournalKeyRing keys, long nowMs, Func<bool> isStopped)
        {
            _file = file;
            _header = header;
            _isStopped = isStopped;
            _nowMs = nowMs;
            _cipher = new SegmentCipher(keys, header.Salt);
            var block = new byte[JournalFormat.HeaderSize];
            header.Write(block);
            file.Write(0, block);
            _previous = header.Crc;
        }

        public void Take(byte type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
        {
            _batch.TimeMs = _nowMs;
            if (!_batch.TryAppend(_records + 1, (RecordType)type, open, secret))
            {
                Flush();
                if (!_batch.TryAppend(_records + 1, (RecordType)type, open, secret))
                {
                    throw new InvalidOperationException("A record of a checkpoint is larger than a batch.");
                }
            }

            _records++;
        }

        public long Finish()
        {
            Flush();
            var seal = new SegmentSeal(_records, 1, _records, _nowMs, _nowMs, _header.ReplayFrom, _position);
            SealWriter.Write(_file, _header, _previous, seal, _nowMs, isDurable: true);
            return _position + JournalFormat.SealSize;
        }

        public void Dispose()
        {
            _batch.Clear();
            _cipher.Dispose();
        }

        private void Flush()
        {
            if (_isStopped())
            {
                throw new OperationCanceledException();
            }

            if (_batch.IsEmpty)
            {
                return;
            }

            _file.Write(
                _position, _encoder.Encode(_batch, _header.Version, _cipher, _header.SaltState, ref _previous));
            _position = JournalFormat.AlignUp(_position + _batch.Size, _header.BlockSize);
            _batch.Clear();
            if (_position - _synced >= BytesPerSync)
            {
                _file.Sync();
                _synced = _position;
            }
        }
    }
}
