namespace Switch.Routing.Journal;

/// <summary>What one sealed segment holds, read through without a flaw.</summary>
public sealed record SegmentFindings
{
    public required SegmentReport Report { get; init; }

    /// <summary>The LSN after its last record.</summary>
    public required long NextLsn { get; init; }

    /// <summary>What the next segment must name as its previous.</summary>
    public required uint ChainOut { get; init; }

    public required long ReplayFrom { get; init; }

    /// <summary>Ids of the keys that its records were sealed with.</summary>
    public required IReadOnlyCollection<ushort> KeyIds { get; init; }

    /// <summary>What repairs have given up in it.</summary>
    public required IReadOnlyList<LostRange> GivenUp { get; init; }
}

/// <summary>
/// Reads sealed segments by themselves, so that several can be read at once. It says nothing of one that is not whole:
/// judging damage takes the segments around it, and is <see cref="JournalInspector"/>'s.
/// </summary>
public sealed class SegmentReader
{
    // Little enough to stay in a core's own cache between being read and being summed.
    private const int ReadSize = 256 * 1024;

    private readonly byte[] _buffer = new byte[2 * JournalFormat.RecordSizeMax];
    private readonly IJournalDisk _disk;
    private readonly JournalKeyRing? _keys;

    private readonly bool _opensAll;

    /// <param name="disk">The journal's folder.</param>
    /// <param name="keys">As <see cref="InspectOptions.Keys"/>.</param>
    /// <param name="opensAll">As <see cref="InspectOptions.OpensAll"/>.</param>
    public SegmentReader(IJournalDisk disk, JournalKeyRing? keys, bool opensAll)
    {
        _disk = disk;
        _keys = keys;
        _opensAll = opensAll;
    }

    /// <summary>Null: it is not sealed, not whole, or cannot be opened.</summary>
    public SegmentFindings? TryRead(long number)
    {
        try
        {
            return Read(number);
        }
        catch (JournalException)
        {
            return null; // A reader of the whole journal meets it again in order, and reports it.
        }
    }

    private SegmentFindings? Read(long number)
    {
        string name = SegmentName.Of(number);
        using IJournalFile file = _disk.Open(name);
        var window = new SegmentWindow(file, _buffer, ReadSize);
        SegmentHeader? header = SegmentHeader.TryRead(window.At(0, JournalFormat.HeaderSize), name, out _);
        if (header is null || header.Number != number || !EndsInASeal(window, header))
        {
            return null; // An open one is read once, by the reader of the journal in its order.
        }

        using var visitor = new InspectingVisitor(_keys, _opensAll, visit: null);
        var scan = new SegmentScanner(window, header);
        while (scan.MoveNext())
        {
            visitor.Visit(scan.Current, header, scan.RecordOffset);
        }

        if (scan.End != ScanEnd.Sealed || TailInspector.Extent(window, scan.Offset) > 0)
        {
            return null;
        }

        return new SegmentFindings
        {
            Report = new SegmentReport(
                name, number, header.FirstLsn, scan.Records, window.Size, IsSealed: true, WasSkipped: false,
                header.CreatedMs)
            { Used = scan.Offset, Epoch = header.Epoch, TokenCheck = header.Identity.TokenCheck },
            NextLsn = scan.NextLsn,
            ChainOut = scan.ChainOut,
            ReplayFrom = scan.Seal.ReplayFrom,
            KeyIds = visitor.KeyIds,
            GivenUp = visitor.GivenUp,
        };
    }

    private static bool EndsInASeal(SegmentWindow window, SegmentHeader header) =>
        window.TryFrame(window.Size - JournalFormat.SealSize, header.SaltState, out JournalFrame last)
        && last.Type == RecordType.Seal;
}

/// <summary>Takes from records what an inspection tells of them.</summary>
internal sealed class InspectingVisitor(JournalKeyRing? keys, bool opensAll, JournalRecordVisitor? visit) : IDisposable
{
    private readonly RecordOpener? _opener = keys is null ? null : new RecordOpener(keys, static (_, _, _, _) => { });
    private readonly SortedSet<ushort> _keyIds = [];
    private readonly List<LostRange> _givenUp = [];
    private ushort _lastKeyId;
    private long _lastSegment;

    public IReadOnlyCollection<ushort> KeyIds => _keyIds;

    public IReadOnlyList<LostRange> GivenUp => _givenUp;

    public void Visit(in JournalRecord record, SegmentHeader segment, long offset)
    {
        // The first of each key in each segment shows that it can be opened: each segment has a key of its own.
        bool isFirst = record.KeyId != 0 && (record.KeyId != _lastKeyId || segment.Number != _lastSegment);
        if (isFirst)
        {
            _lastKeyId = record.KeyId;
            _lastSegment = segment.Number;
            _keyIds.Add(_lastKeyId);
        }

        if (record.Type == RecordType.Lost && LostRecords.TryRead(record, out LostRecords lost))
        {
            _givenUp.Add(lost.ToRange(segment.Number, record.Lsn));
        }

        if (isFirst || opensAll)
        {
            _opener?.Visit(record, segment);
            if (!opensAll)
            {
                _opener?.Forget();
            }
        }

        visit?.Invoke(record, SegmentName.Of(segment.Number), offset);
    }

    /// <summary>Adds what was found elsewhere.</summary>
    public void Take(SegmentFindings findings)
    {
        _keyIds.UnionWith(findings.KeyIds);
        _givenUp.AddRange(findings.GivenUp);
    }

    public void Dispose() => _opener?.Dispose();
}
