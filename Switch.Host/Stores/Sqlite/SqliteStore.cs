using Microsoft.Data.Sqlite;
using SQLitePCL;
using Switch.Host.Files;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores.Sqlite;

/// <summary>
/// The embedded store: one file beside the journal, for one node. Write-ahead log, and every commit synced, so that the
/// journal's retention may rely on the position.
/// </summary>
internal sealed class SqliteStore(string connectionString, TimeSpan retention) : IStore
{
    /// <summary>Rows that one piece of retention removes at most, of the table that has most.</summary>
    private const int RemovalSize = 5_000;

    private SqliteConnection? _connection;
    private SqliteStatement? _begin;
    private SqliteStatement? _commit;
    private SqliteStatement? _rollback;
    private SqliteStatement? _move;
    private SqliteStatement[] _inserts = [];
    private JournalIdentity? _identity;

    public StorePosition Open(JournalIdentity identity)
    {
        _identity = identity;
        try
        {
            return OpenFile(identity);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The SQLite store cannot be opened: {e.Message}", e);
        }
    }

    public void Write(StoreBatch batch, in StorePosition from, in StorePosition upTo)
    {
        _begin!.Run();
        try
        {
            for (int table = 0; table < _inserts.Length; table++)
            {
                Insert(_inserts[table], batch, batch.Tables[table]);
            }

            Move(from, upTo);
            _commit!.Run();
        }
        catch (StoreException)
        {
            RollBack();
            throw;
        }
    }

    public StorePosition ForgetFrom(long firstLsn, in StorePosition position)
    {
        var before = new StorePosition(Math.Min(firstLsn - 1, position.Lsn), 0, 0);
        _begin!.Run();
        try
        {
            foreach (StoreTable table in StoreSchema.Tables)
            {
                Execute($"DELETE FROM {table.Name} WHERE lsn >= {firstLsn}");
            }

            Move(position, before);
            _commit!.Run();
            return before;
        }
        catch (Exception e) when (e is StoreException or SqliteException)
        {
            RollBack();
            throw new StoreException($"The SQLite store cannot be emptied: {e.Message}", e);
        }
    }

