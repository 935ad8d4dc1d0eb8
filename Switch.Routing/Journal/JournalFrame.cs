using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Switch.Routing.Journal;

/// <summary>
/// What has a checksum, a place in the chain and a seal of its own: one record, or a group of records. As it lies on
/// disk, little-endian; the view is valid as long as the bytes under it.
/// <code>
///  0 crc32c      u32   over the segment's salt, then bytes 4 to the end of the padding
///  4 length      u32   bytes from 0 to the end of the secret part, padding not included
///  8 lsn         u64   of a group: of its first record
/// 16 time        u64   Unix milliseconds, when the record's batch began to form
/// 24 previous    u32   crc32c of the frame before; of the segment header for the first
/// 28 batch index u32   records of the same batch before this frame
/// 32 type        u8    of a group: 252
/// 33 flags       u8    bit 0: has a secret part
/// 34 key id      u16   0 when there is no secret part
/// 36 open length u32
/// 40 open part, then ciphertext and tag, then zeros up to a multiple of 8
/// </code>
/// The open part of a group is its records one after another, each with a header of its own
/// (<see cref="JournalRecord"/>) before its open part; the secret part is theirs, in the same order.
/// </summary>
internal readonly ref struct JournalFrame
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

    /// <summary>Over bytes that have been found whole.</summary>
    public JournalFrame(ReadOnlySpan<byte> bytes)
    {
        Bytes = bytes;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public uint Crc => BinaryPrimitives.ReadUInt32LittleEndian(Bytes);

    /// <summary>Without padding.</summary>
    public int Length => BinaryPrimitives.ReadInt32LittleEndian(Bytes[LengthOffset..]);

    /// <summary>With padding: the next frame of the batch starts this far on.</summary>
    public int Size => (int)JournalFormat.AlignUp(Length, JournalFormat.RecordAlignment);

    public long Lsn => BinaryPrimitives.ReadInt64LittleEndian(Bytes[LsnOffset..]);

    public long TimeMs => BinaryPrimitives.ReadInt64LittleEndian(Bytes[TimeOffset..]);

    public uint Previous => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[PreviousOffset..]);

    public uint BatchIndex => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[BatchIndexOffset..]);

    public RecordType Type => (RecordType)Bytes[TypeOffset];

    public ushort KeyId => BinaryPrimitives.ReadUInt16LittleEndian(Bytes[KeyIdOffset..]);

    public int OpenLength => BinaryPrimitives.ReadInt32LittleEndian(Bytes[OpenLengthOffset..]);

    public bool HasSecret => (Bytes[FlagsOffset] & HasSecretFlag) != 0;

    /// <summary>Bytes of the secret part in clear; 0 when there is none.</summary>
    public int SecretLength =>
        HasSecret ? Length - JournalFormat.RecordHeaderSize - OpenLength - JournalFormat.TagSize : 0;

    public ReadOnlySpan<byte> Open => Bytes.Slice(JournalFormat.RecordHeaderSize, OpenLength);

    /// <summary>Where the open part ends.</summary>
    public int OpenEnd => JournalFormat.RecordHeaderSize + OpenLength;

    /// <summary>
    /// What the tag vouches for besides the secret part: everything from the length to the open part's end, so in a
    /// group also the place and length of every part.
    /// </summary>
    public ReadOnlySpan<byte> Associated => Bytes[LengthOffset..OpenEnd];

    public ReadOnlySpan<byte> Ciphertext => Bytes.Slice(OpenEnd, SecretLength);

    public ReadOnlySpan<byte> Tag => Bytes.Slice(Length - JournalFormat.TagSize, JournalFormat.TagSize);

    /// <summary>Whether it is a group whose records fill its parts exactly; then how many there are.</summary>
    public bool IsGroup(out int records)
    {
        records = 0;
        long secrets = 0;
        int at = JournalFormat.RecordHeaderSize;
        int end = OpenEnd;
        while (end - at >= JournalFormat.GroupedHeaderSize)
        {
            uint open = BinaryPrimitives.ReadUInt32LittleEndian(Bytes[(at + JournalRecord.OpenLengthOffset)..]);
            uint secret = BinaryPrimitives.ReadUInt32LittleEndian(Bytes[(at + JournalRecord.SecretLengthOffset)..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(Bytes[(at + JournalRecord.TypeOffset)..]);
            at += JournalFormat.GroupedHeaderSize;
            if (open > end - at || type is (uint)RecordType.None or >= (uint)RecordType.Group)
            {
                return false;
            }

            at += (int)open;
            secrets += secret;
            records++;
        }

        return Type == RecordType.Group && records > 0 && at == end && secrets == SecretLength;
    }

    /// <summary>
    /// Whether a frame may start with these bytes. <paramref name="size"/>, which is only believed after its checksum
    /// was compared, then says how many bytes it claims.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsPlausible(ReadOnlySpan<byte> header, long room, out int size)
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

    /// <summary>Compares the checksum; <paramref name="frame"/> is exactly the size it claims.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> frame, uint saltState) =>
        Checksum(frame, saltState) == BinaryPrimitives.ReadUInt32LittleEndian(frame);

    public static uint Checksum(ReadOnlySpan<byte> frame, uint saltState) =>
        Crc32C.Finish(Crc32C.Append(saltState, frame[LengthOffset..]));

    private static bool IsRecordType(RecordType type) => type is not (RecordType.None or RecordType.Padding);
}
