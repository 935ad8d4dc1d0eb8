using System.Data.Common;
using Npgsql;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores.PostgreSql;

/// <summary>A server, for one node or several.</summary>
internal sealed class PostgreSqlProvider : IStoreProvider
{
    public string Name => "PostgreSql";

    public bool IsFile => false;

    public string ForbidWriting => "SET default_transaction_read_only = on";

    public string? FaultOf(string connectionString, Func<string, string> resolve) =>
        string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host)
            ? "names no host. Write Host=...;Database=...;Username=..."
            : null;

    public string Resolve(string connectionString, Func<string, string> resolve) => connectionString;

    public bool MayExist(string connectionString) => true;

    public IStore Make(string connectionString, TimeSpan retention) => new PostgreSqlStore(connectionString, retention);

    public DbConnection Connect(string connectionString) => PostgreSqlStore.Connect(connectionString);

    public int VersionOf(DbConnection connection, Func<string, object?> ask) =>
        PostgreSqlMigrator.VersionOf((NpgsqlConnection)connection);

    public string Ms(string column) => $"(extract(epoch from {column}) * 1000)::bigint";

    public string Time(string parameter) => $"(timestamptz 'epoch' + {parameter} * interval '1 millisecond')";

    public string Of(string table, string node) =>
        $"(SELECT * FROM {table} WHERE node = (SELECT node FROM node WHERE name = {node})) AS {table}";
}
