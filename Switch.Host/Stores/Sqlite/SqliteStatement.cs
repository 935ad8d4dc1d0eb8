using SQLitePCL;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores.Sqlite;

/// <summary>
/// A prepared statement, bound without boxes: a command of the platform's kind allocates for each value, which the
/// garbage collector would make the core pay for. One thread.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Require(raw.sqlite3_prepare_v2(database, sql, out _statement));
    }

    /// <summary>Rows that the last run changed.</summary>
    public int ChangedRows => raw.sqlite3_changes(_database);

    public void Bind(int index, long value) => Require(raw.sqlite3_bind_int64(_statement, index, value));

    public void Bind(int index, string value) => Require(raw.sqlite3_bind_text(_statement, index, value));

    public void Bind(int index, ColumnType type, in StoreCell cell, StoreBatch batch) => Require(
        cell.IsNull ? raw.sqlite3_bind_null(_statement, index)
        : type == ColumnType.Text ? raw.sqlite3_bind_text(_statement, index, batch.BytesOf(cell))
        : type == ColumnType.Bytes ? raw.sqlite3_bind_blob(_statement, index, batch.BytesOf(cell))
        : raw.sqlite3_bind_int64(_statement, index, cell.Number));

    /// <summary>Runs it to its end, and makes it ready for the next values.</summary>
    public void Run()
    {
        int code;
        do
        {
            code = raw.sqlite3_step(_statement);
        }
        while (code == raw.SQLITE_ROW);

        raw.sqlite3_reset(_statement);
        if (code != raw.SQLITE_DONE)
        {
            Require(code);
        }
    }

    public void Dispose() => _statement.Dispose();

    private void Require(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new StoreException(
                $"The SQLite store refuses: {raw.sqlite3_errmsg(_database).utf8_to_string()} ({code}).");
        }
    }
}
