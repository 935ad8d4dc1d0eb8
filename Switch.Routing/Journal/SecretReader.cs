namespace Switch.Routing.Journal;

/// <summary>
/// Opens secret parts: what is sealed together is decrypted once, and its records are given their slices. What is
/// decrypted is overwritten behind the last record that has a part in it, or when another frame is opened.
/// </summary>
internal sealed class SecretReader(JournalKeyRing keys) : IDisposable
{
    // Pinned: the collector would leave card numbers behind where it moves them.
    private byte[] _plain = GC.AllocateArray<byte>(4096, pinned: true);
    private SegmentCipher? _cipher;
    private SegmentHeader? _segment;
    private int _size;

    /// <summary>LSN of the frame whose secret part is held in clear; 0: of none.</summary>
    public long HeldLsn { get; private set; }

    /// <summary>The secret part in clear, valid until the next call of any method; empty when there is none.</summary>
    /// <exception cref="JournalKeyException">The key is missing, or is not the one that it was sealed with.</exception>
    public ReadOnlySpan<byte> Read(in JournalRecord record, SegmentHeader segment)
    {
        if (!ReferenceEquals(_segment, segment))
        {
            Forget();
            _cipher?.Dispose();
            _cipher = new SegmentCipher(keys, segment.Salt);
            _segment = segment;
        }

        if (!record.HasSecret)
        {
            return [];
        }

        JournalFrame frame = record.Frame;
        if (HeldLsn != frame.Lsn)
        {
            Forget();
            Decrypt(frame);
        }

        return _plain.AsSpan(record.SecretOffset, record.SecretLength);
    }

    /// <summary>The record has been dealt with.</summary>
    public void Release(in JournalRecord record)
    {
        if (record.EndsSecrets)
        {
            Forget();
        }
    }

    /// <summary>A record was reached, and perhaps the one before it was passed over.</summary>
    public void Reach(in JournalRecord record)
    {
        if (HeldLsn != record.Frame.Lsn)
        {
            Forget();
        }
    }

    /// <summary>Overwrites what is in clear.</summary>
    public void Forget()
    {
        _plain.AsSpan(0, _size).Clear();
        _size = 0;
        HeldLsn = 0;
    }

    public void Dispose()
    {
        Forget();
        _cipher?.Dispose();
    }

    private void Decrypt(in JournalFrame frame)
    {
        _size = frame.SecretLength;
        if (_plain.Length < _size)
        {
            int size = _size <= JournalFormat.GroupSizeMax ? JournalFormat.GroupSizeMax : JournalFormat.RecordSizeMax;
            _plain = GC.AllocateArray<byte>(size, pinned: true);
        }

        _cipher!.Open(frame, _plain.AsSpan(0, _size));
        HeldLsn = frame.Lsn;
    }
}
