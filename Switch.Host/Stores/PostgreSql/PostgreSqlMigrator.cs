using Npgsql;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores.PostgreSql;

/// <summary>
/// Brings the schema up to date: under an advisory lock, each version in a transaction of its own, so that several
/// nodes may start at once and a failure leaves the version before.
/// </summary>
internal static class PostgreSqlMigrator
{
    /// <summary>Any number that no other program uses: "switch" on a telephone's keys.</summary>
    public const long Lock = 794_824;

    public static void Run(NpgsqlConnection connection)
    {
        int version = VersionOf(connection);
        Migrations.RequireKnown(version);
        if (version == StoreSchema.Version)
        {
            return;
        }

        Execute(connection, $"SELECT pg_advisory_lock({Lock})");
        Execute(connection, "CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL)");
        foreach ((int number, string sql) in Migrations.After("PostgreSql", VersionOf(connection)))
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            Execute(connection, sql);
            Execute(connection, "DELETE FROM schema_version");
            Execute(connection, $"INSERT INTO schema_version VALUES ({number})");
            transaction.Commit();
        }

        Execute(connection, $"SELECT pg_advisory_unlock({Lock})");
    }

    /// <summary>0: nothing is there yet.</summary>
    public static int VersionOf(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand("SELECT to_regclass('schema_version') IS NOT NULL", connection);
        if (!(bool)command.ExecuteScalar()!)
        {
            return 0;
        }

        command.CommandText = "SELECT max(version) FROM schema_version";
        return command.ExecuteScalar() is int version ? version : 0;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
