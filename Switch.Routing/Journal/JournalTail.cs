namespace Switch.Routing.Journal;

/// <summary>
/// Follows a journal that its node is writing: every record once, in LSN order, and none before it is durable. The way
/// for a projection, or anything else that comes after, to read. One thread at a time.
/// </summary>
/// <remarks>
/// <code>
/// using var tail = new JournalTail(disk, position + 1);          // position: the last LSN taken; 0: none
/// while (tail.MoveNext(journal.DurableLsn))                      // false: nothing more yet, ask again later
/// {
///     JournalRecord record = tail.Current;                       // valid until the next MoveNext
///     Project(record.Lsn, record.Type, record.Open);             // the position goes into the same transaction
/// }
/// </code>
/// The bound matters: a record that is written and not durable may be gone after a power cut, and its LSN then be
/// given to another. Retention keeps what a reader still needs only if it is told the reader's position.
/// </remarks>
public sealed class JournalTail : IDisposable
{
    /// <summary>Bytes a read takes at least: small enough to be read anew for each batch of a live journal.</summary>
    private const int ReadSize = 128 * 1024;

    private readonly IJournalDisk _disk;
    private readonly JournalKeyRing? _keys;
    private readonly byte[] _buffer = new byte[JournalFormat.RecordSizeMax + ReadSize];
    private readonly long _from;
    private IJournalFile? _file;
    private SegmentWindow? _window;
    private SegmentHeader? _header;
    private SegmentScanner? _scan;
    private SecretReader? _secrets;
    private long _readUpTo;

    /// <summary>Starts in front of a record.</summary>
    /// <param name="disk">The journal's folder. Opened to read; nothing is changed.</param>
    /// <param name="fromLsn">The first LSN wanted, 1 or above. It may not have been written yet.</param>
    /// <param name="keys">To open secret parts; null: <see cref="ReadSecret"/> is not called.</param>
    public JournalTail(IJournalDisk disk, long fromLsn, JournalKeyRing? keys = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromLsn, 1);
        _disk = disk;
        _keys = keys;
        _from = fromLsn;
        NextLsn = fromLsn;
    }

    /// <summary>LSN of the record that comes next.</summary>
    public long NextLsn { get; private set; }

    /// <summary>The record that <see cref="MoveNext"/> found, valid until its next call.</summary>
    public JournalRecord Current => _scan!.Current;

    /// <summary>File name of the segment that <see cref="Current"/> is in.</summary>
    public string Segment => SegmentName.Of(_header!.Number);

    /// <summary>Where <see cref="Current"/> starts in its segment's file.</summary>
    public long Offset => _scan!.RecordOffset;

    /// <summary>Moves to the next record; false when it is not durable yet.</summary>
    /// <param name="durableLsn">The highest LSN that is durable, as its writer says.</param>
    /// <exception cref="JournalDamagedException">The record is durable and is not there.</exception>
    /// <exception cref="JournalException">The segment of <see cref="NextLsn"/> has been removed, or the disk
    /// refuses.</exception>
    public bool MoveNext(long durableLsn)
    {
        while (NextLsn <= durableLsn)
        {
            if (_scan is null)
            {
                Open(FindSegment(), previous: null);
            }

            if (!_scan!.IsInGroup && _scan.NextLsn > _readUpTo)
            {
                // What lies here may have been read before it was written. After this it is read when it is durable.
                _scan.LookAgain();
                _readUpTo = durableLsn;
            }

            if (_scan.MoveNext())
            {
                if (_scan.Current.Lsn < _from)
                {
                    NextLsn = Math.Max(NextLsn, _scan.NextLsn); // It may stand for lost ones, up to behind the start.
                    continue;
                }

                NextLsn = _scan.NextLsn;
                _secrets?.Reach(_scan.Current);
                return true;
            }

            if (_scan.End != ScanEnd.Sealed)
            {
                throw new JournalDamagedException(
                    Segment, _scan.Offset, _scan.NextLsn,
                    _scan.End == ScanEnd.Open ? "zeros where records were" : _scan.Reason);
            }

            _file!.DropCache(); // Sealed and read: a follower does not come back to it.
            Open(_header!.Number + 1, _scan.ChainOut);
        }

        _secrets?.Forget(); // It may be long until the rest of a group is asked for.
        return false;
    }

    /// <summary>Opens the secret part of <see cref="Current"/>, whose length its record tells.</summary>
    /// <exception cref="JournalKeyException">Its key is not among those given, or is another.</exception>
    public void ReadSecret(Span<byte> plain)
    {
        _secrets ??= new SecretReader(
            _keys ?? throw new JournalKeyException("The journal is read without keys."));
        JournalRecord record = Current;
        _secrets.Read(record, _header!).CopyTo(plain);
        _secrets.Release(record);
    }

    public void Dispose()
    {
        Close();
        _secrets?.Dispose();
    }

    /// <summary>The last segment that starts at or before the record wanted.</summary>
    private long FindSegment()
    {
        List<long> numbers = JournalWalk.Numbers(_disk);
        for (int index = numbers.Count - 1; index >= 0; index--)
        {
            using IJournalFile file = _disk.Open(SegmentName.Of(numbers[index]));
            if (ReadHeader(file, numbers[index]).FirstLsn <= _from)
            {
                return numbers[index];
            }
        }

        throw new JournalException($"The journal no longer has the segment with LSN {_from}: it has been removed.");
    }

    private void Open(long number, uint? previous)
    {
        Close();
        _file = _disk.Open(SegmentName.Of(number));
        _header = ReadHeader(_file, number);
        if (previous is { } chain && (_header.Previous != chain || _header.FirstLsn > NextLsn))
        {
            throw new JournalDamagedException(Segment, 0, NextLsn, "the segment does not follow the one before it");
        }

        _window = new SegmentWindow(_file, _buffer, ReadSize);
        _scan = new SegmentScanner(_window, _header);
        _readUpTo = 0;
    }

    private SegmentHeader ReadHeader(IJournalFile file, long number)
    {
        string name = SegmentName.Of(number);
        int read = file.Read(0, _buffer.AsSpan(0, JournalFormat.HeaderSize));
        SegmentHeader? header = SegmentHeader.TryRead(_buffer.AsSpan(0, read), name, out string reason);
        return header is not null && header.Number == number
            ? header
            : throw new JournalDamagedException(name, 0, NextLsn, reason.Length > 0 ? reason : "a wrong name");
    }

    private void Close()
    {
        _secrets?.Forget();
        _file?.Dispose();
        _file = null;
    }
}
