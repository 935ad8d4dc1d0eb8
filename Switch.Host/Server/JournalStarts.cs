using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores;
using Switch.Routing.Journal;

namespace Switch.Host.Server;

/// <summary>Judges of a start, with the witnesses that a configuration names.</summary>
internal static class JournalStarts
{
    /// <summary>
    /// Refuses a start that would begin an empty journal where there was one, before anything is made: the folder that
    /// is missing must not be in the way of the one that is brought back.
    /// </summary>
    /// <exception cref="JournalException">With what speaks against the start.</exception>
    public static void Require(LoadedConfiguration loaded, JournalOrders orders, ILoggerFactory loggers)
    {
        SwitchOptions options = loaded.Options;
        var journal = new JournalSettings
        {
            Path = loaded.Environment.Resolve(options.Journal.Path),
            IdentityFile = JournalSettings.IdentityFileOf(options.Journal, loaded.Environment),
            Identity = new JournalIdentity(options.Node.Cluster, options.Node.Name, TokenCheck: 0),
        };
        Of(journal, StoreSettings.Of(options.Store, loaded.Environment), orders, loggers).RequireJournal();
    }

    public static JournalStart Of(
        JournalSettings journal, StoreSettings? store, JournalOrders orders, ILoggerFactory loggers) => new(
            journal, orders, store is null ? null : full => StoreWitness.Ask(store, journal.Identity, full),
            loggers.CreateLogger<JournalWriter>());
}
