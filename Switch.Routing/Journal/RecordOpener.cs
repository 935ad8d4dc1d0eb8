namespace Switch.Routing.Journal;

/// <summary>Opens secret parts on the way to the replay, and forgets each at once.</summary>
internal sealed class RecordOpener(JournalKeyRing keys, RecordReplay replay) : IDisposable
{
    // Pinned: the collector would leave a card number behind where it moves one.
    private byte[] _plain = GC.AllocateArray<byte>(4096, pinned: true);
    private SegmentCipher? _cipher;
    private long _number;

    public long Count { get; private set; }

    public void Visit(in JournalRecord record, SegmentHeader segment)
    {
        if (_cipher is null || _number != segment.Number)
        {
            _cipher?.Dispose();
            _cipher = new SegmentCipher(keys, segment.Salt);
            _number = segment.Number;
        }

        Count++;
        if (!record.HasSecret)
        {
            replay(record.Lsn, record.Type, record.Open, []);
            return;
        }

        if (_plain.Length < record.SecretLength)
        {
            _plain = GC.AllocateArray<byte>(JournalFormat.RecordSizeMax, pinned: true);
        }

        Span<byte> plain = _plain.AsSpan(0, record.SecretLength);
        _cipher.Open(record, plain);
        replay(record.Lsn, record.Type, record.Open, plain);
        plain.Clear();
    }

    public void Dispose() => _cipher?.Dispose();
}
