namespace Switch.Routing.Journal;

/// <summary>Sees one whole record of an inspected journal. Views are valid until it returns.</summary>
public delegate void JournalRecordVisitor(in JournalRecord record, string segment, long offset);

/// <summary>What an inspection should do.</summary>
public sealed record InspectOptions
{
    /// <summary>Whose journal it must be; null: anyone's.</summary>
    public JournalIdentity? Identity { get; init; }

    /// <summary>
    /// With keys, secret parts are opened as well, to no other end than to see that they can be: the first of each key
    /// in each segment.
    /// </summary>
    public JournalKeyRing? Keys { get; init; }

    /// <summary>
    /// With keys, every secret part: what only this finds is a record that somebody altered and gave a right checksum.
    /// </summary>
    public bool OpensAll { get; init; }

    /// <summary>Of all segments but the last read header and seal only.</summary>
    public bool IsQuick { get; init; }

    /// <summary>
    /// Sealed segments that a <see cref="SegmentReader"/> has read through by themselves, by number: of them only the
    /// chain is checked here, and no record is visited.
    /// </summary>
    public IReadOnlyDictionary<long, SegmentFindings>? Read { get; init; }

    public JournalRecordVisitor? Visit { get; init; }
}

/// <summary>What an inspection found.</summary>
public sealed record JournalReport
{
    public required JournalIdentity? Identity { get; init; }

    public required IReadOnlyList<SegmentReport> Segments { get; init; }

    /// <summary>Records read, or counted by seals.</summary>
    public required long Records { get; init; }

    public required long NextLsn { get; init; }

    public required long ReplayFrom { get; init; }

    /// <summary>Bytes behind the last record that a crash left, or that a node is writing just now.</summary>
    public required long TornBytes { get; init; }

    /// <summary>Ids of the keys that records read were sealed with, ascending.</summary>
    public required IReadOnlyList<ushort> KeyIds { get; init; }

    /// <summary>Fingerprints of the keys of card tokens, in the order in which they came; none twice.</summary>
    public IReadOnlyList<ulong> TokenChecks { get; init; } = [];

    /// <summary>What repairs have given up in the records read.</summary>
    public required IReadOnlyList<LostRange> GivenUp { get; init; }

    /// <summary>What is damaged; empty for a good journal.</summary>
    public required IReadOnlyList<LostRange> Damage { get; init; }
}

/// <summary>
/// Looks at a journal without changing it, even while its node is running: the pure part of <c>journal verify</c>,
/// <c>stat</c> and <c>export</c>.
/// </summary>
public static class JournalInspector
{
    /// <summary>Reads all of it, and goes on behind damage, so that all of that is listed.</summary>
    /// <exception cref="JournalDamagedException">The header of the last segment is damaged.</exception>
    public static JournalReport Inspect(IJournalDisk disk, InspectOptions options)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(options);
        var walk = new JournalWalk(
            disk,
            new WalkOptions
            {
                Identity = options.Identity, AcceptDamage = true, IsLive = true, IsQuick = options.IsQuick,
                Read = options.Read,
            });
        using var visitor = new InspectingVisitor(options.Keys, options.OpensAll, options.Visit);
        walk.Run(visitor.Visit);
        foreach (SegmentFindings taken in walk.Taken)
        {
            visitor.Take(taken);
        }

        return new JournalReport
        {
            Identity = walk.Identity,
            Segments = walk.Segments,
            Records = walk.Segments.Sum(segment => segment.Records),
            NextLsn = walk.NextLsn,
            ReplayFrom = walk.ReplayFrom,
            TornBytes = walk.TornBytes,
            KeyIds = [.. visitor.KeyIds],
            TokenChecks = walk.Segments.Where(static one => one is { Records: > 0, TokenCheck: not 0 })
                .Select(static one => one.TokenCheck).Distinct().ToList(),
            GivenUp = visitor.GivenUp.OrderBy(static lost => lost.FirstLsn).ToList(),
            Damage = walk.Lost,
        };
    }
}