    public bool RemoveOld(DateTimeOffset now)
    {
        long before = now.Subtract(retention).ToUnixTimeMilliseconds();
        try
        {
            long upTo = LastOfPiece(before);
            if (upTo == 0)
            {
                return false;
            }

            using SqliteTransaction transaction = _connection!.BeginTransaction();
            foreach (StoreTable table in StoreSchema.Tables)
            {
                Execute($"DELETE FROM {table.Name} WHERE lsn <= {upTo}");
            }

            Execute($"UPDATE node SET removed_to = {upTo}");
            transaction.Commit();
            return true;
        }
        catch (SqliteException e)
        {
            throw new StoreException($"Old rows cannot be removed from the SQLite store: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        foreach (SqliteStatement? statement in (ReadOnlySpan<SqliteStatement?>)
            [_begin, _commit, _rollback, _move, .. _inserts])
        {
            statement?.Dispose();
        }

        _connection?.Dispose();
    }

    private StorePosition OpenFile(JournalIdentity identity)
    {
        _connection = Connect(connectionString, SqliteOpenMode.ReadWriteCreate);
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");

        // The log is copied into the file every 16 MiB, and not for each small batch of a quiet hour.
        Execute("PRAGMA wal_autocheckpoint = 4096");
        Execute("PRAGMA cache_size = -32768");
        Migrate();
        StorePosition position = Claim(identity);
        sqlite3 handle = _connection.Handle!;
        _begin = new SqliteStatement(handle, "BEGIN IMMEDIATE");
        _commit = new SqliteStatement(handle, "COMMIT");
        _rollback = new SqliteStatement(handle, "ROLLBACK");
        _move = new SqliteStatement(
            handle, "UPDATE node SET lsn = ?, crc = ?, at = ? WHERE cluster = ? AND name = ? AND lsn = ?");
        _inserts = [.. StoreSchema.Tables.Select(table => new SqliteStatement(handle, InsertOf(table)))];
        return position;
    }

    // SQLite gives its write-ahead log and its shared memory the mode of the file.
    private static void MakeFile(string file)
    {
        if (file.Length == 0 || file == ":memory:" || file.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        if (Path.GetDirectoryName(file) is { Length: > 0 } folder)
        {
            OwnFiles.MakeFolder(folder);
        }

        try
        {
            OwnFiles.Make(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // SQLite finds the same, and says it as its callers expect.
        }
    }

    /// <summary>Opens the file; makes it, and its folder, only when it may write.</summary>
    public static SqliteConnection Connect(string connectionString, SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString)
        {
            Mode = mode,
            Pooling = false, // A pooled handle would keep the file open, and its lock, after we let go of it.
            DefaultTimeout = 1, // The lock is somebody else's for now: the projector waits by its own back-off.
        };
        if (mode == SqliteOpenMode.ReadWriteCreate)
        {
            MakeFile(settings.DataSource);
        }

        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void Migrate()
    {
        long version = Scalar("PRAGMA user_version");
        if (version == StoreSchema.Version)
        {
            return;
        }

        Migrations.RequireKnown((int)version);
        Execute("BEGIN EXCLUSIVE");
        version = Scalar("PRAGMA user_version"); // Another process may have been first.
        foreach ((int number, string sql) in Migrations.After("Sqlite", (int)version))
        {
            Execute(sql);
            Execute($"PRAGMA user_version = {number}");
        }

        Execute("COMMIT");
    }

    private StorePosition Claim(JournalIdentity identity)
    {
        using SqliteCommand other = _connection!.CreateCommand();
        other.CommandText = "SELECT name FROM node WHERE cluster <> $cluster OR name <> $name";
        other.Parameters.AddWithValue("$cluster", identity.Cluster);
        other.Parameters.AddWithValue("$name", identity.Node);
        if (other.ExecuteScalar() is string name)
        {
            throw new StoreRefusedException(
                $"The SQLite store holds the journal of node '{name}'. Each node needs its own file.");
        }

        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText =
            "INSERT INTO node (cluster, name, lsn, crc, at) VALUES ($cluster, $name, 0, 0, 0) ON CONFLICT DO NOTHING;"
            + "SELECT lsn, crc, at FROM node WHERE cluster = $cluster AND name = $name";
        command.Parameters.AddWithValue("$cluster", identity.Cluster);
        command.Parameters.AddWithValue("$name", identity.Node);
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        return new StorePosition(reader.GetInt64(0), (uint)reader.GetInt64(1), reader.GetInt64(2));
    }

    private static void Insert(SqliteStatement insert, StoreBatch batch, StoreRows rows)
    {
        StoreColumn[] columns = rows.Table.Columns;
        for (int index = 0; index < rows.Count; index++)
        {
            ReadOnlySpan<StoreCell> row = rows.Row(index);
            for (int column = 0; column < row.Length; column++)
            {
                insert.Bind(column + 1, columns[column].Type, row[column], batch);
            }

            insert.Run();
        }
    }

    private void Move(in StorePosition from, in StorePosition upTo)
    {
        _move!.Bind(1, upTo.Lsn);
        _move.Bind(2, upTo.Crc);
        _move.Bind(3, upTo.TimeMs);
        _move.Bind(4, _identity!.Cluster);
        _move.Bind(5, _identity.Node);
        _move.Bind(6, from.Lsn);
        _move.Run();
        if (_move.ChangedRows != 1)
        {
            throw new StoreException("Another process has moved the SQLite store's position.");
        }
    }

    private void RollBack()
    {
        try
        {
            _rollback!.Run();
        }
        catch (StoreException)
        {
            // Rolled back already, as SQLite does by itself when the disk is full. The first cause is on its way.
        }
    }

    // Rows come in the order of positions, and of times but for a clock that was set back.
    private long LastOfPiece(long before)
    {
        using SqliteCommand command = _connection!.CreateCommand();
        command.CommandText =
            $"SELECT max(lsn) FROM (SELECT lsn, at FROM payment ORDER BY lsn LIMIT {RemovalSize}) WHERE at < $before";
        command.Parameters.AddWithValue("$before", before);
        return command.ExecuteScalar() is long lsn ? lsn : 0;
    }

    private static string InsertOf(StoreTable table) =>
        $"INSERT INTO {table.Name} ({table.ColumnList}) VALUES ({string.Join(", ", table.Columns.Select(_ => "?"))})";

    private void Execute(string sql)
    {
        using SqliteCommand command = _connection!.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Scalar(string sql)
    {
        using SqliteCommand command = _connection!.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
