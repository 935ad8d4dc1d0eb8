using System.Text;
using Switch.Routing.Journal;

namespace Switch.Routing.Records;

/// <summary>One audit record, as people read it.</summary>
/// <param name="Lsn">Of the record.</param>
/// <param name="WallMs">When, Unix milliseconds, UTC.</param>
/// <param name="Who">By the credential.</param>
/// <param name="Why">By the person.</param>
/// <param name="Entry">The rest.</param>
public sealed record AuditFact(long Lsn, long WallMs, string Who, string Why, AuditEntry Entry)
{
    /// <summary>What a record says; null: it is no audit record, or of a layout that is not known.</summary>
    /// <param name="lsn">Its number.</param>
    /// <param name="type">Its type.</param>
    /// <param name="open">Its open part.</param>
    public static AuditFact? Of(long lsn, RecordType type, ReadOnlySpan<byte> open)
    {
        var reader = new RecordReader(open);
        if (type != RecordType.Audit || reader.Byte() != RecordParser.Version)
        {
            return null;
        }

        reader.Number64(); // Of no transaction.
        var wallMs = (long)reader.Number64();
        AuditRecord record = AuditRecord.Read(ref reader);
        return reader.IsShort ? null : new AuditFact(lsn, wallMs, Text(record.Who), Text(record.Why), new AuditEntry
        {
            Command = Text(record.Command),
            Arguments = Text(record.Arguments),
            Role = Text(record.Role),
            From = Text(record.From),
            Second = Text(record.Second),
            Outcome = record.Outcome,
        });
    }

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
