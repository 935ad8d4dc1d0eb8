namespace Switch.Routing.Journal;

/// <summary>How to open.</summary>
public sealed record RecoveryOptions
{
    /// <summary>Replay only what the last checkpoint does not cover.</summary>
    public bool FromCheckpoint { get; init; }

    /// <summary>Step over damage and list what it took, instead of refusing.</summary>
    public bool AcceptDamage { get; init; }

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

    /// <summary>The last run sealed its last segment: it stopped in order, and no tail was in doubt.</summary>
    public bool WasSealed { get; init; }

    /// <summary>Bytes of a torn tail that were removed; 0 when there was none.</summary>
    public long TornBytes { get; init; }

    public string TornSegment { get; init; } = "";

    public long TornOffset { get; init; }

    /// <summary>What accepted damage took; empty unless it was accepted.</summary>
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
        var walk = new JournalWalk(
            disk,
            new WalkOptions
            {
                Identity = identity,
                FromCheckpoint = options.FromCheckpoint,
                AcceptDamage = options.AcceptDamage,
                Settle = true,
            });
        using var opener = new RecordOpener(keys, replay);
        walk.Run((in JournalRecord record, SegmentHeader segment, long _) =>
        {
            if (!options.FromCheckpoint || record.Lsn >= walk.ReplayFrom)
            {
                opener.Visit(record, segment);
            }
        });

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
            ReplayFrom = walk.ReplayFrom,
            Records = opener.Count,
            WasSealed = walk.LastScan is null or { End: ScanEnd.Sealed },
            TornBytes = walk.TornBytes,
            TornSegment = walk.TornBytes > 0 ? SegmentName.Of(walk.LastHeader!.Number) : "",
            TornOffset = walk.TornBytes > 0 ? walk.LastScan!.Offset : 0,
            Lost = walk.Lost,
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
            return scan.Previous;
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
