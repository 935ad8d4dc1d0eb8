using System.Runtime.CompilerServices;

namespace Switch.Routing.Journal;

/// <summary>How a scan of one segment ended.</summary>
internal enum ScanEnd
{
    /// <summary>Not ended yet.</summary>
    None,

    /// <summary>Behind the seal. Whether something follows is not looked at.</summary>
    Sealed,

    /// <summary>At zeros up to the end of the file: the place where the next batch would go.</summary>
    Open,

    /// <summary>At bytes that are no record, or not the record that belongs there.</summary>
    Bad,
}

/// <summary>
/// Walks the records of one segment from the first, accepting only an unbroken line of frames: each whole under this
/// segment's salt, with the LSN after the one before, naming that one's checksum, and in its batch's order. A group is
/// accepted as a whole, before its first record is given.
/// </summary>
internal sealed class SegmentScanner
{
    private readonly SegmentWindow _window;
    private readonly SegmentHeader _header;
    private readonly uint _saltState;
    private readonly bool _hasGroups;
    private long _frameOffset;
    private uint _nextBatchIndex;

    // Of the current record: where its header is in its group, 0 when it is in none, and where its secret part begins.
    private int _at;
    private int _secretAt;

    // Where the next record of the same group begins; 0: there is none.
    private int _nextAt;
    private int _nextSecretAt;
    private bool _isFirst = true;

    public SegmentScanner(SegmentWindow window, SegmentHeader header)
    {
        _window = window;
        _header = header;
        _saltState = header.SaltState;
        _hasGroups = header.Version > 1;
        Offset = JournalFormat.HeaderSize;
        NextLsn = header.FirstLsn;
        Previous = header.Crc;
    }

    public ScanEnd End { get; private set; }

    /// <summary>Why <see cref="End"/> is <see cref="ScanEnd.Bad"/>.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Just behind the last frame accepted.</summary>
    public long Offset { get; private set; }

    /// <summary>
    /// The LSN after the current record's; so the one expected at <see cref="Offset"/>, unless that is in the middle of
    /// a group.
    /// </summary>
    public long NextLsn { get; private set; }

    /// <summary>Checksum of the last frame accepted, the seal included; of the header before the first.</summary>
    public uint Previous { get; private set; }

    /// <summary>Records given, the seal not counted.</summary>
    public long Records { get; private set; }

    public long FirstTimeMs { get; private set; }

    public long LastTimeMs { get; private set; }

    /// <summary>What the next segment must name as its previous, once it is sealed.</summary>
    public uint ChainOut => Seal.Chain != 0 ? Seal.Chain : Previous;

    /// <summary>The seal's contents, once <see cref="End"/> is <see cref="ScanEnd.Sealed"/>.</summary>
    public SegmentSeal Seal { get; private set; }

    /// <summary>The next record was accepted and written together with the current one.</summary>
    public bool IsInGroup => _nextAt > 0;

    /// <summary>Where <see cref="Current"/> starts in the file.</summary>
    public long RecordOffset => _frameOffset + _at;

    /// <summary>The record that <see cref="MoveNext"/> found, valid until its next call.</summary>
    public JournalRecord Current
    {
        get
        {
            var frame = new JournalFrame(_window.At(_frameOffset, (int)(Offset - _frameOffset)));
            return _at == 0
                ? new JournalRecord(frame)
                : new JournalRecord(frame, _at, NextLsn - 1, _secretAt);
        }
    }

    /// <summary>Moves to the next record; false at the end, of which <see cref="End"/> then tells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool MoveNext()
    {
        if (End != ScanEnd.None)
        {
            return false;
        }

        if (_nextAt > 0)
        {
            StepInGroup(new JournalFrame(_window.At(_frameOffset, (int)(Offset - _frameOffset))));
            return true;
        }

        // Within a batch frames touch; the next batch starts at the next block. So there are two places to look.
        bool isFrame = _window.TryFrame(Offset, _saltState, out JournalFrame frame);
        if (isFrame && !_isFirst && frame.BatchIndex == _nextBatchIndex)
        {
            return Accept(frame, Offset);
        }

        long block = JournalFormat.AlignUp(Offset, _header.BlockSize);
        if (isFrame)
        {
            bool startsBatch = frame.BatchIndex == 0 && block == Offset;
            return startsBatch ? Accept(frame, Offset) : Fail("a record out of its batch's order");
        }

        if (_window.SkipZeros(Offset, Math.Min(block, _window.Size)) < Math.Min(block, _window.Size))
        {
            return Fail("bytes that are no record");
        }

        if (_window.TryFrame(block, _saltState, out frame))
        {
            return frame.BatchIndex == 0 ? Accept(frame, block) : Fail("a record out of its batch's order");
        }

        if (_window.SkipZeros(block, _window.Size) < _window.Size)
        {
            return Fail("bytes that are no record");
        }

        End = ScanEnd.Open;
        return false;
    }

