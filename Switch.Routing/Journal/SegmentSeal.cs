using System.Buffers.Binary;

namespace Switch.Routing.Journal;

/// <summary>
/// The open part of a seal, the record that ends a segment for ever, little-endian:
/// <code>
///  0 records     u64   in the segment, the seal not counted
///  8 first LSN   u64   as in the segment header
/// 16 last LSN    u64   first LSN - 1 when there are no records
/// 24 first time  u64   Unix milliseconds of the first record; 0 when there are none
/// 32 last time   u64   of the last
/// 40 replay from u64   as the segment header's, at the time of sealing
/// 48 offset      u64   where the seal starts in the file
/// 56 chain       u32   0, or what the next segment names as previous in place of the seal's checksum
/// 60 zero        28 bytes
/// </code>
/// The seal's own LSN is the next segment's first, so that it takes none away.
/// </summary>
internal readonly record struct SegmentSeal(
    long Records, long FirstLsn, long LastLsn, long FirstTimeMs, long LastTimeMs, long ReplayFrom, long Offset)
{
    /// <summary>
    /// Set when a repair has written the segment anew, so that its seal's checksum is another one than that which the
    /// next segment goes on from. 0: it is the same.
    /// </summary>
    public uint Chain { get; init; }

    public void Write(Span<byte> payload)
    {
        payload[..JournalFormat.SealPayloadSize].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(payload, Records);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(payload[16..], LastLsn);
        BinaryPrimitives.WriteInt64LittleEndian(payload[24..], FirstTimeMs);
        BinaryPrimitives.WriteInt64LittleEndian(payload[32..], LastTimeMs);
        BinaryPrimitives.WriteInt64LittleEndian(payload[40..], ReplayFrom);
        BinaryPrimitives.WriteInt64LittleEndian(payload[48..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(payload[56..], Chain);
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, out SegmentSeal seal)
    {
        seal = default;
        if (payload.Length != JournalFormat.SealPayloadSize)
        {
            return false;
        }

        seal = new SegmentSeal(
            BinaryPrimitives.ReadInt64LittleEndian(payload),
            BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[48..]))
        {
            Chain = BinaryPrimitives.ReadUInt32LittleEndian(payload[56..]),
        };
        return true;
    }
}
