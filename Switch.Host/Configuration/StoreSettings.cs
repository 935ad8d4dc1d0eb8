using Microsoft.Data.Sqlite;

namespace Switch.Host.Configuration;

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

    private static string Resolve(string connectionString, ConfigurationPlace place)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        builder.DataSource = place.Resolve(builder.DataSource);
        return builder.ConnectionString;
    }
}
