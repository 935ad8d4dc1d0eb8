using System.Buffers.Binary;
using System.Text;

namespace Switch.Routing.Journal;

/// <summary>
/// The first 4096 bytes of a segment, little-endian; every byte not named is zero.
/// <code>
///    0 magic        8 bytes  "SWJRNL" CR LF; of a checkpoint "SWCKPT" CR LF
///    8 version      u16      1 or 2
///   12 block size   u32
///   16 number       u64      1, 2, 3...; also the file's name
///   24 first LSN    u64
///   32 created      u64      Unix milliseconds
///   40 epoch        u64      how often the journal has been opened
///   48 replay from  u64      0, or an LSN that a checkpoint makes a sufficient start
///   56 capacity     u64      bytes preallocated
///   64 salt         16 bytes
///   80 previous     u32      crc32c of the previous segment's seal; 0 for number 1
///   88 token check  u64      0, or a fingerprint of the key of card tokens
///   96 cluster      u8 length, then up to 63 bytes of UTF-8
///  160 node         u8 length, then up to 63 bytes of UTF-8
/// 4092 crc32c       u32      over bytes 0 to 4091
/// </code>
/// </summary>
internal sealed class SegmentHeader
{
    private const int CrcOffset = JournalFormat.HeaderSize - sizeof(uint);
    private const int NameFieldSize = JournalFormat.NameSizeMax + 1;
    private const int ClusterOffset = 96;
    private const int NodeOffset = ClusterOffset + NameFieldSize;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _salt = new byte[JournalFormat.SaltSize];

    /// <summary>CR LF in the magic shows a copy that was made as text.</summary>
    private static ReadOnlySpan<byte> SegmentMagic => "SWJRNL\r\n"u8;

    private static ReadOnlySpan<byte> CheckpointMagic => "SWCKPT\r\n"u8;

    /// <summary>Of the format; 1: no groups.</summary>
    public ushort Version { get; init; } = JournalFormat.Version;

    /// <summary>The file is no part of the journal, but a checkpoint (see <see cref="CheckpointFiles"/>).</summary>
    public bool IsCheckpoint { get; init; }

    public required int BlockSize { get; init; }

    public required long Number { get; init; }

    public required long FirstLsn { get; init; }

    public required long CreatedMs { get; init; }

    public required long Epoch { get; init; }

    public required long ReplayFrom { get; init; }

    public required long Capacity { get; init; }

    public required uint Previous { get; init; }

    public required JournalIdentity Identity { get; init; }

    public required ReadOnlySpan<byte> Salt
    {
        get => _salt;
        init => value.CopyTo(_salt);
    }

    /// <summary>Checksum of the header: the first record's "previous". Set by reading and writing.</summary>
    public uint Crc { get; private set; }

    /// <summary>State that every checksum of this segment starts from.</summary>
    public uint SaltState => Crc32C.Append(Crc32C.Start, _salt);

