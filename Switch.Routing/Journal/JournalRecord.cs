using System.Buffers.Binary;

namespace Switch.Routing.Journal;

/// <summary>
/// One record, in a frame of its own or in a group; the view is valid as long as the bytes under it. In a group its
/// own header is, little-endian:
/// <code>
///  0 time          u64   Unix milliseconds
///  8 open length   u32
/// 12 secret length u32   0: no secret part
/// 16 type          u32   1 to 251
/// 20 open part
/// </code>
/// </summary>
public readonly ref struct JournalRecord
{
    internal const int TimeOffset = 0;
    internal const int OpenLengthOffset = 8;
    internal const int SecretLengthOffset = 12;
    internal const int TypeOffset = 16;

    private readonly JournalFrame _frame;
    private readonly int _at;

    /// <summary>The only one of its frame.</summary>
    internal JournalRecord(JournalFrame frame)
    {
        _frame = frame;
        Lsn = frame.Lsn;
    }

    /// <param name="at">Where its header is in the group; 0: the frame is the record itself.</param>
    /// <param name="secretOffset">Where its secret part is in that of the group.</param>
    internal JournalRecord(JournalFrame group, int at, long lsn, int secretOffset)
    {
        _frame = group;
        _at = at;
        Lsn = lsn;
        SecretOffset = secretOffset;
    }

    public long Lsn { get; }

    /// <summary>Checksum of what it lies in: the record itself, or its group.</summary>
    public uint Crc => _frame.Crc;

    /// <summary>Bytes of header and parts, in a frame of its own with the tag, without padding.</summary>
    public int Length =>
        IsGrouped ? JournalFormat.GroupedHeaderSize + OpenLength + SecretLength : _frame.Length;

    /// <summary>Bytes it takes on the disk; a group's header, tag and padding are not shared out.</summary>
    public int Size => IsGrouped ? Length : _frame.Size;

    public long TimeMs =>
        IsGrouped ? BinaryPrimitives.ReadInt64LittleEndian(Header[TimeOffset..]) : _frame.TimeMs;

    /// <summary>Records of the same batch before this one.</summary>
    public uint BatchIndex => _frame.BatchIndex + (uint)(Lsn - _frame.Lsn);

    public RecordType Type => IsGrouped ? (RecordType)Header[TypeOffset] : _frame.Type;

    /// <summary>Of the key of its secret part; 0 when there is none.</summary>
    public ushort KeyId => HasSecret ? _frame.KeyId : (ushort)0;

    public int OpenLength =>
        IsGrouped ? BinaryPrimitives.ReadInt32LittleEndian(Header[OpenLengthOffset..]) : _frame.OpenLength;

    /// <summary>Bytes of the secret part in clear; 0 when there is none.</summary>
    public int SecretLength =>
        IsGrouped ? BinaryPrimitives.ReadInt32LittleEndian(Header[SecretLengthOffset..]) : _frame.SecretLength;

    public ReadOnlySpan<byte> Open =>
        IsGrouped ? _frame.Bytes.Slice(_at + JournalFormat.GroupedHeaderSize, OpenLength) : _frame.Open;

    /// <summary>
    /// CRC-32C over LSN, time, type and open part: what stays when the segment is written anew, unlike
    /// <see cref="Crc"/>.
    /// </summary>
    public uint OpenChecksum
    {
        get
        {
            Span<byte> head = stackalloc byte[(2 * sizeof(long)) + 1];
            BinaryPrimitives.WriteInt64LittleEndian(head, Lsn);
            BinaryPrimitives.WriteInt64LittleEndian(head[sizeof(long)..], TimeMs);
            head[^1] = (byte)Type;
            return Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Start, head), Open));
        }
    }

    internal bool HasSecret => SecretLength > 0;

    /// <summary>What its secret part is sealed in.</summary>
    internal JournalFrame Frame => _frame;

    internal int SecretOffset { get; }

    /// <summary>No record behind it has a secret part in the same frame.</summary>
    internal bool EndsSecrets => SecretOffset + SecretLength == _frame.SecretLength;

    private bool IsGrouped => _at > 0;

    private ReadOnlySpan<byte> Header => _frame.Bytes.Slice(_at, JournalFormat.GroupedHeaderSize);
}
