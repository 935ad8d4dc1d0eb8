namespace Switch.Routing.Journal;

/// <summary>How to repair.</summary>
public sealed record RepairOptions
{
    /// <summary>Asked for records that are missing; null: there is nowhere to ask.</summary>
    public JournalCopySource? Source { get; init; }

    /// <summary>Write down as lost what no source has. False: then nothing is changed.</summary>
    public bool AcceptLoss { get; init; }

    /// <summary>Write sealed segments anew, damaged or not, that hold secrets under another key than the current one.
    /// </summary>
    public bool Reseal { get; init; }

    public required SaltSource Salts { get; init; }

    /// <summary>The wall clock, Unix milliseconds.</summary>
    public required long NowMs { get; init; }
}

/// <summary>Records that damage took, and what is known of the time in which they were written.</summary>
/// <param name="AfterMs">Time of the record before them in the segment; 0: there is none.</param>
/// <param name="BeforeMs">Time of the record after them in the segment; 0: there is none.</param>
public sealed record LostReport(LostRange Range, long AfterMs, long BeforeMs);

/// <summary>What a repair did, or would have done.</summary>
public sealed record RepairReport
{
    /// <summary>False: records would have been lost, and the operator had not accepted that.</summary>
    public required bool IsDone { get; init; }

    /// <summary>Files that were written anew.</summary>
    public required IReadOnlyList<string> Segments { get; init; }

    /// <summary>Records that came from the source.</summary>
    public required long Restored { get; init; }

    public required IReadOnlyList<LostReport> Lost { get; init; }
}

/// <summary>
/// Mends damaged segments while no node runs: whole records stay, missing ones come from a source, and what is nowhere
/// is written down as lost, in its place. New files are finished and durable before the first takes an old one's place;
/// old ones stay beside them under another name.
/// </summary>
public sealed class JournalRepair
{
    private readonly IJournalDisk _disk;
    private readonly JournalIdentity _identity;
    private readonly JournalKeyRing _keys;
    private readonly RepairOptions _options;
    private readonly RewriteBuffers _buffers = new();
    private readonly List<LostReport> _lost = [];
    private long _restored;

    private JournalRepair(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, RepairOptions options)
    {
        _disk = disk;
        _identity = identity;
        _keys = keys;
        _options = options;
    }

