using Microsoft.Data.Sqlite;
using Switch.Host.Configuration;
using Switch.Host.Stores.PostgreSql;
using Switch.Host.Stores.Sqlite;

namespace Switch.Host.Stores;

/// <summary>Which store, and how to reach it; made from the configuration.</summary>
/// <param name="Provider">What it is.</param>
/// <param name="ConnectionString">With a SQLite file's path made absolute.</param>
/// <param name="Retention">How long rows are kept.</param>
internal sealed record StoreSettings(StoreProvider Provider, string ConnectionString, TimeSpan Retention)
{
    /// <summary>Null: no store is configured.</summary>
    public static StoreSettings? Of(StoreOptions options, ConfigurationPlace place)
    {
        StoreProvider provider = StoreRules.ProviderOf(options);
        return provider == StoreProvider.None ? null : new StoreSettings(
            provider,
            provider == StoreProvider.Sqlite ? Resolve(options.ConnectionString, place) : options.ConnectionString,
            options.Retention);
    }

    /// <summary>A store that is not opened yet.</summary>
    public IStore Make() => Provider switch
    {
        StoreProvider.Sqlite => new SqliteStore(ConnectionString, Retention),
        StoreProvider.PostgreSql => new PostgreSqlStore(ConnectionString, Retention),
        _ => throw new InvalidOperationException($"There is no store of kind {Provider}."),
    };

    private static string Resolve(string connectionString, ConfigurationPlace place)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        builder.DataSource = place.Resolve(builder.DataSource);
        return builder.ConnectionString;
    }
}
