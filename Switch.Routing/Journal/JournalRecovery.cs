namespace Switch.Routing.Journal;

/// <summary>How to open.</summary>
public sealed record RecoveryOptions
{
    /// <summary>
    /// Takes the newest good checkpoint, after which only the rest is replayed; null: all of the journal is, and must
    /// be there.
    /// </summary>
    public StateSink? Restore { get; init; }

    /// <summary>The wall clock, Unix milliseconds.</summary>
    public required long NowMs { get; init; }
}

/// <summary>Where a recovered journal stands: all that appending needs to go on.</summary>
public sealed record RecoveredJournal
{
    public required long NextLsn { get; init; }

    public required long NextSegment { get; init; }

    /// <summary>Checksum of the last segment's seal; 0 for a new journal.</summary>
    public required uint Previous { get; init; }

    /// <summary>Of the run that ended; 0 for a new journal.</summary>
    public required long Epoch { get; init; }

    public required long ReplayFrom { get; init; }

    /// <summary>Records replayed.</summary>
    public long Records { get; init; }

    /// <summary>What the checkpoint covered that the start began with; null: there was none.</summary>
    public CheckpointPlace? Checkpoint { get; init; }

    /// <summary>Checkpoints newer than that one that were of no use.</summary>
    public IReadOnlyList<CheckpointReport> RejectedCheckpoints { get; init; } = [];

    /// <summary>The last run sealed its last segment: it stopped in order, and no tail was in doubt.</summary>
    public bool WasSealed { get; init; }

    /// <summary>Bytes of a torn tail that were removed; 0 when there was none.</summary>
    public long TornBytes { get; init; }

    public string TornSegment { get; init; } = "";

    public long TornOffset { get; init; }

    /// <summary>What a repair has given up, as the replayed part of the journal says. Empty in a good life.</summary>
    public IReadOnlyList<LostRange> Lost { get; init; } = [];
}

/// <summary>
/// Opens a journal: verifies it, replays what survived, removes a torn tail, and seals the last segment. Appending then
/// always starts a new segment: its new salt is why an LSN that was lost with a torn tail may be given out again.
/// </summary>
public static class JournalRecovery
{
    public static RecoveredJournal Run(
        IJournalDisk disk, JournalIdentity identity, JournalKeyRing keys, RecoveryOptions options, RecordReplay replay)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(options);
        SegmentHeader.RequireFits(identity);
        var rejected = new List<CheckpointReport>();
        CheckpointPlace? checkpoint = options.Restore is { } restore
            ? CheckpointFiles.Restore(disk, identity, keys, restore, rejected)
            : null;
        var walk = new JournalWalk(
            disk,
            new WalkOptions
            {
                Identity = identity,
                Checkpoint = checkpoint,
                MustBeWhole = true,
                Settle = true,
            });
        using var opener = new RecordOpener(keys, replay);
        var lost = new List<LostRange>();
        walk.Run((in JournalRecord record, SegmentHeader segment, long _) =>
        {
            if (LostRecords.TryRead(record, out LostRecords gone))
            {
                lost.Add(gone.ToRange(segment.Number, record.Lsn));
            }
            else
            {
                opener.Visit(record, segment);
            }
        });
        if (checkpoint is { } place && walk.NextLsn <= place.Lsn)
        {
            throw new JournalDamagedException(
                SegmentName.Of(place.Segment), 0, walk.NextLsn,
                "the journal ends before the end of what its checkpoint covers");
        }

        uint previous = walk.Previous;
        if (walk.LastHeader is { } header && walk.LastScan is { } scan)
        {
            previous = EndLastSegment(disk, walk, header, scan, options.NowMs);
        }

        RemoveUnfinished(disk);
        return new RecoveredJournal
        {
            NextLsn = walk.NextLsn,
            NextSegment = (walk.LastHeader?.Number ?? 0) + 1,
            Previous = previous,
            Epoch = walk.LastHeader?.Epoch ?? 0,
            ReplayFrom = checkpoint?.Lsn + 1 ?? 0,
            Records = opener.Count,
            Checkpoint = checkpoint,
            RejectedCheckpoints = rejected,
            WasSealed = walk.LastScan is null or { End: ScanEnd.Sealed },
            TornBytes = walk.TornBytes,
            TornSegment = walk.TornBytes > 0 ? SegmentName.Of(walk.LastHeader!.Number) : "",
            TornOffset = walk.TornBytes > 0 ? walk.LastScan!.Offset : 0,
            Lost = lost,
        };
    }

    private static uint EndLastSegment(
        IJournalDisk disk, JournalWalk walk, SegmentHeader header, SegmentScanner scan, long nowMs)
    {
        using IJournalFile file = disk.Open(SegmentName.Of(header.Number));
        if (file.Size > scan.Offset)
        {
            // Before the seal is written, so that a crash here leaves no garbage behind a seal.
            file.Truncate(scan.Offset);
            file.Sync();
        }

        if (scan.End == ScanEnd.Sealed)
        {
            return scan.ChainOut;
        }

        long offset = JournalFormat.AlignUp(scan.Offset, header.BlockSize);
        var seal = new SegmentSeal(
            scan.Records, header.FirstLsn, scan.NextLsn - 1, scan.FirstTimeMs, scan.LastTimeMs, walk.ReplayFrom,
            offset);
        return SealWriter.Write(file, header, scan.Previous, seal, nowMs, isDurable: true);
    }

    private static void RemoveUnfinished(IJournalDisk disk)
    {
        foreach (string name in disk.List())
        {
            if (name.EndsWith(SegmentName.Filling, StringComparison.Ordinal))
            {
                disk.Delete(name);
            }
        }
    }
}
