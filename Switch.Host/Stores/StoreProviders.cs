using Switch.Host.Configuration;
using Switch.Host.Stores.PostgreSql;
using Switch.Host.Stores.Schema;
using Switch.Host.Stores.Sqlite;

namespace Switch.Host.Stores;

/// <summary>Makes the store that is configured.</summary>
internal static class StoreProviders
{
    /// <summary>A store that is not opened yet.</summary>
    public static IStore Make(this StoreSettings settings) => settings.Provider switch
    {
        StoreProvider.Sqlite => new SqliteStore(settings.ConnectionString, settings.Retention),
        StoreProvider.PostgreSql => new PostgreSqlStore(settings.ConnectionString, settings.Retention),
        _ => throw new InvalidOperationException($"There is no store of kind {settings.Provider}."),
    };
}
