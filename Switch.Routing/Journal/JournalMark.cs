using System.Globalization;
using System.Text;

namespace Switch.Routing.Journal;

/// <summary>How a journal stands to a mark.</summary>
public enum MarkVerdict
{
    /// <summary>The same, and at least as far.</summary>
    Same,

    /// <summary>
    /// It ends before what the mark has seen: a copy of before, or the disk lost what it had promised.
    /// </summary>
    Older,

    /// <summary>Another journal of the same node.</summary>
    Another,
}

/// <summary>
/// Which journal a node has, and how far it had got when that was last written down. It is kept outside the journal's
/// folder, so that a start that finds no journal there, or an older one, can tell that from a first start.
/// </summary>
public sealed record JournalMark
{
    /// <summary>Bytes of its file: one sector, which a disk writes whole or not at all.</summary>
    public const int FileSize = 512;

    private const string Title = "switch journal mark 1";
    private const string Checksum = "crc=";

    private const string Comment =
        "# Which journal this node has, and how far it had got: docs/concepts/recovery.md.\n"
        + "# Without its journal the switch does not start while this file is here.\n";

    public required string Cluster { get; init; }

    public required string Node { get; init; }

    /// <summary>Number of the newest segment; 0: nothing is said of it.</summary>
    public long Segment { get; init; }

    /// <summary>When that segment was begun, Unix milliseconds. A repair and a reseal keep it.</summary>
    public long CreatedMs { get; init; }

    /// <summary>How often the journal had been opened.</summary>
    public long Epoch { get; init; }

    /// <summary>An LSN that was durable; 0: nothing is said of it.</summary>
    public long Lsn { get; init; }

    /// <summary>As its file has it: lines that a person can read, filled up with spaces.</summary>
    public byte[] ToBytes()
    {
        string lines = string.Create(
            CultureInfo.InvariantCulture,
            $"{Title}\ncluster={Cluster}\nnode={Node}\nsegment={Segment}\ncreated={CreatedMs}\nepoch={Epoch}\n"
            + $"lsn={Lsn}\n");
        uint crc = Crc32C.Of(Encoding.UTF8.GetBytes(lines));
        byte[] text = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{lines}{Checksum}{crc:x8}\n{Comment}"));
        var bytes = new byte[FileSize];
        bytes.AsSpan().Fill((byte)' ');
        text.CopyTo(bytes, 0);
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    /// <summary>Null when the bytes are not those of a mark, or are not whole.</summary>
    public static JournalMark? TryRead(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        int end = text.IndexOf(Checksum, StringComparison.Ordinal);
        if (end < 0 || !text.StartsWith(Title, StringComparison.Ordinal)
            || text.Length < end + Checksum.Length + 8
            || !uint.TryParse(
                text.AsSpan(end + Checksum.Length, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture,
                out uint crc)
            || crc != Crc32C.Of(Encoding.UTF8.GetBytes(text[..end])))
        {
            return null;
        }

        string[] lines = text[..end].Split('\n');
        string Value(string name) => Array.Find(lines, line => line.StartsWith(name + "=", StringComparison.Ordinal))
            is { } line ? line[(name.Length + 1)..] : "";
        long Number(string name) =>
            long.TryParse(Value(name), CultureInfo.InvariantCulture, out long number) ? number : 0;
        return new JournalMark
        {
            Cluster = Value("cluster"), Node = Value("node"), Segment = Number("segment"),
            CreatedMs = Number("created"), Epoch = Number("epoch"), Lsn = Number("lsn"),
        };
    }

    /// <summary>How the journal in the folder stands to this mark. It was recovered, and nothing begun in it yet.
    /// </summary>
    public MarkVerdict Judge(IJournalDisk disk, RecoveredJournal recovered)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(recovered);
        if (Segment > 0 && SegmentCheck.CreatedMsOf(disk, Segment) is { } created && created != CreatedMs)
        {
            return MarkVerdict.Another;
        }

        return Segment >= recovered.NextSegment || Lsn >= recovered.NextLsn ? MarkVerdict.Older : MarkVerdict.Same;
    }
}
