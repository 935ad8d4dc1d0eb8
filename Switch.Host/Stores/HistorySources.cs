using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores;

/// <summary>
/// Where tools look things up: the store, and what the journal has that is not in it yet. Without a store, or when it
/// does not answer, all of it comes from the journal. Nothing is changed, and the switch may run meanwhile.
/// </summary>
internal sealed class HistorySources : IDisposable
{
    private readonly TemporaryStore? _aside;
    private readonly List<StoreReader> _readers = [];

    private HistorySources(string node, TemporaryStore? aside)
    {
        Node = node;
        _aside = aside;
    }

    public string Node { get; }

    /// <summary>What a person should know about where the answers come from; empty: nothing.</summary>
    public string Note { get; private init; } = "";

    /// <summary>The store first, then the rest of the journal.</summary>
    public IReadOnlyList<StoreReader> Readers => _readers;

    /// <summary>The one that has everything up to one position: the store, or all of the journal.</summary>
    public StoreReader Main => _readers[0];

    /// <summary>For questions about single transactions: nothing durable is missing.</summary>
    public static HistorySources Whole(HistoryLocation place) => Open(place, withRest: true);

    /// <summary>For sums: one set of tables, as of one position.</summary>
    public static HistorySources One(HistoryLocation place) => Open(place, withRest: false);

    public void Dispose()
    {
        _readers.ForEach(static reader => reader.Dispose());
        _aside?.Dispose();
    }

    private static HistorySources Open(HistoryLocation place, bool withRest)
    {
        string note = "No store is configured: the answer comes from the journal.";
        if (place.Store is { } settings)
        {
            try
            {
                return WithStore(place, StoreReader.Open(settings), withRest);
            }
            catch (StoreException unavailable)
            {
                note = $"{unavailable.Message} The answer comes from the journal.";
            }
        }

        TemporaryStore all = JournalProjection.Aside(place.Journal, default);
        var books = new HistorySources(place.Node, all) { Note = note };
        books._readers.Add(StoreReader.Open(all.Settings));
        return books;
    }

    private static HistorySources WithStore(HistoryLocation place, StoreReader store, bool withRest)
    {
        StorePosition position = store.Position(place.Node) ?? default;
        using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(place.Journal.Path);
        long last = JournalProjection.RangeOf(disk).Last;
        if (!withRest || last <= position.Lsn)
        {
            var books = new HistorySources(place.Node, null)
            {
                Note = last <= position.Lsn ? ""
                    : $"The store is {last - position.Lsn} journal records behind: the answer is as of LSN "
                        + $"{position.Lsn}.",
            };
            books._readers.Add(store);
            return books;
        }

        TemporaryStore rest = JournalProjection.Aside(place.Journal, position);
        var whole = new HistorySources(place.Node, rest);
        whole._readers.Add(store);
        whole._readers.Add(StoreReader.Open(rest.Settings));
        return whole;
    }
}

/// <summary>What a configuration says about where a node's books are.</summary>
internal sealed record HistoryLocation(string Node, JournalSettings Journal, StoreSettings? Store)
{
    /// <summary>The names of the issuers that are configured now; books may have others of before.</summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];

    /// <exception cref="ConfigurationException">With every mistake.</exception>
    public static HistoryLocation Of(string? config)
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadAndValidate(config);
        SwitchOptions options = loaded.Options;
        var journal = new JournalSettings
        {
            Path = loaded.Environment.Resolve(options.Journal.Path),
            Identity = new JournalIdentity(options.Node.Cluster, options.Node.Name, TokenCheck: 0),
        };
        return new HistoryLocation(options.Node.Name, journal, StoreSettings.Of(options.Store, loaded.Environment))
        {
            Issuers = [.. options.Issuers.Select(static issuer => issuer.Name)],
        };
    }
}
