using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Switch.Host.Simulators.World;

/// <summary>
/// Reads a journal's durable bytes by docs/internals/journal.md and docs/internals/records.md alone: nothing of the
/// code that wrote them, so that a writer and a reader that share a mistake are found out. The secret parts stay
/// closed.
/// </summary>
internal sealed class JournalReader(SimDisk disk, JournalFacts facts)
{
    private const int HeaderSize = 4_096;
    private const int RecordHeaderSize = 40;
    private const int GroupedHeaderSize = 20;
    private const int GroupType = 252;
    private const int SealType = 254;

    private uint _previous;

    /// <summary>What is wrong with the container; empty when nothing is.</summary>
    public string Complaint { get; private set; } = "";

    /// <summary>LSN of the last record.</summary>
    public long LastLsn { get; private set; }

    public void Read()
    {
        foreach (string name in disk.List())
        {
            if (name.EndsWith(".segment", StringComparison.Ordinal) && Complaint.Length == 0)
            {
                ReadSegment(name, disk.Durable(name));
            }
        }
    }

    private void ReadSegment(string name, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~Append(~0U, bytes[..(HeaderSize - 4)]);
        if (!bytes.StartsWith("SWJRNL\r\n"u8) || bytes[8] != 2 || crc != Number32(bytes, HeaderSize - 4)
            || Number64(bytes, 24) != LastLsn + 1 || (LastLsn > 0 && Number32(bytes, 80) != _previous))
        {
            Complaint = $"the header of {name} does not follow";
            return;
        }

        _previous = crc;
        int block = (int)Number32(bytes, 12);
        uint salt = Append(~0U, bytes.Slice(64, 16));
        int offset = HeaderSize;
        while (offset + RecordHeaderSize <= bytes.Length && Complaint.Length == 0)
        {
            int length = (int)Number32(bytes, offset + 4);
            if (length == 0)
            {
                // The rest of a batch's last block is zeros; zeros at a block's start are the end.
                int next = (offset + block - 1) / block * block;
                if (next == offset)
                {
                    return;
                }

                offset = next;
                continue;
            }

            int size = (length + 7) / 8 * 8;
            if (length < RecordHeaderSize || offset + size > bytes.Length)
            {
                Complaint = $"{name} has no record at {offset}";
                return;
            }

            if (!ReadRecord(name, bytes.Slice(offset, size), salt))
            {
                return;
            }

            offset += size;
        }
    }

    // False at a seal, which ends the segment, and at what is wrong.
    private bool ReadRecord(string name, ReadOnlySpan<byte> record, uint salt)
    {
        uint crc = ~Append(salt, record[4..]);
        long lsn = Number64(record, 8);
        int type = record[32];
        if (crc != Number32(record, 0) || Number32(record, 24) != _previous || lsn != LastLsn + 1)
        {
            Complaint = $"the record after LSN {LastLsn} in {name} is not the next";
            return false;
        }

        _previous = crc;
        if (type == SealType)
        {
            return false;
        }

        ReadOnlySpan<byte> open = record.Slice(RecordHeaderSize, (int)Number32(record, 36));
        if (type == GroupType)
        {
            return ReadGroup(name, open);
        }

        LastLsn = lsn;
        facts.Take(lsn, type, open);
        return true;
    }

    private bool ReadGroup(string name, ReadOnlySpan<byte> records)
    {
        while (records.Length >= GroupedHeaderSize && Number32(records, 8) <= records.Length - GroupedHeaderSize)
        {
            int open = (int)Number32(records, 8);
            LastLsn++;
            facts.Take(LastLsn, (int)Number32(records, 16), records.Slice(GroupedHeaderSize, open));
            records = records[(GroupedHeaderSize + open)..];
        }

        Complaint = records.IsEmpty ? "" : $"the group with LSN {LastLsn} in {name} has an end that is no record";
        return records.IsEmpty;
    }

    private static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            state = BitOperations.Crc32C(state, value);
        }

        return state;
    }

    private static uint Number32(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Number64(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}

/// <summary>Walks the open part of a record.</summary>
internal ref struct OpenPart(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public int Byte() => Take(1)[0];

    public int Number16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Number32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Number64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public UInt128 Token() => BinaryPrimitives.ReadUInt128LittleEndian(Take(16));

    public string Text() => Encoding.ASCII.GetString(Take(Byte()));

    /// <summary>Skips a text without making it.</summary>
    public void Skip() => Take(Byte());

    private ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
