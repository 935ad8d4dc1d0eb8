using System.Buffers.Binary;
using System.Text;

namespace Switch.Routing.Journal;

/// <summary>
/// The open part of a record that stands for lost ones; its own LSN is the first of them. Little-endian:
/// <code>
///  0 last LSN  u64   the last of them; the next record's LSN is one more
///  8 offset    u64   where in the damaged file they were
/// 16 repaired  u64   Unix milliseconds
/// 24 reason    UTF-8, to the end
/// </code>
/// </summary>
internal readonly record struct LostRecords(long LastLsn, long Offset, long RepairedMs, string Reason)
{
    /// <summary>Bytes that hold any such record.</summary>
    public const int RecordSizeMax = 512;

    private const int ReasonSizeMax = 200;

    public LostRange ToRange(long segment, long firstLsn) =>
        new(SegmentName.Of(segment), Offset, firstLsn, LastLsn, Reason);

    public byte[] ToBytes()
    {
        byte[] reason = Encoding.UTF8.GetBytes(Reason);
        var payload = new byte[JournalFormat.LostPayloadSize + Math.Min(reason.Length, ReasonSizeMax)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, LastLsn);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), Offset);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(16), RepairedMs);
        reason.AsSpan(0, payload.Length - JournalFormat.LostPayloadSize)
            .CopyTo(payload.AsSpan(JournalFormat.LostPayloadSize));
        return payload;
    }

    public static bool TryRead(in JournalRecord record, out LostRecords lost)
    {
        lost = default;
        ReadOnlySpan<byte> payload = record.Open;
        if (record.Type != RecordType.Lost || payload.Length < JournalFormat.LostPayloadSize)
        {
            return false;
        }

        lost = new LostRecords(
            BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[16..]),
            Encoding.UTF8.GetString(payload[JournalFormat.LostPayloadSize..]));
        return lost.LastLsn >= record.Lsn;
    }
}
