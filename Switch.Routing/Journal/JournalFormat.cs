namespace Switch.Routing.Journal;

/// <summary>Numbers of the format, drawn in docs/internals/journal.md. Changing one makes a new version.</summary>
public static class JournalFormat
{
    /// <summary>What is written. Groups of records are what it has and version 1 has not.</summary>
    public const ushort Version = 2;

    /// <summary>The oldest that is read.</summary>
    public const ushort VersionMin = 1;

    /// <summary>
    /// The header fills a block of its own, as large as the largest common sector, so that no later write of records
    /// can tear it.
    /// </summary>
    public const int HeaderSize = 4096;

    public const int SaltSize = 16;

    /// <summary>Longest cluster or node name, in bytes of UTF-8.</summary>
    public const int NameSizeMax = 63;

    /// <summary>Bytes of a record before its open part.</summary>
    public const int RecordHeaderSize = 40;

    /// <summary>Bytes of a grouped record before its open part.</summary>
    public const int GroupedHeaderSize = 20;

    /// <summary>
    /// Bytes of the largest group that is written, padding not included. What damage to one byte costs, and what a
    /// reader decrypts at once; the price of a seal is spread well before.
    /// </summary>
    public const int GroupSizeMax = 64 * 1024;

    /// <summary>The most records that are written into one group.</summary>
    public const int GroupRecordsMax = 1024;

    /// <summary>Records and groups start at multiples of this.</summary>
    public const int RecordAlignment = 8;

    /// <summary>Bytes of the authentication tag that ends a secret part.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of the largest record. A length above it is not believed, whatever the checksum says.</summary>
    public const int RecordSizeMax = 1024 * 1024;

    public const int BlockSizeMin = 512;

    /// <summary>Records start at <see cref="HeaderSize"/>, which must be a multiple of any block size.</summary>
    public const int BlockSizeMax = HeaderSize;

    /// <summary>Bytes of the open part of a record of what was lost, before its text.</summary>
    public const int LostPayloadSize = 24;

    /// <summary>Bytes of the seal's open part.</summary>
    public const int SealPayloadSize = 88;

    /// <summary>Bytes of a whole seal; they are the last bytes of a sealed segment.</summary>
    public const int SealSize = RecordHeaderSize + SealPayloadSize;

    /// <summary>Bytes on disk of a record with these parts that is in no group, padding included.</summary>
    public static int SizeOf(int openSize, int secretSize) =>
        (int)AlignUp(LengthOf(openSize, secretSize), RecordAlignment);

    internal static int LengthOf(int openSize, int secretSize) =>
        RecordHeaderSize + openSize + (secretSize == 0 ? 0 : secretSize + TagSize);

    internal static long AlignUp(long value, int alignment) => (value + alignment - 1) & -alignment;
}
