using Switch.Routing.Journal;

namespace Switch.Routing.Records;

/// <summary>How far a command had come when its record was written. The values are on disk.</summary>
public enum AuditOutcome : byte
{
    /// <summary>It takes effect with this record: the next one of the core is its own.</summary>
    Done = 1,

    /// <summary>It begins: what it changes is not in the journal. Another record says how it ended.</summary>
    Begun = 2,

    /// <summary>What had begun was refused and changed nothing.</summary>
    Refused = 3,

    /// <summary>It waits for another to approve it.</summary>
    Requested = 4,

    /// <summary>Another approved it; its own records follow.</summary>
    Approved = 5,

    /// <summary>Another rejected it, or the one who requested it withdrew it.</summary>
    Rejected = 6,
}

/// <summary>What goes into the journal of a command, beside who and why. Bytes of UTF-8.</summary>
public sealed record AuditEntry
{
    /// <summary>Of <see cref="Command"/>.</summary>
    public const int CommandMax = 32;

    /// <summary>Of <see cref="Arguments"/>.</summary>
    public const int ArgumentsMax = 200;

    /// <summary>Of <see cref="From"/>.</summary>
    public const int FromMax = 80;

    /// <summary>Its name, as in write-off-advice.</summary>
    public required string Command { get; init; }

    /// <summary>What it was told, card data masked; empty: nothing.</summary>
    public string Arguments { get; init; } = "";

    /// <summary>viewer, operator, approver, or signal.</summary>
    public required string Role { get; init; }

    /// <summary>An address, or a process of this machine.</summary>
    public required string From { get; init; }

    /// <summary>Who approved or rejected it; empty: one person sufficed.</summary>
    public string Second { get; init; } = "";

    public AuditOutcome Outcome { get; init; } = AuditOutcome.Done;
}

/// <summary>A command of a person, with all that an auditor asks. For people: recovery passes over it.</summary>
internal readonly ref struct AuditRecord : IRecordLayout
{
    public static RecordType Type => RecordType.Audit;

    public AuditOutcome Outcome { get; init; }

    public ReadOnlySpan<byte> Command { get; init; }

    public ReadOnlySpan<byte> Arguments { get; init; }

    public ReadOnlySpan<byte> Who { get; init; }

    public ReadOnlySpan<byte> Role { get; init; }

    public ReadOnlySpan<byte> From { get; init; }

    public ReadOnlySpan<byte> Why { get; init; }

    public ReadOnlySpan<byte> Second { get; init; }

    public void Write(ref RecordWriter writer)
    {
        writer.Byte((byte)Outcome);
        writer.Text(Command);
        writer.Text(Arguments);
        writer.Text(Who);
        writer.Text(Role);
        writer.Text(From);
        writer.Text(Why);
        writer.Text(Second);
    }

    public static AuditRecord Read(ref RecordReader reader) => new()
    {
        Outcome = (AuditOutcome)reader.Byte(),
        Command = reader.Text(),
        Arguments = reader.Text(),
        Who = reader.Text(),
        Role = reader.Text(),
        From = reader.Text(),
        Why = reader.Text(),
        Second = reader.Text(),
    };
}
