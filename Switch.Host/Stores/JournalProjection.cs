using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores;

/// <summary>
/// Brings a journal into a store in one go, for tools: with the code that does it while the switch runs, but on the
/// caller's thread, and to an end. It only reads the journal, so the node may be writing it.
/// </summary>
internal static class JournalProjection
{
    /// <summary>First and last LSN that the journal has now; (1, 0) when it has none.</summary>
    /// <exception cref="JournalException">It cannot be read.</exception>
    public static (long First, long Last) RangeOf(IJournalDisk journal)
    {
        JournalReport report = JournalInspector.Inspect(journal, new InspectOptions { IsQuick = true });
        return report.Segments.Count == 0 ? (1, 0) : (report.Segments[0].FirstLsn, report.NextLsn - 1);
    }

    /// <summary>Projects what is after <paramref name="position"/>, up to <paramref name="lastLsn"/>.</summary>
    public static StorePosition Run(IStore store, IJournalDisk journal, StorePosition position, long lastLsn)
    {
        (long first, _) = RangeOf(journal);
        using var tail = new JournalTail(journal, Math.Max(first, position.Lsn + 1));
        var batch = new StoreBatch();
        while (true)
        {
            batch.Clear();
            StorePosition from = position;
            if (!batch.Fill(tail, lastLsn, ref position, static _ => { }))
            {
                return position;
            }

            store.Write(batch, from, position);
        }
    }

    /// <summary>
    /// A store of its own, in a temporary file, with what the journal has after a position. The file goes with it.
    /// </summary>
    public static TemporaryStore Aside(JournalSettings journal, StorePosition after)
    {
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(journal.Path);
        (_, long last) = RangeOf(disk);
        var aside = new TemporaryStore();
        try
        {
            using IStore store = aside.Settings.Make();
            StorePosition start = store.Open(journal.Identity);
            if (after.Lsn > 0)
            {
                // The rows of before are in the other store: only the position moves.
                store.Write(new StoreBatch(), start, after);
            }

            Run(store, disk, after, last);
            return aside;
        }
        catch
        {
            aside.Dispose();
            throw;
        }
    }
}
