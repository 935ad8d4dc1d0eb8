using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Switch.Routing.Journal;

/// <summary>
/// One record as it lies on disk, little-endian; the view is valid as long as the bytes under it.
/// <code>
///  0 crc32c      u32   over the segment's salt, then bytes 4 to the end of the padding
///  4 length      u32   bytes from 0 to the end of the secret part, padding not included
///  8 lsn         u64
/// 16 time        u64   Unix milliseconds, when the record's batch began to form
/// 24 previous    u32   crc32c of the record before; of the segment header for the first
/// 28 batch index u32   records of the same batch before this one
/// 32 type        u8
/// 33 flags       u8    bit 0: has a secret part
/// 34 key id      u16   0 when there is no secret part
/// 36 open length u32
/// 40 open part, then ciphertext and tag, then zeros up to a multiple of 8
/// </code>
/// </summary>
public readonly ref struct JournalRecord
{
    internal const int LengthOffset = 4;
    internal const int LsnOffset = 8;
    internal const int TimeOffset = 16;
    internal const int PreviousOffset = 24;
    internal const int BatchIndexOffset = 28;
    internal const int TypeOffset = 32;
    internal const int FlagsOffset = 33;
    internal const int KeyIdOffset = 34;
    internal const int OpenLengthOffset = 36;
    internal const byte HasSecretFlag = 1;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Over a record that has been found whole.</summary>
    internal JournalRecord(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    public uint Crc => BinaryPrimitives.ReadUInt32LittleEndian(_bytes);

    /// <summary>Without padding.</summary>
    public int Length => BinaryPrimitives.ReadInt32LittleEndian(_bytes[LengthOffset..]);

    /// <summary>With padding: the next record of the batch starts this far on.</summary>
    public int Size => (int)JournalFormat.AlignUp(Length, JournalFormat.RecordAlignment);

    public long Lsn => BinaryPrimitives.ReadInt64LittleEndian(_bytes[LsnOffset..]);

    public long TimeMs => BinaryPrimitives.ReadInt64LittleEndian(_bytes[TimeOffset..]);

    public uint Previous => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[PreviousOffset..]);

    public uint BatchIndex => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[BatchIndexOffset..]);

    public RecordType Type => (RecordType)_bytes[TypeOffset];

    public ushort KeyId => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[KeyIdOffset..]);

    public int OpenLength => BinaryPrimitives.ReadInt32LittleEndian(_bytes[OpenLengthOffset..]);

    /// <summary>Bytes of the secret part in clear; 0 when there is none.</summary>
    public int SecretLength =>
        HasSecret ? Length - JournalFormat.RecordHeaderSize - OpenLength - JournalFormat.TagSize : 0;

    public ReadOnlySpan<byte> Open => _bytes.Slice(JournalFormat.RecordHeaderSize, OpenLength);

    /// <summary>
    /// CRC-32C over LSN, time, type and open part: what stays when the segment is written anew, unlike
    /// <see cref="Crc"/>.
    /// </summary>
    public uint OpenChecksum
    {
        get
        {
            uint state = Crc32C.Append(Crc32C.Start, _bytes[LsnOffset..PreviousOffset]);
            state = Crc32C.Append(state, _bytes.Slice(TypeOffset, 1));
            return Crc32C.Finish(Crc32C.Append(state, Open));
        }
    }

    internal bool HasSecret => (_bytes[FlagsOffset] & HasSecretFlag) != 0;

    /// <summary>
    /// What the tag vouches for besides the secret part: everything from the length to the open part's end.
    /// </summary>
    internal ReadOnlySpan<byte> Associated =>
        _bytes[LengthOffset..(JournalFormat.RecordHeaderSize + OpenLength)];

    internal ReadOnlySpan<byte> Ciphertext =>
        _bytes.Slice(JournalFormat.RecordHeaderSize + OpenLength, SecretLength);

    internal ReadOnlySpan<byte> Tag => _bytes.Slice(Length - JournalFormat.TagSize, JournalFormat.TagSize);

    /// <summary>
    /// Whether a record may start with these bytes. <paramref name="size"/>, which is only believed after its checksum
    /// was compared, then says how many bytes it claims.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static bool IsPlausible(ReadOnlySpan<byte> header, long room, out int size)
    {
        size = 0;
        if (header.Length < JournalFormat.RecordHeaderSize)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[LengthOffset..]);
        uint open = BinaryPrimitives.ReadUInt32LittleEndian(header[OpenLengthOffset..]);
        byte flags = header[FlagsOffset];
        if (length < JournalFormat.RecordHeaderSize || length > JournalFormat.RecordSizeMax
            || open > length - JournalFormat.RecordHeaderSize || flags > HasSecretFlag)
        {
            return false;
        }

        uint rest = length - JournalFormat.RecordHeaderSize - open;
        bool restFits = flags == HasSecretFlag ? rest > JournalFormat.TagSize : rest == 0;
        size = (int)JournalFormat.AlignUp(length, JournalFormat.RecordAlignment);
        return restFits && size <= room && IsRecordType((RecordType)header[TypeOffset])
            && BinaryPrimitives.ReadInt64LittleEndian(header[LsnOffset..]) > 0;
    }

    /// <summary>Compares the checksum; <paramref name="record"/> is exactly the size it claims.</summary>
    internal static bool IsWhole(ReadOnlySpan<byte> record, uint saltState) =>
        Checksum(record, saltState) == BinaryPrimitives.ReadUInt32LittleEndian(record);

    internal static uint Checksum(ReadOnlySpan<byte> record, uint saltState) =>
        Crc32C.Finish(Crc32C.Append(saltState, record[LengthOffset..]));

    private static bool IsRecordType(RecordType type) => type is not (RecordType.None or RecordType.Padding);
}
