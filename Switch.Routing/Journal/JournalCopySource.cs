namespace Switch.Routing.Journal;

/// <summary>Finds records in another copy of the same journal: a backup, a snapshot, a replica of the folder.</summary>
public sealed class JournalCopySource(IJournalDisk copy, JournalKeyRing keys) : IRecordSource, IDisposable
{
    private JournalTail? _tail;

    public SourceRecord? Find(long lsn)
    {
        try
        {
            if (_tail?.NextLsn != lsn)
            {
                _tail?.Dispose();
                _tail = new JournalTail(copy, lsn, keys);
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
            _tail?.Dispose();
            _tail = null;
            return null;
        }
    }

    public void Dispose() => _tail?.Dispose();
}
