namespace Switch.Routing.Journal;

/// <summary>What there is to know of a sealed segment without reading its records.</summary>
/// <param name="Number">Of the segment.</param>
/// <param name="LastLsn">Its last record.</param>
/// <param name="SealedMs">When the next one was begun, Unix milliseconds.</param>
/// <param name="SealCrc">Checksum of its seal, as the next one names it.</param>
public readonly record struct SealedSegment(long Number, long LastLsn, long SealedMs, uint SealCrc);

/// <summary>Looks at single sealed segments, for scrubbing and retention.</summary>
public static class SegmentCheck
{
    /// <summary>Bytes from one report to the next.</summary>
    private const int ReportSize = 1024 * 1024;

    /// <summary>Numbers of all segments, ascending; the last one is open while a node runs.</summary>
    public static IReadOnlyList<long> Numbers(IJournalDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return JournalWalk.Numbers(disk);
    }

    /// <summary>The sealed part of a journal that no node is writing; default when nothing is sealed.</summary>
    /// <exception cref="JournalDamagedException">Headers or seals are not what they should be.</exception>
    public static CheckpointPlace SealedUpTo(IJournalDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        var walk = new JournalWalk(disk, new WalkOptions { IsQuick = true });
        walk.Run(static (in JournalRecord _, SegmentHeader _, long _) => { });
        return walk is not { LastHeader: { } header, LastScan: { } scan } ? default
            : scan.End == ScanEnd.Sealed ? new CheckpointPlace(header.Number, walk.NextLsn - 1, scan.ChainOut)
            : new CheckpointPlace(header.Number - 1, header.FirstLsn - 1, header.Previous);
    }

    /// <summary>File name of a segment.</summary>
    public static string NameOf(long number) => SegmentName.Of(number);

    /// <summary>When a segment was begun, Unix milliseconds; null when it is not there, or its header is not.</summary>
    public static long? CreatedMsOf(IJournalDisk disk, long number)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return JournalWalk.HeaderOf(disk, number)?.CreatedMs;
    }

    /// <summary>Size and header's checksum of a segment: neither changes once it is sealed, but by a repair.</summary>
    public static (long Size, uint HeaderCrc) LooksOf(IJournalDisk disk, long number)
    {
        ArgumentNullException.ThrowIfNull(disk);
        string name = SegmentName.Of(number);
        using IJournalFile file = disk.Open(name);
        var block = new byte[JournalFormat.HeaderSize];
        SegmentHeader? header = SegmentHeader.TryRead(block.AsSpan(0, file.Read(0, block)), name, out _);
        return (file.Size, header?.Crc ?? 0);
    }

    /// <summary>A segment, by the word of the one after it.</summary>
    /// <exception cref="JournalDamagedException">The next segment's header is not whole.</exception>
    public static SealedSegment BeforeNext(IJournalDisk disk, long number)
    {
        ArgumentNullException.ThrowIfNull(disk);
        string name = SegmentName.Of(number + 1);
        using IJournalFile file = disk.Open(name);
        var block = new byte[JournalFormat.HeaderSize];
        SegmentHeader next = SegmentHeader.TryRead(block.AsSpan(0, file.Read(0, block)), name, out string reason)
            ?? throw new JournalDamagedException(name, 0, 0, reason);
        return new SealedSegment(number, next.FirstLsn - 1, next.CreatedMs, next.Previous);
    }

    /// <summary>
    /// Reads every byte of a sealed segment from the disk, not from the cache; null when all is as it was sealed.
    /// </summary>
    /// <param name="expected">What the next segment says of it.</param>
    /// <param name="onRead">Told now and then how many bytes were read since; may take its time.</param>
    public static LostRange? Scrub(
        IJournalDisk disk, JournalIdentity identity, in SealedSegment expected, Action<int> onRead)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(onRead);
        string name = SegmentName.Of(expected.Number);
        using IJournalFile file = disk.Open(name);
        file.DropCache();
        var window = new SegmentWindow(file, new byte[2 * ReportSize], ReportSize);
        SegmentHeader? header = SegmentHeader.TryRead(
            window.At(0, JournalFormat.HeaderSize), name, out string reason);
        if (header is null || header.Number != expected.Number)
        {
            reason = header is null ? reason : "the segment is another one, under a wrong name";
            return new LostRange(name, 0, 0, expected.LastLsn, reason);
        }

        SegmentHeader.RequireSame(name, header.Identity, identity);
        var scan = new SegmentScanner(window, header);
        long reported = 0;
        while (scan.MoveNext())
        {
            if (scan.Offset - reported >= ReportSize)
            {
                onRead((int)(scan.Offset - reported));
                reported = scan.Offset;
            }
        }

        file.DropCache(); // No other reader needs these pages.
        reason = scan.End == ScanEnd.Open ? "zeros where records were" : scan.Reason;
        if (scan.End == ScanEnd.Sealed)
        {
            bool isTheOne = scan.Previous == expected.SealCrc && scan.NextLsn == expected.LastLsn + 1;
            bool hasMore = TailInspector.Extent(window, scan.Offset) > 0;
            reason = !isTheOne ? "the next segment follows another one" : hasMore ? "bytes after the seal" : "";
        }

        return reason.Length == 0
            ? null
            : new LostRange(name, scan.Offset, scan.NextLsn, expected.LastLsn, reason);
    }
}
