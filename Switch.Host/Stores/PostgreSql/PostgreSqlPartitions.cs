using System.Globalization;
using Npgsql;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores.PostgreSql;

/// <summary>
/// One partition of each table for each day, UTC: made ahead, so that midnight is like any other moment, and dropped
/// whole when it is too old, which costs nothing where deleting rows would.
/// </summary>
internal sealed class PostgreSqlPartitions(NpgsqlConnection connection, TimeSpan retention) : IDisposable
{
    /// <summary>A week: a store that is left alone over the holidays still has room.</summary>
    private const int DaysAhead = 7;

    private readonly HashSet<DateOnly> _known = [];

    /// <summary>Unix milliseconds as a time, UTC.</summary>
    public static DateTime TimeOf(long unixMs) => DateTime.UnixEpoch.AddMilliseconds(unixMs);

    /// <summary>Makes those that rows of these days since 1970 need.</summary>
    public void Require(IEnumerable<int> days)
    {
        foreach (int day in days)
        {
            Require(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day)));
        }
    }

    public void MakeAhead(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        for (int days = 0; days <= DaysAhead; days++)
        {
            Require(today.AddDays(days));
        }
    }

    /// <summary>Drops the oldest day that is past retention. True when there was one: there may be another.</summary>
    public bool DropOld(DateTimeOffset now)
    {
        string first = NameOf(StoreSchema.Payment, DateOnly.FromDateTime(now.Subtract(retention).UtcDateTime));
        using var command = new NpgsqlCommand(
            "SELECT min(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            + "WHERE i.inhparent = 'payment'::regclass AND c.relname < $1",
            connection)
        {
            Parameters = { new() { Value = first } },
        };
        if (command.ExecuteScalar() is not string oldest)
        {
            return false;
        }

        DateOnly day = DateOnly.ParseExact(oldest.AsSpan(oldest.Length - 8), "yyyyMMdd", CultureInfo.InvariantCulture);
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        Execute("SET LOCAL lock_timeout = '2s'");
        foreach (StoreTable table in StoreSchema.Tables)
        {
            Execute($"DROP TABLE IF EXISTS {NameOf(table, day)}");
        }

        Execute($"UPDATE node SET removed_to = '{day:yyyy-MM-dd}'");
        transaction.Commit();
        _known.Remove(day);
        return true;
    }

    public void Dispose() => _known.Clear();

    private void Require(DateOnly day)
    {
        if (_known.Contains(day))
        {
            return;
        }

        if (!Exists(day))
        {
            // Before the transaction: what another node made while this one waited is seen only by a later one.
            Execute($"SELECT pg_advisory_lock({PostgreSqlMigrator.Lock})");
            using NpgsqlTransaction transaction = connection.BeginTransaction();

            // A holder of the table, a report perhaps, is not waited for long; and attaching, unlike making a
            // partition in place, does not wait for readers at all.
            Execute("SET LOCAL lock_timeout = '2s'");
            foreach (StoreTable table in StoreSchema.Tables)
            {
                if (!Exists(table, day))
                {
                    string name = NameOf(table, day);
                    Execute($"CREATE TABLE {name} (LIKE {table.Name} INCLUDING ALL)");
                    Execute(
                        $"ALTER TABLE {table.Name} ATTACH PARTITION {name} FOR VALUES "
                        + $"FROM ('{day:yyyy-MM-dd} 00:00:00+00') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00:00+00')");
                }
            }

            transaction.Commit();
            Execute($"SELECT pg_advisory_unlock({PostgreSqlMigrator.Lock})");
        }

        _known.Add(day);
    }

    private bool Exists(DateOnly day) => StoreSchema.Tables.All(table => Exists(table, day));

    private bool Exists(StoreTable table, DateOnly day)
    {
        using var command = new NpgsqlCommand("SELECT to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = NameOf(table, day) } },
        };
        return (bool)command.ExecuteScalar()!;
    }

    private static string NameOf(StoreTable table, DateOnly day) =>
        string.Create(CultureInfo.InvariantCulture, $"{table.Name}_{day:yyyyMMdd}");

    private void Execute(string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