    /// <exception cref="JournalKeyException">A key that a segment to be mended needs is not configured.</exception>
    public static RepairReport Run(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, RepairOptions options)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(options);
        return new JournalRepair(disk, identity, keys, options).Run();
    }

    private RepairReport Run()
    {
        SortedSet<long> targets = FindTargets(out long lastNumber, out bool isWhole);
        var done = new List<SegmentRewriter>();
        bool isDone = false;
        try
        {
            foreach (long number in targets)
            {
                done.Add(Rewrite(number, isLast: number == lastNumber, done));
                if (isWhole)
                {
                    // No loss that anybody must accept first: one after another, so that no room is needed for all.
                    RequireNoLoss();
                    done[^1].Replace(keepAs: null);
                }
            }

            isDone = _lost.Count == 0 || _options.AcceptLoss;
            foreach (SegmentRewriter rewriter in done)
            {
                if (isDone && !isWhole)
                {
                    rewriter.Replace(_options.Reseal ? null : $".damaged-{_options.NowMs}");
                }
            }

            if (isDone && done.Count > 0)
            {
                // What is still wrong now is beyond this tool, and is said.
                new JournalWalk(_disk, new WalkOptions { Identity = _identity })
                    .Run(static (in JournalRecord _, SegmentHeader _, long _) => { });
            }
        }
        finally
        {
            foreach (SegmentRewriter rewriter in done)
            {
                SegmentRewriter.Abandon(_disk, rewriter.Number);
            }
        }

        return new RepairReport
        {
            IsDone = isDone,
            Segments = [.. targets.Select(SegmentName.Of)],
            Restored = _restored,
            Lost = _lost,
        };
    }

    private void RequireNoLoss()
    {
        if (_lost is [{ Range: var lost }, ..])
        {
            throw new JournalException(
                $"Journal segment {lost.Segment} was whole and now cannot be read at offset {lost.Offset}: "
                + $"{lost.Reason}. Segments before it may have been written anew; this one is as it was.");
        }
    }

    /// <param name="isWhole">Nothing is damaged: those found are to be written under another key.</param>
    private SortedSet<long> FindTargets(out long lastNumber, out bool isWhole)
    {
        var targets = new SortedSet<long>();
        List<long> numbers = JournalWalk.Numbers(_disk);
        lastNumber = numbers.Count > 0 ? numbers[^1] : 0;
        isWhole = true;
        if (numbers.Count == 0)
        {
            return targets;
        }

        // Without the last header a walk has no end; that segment is a case of its own.
        bool hasLastHeader = JournalWalk.HeaderOf(_disk, lastNumber) is not null;
        IJournalDisk disk = hasLastHeader ? _disk : FolderView.OfSegments(_disk, 1, lastNumber - 1);
        if (!hasLastHeader)
        {
            targets.Add(lastNumber);
        }

        var walk = new JournalWalk(disk, new WalkOptions { Identity = _identity, AcceptDamage = true });
        long last = lastNumber;
        walk.Run((in JournalRecord record, SegmentHeader segment, long _) =>
        {
            if (_options.Reseal && record.HasSecret && record.KeyId != _keys.CurrentId && segment.Number != last)
            {
                targets.Add(segment.Number);
            }
        });
        isWhole = hasLastHeader && walk.Lost.Count == 0;
        foreach (LostRange range in walk.Lost)
        {
            if (SegmentName.TryParse(range.Segment, out long number))
            {
                targets.Add(number);
            }
        }

        for (long number = numbers[0]; number < lastNumber; number++)
        {
            if (!numbers.Contains(number))
            {
                targets.Add(number);
            }
        }

        return targets;
    }

    private SegmentRewriter Rewrite(long number, bool isLast, List<SegmentRewriter> done)
    {
        SegmentHeader? header = JournalWalk.HeaderOf(_disk, number);
        (uint Previous, long FirstLsn)? due = EndOfBefore(number, done);
        if (header is not null && due is { } end
            && (header.Previous != end.Previous || header.FirstLsn != end.FirstLsn))
        {
            header = null; // Whole, and of another history: nothing in it belongs here.
        }

        uint previous = header?.Previous ?? due?.Previous ?? 0;
        long firstLsn = header?.FirstLsn ?? due?.FirstLsn ?? 1;
        SegmentHeader? next = NextHeader(number);
        var rewriter = new SegmentRewriter(
            _disk, _keys, header ?? MakeHeader(number, firstLsn, next), previous, _options.Salts,
            _buffers);
        try
        {
            _options.Source?.TurnTo(number, (previous, firstLsn), header, next);
            var copy = new Copy(this, rewriter);
            long tornFrom = 0;
            if (header is not null)
            {
                tornFrom = copy.Survivors(header, isLast);
            }

            long upTo = !isLast ? next!.FirstLsn
                : header is not null ? rewriter.NextLsn : EndOfUnknown(number, firstLsn);
            copy.FillUpTo(upTo, tornFrom, header is null ? "the segment header is damaged" : "the rest is damaged");

            // What the next one names stays as it is, also when that is written anew: each of the files that take
            // their places one after another fits both the old and the new neighbour.
            ChainOut = rewriter.Finish(JournalWalk.HeaderOf(_disk, number + 1)?.Previous ?? 0, _options.NowMs);
            return rewriter;
        }
        catch
        {
            SegmentRewriter.Abandon(_disk, number);
            throw;
        }
        finally
        {
            rewriter.Dispose();
        }
    }

    /// <summary>What the segment written last passes on.</summary>
    private uint ChainOut { get; set; }

    // What a segment must go on from; null when there is none before it.
    private (uint Previous, long FirstLsn)? EndOfBefore(long number, List<SegmentRewriter> done)
    {
        if (done is [.., { } before] && before.Number == number - 1)
        {
            return (ChainOut, before.NextLsn);
        }

        // The segment before is whole, or it would be among those done: its seal tells both.
        var walk = new JournalWalk(
            FolderView.OfSegments(_disk, number - 1, number - 1), new WalkOptions { IsQuick = true });
        walk.Run(static (in JournalRecord _, SegmentHeader _, long _) => { });
        return walk.LastHeader is null ? null : (walk.Previous, walk.NextLsn);
    }

    private SegmentHeader? NextHeader(long number)
    {
        foreach (long later in JournalWalk.Numbers(_disk))
        {
            if (later > number && JournalWalk.HeaderOf(_disk, later) is { } header)
            {
                return header;
            }
        }

        return null;
    }

    private SegmentHeader MakeHeader(long number, long firstLsn, SegmentHeader? next) => new()
    {
        BlockSize = JournalFormat.BlockSizeMin,
        Number = number,
        FirstLsn = firstLsn,
        CreatedMs = next?.CreatedMs ?? _options.NowMs,
        Epoch = next?.Epoch ?? EpochBefore(number),
        ReplayFrom = 0,
        Capacity = 0,
        Salt = new byte[JournalFormat.SaltSize],
        Previous = 0,
        Identity = _identity,
    };

    // One more than the start before: it may have been another start that wrote the segment.
    private long EpochBefore(long number) => (JournalWalk.HeaderOf(_disk, number - 1)?.Epoch ?? 0) + 1;

    // More LSNs than the file can have held: none of them must ever be given to another record.
    private long EndOfUnknown(long number, long firstLsn)
    {
        using IJournalFile file = _disk.Open(SegmentName.Of(number));
        return firstLsn + Math.Max(1, file.Size / JournalFormat.GroupedHeaderSize);
    }

    private void Lose(LostRange range, long afterMs, long beforeMs) =>
        _lost.Add(new LostReport(range, afterMs, beforeMs));

    /// <summary>Copies one segment, and fills what is missing.</summary>
    private sealed class Copy(JournalRepair repair, SegmentRewriter to)
    {
        private long _lastTimeMs;

        /// <summary>Everything whole; returns where the file stops to be of use.</summary>
        public long Survivors(SegmentHeader header, bool isLast)
        {
            string name = SegmentName.Of(header.Number);
            using IJournalFile file = repair._disk.Open(name);
            var window = new SegmentWindow(file, new byte[SegmentWindow.BufferSize]);
            using var secrets = new SecretReader(repair._keys);
            var scan = new SegmentScanner(window, header);
            while (true)
            {
                while (scan.MoveNext())
                {
                    Take(scan.Current, header, secrets);
                }

                bool isEnd = scan.End == ScanEnd.Sealed || (isLast && (scan.End == ScanEnd.Open
                    || TailInspector.FindProof(window, header, scan.Offset, scan.NextLsn) < 0)); // Torn.
                if (isEnd || !TailInspector.TryFindNext(window, header, scan, out long offset, out JournalFrame next))
                {
                    return scan.Offset;
                }

                string reason = scan.End == ScanEnd.Open ? "zeros where records were" : scan.Reason;
                FillUpTo(next.Lsn, scan.Offset, reason, next.TimeMs);
                scan.Resume(offset, next);
            }
        }

        /// <summary>Everything up to an LSN that is not there: from the source, or as lost.</summary>
        public void FillUpTo(long end, long offset, string reason, long beforeMs = 0)
        {
            long lostFrom = 0;
            for (long lsn = to.NextLsn; lsn < end; lsn++)
            {
                SourceRecord? found = repair._options.Source?.Find(lsn);
                if (found is null && repair._options.Source is null)
                {
                    lostFrom = lsn;
                    break; // There is no source: all of it is lost.
                }

                if (found is null)
                {
                    lostFrom = lostFrom == 0 ? lsn : lostFrom;
                    continue;
                }

                EndLoss(ref lostFrom, lsn - 1, offset, reason, found.TimeMs);
                to.Add(found.Type, found.TimeMs, found.Open, found.Secret);
                _lastTimeMs = found.TimeMs;
                repair._restored++;
            }

            EndLoss(ref lostFrom, end - 1, offset, reason, beforeMs);
        }

        private void EndLoss(ref long lostFrom, long lastLsn, long offset, string reason, long beforeMs)
        {
            if (lostFrom == 0)
            {
                return;
            }

            var range = new LostRange(SegmentName.Of(to.Number), offset, lostFrom, lastLsn, reason);
            repair.Lose(range, _lastTimeMs, beforeMs);
            to.AddLost(new LostRecords(lastLsn, offset, repair._options.NowMs, reason), _lastTimeMs);
            lostFrom = 0;
        }

        private void Take(in JournalRecord record, SegmentHeader segment, SecretReader secrets)
        {
            _lastTimeMs = record.TimeMs;
            if (LostRecords.TryRead(record, out LostRecords lost))
            {
                to.AddLost(lost, record.TimeMs);
                return;
            }

            to.Add(record.Type, record.TimeMs, record.Open, secrets.Read(record, segment));
            secrets.Release(record);
        }
    }
}
