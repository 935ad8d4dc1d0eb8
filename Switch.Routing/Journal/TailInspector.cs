namespace Switch.Routing.Journal;

/// <summary>
/// Tells a torn tail from damage. A batch is only written when the batch before it is durable, so a record proves that
/// everything before its own batch once was. After a crash the last batch, and only it, may be on disk in any subset of
/// its sectors: whole records of that same batch may well lie behind a hole. So bytes that are no record are
/// <list type="bullet">
/// <item>a torn tail, when every whole record behind them comes later in the batch that the missing LSN belongs
/// to;</item>
/// <item>damage, when any whole record behind them is of a later batch, or is the very record that was missing: then
/// the bad bytes are in front of its batch, in a block that no write touches after it was synced.</item>
/// </list>
/// Looking for "any whole record behind" alone would call many torn batches damage, and keep a healthy node down.
/// </summary>
internal static class TailInspector
{
    /// <summary>
    /// Looks behind <paramref name="offset"/>, where the record with LSN <paramref name="missingLsn"/> should be, for a
    /// whole record that no crash can have left there; its offset, or -1 when there is none.
    /// </summary>
    public static long FindProof(SegmentWindow window, SegmentHeader header, long offset, long missingLsn)
    {
        while (FindFrame(window, header, ref offset, out JournalFrame frame))
        {
            long batchFirst = frame.Lsn - frame.BatchIndex;
            bool isLaterInSameBatch = batchFirst <= missingLsn && missingLsn < frame.Lsn;
            if (!isLaterInSameBatch)
            {
                return offset; // Also an earlier record, put here by a misdirected write: no crash does that either.
            }

            offset += frame.Size;
        }

        return -1;
    }

    /// <summary>Moves <paramref name="offset"/> to the next whole record at or behind it.</summary>
    public static bool FindFrame(
        SegmentWindow window, SegmentHeader header, scoped ref long offset, out JournalFrame frame)
    {
        uint saltState = header.SaltState;
        while (true)
        {
            // A record starts with its checksum and length; the length is never zero, so neither are the eight bytes.
            long found = window.SkipZeros(offset, window.Size);
            offset = Math.Max(offset, found & -JournalFormat.RecordAlignment);
            if (found >= window.Size)
            {
                frame = default;
                return false;
            }

            if (window.TryFrame(offset, saltState, out frame))
            {
                return true;
            }

            offset += JournalFormat.RecordAlignment;
        }
    }

    /// <summary>Behind a bad place: the next whole record that may follow what was accepted so far.</summary>
    public static bool TryFindNext(
        SegmentWindow window, SegmentHeader header, SegmentScanner scan, out long offset, out JournalFrame frame)
    {
        frame = default;
        long at = scan.Offset;
        bool isFound = false;
        while (!isFound && FindFrame(window, header, ref at, out frame))
        {
            isFound = frame.Lsn >= scan.NextLsn && at > scan.ResumedAt;
            at += isFound ? 0 : frame.Size;
        }

        offset = at;
        return isFound;
    }

    /// <summary>How far from <paramref name="offset"/> the last byte reaches that is not zero.</summary>
    public static long Extent(SegmentWindow window, long offset)
    {
        long end = offset;
        for (long at = offset; (at = window.SkipZeros(at, window.Size)) < window.Size; at++)
        {
            ReadOnlySpan<byte> bytes = window.At(at, SegmentWindow.BufferSize);
            end = at + bytes.LastIndexOfAnyExcept((byte)0) + 1;
            at += bytes.Length - 1;
        }

        return end - offset;
    }
}
