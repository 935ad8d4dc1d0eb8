using Microsoft.Data.Sqlite;
using Npgsql;

namespace Switch.Host.Configuration;

/// <summary>Which database the store is in.</summary>
internal enum StoreProvider
{
    None,
    Sqlite,
    PostgreSql,
}

/// <summary>Judges the store's settings without reaching for it: it may be down, and the switch starts.</summary>
internal static class StoreRules
{
    private const string Path = $"{ConfigurationValidator.Root}:Store";
    private static readonly string[] Known = ["Sqlite", "PostgreSql", "None"];

    public static void Validate(StoreOptions store, ConfigurationErrors errors, ConfigurationPlace place)
    {
        Rules.Range(
            errors, $"{Path}:Retention", store.Retention, TimeSpan.FromDays(1), TimeSpan.FromDays(36_500),
            "old rows answer disputes and late reversals.");
        Rules.Range(
            errors, $"{Path}:LookUp", store.LookUp, TimeSpan.Zero, TimeSpan.FromMinutes(1),
            "the acquirer waits that long for the answer to its reversal.");
        if (errors.Require(
                Known.Contains(store.Provider, StringComparer.OrdinalIgnoreCase),
                $"{Path}:Provider",
                $"'{store.Provider}' is not a store. Known: {string.Join(", ", Known)}."))
        {
            ValidateConnection(store, ProviderOf(store), errors, place);
        }
    }

    /// <summary>Of settings that passed validation.</summary>
    public static StoreProvider ProviderOf(StoreOptions store) =>
        Enum.Parse<StoreProvider>(store.Provider, ignoreCase: true);

    private static void ValidateConnection(
        StoreOptions store, StoreProvider provider, ConfigurationErrors errors, ConfigurationPlace place)
    {
        const string ConnectionPath = $"{Path}:ConnectionString";
        try
        {
            switch (provider)
            {
                case StoreProvider.Sqlite:
                    var sqlite = new SqliteConnectionStringBuilder(store.ConnectionString);
                    if (errors.Require(
                        sqlite.DataSource.Length > 0 && sqlite.DataSource != ":memory:",
                        ConnectionPath,
                        "names no file. Write Data Source=PATH; what is in memory only is no store."))
                    {
                        errors.Require(
                            !Directory.Exists(place.Resolve(sqlite.DataSource)),
                            ConnectionPath,
                            $"names '{sqlite.DataSource}', which is a folder, where a file is expected.");
                    }

                    break;
                case StoreProvider.PostgreSql:
                    var postgres = new NpgsqlConnectionStringBuilder(store.ConnectionString);
                    errors.Require(
                        !string.IsNullOrEmpty(postgres.Host),
                        ConnectionPath,
                        "names no host. Write Host=...;Database=...;Username=...");
                    break;
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Not its message: that may quote a password.
            errors.Add(ConnectionPath, $"cannot be read as a connection string for {provider}.");
        }
    }
}
