using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using Switch.Host.Configuration;
using Switch.Host.Journal;
using Switch.Host.Stores;
using Switch.Host.Stores.PostgreSql;
using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;
using Switch.Host.Stores.Sqlite;

namespace Switch.Benchmarks.Host;

/// <summary>
/// Goal: how fast the projection brings a journal into a store that was down. Method: the real core's payments in a
/// journal, projected from its first record to its last by the code that does it in the switch; and beside it, in the
/// same run, the database's own rate for the same rows in the same tables: SQLite's INSERT from another file in
/// transactions as large, PostgreSQL's COPY from a file of the server's own. With and without the secondary indexes,
/// which is what they cost.
/// </summary>
internal static class StoreLoad
{
    private const int Runs = 3;
    private static readonly TimeSpan Retention = TimeSpan.FromDays(36_500);

    public static void Run(IReadOnlyList<IStoreProvider> providers, int payments, string folder, TextWriter output)
    {
        string place = Path.Combine(folder, $"switch-store-{Environment.ProcessId}");
        Directory.CreateDirectory(place);
        try
        {
            JournalSettings journal = JournalPayments.Settings(Path.Combine(place, "journal"));
            JournalPayments.Write(journal, payments);
            output.WriteLine(
                "store        projected rows/s   records/s   database's own rows/s   ratio   without indexes rows/s");
            foreach (IStoreProvider provider in providers)
            {
                for (int run = 0; run < Runs; run++)
                {
                    string own = Path.Combine(place, $"{provider.Name}-{run}");
                    Directory.CreateDirectory(own);
                    Measured measured = provider == StoreProviders.Sqlite
                        ? Sqlite(journal, own)
                        : PostgreSql(journal, own);
                    output.WriteLine(measured.Line(provider));
                    Directory.Delete(own, recursive: true);
                }
            }
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static Measured Sqlite(JournalSettings journal, string folder)
    {
        string Source(string name) => $"Data Source={Path.Combine(folder, name)}";
        (double seconds, long records) = Project(new SqliteStore(Source("projected.db"), Retention), journal);
        (double raw, long rows) = Insert(Source("raw.db"), folder, records, withIndexes: true);
        (double bare, _) = Insert(Source("bare.db"), folder, records, withIndexes: false);
        return new Measured(rows, records, seconds, raw, bare);
    }

    private static (double Seconds, long Records) Project(IStore store, JournalSettings journal)
    {
        using (store)
        using (PosixJournalDisk disk = PosixJournalDisk.OpenToRead(journal.Path))
        {
            StorePosition position = store.Open(journal.Identity);
            (_, long last) = JournalProjection.RangeOf(disk);
            long started = Stopwatch.GetTimestamp();
            position = JournalProjection.Run(store, disk, position, last);
            return (Stopwatch.GetElapsedTime(started).TotalSeconds, position.Lsn);
        }
    }

    private static (double Seconds, long Rows) Insert(string source, string folder, long records, bool withIndexes)
    {
        using (var schema = new SqliteStore(source, Retention))
        {
            schema.Open(JournalPayments.Identity);
        }

        using SqliteConnection connection = SqliteStore.Connect(source, SqliteOpenMode.ReadWrite);
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA wal_autocheckpoint = 4096");
        Execute(connection, "PRAGMA cache_size = -32768");
        Execute(connection, $"ATTACH '{Path.Combine(folder, "projected.db")}' AS source");
        foreach (string index in withIndexes ? [] : Indexes)
        {
            Execute(connection, $"DROP INDEX {index}");
        }

        long rows = 0;
        long started = Stopwatch.GetTimestamp();
        for (long from = 0; from < records; from += StoreBatch.RecordsMax)
        {
            Execute(connection, "BEGIN IMMEDIATE");
            foreach (StoreTable table in StoreSchema.Tables)
            {
                rows += Execute(
                    connection,
                    $"INSERT INTO main.{table.Name} SELECT * FROM source.{table.Name} "
                    + $"WHERE lsn > {from} AND lsn <= {from + StoreBatch.RecordsMax}");
            }

            Execute(connection, "COMMIT");
        }

        return (Stopwatch.GetElapsedTime(started).TotalSeconds, rows);
    }

    private static string[] Indexes => ["payment_id", "payment_rrn", "payment_stan", "decision_id", "decision_outage"];

    private static Measured PostgreSql(JournalSettings journal, string folder)
    {
        using PostgreSqlServer server = PostgreSqlServer.Start(Path.Combine(folder, "server"));
        string projected = server.MakeDatabase("projected");
        (double seconds, long records) = Project(new PostgreSqlStore(projected, Retention), journal);
        foreach (StoreTable table in StoreSchema.Tables)
        {
            Execute(projected, $"COPY (SELECT * FROM {table.Name}) TO '{server.FileFor(table.Name)}' (FORMAT BINARY)");
        }

        (double raw, long rows) = Copy(server, "raw", journal, withIndexes: true);
        (double bare, _) = Copy(server, "bare", journal, withIndexes: false);
        return new Measured(rows, records, seconds, raw, bare);
    }

    private static (double Seconds, long Rows) Copy(
        PostgreSqlServer server, string name, JournalSettings journal, bool withIndexes)
    {
        string connection = server.MakeDatabase(name);
        using (var schema = new PostgreSqlStore(connection, Retention))
        {
            // The first record makes the day's partitions; it is copied again with the rest, and does no harm.
            using PosixJournalDisk disk = PosixJournalDisk.OpenToRead(journal.Path);
            JournalProjection.Run(schema, disk, schema.Open(JournalPayments.Identity), lastLsn: 2);
        }

        foreach (string index in withIndexes ? [] : Indexes)
        {
            Execute(connection, $"DROP INDEX {index}");
        }

        long rows = 0;
        long started = Stopwatch.GetTimestamp();
        foreach (StoreTable table in StoreSchema.Tables)
        {
            rows += Execute(connection, $"COPY {table.Name} FROM '{server.FileFor(table.Name)}' (FORMAT BINARY)");
        }

        return (Stopwatch.GetElapsedTime(started).TotalSeconds, rows);
    }

    private static int Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private static int Execute(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return command.ExecuteNonQuery();
    }

    private readonly record struct Measured(long Rows, long Records, double Seconds, double Raw, double Bare)
    {
        public string Line(IStoreProvider provider) => string.Create(
            CultureInfo.InvariantCulture,
            $"{provider.Name,-12} {Rows / Seconds,16:N0} {Records / Seconds,11:N0} {Rows / Raw,23:N0} "
            + $"{Raw / Seconds,7:N2} {Rows / Bare,24:N0}");
    }
}