    /// <summary>Looks again at the place where it stopped, for a node that is still writing there.</summary>
    public void LookAgain()
    {
        if (End != ScanEnd.Sealed)
        {
            End = ScanEnd.None;
            _window.Forget();
        }
    }

    /// <summary>Where <see cref="Resume"/> last went on, so that a scan does not resume there for ever.</summary>
    public long ResumedAt { get; private set; }

    /// <summary>After damage that a person accepts: goes on at a whole frame further on.</summary>
    public void Resume(long offset, in JournalFrame frame)
    {
        ResumedAt = offset;
        End = ScanEnd.None;
        Offset = offset;
        NextLsn = frame.Lsn;
        Previous = frame.Previous;
        _nextBatchIndex = frame.BatchIndex;
        _isFirst = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Accept(in JournalFrame frame, long offset)
    {
        if (frame.Lsn != NextLsn)
        {
            return Fail("a record with another LSN");
        }

        if (frame.Previous != Previous)
        {
            return Fail("a record that follows another one than the one before it");
        }

        if (frame.Type == RecordType.Seal)
        {
            return AcceptSeal(frame, offset);
        }

        if (_hasGroups && frame.Type == RecordType.Group)
        {
            return AcceptGroup(frame, offset);
        }

        long last = frame.Lsn;
        if (frame.Type == RecordType.Lost)
        {
            if (!LostRecords.TryRead(new JournalRecord(frame), out LostRecords lost))
            {
                return Fail("a record of what was lost that makes no sense");
            }

            last = lost.LastLsn;
        }

        Advance(frame, offset, records: 1);
        Count(frame.TimeMs, last);
        return true;
    }

    private bool AcceptGroup(in JournalFrame frame, long offset)
    {
        if (!frame.IsGroup(out int records))
        {
            return Fail("a group of records that makes no sense");
        }

        Advance(frame, offset, records);
        _nextAt = JournalFormat.RecordHeaderSize;
        _nextSecretAt = 0;
        StepInGroup(frame);
        return true;
    }

    private void StepInGroup(in JournalFrame frame)
    {
        _at = _nextAt;
        _secretAt = _nextSecretAt;
        var record = new JournalRecord(frame, _at, NextLsn, _secretAt);
        int next = _at + JournalFormat.GroupedHeaderSize + record.OpenLength;
        _nextAt = next < frame.OpenEnd ? next : 0;
        _nextSecretAt = _secretAt + record.SecretLength;
        Count(record.TimeMs, NextLsn);
    }

    private bool AcceptSeal(in JournalFrame frame, long offset)
    {
        // What was lost to accepted damage is missing from Records, so the seal's count is for readers, not compared.
        if (!SegmentSeal.TryRead(frame.Open, out SegmentSeal seal) || seal.Offset != offset
            || seal.FirstLsn != _header.FirstLsn || seal.LastLsn != NextLsn - 1)
        {
            return Fail("a seal that is not this segment's");
        }

        Seal = seal;
        Advance(frame, offset, records: 1);
        End = ScanEnd.Sealed;
        return false;
    }

    private void Advance(in JournalFrame frame, long offset, int records)
    {
        _frameOffset = offset;
        _at = 0;
        _nextBatchIndex = frame.BatchIndex + (uint)records;
        _isFirst = false;
        Previous = frame.Crc;
        Offset = offset + frame.Size;
    }

    private void Count(long timeMs, long lastLsn)
    {
        FirstTimeMs = Records == 0 ? timeMs : FirstTimeMs;
        LastTimeMs = timeMs;
        Records++;
        NextLsn = lastLsn + 1;
    }

    private bool Fail(string reason)
    {
        End = ScanEnd.Bad;
        Reason = reason;
        return false;
    }
}
