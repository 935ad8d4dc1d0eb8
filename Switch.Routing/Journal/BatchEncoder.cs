using System.Buffers.Binary;

namespace Switch.Routing.Journal;

/// <summary>
/// Makes of a batch what goes to disk: numbers, seals, chains and checksums its frames, in memory of its own.
/// </summary>
internal sealed class BatchEncoder
{
    private readonly byte[] _output;
    private readonly byte[] _secrets;

    /// <param name="capacity">Of the largest batch.</param>
    public BatchEncoder(int capacity)
    {
        _output = GC.AllocateArray<byte>(capacity, pinned: true); // Pinned for ever: it is handed to the kernel.

        // Pinned: the collector would leave card numbers behind where it moves them.
        _secrets = GC.AllocateArray<byte>(Math.Min(capacity, JournalFormat.GroupSizeMax), pinned: true);
    }

    /// <summary>
    /// Valid until the next call. The batch holds nothing in clear afterwards. Without a cipher it must hold no
    /// secrets.
    /// </summary>
    /// <param name="previous">Checksum of the frame before; then of the last one.</param>
    public ReadOnlySpan<byte> Encode(
        RecordBatch batch, ushort version, SegmentCipher? cipher, uint saltState, ref uint previous)
    {
        ReadOnlySpan<byte> records = batch.Records;
        int offset = 0;
        int index = 0;
        while (!records.IsEmpty)
        {
            GroupShape shape = GroupShape.Of(version);
            int size = Measure(records, ref shape);
            Span<byte> frame = _output.AsSpan(offset, shape.Size);
            WriteHeader(frame, batch.FirstLsn + index, records, shape, previous, index, cipher);
            WriteParts(frame, records[..size], shape, cipher);
            previous = JournalFrame.Checksum(frame, saltState);
            BinaryPrimitives.WriteUInt32LittleEndian(frame, previous);
            records = records[size..];
            offset += frame.Length;
            index += shape.Records;
        }

        batch.EraseRecords();
        return _output.AsSpan(0, offset);
    }

    // Bytes of the records that the next frame takes.
    private static int Measure(ReadOnlySpan<byte> records, ref GroupShape shape)
    {
        int size = 0;
        while (size < records.Length)
        {
            (int open, int secret) = RecordBatch.LengthsOf(records[size..]);
            if (!shape.TryAdd(open, secret))
            {
                break;
            }

            size += JournalFormat.GroupedHeaderSize + open + secret;
        }

        return size;
    }

    private static void WriteHeader(
        Span<byte> frame, long lsn, ReadOnlySpan<byte> records, in GroupShape shape, uint previous, int index,
        SegmentCipher? cipher)
    {
        long timeMs = BinaryPrimitives.ReadInt64LittleEndian(records[JournalRecord.TimeOffset..]);
        byte type = shape.Records > 1 ? (byte)RecordType.Group : records[JournalRecord.TypeOffset];
        bool hasSecret = shape.Secret > 0;
        BinaryPrimitives.WriteInt32LittleEndian(frame[JournalFrame.LengthOffset..], shape.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame[JournalFrame.LsnOffset..], lsn);
        BinaryPrimitives.WriteInt64LittleEndian(frame[JournalFrame.TimeOffset..], timeMs);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[JournalFrame.PreviousOffset..], previous);
        BinaryPrimitives.WriteInt32LittleEndian(frame[JournalFrame.BatchIndexOffset..], index);
        frame[JournalFrame.TypeOffset] = type;
        frame[JournalFrame.FlagsOffset] = hasSecret ? JournalFrame.HasSecretFlag : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(
            frame[JournalFrame.KeyIdOffset..], hasSecret ? cipher!.CurrentId : (ushort)0);
        BinaryPrimitives.WriteInt32LittleEndian(frame[JournalFrame.OpenLengthOffset..], shape.Open);
    }

    private void WriteParts(
        Span<byte> frame, ReadOnlySpan<byte> records, in GroupShape shape, SegmentCipher? cipher)
    {
        frame[shape.Length..].Clear();
        if (shape.Records == 1)
        {
            // The tag covers the open part, so that is in its place first.
            ReadOnlySpan<byte> parts = records[JournalFormat.GroupedHeaderSize..];
            parts[..shape.Open].CopyTo(frame[JournalFormat.RecordHeaderSize..]);
            Seal(frame, parts[shape.Open..], cipher);
            return;
        }

        int at = JournalFormat.RecordHeaderSize;
        int gathered = 0;
        while (!records.IsEmpty)
        {
            (int open, int secret) = RecordBatch.LengthsOf(records);
            int size = JournalFormat.GroupedHeaderSize + open;
            records[..size].CopyTo(frame[at..]);
            records.Slice(size, secret).CopyTo(_secrets.AsSpan(gathered));
            records = records[(size + secret)..];
            at += size;
            gathered += secret;
        }

        Span<byte> secrets = _secrets.AsSpan(0, gathered);
        Seal(frame, secrets, cipher);
        secrets.Clear();
    }

    private static void Seal(Span<byte> frame, ReadOnlySpan<byte> secret, SegmentCipher? cipher)
    {
        if (!secret.IsEmpty)
        {
            var view = new JournalFrame(frame);
            Span<byte> sealedPart = frame[view.OpenEnd..view.Length];
            cipher!.Seal(
                view.Lsn, view.Associated, secret, sealedPart[..secret.Length], sealedPart[secret.Length..]);
        }
    }
}
