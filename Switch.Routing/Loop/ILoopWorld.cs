using Switch.Routing.Core;

namespace Switch.Routing.Loop;

/// <summary>What the core loop needs of the process around it. Called on the core's thread only.</summary>
public interface ILoopWorld
{
    /// <summary>The highest journal position that is durable.</summary>
    long DurableLsn { get; }

    /// <summary>The journal's disk is nearly full.</summary>
    bool IsJournalSpaceLow { get; }

    /// <summary>A record more would find room in the journal's memory.</summary>
    bool HasJournalRoom { get; }

    /// <summary>The journal cannot write any more.</summary>
    bool HasJournalFailed { get; }

    /// <summary>The core knows that everything up to this position is durable: who waited for it may be told.</summary>
    void Committed(long lsn);

    /// <summary>The core knows that the journal has failed. Once.</summary>
    void JournalFailed();

    /// <summary>What the events of this turn appended may go to the disk.</summary>
    void WriteJournal();

    /// <summary>Whether events that may be shed find room until the next turn.</summary>
    void Admit(bool isAdmitting);

    /// <summary>
    /// What <see cref="AuthorizationCore"/> counts may be read by others, before anything leaves: an answer that has
    /// been seen is counted.
    /// </summary>
    void Publish();

    /// <summary>What was given to connections leaves.</summary>
    void Flush();
}
