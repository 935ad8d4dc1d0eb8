using System.Globalization;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Routing.Journal;

namespace Switch.Host.Journal;

/// <summary>What a person says when all that is known of this node speaks against its start.</summary>
/// <param name="NewJournal">Why an empty journal is begun where there was one; null: it is not.</param>
/// <param name="OlderJournal">Why a journal is gone on with that lacks its end; null: it is not.</param>
internal sealed record JournalOrders(string? NewJournal = null, string? OlderJournal = null)
{
    /// <summary>Why it starts with settings that no second person has approved; null: it does not.</summary>
    public string? ChangedSettings { get; init; }
}

/// <summary>What the store knows of this node's journal.</summary>
/// <param name="Lsn">The last record that it has taken; 0: none.</param>
/// <param name="Epoch">A number of starts that this node has surely not exceeded; 0: none.</param>
internal sealed record StoreEvidence(long Lsn, long Epoch);

/// <summary>What the first record of a life must say, and of how many starts before.</summary>
/// <param name="Epoch">At least so many.</param>
/// <param name="GivenUpTo">The last LSN that is lost.</param>
/// <param name="Reason">Why; null: nothing is lost.</param>
internal readonly record struct JournalBeginning(long Epoch, long GivenUpTo, string? Reason);

/// <summary>
/// Whether a start may go on with the journal that it finds. A node that has had a journal must not begin an empty one,
/// nor go on with an older copy: it would forget what it owes, repeat ids, and answer repeats anew. Two witnesses
/// outside the journal's folder are heard: the identity file, and the store.
/// </summary>
/// <param name="settings">Where the journal and its identity file are.</param>
/// <param name="orders">What a person says.</param>
/// <param name="askStore">
/// Asks the store, told whether the number of starts matters; throws when it cannot be asked. Null: there is none.
/// </param>
/// <param name="logger">What was decided against the evidence.</param>
internal sealed class JournalStart(
    JournalSettings settings, JournalOrders orders, Func<bool, StoreEvidence>? askStore, ILogger logger)
{
    /// <summary>How long a start with a journal waits for the store once the journal is read.</summary>
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(2);

    /// <summary>By then a question has been answered, or has timed out.</summary>
    private static readonly TimeSpan StoreEnd = TimeSpan.FromSeconds(15);

    private JournalMark? _mark;
    private StoreEvidence? _store;
    private Task<StoreEvidence>? _asking;
    private bool _isNew;

    /// <summary>Looks at what was replayed; throws when the start may not go on with it. Null: it may.</summary>
    public Action? OnReplayed { get; set; }

    /// <summary>Asks the store, where there is a journal, while that is read.</summary>
    public void AskStore()
    {
        if (!_isNew && askStore is not null)
        {
            bool isOlder = orders.OlderJournal is not null;
            _asking = Task.Run(() => askStore(isOlder));
        }
    }

    /// <summary>
    /// Before the folder is made. Needs no key: a start that is refused has made neither a folder nor keys in it.
    /// </summary>
    /// <exception cref="JournalException">There should be a journal and is none, or the other way round.</exception>
    public void RequireJournal()
    {
        _isNew = !PosixJournalDisk.HasSegments(settings.Path);
        bool isMarked = false;
        _mark = settings.IdentityFile is { } file ? JournalMarkFile.Read(file, out isMarked) : null;
        if (!_isNew)
        {
            RequireNoNewJournal();
            if (isMarked && _mark is null)
            {
                JournalLog.MarkUnreadable(logger, settings.IdentityFile!);
            }

            return;
        }

        if (orders.OlderJournal is not null)
        {
            throw new JournalException(
                $"There is no journal in {settings.Path}. --older-journal needs an existing journal.");
        }

        if (orders.NewJournal is null && isMarked)
        {
            throw Missing(settings.Path, $"{settings.IdentityFile} says that this node has one{Describe(_mark)}");
        }

        if (PosixJournalDisk.HasFiles(settings.Path, ".checkpoint"))
        {
            throw new JournalException(
                $"The folder {settings.Path} has checkpoints of a journal but no segments. Restore the "
                + "segments, or move the whole folder away.");
        }

        AskForNew();
    }

    /// <summary>
    /// The start ends here. When this returns the store is left alone: who was refused may move its files.
    /// </summary>
    public void Abandon()
    {
        try
        {
            _asking?.Wait(StoreEnd);
        }
        catch (AggregateException)
        {
            // It could not be asked, and the answer is not needed any more.
        }
    }

    /// <summary>After the journal was read, and before anything is written to it.</summary>
    /// <exception cref="JournalException">It is another one, or an older copy.</exception>
    public JournalBeginning Judge(IJournalDisk disk, RecoveredJournal recovered)
    {
        OnReplayed?.Invoke();
        _store ??= TakeAnswer();
        long epoch = Math.Max(_mark?.Epoch ?? 0, _store?.Epoch ?? 0);
        if (_isNew)
        {
            return orders.NewJournal is { } because ? BeginNew(epoch, because) : default;
        }

        RequireSame(disk, recovered);
        long last = recovered.NextLsn - 1;
        string? evidence = _mark?.Judge(disk, recovered) == MarkVerdict.Older
                ? $"{settings.IdentityFile} says that it had got{Describe(_mark)}"
            : _store?.Lsn > last ? Text($"the store has its records up to LSN {_store.Lsn}")
            : null;
        if (evidence is null)
        {
            return orders.OlderJournal is null ? default : throw new JournalException(
                $"The journal in {settings.Path} is not older than the store or the identity file. Start without "
                + "--older-journal.");
        }

        if (orders.OlderJournal is null)
        {
            throw new JournalException(Text(
                $"The journal in {settings.Path} ends at LSN {last}, and {evidence}: it is an older copy, or its disk ")
                + "has lost what it had promised. Bring the newer one back. If that is lost for good, start with "
                + "--older-journal and the reason; what happened after its end is forgotten then.");
        }

        long lost = Math.Max(_mark?.Lsn ?? 0, _store?.Lsn ?? 0);
        JournalLog.BegunAgainstEvidence(logger, "An older journal is gone on with", evidence, orders.OlderJournal);
        return new JournalBeginning(epoch, lost, $"--older-journal: {orders.OlderJournal}");
    }

    private JournalBeginning BeginNew(long epoch, string because)
    {
        long lost = Math.Max(_mark?.Lsn ?? 0, _store?.Lsn ?? 0);
        JournalLog.BegunAgainstEvidence(
            logger, "A new journal is begun", Text($"up to LSN {lost} there was one before"), because);
        return new JournalBeginning(epoch, lost, $"--new-journal: {because}");
    }

    private void RequireNoNewJournal()
    {
        if (orders.NewJournal is not null)
        {
            throw new JournalException(
                $"There is a journal in {settings.Path}: --new-journal is for a node whose journal is lost. Start "
                + "without it, or move the folder aside first.");
        }
    }

    // An empty journal is begun once in a node's life: then the answer of the store is worth waiting for.
    private void AskForNew()
    {
        try
        {
            _store = askStore?.Invoke(orders.NewJournal is not null);
        }
        catch (JournalEvidenceException unknown)
        {
            if (orders.NewJournal is not null)
            {
                JournalLog.StoreNotAsked(logger, unknown.Message);
                return;
            }

            throw new JournalException(
                $"There is no journal in {settings.Path}, and the store cannot say whether this node had one: "
                + $"{unknown.Message} Start when it can be asked, or with --new-journal and the reason.",
                unknown);
        }

        if (orders.NewJournal is null && _store?.Lsn > 0)
        {
            throw Missing(settings.Path, Text($"the store has records of this node, up to LSN {_store.Lsn}"));
        }
    }

    private StoreEvidence? TakeAnswer()
    {
        if (_asking is null)
        {
            return null;
        }

        try
        {
            // A person who gives a reason has the time for an answer.
            if (_asking.Wait(orders.OlderJournal is null ? StorePatience : Timeout.InfiniteTimeSpan))
            {
                return _asking.Result;
            }

            JournalLog.StoreNotAsked(logger, "It did not answer in time.");
        }
        catch (AggregateException failed) when (failed.InnerException is JournalEvidenceException unknown)
        {
            JournalLog.StoreNotAsked(logger, unknown.Message);
        }

        return null;
    }

    private void RequireSame(IJournalDisk disk, RecoveredJournal recovered)
    {
        if (_mark is null)
        {
            return;
        }

        JournalIdentity own = settings.Identity;
        if (_mark.Cluster != own.Cluster || _mark.Node != own.Node)
        {
            throw new JournalIdentityException(
                $"{settings.IdentityFile} names the journal of node '{_mark.Node}' of cluster '{_mark.Cluster}', not "
                + $"of node '{own.Node}' of cluster '{own.Cluster}'. Two nodes must not share it: see "
                + "Journal:IdentityFile.");
        }

        if (_mark.Judge(disk, recovered) == MarkVerdict.Another)
        {
            throw new JournalIdentityException(Text(
                $"The journal in {settings.Path} is not the one that {settings.IdentityFile} names: segment ")
                + Text($"{_mark.Segment} was begun at {JournalTool.Time(_mark.CreatedMs)} in that one, and at another ")
                + "time in this. Bring the right folder back; or, if this one is right, remove that file.");
        }
    }

    private static JournalException Missing(string journal, string evidence) => new(
        $"There is no journal in {journal}, and {evidence}. An empty one would forget what is owed to issuers and "
        + "every answer that was given. Bring the folder back, or mount its disk. If it is lost for good, start with "
        + "--new-journal and the reason.");

    private static string Describe(JournalMark? mark) => mark is null || mark.Segment == 0
        ? ""
        : Text($" up to LSN {mark.Lsn}, segment {mark.Segment}, epoch {mark.Epoch}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A witness cannot be heard.</summary>
internal sealed class JournalEvidenceException(string message, Exception cause) : Exception(message, cause);
