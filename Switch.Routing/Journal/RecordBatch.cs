using System.Buffers.Binary;

namespace Switch.Routing.Journal;

/// <summary>
/// Records that will be written and synced together. Forms in memory, in clear; <see cref="BatchEncoder"/>, which needs
/// to know the segment, makes of it what goes to disk. Fixed capacity; one owner at a time.
/// </summary>
public sealed class RecordBatch
{
    // Each record as it is in a group, and behind it its secret part.
    private readonly byte[] _bytes;
    private readonly ushort _version;
    private int _used;
    private int _grouped;
    private GroupShape _group;

    /// <param name="capacity">Bytes that it may take on the disk.</param>
    public RecordBatch(int capacity)
        : this(capacity, JournalFormat.Version)
    {
    }

    /// <param name="version">Of the segment that it will be written to, which says how much room records take.</param>
    internal RecordBatch(int capacity, ushort version)
    {
        _bytes = GC.AllocateArray<byte>(capacity, pinned: true); // Pinned: the collector leaves no copy behind.
        _version = version;
        _group = GroupShape.Of(version);
    }

    public int Capacity => _bytes.Length;

    /// <summary>Bytes that it takes on the disk.</summary>
    public int Size => _grouped + _group.Size;

    public int Count { get; private set; }

    public bool IsEmpty => Count == 0;

    /// <summary>LSN of the last record; meaningless while empty.</summary>
    public long LastLsn { get; private set; }

    /// <summary>Unix milliseconds that records appended from now on carry. Set when the batch begins to form.</summary>
    public long TimeMs { get; set; }

    internal long FirstLsn => LastLsn - Count + 1;

    internal long FirstTimeMs { get; private set; }

    internal long LastTimeMs { get; private set; }

    /// <summary>In clear, one after another; nothing once they have been encoded.</summary>
    internal ReadOnlySpan<byte> Records => _bytes.AsSpan(0, _used);

    /// <summary>Bytes of the parts of the first of these <see cref="Records"/>.</summary>
    internal static (int Open, int Secret) LengthsOf(ReadOnlySpan<byte> records) => (
        BinaryPrimitives.ReadInt32LittleEndian(records[JournalRecord.OpenLengthOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(records[JournalRecord.SecretLengthOffset..]));

    /// <summary>Copies a record in; false when it does not fit.</summary>
    /// <param name="lsn">The one after <see cref="LastLsn"/>, unless the batch is empty.</param>
    public bool TryAppend(long lsn, RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret)
    {
        if (!IsEmpty && lsn != LastLsn + 1)
        {
            ThrowGap(lsn);
        }

        GroupShape group = _group;
        int grouped = Take(ref group, _grouped, open.Length, secret.Length);
        if ((long)grouped + group.Size > _bytes.Length)
        {
            return false;
        }

        _group = group;
        _grouped = grouped;
        Span<byte> record = _bytes.AsSpan(_used);
        BinaryPrimitives.WriteInt64LittleEndian(record, TimeMs);
        BinaryPrimitives.WriteInt32LittleEndian(record[JournalRecord.OpenLengthOffset..], open.Length);
        BinaryPrimitives.WriteInt32LittleEndian(record[JournalRecord.SecretLengthOffset..], secret.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[JournalRecord.TypeOffset..], (uint)type);
        open.CopyTo(record[JournalFormat.GroupedHeaderSize..]);
        secret.CopyTo(record[(JournalFormat.GroupedHeaderSize + open.Length)..]);
        _used += JournalFormat.GroupedHeaderSize + open.Length + secret.Length;
        FirstTimeMs = IsEmpty ? TimeMs : FirstTimeMs;
        LastTimeMs = TimeMs;
        LastLsn = lsn;
        Count++;
        return true;
    }

    /// <summary>Appends all of another batch that has not been encoded either; false when it does not fit.</summary>
    public bool TryAppend(RecordBatch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!IsEmpty && other.FirstLsn != LastLsn + 1)
        {
            ThrowGap(other.FirstLsn);
        }

        // What both take together is not the sum: groups begin at other records now.
        ReadOnlySpan<byte> records = other.Records;
        GroupShape group = _group;
        long grouped = _grouped;
        while (!records.IsEmpty && grouped <= _bytes.Length)
        {
            (int open, int secret) = LengthsOf(records);
            grouped = Take(ref group, (int)grouped, open, secret);
            records = records[(JournalFormat.GroupedHeaderSize + open + secret)..];
        }

        if (grouped + group.Size > _bytes.Length)
        {
            return false;
        }

        other.Records.CopyTo(_bytes.AsSpan(_used));
        _used += other.Records.Length;
        _group = group;
        _grouped = (int)grouped;
        FirstTimeMs = IsEmpty ? other.FirstTimeMs : FirstTimeMs;
        LastTimeMs = other.LastTimeMs;
        LastLsn = other.LastLsn;
        Count += other.Count;
        return true;
    }

    /// <summary>Forgets the records. Overwrites them: until encoded they hold card numbers in clear.</summary>
    public void Clear()
    {
        EraseRecords();
        _grouped = 0;
        _group = GroupShape.Of(_version);
        Count = 0;
    }

    /// <summary>Overwrites what is in clear; what there was of it can still be asked.</summary>
    internal void EraseRecords()
    {
        _bytes.AsSpan(0, _used).Clear();
        _used = 0;
    }

    private int Take(ref GroupShape group, int grouped, int open, int secret)
    {
        if (!group.TryAdd(open, secret))
        {
            grouped += group.Size;
            group = GroupShape.Of(_version);
            group.TryAdd(open, secret);
        }

        return grouped;
    }

    private void ThrowGap(long lsn) => throw new ArgumentException(
        $"A record with LSN {lsn} cannot follow LSN {LastLsn} in a batch.", nameof(lsn));
}
