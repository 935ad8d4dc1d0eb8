using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>
/// What the core thread needs of the journal: <see cref="JournalWriter"/>, or a test's stand-in that syncs on command.
/// </summary>
internal interface IJournal
{
    /// <inheritdoc cref="JournalWriter.DurableLsn"/>
    long DurableLsn { get; }

    /// <inheritdoc cref="JournalWriter.HasFailed"/>
    bool HasFailed { get; }

    /// <inheritdoc cref="JournalWriter.HasRoom"/>
    bool HasRoom { get; }

    /// <inheritdoc cref="JournalWriter.IsSpaceLow"/>
    bool IsSpaceLow { get; }

    /// <inheritdoc cref="JournalWriter.Append"/>
    long Append(RecordType type, ReadOnlySpan<byte> open, ReadOnlySpan<byte> secret);

    /// <inheritdoc cref="JournalWriter.SubmitBatch"/>
    void SubmitBatch();
}
