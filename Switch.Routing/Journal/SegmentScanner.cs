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
/// Walks the records of one segment from the first, accepting only an unbroken line: each record whole under this
/// segment's salt, with the LSN after the one before, naming that one's checksum, and in its batch's order.
/// </summary>
internal sealed class SegmentScanner
{
    private readonly SegmentWindow _window;
    private readonly SegmentHeader _header;
    private readonly uint _saltState;
    private long _recordOffset;
    private uint _batchIndex;
    private bool _isFirst = true;

    public SegmentScanner(SegmentWindow window, SegmentHeader header)
    {
        _window = window;
        _header = header;
        _saltState = header.SaltState;
        Offset = JournalFormat.HeaderSize;
        NextLsn = header.FirstLsn;
        Previous = header.Crc;
    }

    public ScanEnd End { get; private set; }

    /// <summary>Why <see cref="End"/> is <see cref="ScanEnd.Bad"/>.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Just behind the last record accepted.</summary>
    public long Offset { get; private set; }

    /// <summary>The LSN expected at <see cref="Offset"/>.</summary>
    public long NextLsn { get; private set; }

    /// <summary>Checksum of the last record accepted, the seal included; of the header before the first.</summary>
    public uint Previous { get; private set; }

    /// <summary>Records accepted, the seal not counted.</summary>
    public long Records { get; private set; }

    public long FirstTimeMs { get; private set; }

    public long LastTimeMs { get; private set; }

    /// <summary>What the next segment must name as its previous, once it is sealed.</summary>
    public uint ChainOut => Seal.Chain != 0 ? Seal.Chain : Previous;

    /// <summary>The seal's contents, once <see cref="End"/> is <see cref="ScanEnd.Sealed"/>.</summary>
    public SegmentSeal Seal { get; private set; }

    /// <summary>Where <see cref="Current"/> starts in the file.</summary>
    public long RecordOffset => _recordOffset;

    /// <summary>The record that <see cref="MoveNext"/> found, valid until its next call.</summary>
    public JournalRecord Current =>
        new(_window.At(_recordOffset, (int)(Offset - _recordOffset)));

    /// <summary>Moves to the next record; false at the end, of which <see cref="End"/> then tells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool MoveNext()
    {
        if (End != ScanEnd.None)
        {
            return false;
        }

        // Within a batch records touch; the next batch starts at the next block. So there are two places to look.
        bool isRecord = _window.TryRecord(Offset, _saltState, out JournalRecord record);
        if (isRecord && !_isFirst && record.BatchIndex == _batchIndex + 1)
        {
            return Accept(record, Offset);
        }

        long block = JournalFormat.AlignUp(Offset, _header.BlockSize);
        if (isRecord)
        {
            bool startsBatch = record.BatchIndex == 0 && block == Offset;
            return startsBatch ? Accept(record, Offset) : Fail("a record out of its batch's order");
        }

        if (_window.SkipZeros(Offset, Math.Min(block, _window.Size)) < Math.Min(block, _window.Size))
        {
            return Fail("bytes that are no record");
        }

        if (_window.TryRecord(block, _saltState, out record))
        {
            return record.BatchIndex == 0 ? Accept(record, block) : Fail("a record out of its batch's order");
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

    /// <summary>After damage that a person accepts: goes on at a whole record further on.</summary>
    public void Resume(long offset, in JournalRecord record)
    {
        ResumedAt = offset;
        End = ScanEnd.None;
        Offset = offset;
        NextLsn = record.Lsn;
        Previous = record.Previous;
        _batchIndex = record.BatchIndex - 1; // Wraps for a batch's first, which is then found by its block instead.
        _isFirst = false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Accept(in JournalRecord record, long offset)
    {
        if (record.Lsn != NextLsn)
        {
            return Fail("a record with another LSN");
        }

        if (record.Previous != Previous)
        {
            return Fail("a record that follows another one than the one before it");
        }

        if (record.Type == RecordType.Seal)
        {
            return AcceptSeal(record, offset);
        }

        long last = record.Lsn;
        if (record.Type == RecordType.Lost)
        {
            if (!LostRecords.TryRead(record, out LostRecords lost))
            {
                return Fail("a record of what was lost that makes no sense");
            }

            last = lost.LastLsn;
        }

        Advance(record, offset);
        FirstTimeMs = Records == 0 ? record.TimeMs : FirstTimeMs;
        LastTimeMs = record.TimeMs;
        Records++;
        NextLsn = last + 1;
        return true;
    }

    private bool AcceptSeal(in JournalRecord record, long offset)
    {
        // What was lost to accepted damage is missing from Records, so the seal's count is for readers, not compared.
        if (!SegmentSeal.TryRead(record.Open, out SegmentSeal seal) || seal.Offset != offset
            || seal.FirstLsn != _header.FirstLsn || seal.LastLsn != NextLsn - 1)
        {
            return Fail("a seal that is not this segment's");
        }

        Seal = seal;
        Advance(record, offset);
        End = ScanEnd.Sealed;
        return false;
    }

    private void Advance(in JournalRecord record, long offset)
    {
        _recordOffset = offset;
        _batchIndex = record.BatchIndex;
        _isFirst = false;
        Previous = record.Crc;
        Offset = offset + record.Size;
    }

    private bool Fail(string reason)
    {
        End = ScanEnd.Bad;
        Reason = reason;
        return false;
    }
}
