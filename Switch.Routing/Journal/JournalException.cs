namespace Switch.Routing.Journal;

/// <summary>Why a journal was not opened. <see cref="Exception.Message"/> is a sentence for an operator.</summary>
public class JournalException : Exception
{
    public JournalException()
    {
    }

    public JournalException(string message)
        : base(message)
    {
    }

    public JournalException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>
/// The journal belongs to another node or cluster, was made with another token key, or by newer software.
/// </summary>
public sealed class JournalIdentityException : JournalException
{
    public JournalIdentityException()
    {
    }

    public JournalIdentityException(string message)
        : base(message)
    {
    }

    public JournalIdentityException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>A record's key is not configured, or is not the key it was written with.</summary>
public sealed class JournalKeyException : JournalException
{
    public JournalKeyException()
    {
    }

    public JournalKeyException(string message)
        : base(message)
    {
    }

    public JournalKeyException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

/// <summary>
/// Bytes that were once durable are no longer there. Never thrown for a torn tail, which is what a crash leaves and
/// recovery removes.
/// </summary>
public sealed class JournalDamagedException : JournalException
{
    public JournalDamagedException()
    {
    }

    public JournalDamagedException(string message)
        : base(message)
    {
    }

    public JournalDamagedException(string message, Exception cause)
        : base(message, cause)
    {
    }

    public JournalDamagedException(string segment, long offset, long lsn, string reason)
        : base($"Journal segment {segment} is damaged at offset {offset}"
            + (lsn > 0 ? $", where LSN {lsn} should be: {reason}. " : $": {reason}. ")
            + "Nothing was changed. Restore the file from a copy, or use journal repair.")
    {
        Segment = segment;
        Offset = offset;
        Lsn = lsn;
    }

    /// <summary>File name of the segment.</summary>
    public string Segment { get; } = "";

    /// <summary>Offset in the file of the first byte that cannot be trusted.</summary>
    public long Offset { get; }

    /// <summary>The LSN that should be there.</summary>
    public long Lsn { get; }
}
