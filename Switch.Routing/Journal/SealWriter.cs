namespace Switch.Routing.Journal;

/// <summary>Ends a segment.</summary>
internal static class SealWriter
{
    /// <summary>
    /// Writes the seal at <paramref name="seal"/>'s offset, a multiple of the block size, and cuts the file off behind
    /// it; returns the checksum that the next segment names.
    /// </summary>
    public static uint Write(
        IJournalFile file, SegmentHeader header, uint previous, in SegmentSeal seal, long timeMs, bool isDurable)
    {
        Span<byte> payload = stackalloc byte[JournalFormat.SealPayloadSize];
        seal.Write(payload);
        var batch = new RecordBatch(JournalFormat.SealSize) { TimeMs = timeMs };
        batch.TryAppend(seal.LastLsn + 1, RecordType.Seal, payload, []);
        var encoder = new BatchEncoder(JournalFormat.SealSize);
        file.Write(
            seal.Offset, encoder.Encode(batch, header.Version, cipher: null, header.SaltState, ref previous));
        file.Truncate(seal.Offset + JournalFormat.SealSize);
        if (isDurable)
        {
            file.Sync();
        }

        return previous;
    }
}