    public void Write(Span<byte> block)
    {
        block[..JournalFormat.HeaderSize].Clear();
        (IsCheckpoint ? CheckpointMagic : SegmentMagic).CopyTo(block);
        BinaryPrimitives.WriteUInt16LittleEndian(block[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(block[12..], BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(block[16..], Number);
        BinaryPrimitives.WriteInt64LittleEndian(block[24..], FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(block[32..], CreatedMs);
        BinaryPrimitives.WriteInt64LittleEndian(block[40..], Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(block[48..], ReplayFrom);
        BinaryPrimitives.WriteInt64LittleEndian(block[56..], Capacity);
        _salt.CopyTo(block[64..]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[80..], Previous);
        BinaryPrimitives.WriteUInt64LittleEndian(block[88..], Identity.TokenCheck);
        WriteName(block[ClusterOffset..], Identity.Cluster);
        WriteName(block[NodeOffset..], Identity.Node);
        Crc = Crc32C.Of(block[..CrcOffset]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[CrcOffset..], Crc);
    }

    /// <summary>Null when these bytes are no header, with the reason.</summary>
    /// <exception cref="JournalIdentityException">The header is of a version that this program does not
    /// read.</exception>
    public static SegmentHeader? TryRead(
        ReadOnlySpan<byte> block, string name, out string reason, bool isCheckpoint = false)
    {
        reason = "";
        if (block.Length < JournalFormat.HeaderSize || !block.StartsWith(isCheckpoint ? CheckpointMagic : SegmentMagic))
        {
            reason = "no segment header";
            return null;
        }

        uint crc = Crc32C.Of(block[..CrcOffset]);
        if (crc != BinaryPrimitives.ReadUInt32LittleEndian(block[CrcOffset..]))
        {
            reason = "the segment header's checksum is wrong";
            return null;
        }

        // After the checksum, so that a flipped bit is damage and not a program that seems too old.
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(block[8..]);
        if (version is < JournalFormat.VersionMin or > JournalFormat.Version)
        {
            throw new JournalIdentityException(
                $"Journal segment {name} has format version {version}; this program reads "
                + $"{JournalFormat.VersionMin} to {JournalFormat.Version}.");
        }

        return new SegmentHeader
        {
            Version = version,
            IsCheckpoint = isCheckpoint,
            BlockSize = BinaryPrimitives.ReadInt32LittleEndian(block[12..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(block[16..]),
            FirstLsn = BinaryPrimitives.ReadInt64LittleEndian(block[24..]),
            CreatedMs = BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            Epoch = BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            ReplayFrom = BinaryPrimitives.ReadInt64LittleEndian(block[48..]),
            Capacity = BinaryPrimitives.ReadInt64LittleEndian(block[56..]),
            Salt = block.Slice(64, JournalFormat.SaltSize),
            Previous = BinaryPrimitives.ReadUInt32LittleEndian(block[80..]),
            Identity = new JournalIdentity(
                ReadName(block[ClusterOffset..]), ReadName(block[NodeOffset..]),
                BinaryPrimitives.ReadUInt64LittleEndian(block[88..])),
            Crc = crc,
        };
    }

    /// <summary>Refuses names that the header cannot hold.</summary>
    public static void RequireFits(JournalIdentity identity)
    {
        foreach (string name in (ReadOnlySpan<string>)[identity.Cluster, identity.Node])
        {
            if (StrictUtf8.GetByteCount(name) > JournalFormat.NameSizeMax)
            {
                throw new JournalIdentityException(
                    $"The name '{name}' is longer than {JournalFormat.NameSizeMax} bytes of UTF-8.");
            }
        }
    }

    /// <summary>Refuses another node's or cluster's file.</summary>
    public static void RequireSame(string name, JournalIdentity found, JournalIdentity expected)
    {
        if (found.Cluster != expected.Cluster || found.Node != expected.Node)
        {
            throw new JournalIdentityException(
                $"Journal segment {name} belongs to node '{found.Node}' of cluster '{found.Cluster}', not to node "
                + $"'{expected.Node}' of cluster '{expected.Cluster}'.");
        }
    }

    /// <summary>Refuses a segment that was written with another key of card tokens than those of now.</summary>
    public static void RequireTokens(string name, ulong found, JournalIdentity expected)
    {
        if (!expected.Recognises(found))
        {
            string old = expected.OldTokenCheck == 0 ? "" : $" and {expected.OldTokenCheck:x16}";
            throw new JournalIdentityException(
                $"Journal segment {name} was written with another key of card tokens, {found:x16}, than "
                + $"what is configured now, {expected.TokenCheck:x16}{old}. "
                + "With this no repeat, reversal or stand-in counter of before would be recognised.");
        }
    }

    private static void WriteName(Span<byte> field, string name) =>
        field[0] = (byte)StrictUtf8.GetBytes(name, field[1..NameFieldSize]);

    private static string ReadName(ReadOnlySpan<byte> field) =>
        Encoding.UTF8.GetString(field.Slice(1, Math.Min((int)field[0], JournalFormat.NameSizeMax)));
}
