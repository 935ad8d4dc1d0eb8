using Switch.Host.Stores.PostgreSql;
using Switch.Host.Stores.Schema;
using Switch.Host.Stores.Sqlite;

namespace Switch.Host.Stores.Providers;

/// <summary>The kinds of stores that there are.</summary>
internal static class StoreProviders
{
    public static IStoreProvider Sqlite { get; } = new SqliteProvider();

    public static IStoreProvider PostgreSql { get; } = new PostgreSqlProvider();

    public static IReadOnlyList<IStoreProvider> All { get; } = [Sqlite, PostgreSql];

    /// <summary>By its name, in capitals or not; null: there is none of that name.</summary>
    public static IStoreProvider? Find(string name) =>
        All.FirstOrDefault(provider => provider.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
