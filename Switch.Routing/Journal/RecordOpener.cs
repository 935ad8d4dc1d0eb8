namespace Switch.Routing.Journal;

/// <summary>Opens secret parts on the way to the replay.</summary>
internal sealed class RecordOpener(JournalKeyRing keys, RecordReplay replay) : IDisposable
{
    private readonly SecretReader _secrets = new(keys);

    public long Count { get; private set; }

    public void Visit(in JournalRecord record, SegmentHeader segment)
    {
        Count++;
        replay(record.Lsn, record.Type, record.Open, _secrets.Read(record, segment));
        _secrets.Release(record);
    }

    /// <summary>The records behind the one visited last will perhaps not be visited.</summary>
    public void Forget() => _secrets.Forget();

    public void Dispose() => _secrets.Dispose();
}
