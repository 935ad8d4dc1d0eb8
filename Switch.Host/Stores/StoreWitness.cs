using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores;

/// <summary>
/// Asks the store what it knows of this node's journal, for a start that must not begin an empty one.
/// </summary>
internal static class StoreWitness
{
    /// <summary>Seconds for a question whose answer is one row.</summary>
    private const int PatienceSeconds = 5;

    private const int NodeStarted = 7;

    /// <summary>
    /// Starts that the store may not have seen: it lags, and a node starts a few times a day at most.
    /// </summary>
    private const int EpochMargin = 100;

    /// <param name="settings">Which store.</param>
    /// <param name="identity">Whose journal.</param>
    /// <param name="withEpoch">Count its starts too, which may read a whole table.</param>
    /// <exception cref="JournalEvidenceException">It cannot be asked.</exception>
    public static StoreEvidence Ask(StoreSettings settings, JournalIdentity identity, bool withEpoch)
    {
        try
        {
            using StoreReader? reader = settings.Provider.MayExist(settings.ConnectionString)
                ? StoreReader.OpenIfMade(settings, PatienceSeconds)
                : null;
            if (reader is null)
            {
                return new StoreEvidence(0, 0);
            }

            List<object?[]> rows = reader.Rows(
                "SELECT lsn FROM node WHERE cluster = @cluster AND name = @node",
                ("@cluster", identity.Cluster), ("@node", identity.Node));
            long lsn = rows.Count == 0 ? 0 : (long)rows[0][0]!;
            return new StoreEvidence(lsn, withEpoch && lsn > 0 ? EpochOf(reader, identity.Node) : 0);
        }
        catch (StoreException unknown)
        {
            throw new JournalEvidenceException(unknown.Message, unknown);
        }
    }

    private static long EpochOf(StoreReader reader, string node)
    {
        string events = reader.Of("event", "@node");
        List<object?[]> rows = reader.Rows(
            $"SELECT max(number) FROM {events} WHERE type = {NodeStarted}", ("@node", node));
        return ((long?)rows[0][0] ?? 0) + EpochMargin;
    }
}
