namespace Switch.Routing.Journal;

/// <summary>Sees one record that passed every check. Views are valid until it returns.</summary>
internal delegate void RecordVisitor(in JournalRecord record, SegmentHeader segment, long offset);

/// <summary>What a walk should do besides visiting.</summary>
internal sealed record WalkOptions
{
    /// <summary>Whose journal it must be; null: anyone's, as long as all segments agree.</summary>
    public JournalIdentity? Identity { get; init; }

    /// <summary>
    /// What need not be read: of segments that the checkpoint covers, check header and seal only, and visit no record
    /// of theirs.
    /// </summary>
    public CheckpointPlace? Checkpoint { get; init; }

    /// <summary>Refuse a journal whose beginning was removed, unless a checkpoint covers what is not there.</summary>
    public bool MustBeWhole { get; init; }

    /// <summary>Step over damage and list it, instead of refusing.</summary>
    public bool AcceptDamage { get; init; }

    /// <summary>
    /// Sync and drop the cache of the last segment first, so that nothing is believed that is not on the disk.
    /// </summary>
    public bool Settle { get; init; }

    /// <summary>Of every sealed segment but the last, check header and seal only.</summary>
    public bool IsQuick { get; init; }

    /// <summary>
    /// Sealed segments that were read through already: only how they follow each other is checked. With the last among
    /// them there is no <see cref="JournalWalk.LastScan"/>.
    /// </summary>
    public IReadOnlyDictionary<long, SegmentFindings>? Read { get; init; }

    /// <summary>A node may be writing meanwhile, so the end of the last segment moves while it is read.</summary>
    public bool IsLive { get; init; }
}

/// <summary>
/// Records that damage has taken. With no record lost, <see cref="LastLsn"/> is <see cref="FirstLsn"/> - 1.
/// </summary>
public sealed record LostRange(string Segment, long Offset, long FirstLsn, long LastLsn, string Reason);

/// <summary>What a walk found in one segment.</summary>
public sealed record SegmentReport(
    string Name, long Number, long FirstLsn, long Records, long Size, bool IsSealed, bool WasSkipped, long CreatedMs)
{
    /// <summary>Bytes from the file's start to the end of the last record.</summary>
    public long Used { get; init; }

    /// <summary>Which start of the node wrote it.</summary>
    public long Epoch { get; init; }

    /// <summary>The fingerprint of the key of its card tokens; 0: not stated.</summary>
    public ulong TokenCheck { get; init; }
}

/// <summary>
/// Reads a whole journal in order and judges it; changes nothing. Recovery, <c>verify</c> and <c>export</c> are this
/// walk with different visitors.
/// </summary>
internal sealed class JournalWalk(IJournalDisk disk, WalkOptions options)
{
    private byte[] _buffer = new byte[JournalFormat.HeaderSize];
    private readonly List<LostRange> _lost = [];
    private readonly List<SegmentReport> _segments = [];
    private readonly List<SegmentFindings> _taken = [];
    private JournalIdentity? _identity = options.Identity;
    private uint? _previous;

    public IReadOnlyList<LostRange> Lost => _lost;

    /// <summary>Whose journal it is; null for an empty folder when no identity was expected.</summary>
    public JournalIdentity? Identity => _identity;

    public IReadOnlyList<SegmentReport> Segments => _segments;

    /// <summary>Those of <see cref="WalkOptions.Read"/> that were relied on.</summary>
    public IReadOnlyList<SegmentFindings> Taken => _taken;

    /// <summary>The LSN after the last record found; 1 for an empty folder.</summary>
    public long NextLsn { get; private set; } = 1;

    public long Records { get; private set; }

    /// <summary>What a next segment must name as its previous, if the last one is sealed.</summary>
    public uint Previous => _previous ?? 0;

    /// <summary>Header of the last segment; null for an empty folder.</summary>
    public SegmentHeader? LastHeader { get; private set; }

