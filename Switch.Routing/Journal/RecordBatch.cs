using System.Buffers.Binary;

namespace Switch.Routing.Journal;

/// <summary>
/// Records that will be written and synced together. Forms in memory, in clear; <see cref="Finish"/>, which needs to
/// know the segment, seals the secrets and makes it what goes to disk. Fixed capacity; one owner at a time.
/// </summary>
public sealed class RecordBatch
{
    private readonly byte[] _bytes;

    public RecordBatch(int capacity)
    {
        _bytes = GC.AllocateArray<byte>(capacity, pinned: true); // Pinned for ever: it is handed to the kernel.
    }

    public int Capacity => _bytes.Length;

    public int Size { get; private set; }

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>LSN of the last record; meaningless while empty.</summary>
    public long LastLsn { get; private set; }

    /// <summary>Unix milliseconds that records appended from now on carry. Set when the batch begins to form.</summary>
    public long TimeMs { get; set; }

    internal long FirstLsn { get; private set; }

    internal long FirstTimeMs => BinaryPrimitives.ReadInt64LittleEndian(_bytes.AsSpan(JournalRecord.TimeOffset));

    internal ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Size);

    /// <summary>Copies a record in; false when it does not fit.</summary>
    public bool TryAppend(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        int size = JournalFormat.SizeOf(open.Length, secret.Length);
        if (size > _bytes.Length - Size)
        {
            return false;
        }

        Span<byte> record = _bytes.AsSpan(Size, size);
        int length = JournalFormat.RecordHeaderSize + open.Length
            + (secret.IsEmpty ? 0 : secret.Length + JournalFormat.TagSize);
        BinaryPrimitives.WriteInt32LittleEndian(record[JournalRecord.LengthOffset..], length);
        BinaryPrimitives.WriteInt64LittleEndian(record[JournalRecord.LsnOffset..], lsn);
        BinaryPrimitives.WriteInt64LittleEndian(record[JournalRecord.TimeOffset..], TimeMs);
        record[JournalRecord.TypeOffset] = (byte)type;
        record[JournalRecord.FlagsOffset] = secret.IsEmpty ? (byte)0 : JournalRecord.HasSecretFlag;
        BinaryPrimitives.WriteUInt16LittleEndian(record[JournalRecord.KeyIdOffset..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(record[JournalRecord.OpenLengthOffset..], open.Length);
        open.CopyTo(record[JournalFormat.RecordHeaderSize..]);
        secret.CopyTo(record[(JournalFormat.RecordHeaderSize + open.Length)..]);
        record[length..].Clear();
        Grow(lsn, size);
        return true;
    }

    /// <summary>Appends all of another batch that has not been finished either; false when it does not fit.</summary>
    public bool TryAppend(RecordBatch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Size > _bytes.Length - Size)
        {
            return false;
        }

        other.Bytes.CopyTo(_bytes.AsSpan(Size));
        FirstLsn = IsEmpty ? other.FirstLsn : FirstLsn;
        Size += other.Size;
        Count += other.Count;
        LastLsn = other.LastLsn;
        return true;
    }

    /// <summary>Forgets the records. Overwrites them: until finished they hold card numbers in clear.</summary>
    public void Clear()
    {
        _bytes.AsSpan(0, Size).Clear();
        Size = 0;
        Count = 0;
    }

    /// <summary>
    /// Numbers, seals, chains and checksums each record for its place in a segment; returns the last checksum.
    /// Without a cipher the batch must hold no secrets.
    /// </summary>
    internal uint Finish(SegmentCipher? cipher, ushort keyId, uint saltState, uint previous, Span<byte> scratch)
    {
        int offset = 0;
        for (uint index = 0; offset < Size; index++)
        {
            Span<byte> record = _bytes.AsSpan(offset);
            var view = new JournalRecord(record);
            int size = view.Size;
            BinaryPrimitives.WriteUInt32LittleEndian(record[JournalRecord.PreviousOffset..], previous);
            BinaryPrimitives.WriteUInt32LittleEndian(record[JournalRecord.BatchIndexOffset..], index);
            if (view.HasSecret)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(record[JournalRecord.KeyIdOffset..], keyId);
                int open = JournalFormat.RecordHeaderSize + view.OpenLength;
                int tag = view.Length - JournalFormat.TagSize;
                cipher!.Seal(view.Lsn, view.Associated, record[open..tag], record[tag..view.Length], scratch);
            }

            previous = JournalRecord.Checksum(record[..size], saltState);
            BinaryPrimitives.WriteUInt32LittleEndian(record, previous);
            offset += size;
        }

        return previous;
    }

    private void Grow(long lsn, int size)
    {
        FirstLsn = IsEmpty ? lsn : FirstLsn;
        LastLsn = lsn;
        Size += size;
        Count++;
    }
}
