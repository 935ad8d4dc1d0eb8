namespace Switch.Routing.Journal;

/// <summary>A record from somewhere else than the damaged segment.</summary>
public sealed record SourceRecord(RecordType Type, long TimeMs, byte[] Open, byte[] Secret);

/// <summary>
/// Finds records in another copy of the same journal: a backup, a snapshot, a replica of the folder. An LSN alone does
/// not say that it is the same record: a power cut may have taken the copy's last ones from the journal, and their LSNs
/// then went to others.
/// </summary>
public sealed class JournalCopySource : IDisposable
{
    private readonly IJournalDisk _copy;
    private readonly JournalKeyRing _keys;
    private IJournalDisk? _same;
    private JournalTail? _tail;

    /// <param name="copy">Its folder.</param>
    /// <param name="identity">Whose journal is mended.</param>
    /// <param name="keys">To open secret parts.</param>
    /// <exception cref="JournalIdentityException">It is a copy of another node's journal.</exception>
    public JournalCopySource(IJournalDisk copy, JournalIdentity identity, JournalKeyRing keys)
    {
        _copy = copy;
        _keys = keys;
        foreach (long number in JournalWalk.Numbers(copy))
        {
            if (JournalWalk.HeaderOf(copy, number) is { } header)
            {
                SegmentHeader.RequireSame($"{SegmentName.Of(number)} of the copy", header.Identity, identity);
            }
        }
    }

    /// <summary>Turns to a segment: what is found from now on belongs there.</summary>
    /// <param name="number">Of the segment.</param>
    /// <param name="start">What it goes on from, 0 when that is not known, and its first LSN.</param>
    /// <param name="header">Its header; null when that is gone.</param>
    /// <param name="next">The next header that is whole; null: there is none.</param>
    internal void TurnTo(
        long number, (uint Previous, long FirstLsn) start, SegmentHeader? header, SegmentHeader? next)
    {
        Forget();
        SegmentHeader? its = JournalWalk.HeaderOf(_copy, number);
        _same = its is null ? null
            : next is not null && Starts(its, start) && LeadsTo(next, number)
                ? FolderView.OfSegments(_copy, number, next.Number - 1)
            : header is not null && its.Salt.SequenceEqual(header.Salt) ? FolderView.OfSegments(_copy, number, number)
            : null;
    }

    /// <summary>The record with this LSN exactly as it was; null when it is not to be had.</summary>
    public SourceRecord? Find(long lsn)
    {
        if (_same is null)
        {
            return null;
        }

        try
        {
            if (_tail?.NextLsn != lsn)
            {
                _tail?.Dispose();
                _tail = new JournalTail(_same, lsn, _keys);
            }

            if (!_tail.MoveNext(lsn) || _tail.Current.Lsn != lsn || _tail.Current.Type == RecordType.Lost)
            {
                return null;
            }

            JournalRecord record = _tail.Current;
            var secret = new byte[record.SecretLength];
            if (secret.Length > 0)
            {
                _tail.ReadSecret(secret);
            }

            return new SourceRecord(record.Type, record.TimeMs, record.Open.ToArray(), secret);
        }
        catch (JournalException refused) when (refused is not JournalKeyException)
        {
            // The copy is damaged there too, or ends before. A key that is missing is another matter: it can be had.
            Forget();
            return null;
        }
    }

    public void Dispose() => Forget();

    private static bool Starts(SegmentHeader its, (uint Previous, long FirstLsn) start) =>
        its.FirstLsn == start.FirstLsn && (start.Previous == 0 || its.Previous == start.Previous);

    // From one number to the next, the copy is whole and ends in the very seal that the next header goes on from: so it
    // is what was there, also where the journal has no header left, or was written anew since with another salt.
    private bool LeadsTo(SegmentHeader next, long number)
    {
        try
        {
            var walk = new JournalWalk(
                FolderView.OfSegments(_copy, number, next.Number - 1), new WalkOptions { IsQuick = true });
            walk.Run(static (in JournalRecord _, SegmentHeader _, long _) => { });
            return walk.LastHeader!.Number == next.Number - 1
                && walk.NextLsn == next.FirstLsn && walk.Previous == next.Previous;
        }
        catch (JournalException)
        {
            return false; // It shows nothing; what of it can be read may still have the same salt.
        }
    }

    private void Forget()
    {
        _tail?.Dispose();
        _tail = null;
    }
}