    /// <summary>The scan of the last segment, at its end; null for an empty folder.</summary>
    public SegmentScanner? LastScan { get; private set; }

    /// <summary>Bytes behind the last record, or seal, that a crash left half written.</summary>
    public long TornBytes { get; private set; }

    /// <summary>
    /// An LSN from which replaying suffices: the highest that a header or seal states. 0: from the start.
    /// </summary>
    public long ReplayFrom { get; private set; }

    public void Run(RecordVisitor visit)
    {
        List<long> numbers = Numbers(disk);
        var headers = new SegmentHeader?[numbers.Count];
        long sizeMax = 0;
        for (int index = 0; index < numbers.Count; index++)
        {
            headers[index] = ReadHeader(numbers[index], isLast: index == numbers.Count - 1, ref sizeMax);
            ReplayFrom = Math.Max(ReplayFrom, headers[index]?.ReplayFrom ?? 0);
        }

        RequireAnyOfItsKeys(headers);
        _buffer = new byte[Math.Clamp(sizeMax, JournalFormat.HeaderSize, SegmentWindow.BufferSize)];
        RequireBeginning(numbers, headers);

        for (int index = 0; index < numbers.Count; index++)
        {
            bool isLast = index == numbers.Count - 1;
            SegmentHeader? next = isLast ? null : headers[index + 1];
            if (index == 0)
            {
                NextLsn = headers[0]?.FirstLsn ?? 1;
            }
            else if (numbers[index] != numbers[index - 1] + 1)
            {
                Damage(SegmentName.Of(numbers[index - 1] + 1), 0, headers[index]?.FirstLsn, "the file is missing");
                _previous = null;
            }

            if (headers[index] is { } header)
            {
                WalkSegment(header, next, isLast, visit);
            }
            else
            {
                // ReadHeader has reported it; what it held ends where the next readable header begins.
                Lose(SegmentName.Of(numbers[index]), 0, next?.FirstLsn ?? NextLsn, "the segment header is damaged");
                _previous = null;
            }
        }

        RequireKeyOfItsEnd();
    }

    // Before everything is read: with the wrong key no header says one that is right.
    private void RequireAnyOfItsKeys(SegmentHeader?[] headers)
    {
        if (_identity is { } expected && headers is [.., { } last]
            && !headers.Any(header => header is not null && expected.Recognises(header.Identity.TokenCheck)))
        {
            SegmentHeader.RequireTokens(SegmentName.Of(last.Number), last.Identity.TokenCheck, expected);
        }
    }

    // Segments of before a change of the key may be there for long. Where the last record is, there must be a key of
    // now. A segment without one was begun by a start that came to nothing.
    private void RequireKeyOfItsEnd()
    {
        if (_identity is { } expected && _segments.FindLast(static one => one.Records > 0) is { } end)
        {
            SegmentHeader.RequireTokens(end.Name, end.TokenCheck, expected);
        }
    }

    private void RequireBeginning(List<long> numbers, SegmentHeader?[] headers)
    {
        long covered = options.Checkpoint?.Lsn ?? 0;
        if (options.MustBeWhole && headers is [{ } first, ..] && first.FirstLsn > covered + 1)
        {
            throw new JournalDamagedException(
                SegmentName.Of(numbers[0]), 0, covered + 1,
                "the segments before it were removed, and no good checkpoint covers them");
        }
    }

    /// <summary>Numbers of the segments in the folder, ascending.</summary>
    internal static List<long> Numbers(IJournalDisk disk)
    {
        var numbers = new List<long>();
        foreach (string name in disk.List())
        {
            if (SegmentName.TryParse(name, out long number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Header of a segment; null when it has none that is whole and its own.</summary>
    internal static SegmentHeader? HeaderOf(IJournalDisk disk, long number)
    {
        string name = SegmentName.Of(number);
        if (!disk.List().Contains(name))
        {
            return null;
        }

        using IJournalFile file = disk.Open(name);
        var block = new byte[JournalFormat.HeaderSize];
        SegmentHeader? header = SegmentHeader.TryRead(block.AsSpan(0, file.Read(0, block)), name, out _);
        return header?.Number == number ? header : null;
    }

    private SegmentHeader? ReadHeader(long number, bool isLast, ref long sizeMax)
    {
        string name = SegmentName.Of(number);
        using IJournalFile file = disk.Open(name);
        var window = new SegmentWindow(file, _buffer);
        sizeMax = Math.Max(sizeMax, window.Size);
        SegmentHeader? header = SegmentHeader.TryRead(
            window.At(0, JournalFormat.HeaderSize), name, out string reason);
        if (header is not null)
        {
            RequireIdentity(name, header.Identity);
            if (header.Number != number)
            {
                header = null;
                reason = "the segment is another one, under a wrong name";
            }
        }

        // Without the last header it is unknown which LSNs were given out, so no override can help.
        return header is null && (isLast || !options.AcceptDamage)
            ? throw new JournalDamagedException(name, 0, 0, reason)
            : header;
    }

    private void RequireIdentity(string name, JournalIdentity found)
    {
        _identity ??= found with { TokenCheck = 0 }; // Without the key it is not known which checks are of one key.
        SegmentHeader.RequireSame(name, found, _identity);
    }

    private void WalkSegment(SegmentHeader header, SegmentHeader? next, bool isLast, RecordVisitor visit)
    {
        string name = SegmentName.Of(header.Number);
        if (header.FirstLsn != NextLsn || (_previous is { } chain && header.Previous != chain))
        {
            Damage(name, 0, header.FirstLsn, "the segment does not follow the one before it");
        }

        if (options.Checkpoint is { } checkpoint && header.Number == checkpoint.Segment + 1
            && (header.Previous != checkpoint.SealCrc || header.FirstLsn != checkpoint.Lsn + 1))
        {
            Damage(name, 0, header.FirstLsn, "the segment does not follow what the checkpoint covers");
        }

        if (options.Read?.GetValueOrDefault(header.Number) is { } findings)
        {
            Take(findings);
            return;
        }

        using IJournalFile file = disk.Open(name);
        if (isLast && options.Settle)
        {
            file.Sync(); // What a killed process left in the cache is on the disk now, or the sync says so.
            file.DropCache();
        }

        var window = new SegmentWindow(file, _buffer);
        bool maySkip = options.IsQuick || header.Number <= options.Checkpoint?.Segment;
        if (maySkip && next is not null && TrySkip(header, window))
        {
            return;
        }

        NextLsn = header.FirstLsn;
        var scan = new SegmentScanner(window, header);
        Scan(name, window, header, scan, next, visit);
        Records += scan.Records;
        NextLsn = next is null ? scan.NextLsn : Math.Max(scan.NextLsn, NextLsn);
        _previous = scan.End == ScanEnd.Sealed ? scan.ChainOut : null;
        if (scan.End == ScanEnd.Sealed)
        {
            ReplayFrom = Math.Max(ReplayFrom, scan.Seal.ReplayFrom);
        }

        _segments.Add(new SegmentReport(
            name, header.Number, header.FirstLsn, scan.Records, window.Size,
            scan.End == ScanEnd.Sealed, WasSkipped: false, header.CreatedMs)
        {
            Used = scan.Offset,
            Epoch = header.Epoch,
            TokenCheck = header.Identity.TokenCheck,
        });
        if (isLast)
        {
            LastHeader = header;
            LastScan = scan;
            TornBytes = scan.End == ScanEnd.Open ? 0 : TailInspector.Extent(window, scan.Offset);
        }
    }

    private void Scan(
        string name, SegmentWindow window, SegmentHeader header, SegmentScanner scan, SegmentHeader? next,
        RecordVisitor visit)
    {
        while (true)
        {
            while (scan.MoveNext())
            {
                Visit(scan, header, visit);
            }

            NextLsn = scan.NextLsn;
            bool isLast = next is null;
            if (scan.End == ScanEnd.Sealed)
            {
                if (TailInspector.Extent(window, scan.Offset) > 0
                    && (!isLast || TailInspector.FindProof(window, header, scan.Offset, scan.NextLsn) >= 0))
                {
                    Damage(name, scan.Offset, scan.NextLsn, "bytes after the seal");
                }

                return;
            }

            if (isLast && (scan.End == ScanEnd.Open
                || TailInspector.FindProof(window, header, scan.Offset, scan.NextLsn) < 0))
            {
                return; // Open or torn: the journal ends here.
            }

            if (isLast && options.IsLive && HasGrown(scan))
            {
                Visit(scan, header, visit);
                continue;
            }

            if (!TryStepOver(name, window, header, scan, next))
            {
                return;
            }
        }
    }

    private void Visit(SegmentScanner scan, SegmentHeader header, RecordVisitor visit)
    {
        JournalRecord record = scan.Current;
        if (record.Lsn > (options.Checkpoint?.Lsn ?? 0))
        {
            visit(record, header, scan.RecordOffset);
        }
    }

    /// <summary>Whether what looked like a hole was only read before its batch was written.</summary>
    private static bool HasGrown(SegmentScanner scan)
    {
        scan.LookAgain();
        return scan.MoveNext();
    }

    /// <summary>Refuses, or when told to accept damage goes on at the next whole record, if there is one.</summary>
    private bool TryStepOver(
        string name, SegmentWindow window, SegmentHeader header, SegmentScanner scan, SegmentHeader? next)
    {
        string reason = scan.End == ScanEnd.Open ? "zeros where records were" : scan.Reason;
        if (TailInspector.TryFindNext(window, header, scan, out long offset, out JournalFrame frame))
        {
            Damage(name, scan.Offset, frame.Lsn, reason);
            scan.Resume(offset, frame);
            return true;
        }

        Damage(name, scan.Offset, next?.FirstLsn, reason);
        return false;
    }

    private void Take(SegmentFindings findings)
    {
        NextLsn = findings.NextLsn;
        _previous = findings.ChainOut;
        ReplayFrom = Math.Max(ReplayFrom, findings.ReplayFrom);
        Records += findings.Report.Records;
        _segments.Add(findings.Report);
        _taken.Add(findings);
    }

    /// <summary>Takes a sealed segment on the word of its seal.</summary>
    private bool TrySkip(SegmentHeader header, SegmentWindow window)
    {
        long offset = window.Size - JournalFormat.SealSize;
        if (offset < JournalFormat.HeaderSize || !window.TryFrame(offset, header.SaltState, out JournalFrame frame)
            || frame.Type != RecordType.Seal || !SegmentSeal.TryRead(frame.Open, out SegmentSeal seal)
            || seal.Offset != offset || seal.FirstLsn != header.FirstLsn || frame.Lsn != seal.LastLsn + 1)
        {
            return false; // Not an error yet: the full scan decides.
        }

        NextLsn = frame.Lsn;
        _previous = seal.Chain != 0 ? seal.Chain : frame.Crc;
        _segments.Add(new SegmentReport(
            SegmentName.Of(header.Number), header.Number, header.FirstLsn, seal.Records, window.Size,
            IsSealed: true, WasSkipped: true, header.CreatedMs)
        { Used = window.Size, Epoch = header.Epoch, TokenCheck = header.Identity.TokenCheck });
        return true;
    }

    private void Damage(string name, long offset, long? resumesAt, string reason)
    {
        if (!options.AcceptDamage)
        {
            throw new JournalDamagedException(name, offset, NextLsn, reason);
        }

        Lose(name, offset, resumesAt ?? NextLsn, reason);
    }

    private void Lose(string name, long offset, long resumesAt, string reason)
    {
        _lost.Add(new LostRange(name, offset, NextLsn, resumesAt - 1, reason));
        NextLsn = Math.Max(NextLsn, resumesAt);
    }
}
