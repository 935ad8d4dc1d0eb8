using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;

namespace Switch.Host.Stores.PostgreSql;

/// <summary>
/// The store in PostgreSQL 15 or later, for any number of nodes: each has its row of the table <c>node</c>, and its own
/// rows in the others.
/// </summary>
/// <remarks>
/// A commit that is waiting for a synchronous standby ends with success when it is cancelled, although the standby has
/// nothing: so nothing is ever cancelled here (a time-out breaks the connection instead), and the server's warning
/// makes a commit's outcome unknown all the same. Then the position, read back, says what became of it.
/// </remarks>
internal sealed class PostgreSqlStore(string connectionString, TimeSpan retention) : IStore
{
    private NpgsqlConnection? _connection;
    private PostgreSqlPartitions? _partitions;
    private short _node;
    private string? _warning;

    public StorePosition Open(JournalIdentity identity)
    {
        try
        {
            _connection = Connect(connectionString);
            _connection.Notice += OnNotice;
            PostgreSqlMigrator.Run(_connection);
            StorePosition position = Claim(identity);
            _partitions = new PostgreSqlPartitions(_connection, retention);
            return position;
        }
        catch (Exception e) when (IsStores(e))
        {
            throw new StoreException($"The PostgreSQL store cannot be opened: {e.Message}", e);
        }
    }

    public void Write(StoreBatch batch, in StorePosition from, in StorePosition upTo)
    {
        try
        {
            _partitions!.Require(batch.Days);
            _warning = null;
            using NpgsqlTransaction transaction = _connection!.BeginTransaction();
            foreach (StoreRows rows in batch.Tables)
            {
                Copy(batch, rows);
            }

            Move(transaction, from, upTo);
            transaction.Commit();
        }
        catch (Exception e) when (IsStores(e))
        {
            throw new StoreException($"The PostgreSQL store refused a batch: {e.Message}", e);
        }

        if (_warning is { } warning)
        {
            throw new StoreException($"The PostgreSQL store wrote a batch with a warning: {warning}");
        }
    }

    public StorePosition ForgetFrom(long firstLsn, in StorePosition position)
    {
        var before = new StorePosition(Math.Min(firstLsn - 1, position.Lsn), 0, 0);
        try
        {
            using NpgsqlTransaction transaction = _connection!.BeginTransaction();
            foreach (StoreTable table in StoreSchema.Tables)
            {
                using var command = new NpgsqlCommand(
                    $"DELETE FROM {table.Name} WHERE node = $1 AND lsn >= $2", _connection, transaction)
                {
                    Parameters = { new() { Value = _node }, new() { Value = firstLsn } },
                    CommandTimeout = 0, // It may be all there is.
                };
                command.ExecuteNonQuery();
            }

            Move(transaction, position, before);
            transaction.Commit();
            return before;
        }
        catch (Exception e) when (IsStores(e))
        {
            throw new StoreException($"The PostgreSQL store cannot be emptied: {e.Message}", e);
        }
    }

    public bool RemoveOld(DateTimeOffset now)
    {
        try
        {
            _partitions!.MakeAhead(now);
            return _partitions.DropOld(now);
        }
        catch (Exception e) when (IsStores(e))
        {
            throw new StoreException($"Partitions of the PostgreSQL store cannot be made or dropped: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        _partitions?.Dispose();
        _connection?.Dispose();
    }

    /// <summary>With what the switch must be able to rely on, whatever the configuration says.</summary>
    public static NpgsqlConnection Connect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            CancellationTimeout = -1,
            Pooling = false,
            IncludeErrorDetail = false, // Details quote rows.
        };
        settings.ApplicationName ??= "switch";
        Limit(settings, "Command Timeout", () => settings.CommandTimeout = 15);
        Limit(settings, "Timeout", () => settings.Timeout = 5);
        Limit(settings, "Keepalive", () => settings.KeepAlive = 5);
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
        {
            settings.TargetSessionAttributes = "primary";
            settings.HostRecheckSeconds = 1; // After a fail-over the standby of a moment ago may be the primary.
        }

        var connection = new NpgsqlConnection(settings.ConnectionString);
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

    /// <summary>What the server, the network and the driver throw; anything else is our own defect.</summary>
    internal static bool IsStores(Exception e) =>
        e is NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException;

    private static void Limit(NpgsqlConnectionStringBuilder settings, string keyword, Action set)
    {
        if (!settings.ShouldSerialize(keyword))
        {
            set();
        }
    }

    private void OnNotice(object sender, NpgsqlNoticeEventArgs e)
    {
        // 01000 "canceling wait for synchronous replication": somebody cancelled the wait, and the commit stands here
        // only. Text is compared too, because 01000 is any warning.
        if (e.Notice.SqlState == "01000"
            && e.Notice.MessageText.Contains("synchronous replication", StringComparison.Ordinal))
        {
            _warning = e.Notice.MessageText;
        }
    }

    private StorePosition Claim(JournalIdentity identity)
    {
        using var command = new NpgsqlCommand(
            "INSERT INTO node (cluster, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", _connection)
        {
            Parameters = { new() { Value = identity.Cluster }, new() { Value = identity.Node } },
        };
        command.ExecuteNonQuery();
        command.CommandText = "SELECT node, lsn, crc, at FROM node WHERE cluster = $1 AND name = $2";
        using NpgsqlDataReader reader = command.ExecuteReader();
        reader.Read();
        _node = reader.GetInt16(0);
        long timeMs = new DateTimeOffset(reader.GetDateTime(3)).ToUnixTimeMilliseconds();
        return new StorePosition(reader.GetInt64(1), (uint)reader.GetInt64(2), timeMs);
    }

    private void Copy(StoreBatch batch, StoreRows rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        StoreColumn[] columns = rows.Table.Columns;
        using NpgsqlBinaryImporter import = _connection!.BeginBinaryImport(
            $"COPY {rows.Table.Name} (node, {rows.Table.ColumnList}) FROM STDIN (FORMAT BINARY)");
        for (int index = 0; index < rows.Count; index++)
        {
            import.StartRow();
            import.Write(_node, NpgsqlDbType.Smallint);
            ReadOnlySpan<StoreCell> row = rows.Row(index);
            for (int column = 0; column < row.Length; column++)
            {
                Write(import, columns[column].Type, row[column], batch);
            }
        }

        import.Complete();
    }

    private static void Write(NpgsqlBinaryImporter import, ColumnType type, in StoreCell cell, StoreBatch batch)
    {
        if (cell.IsNull)
        {
            import.WriteNull();
            return;
        }

        switch (type)
        {
            case ColumnType.Long:
                import.Write(cell.Number, NpgsqlDbType.Bigint);
                break;
            case ColumnType.Int:
                import.Write((int)cell.Number, NpgsqlDbType.Integer);
                break;
            case ColumnType.Short:
                import.Write((short)cell.Number, NpgsqlDbType.Smallint);
                break;
            case ColumnType.Text:
                import.Write(batch.MemoryOf(cell), NpgsqlDbType.Text);
                break;
            case ColumnType.Bytes:
                import.Write(batch.MemoryOf(cell), NpgsqlDbType.Bytea);
                break;
            case ColumnType.Time:
                import.Write(PostgreSqlPartitions.TimeOf(cell.Number), NpgsqlDbType.TimestampTz);
                break;
        }
    }

    private void Move(NpgsqlTransaction transaction, in StorePosition from, in StorePosition upTo)
    {
        using var command = new NpgsqlCommand(
            "UPDATE node SET lsn = $1, crc = $2, at = $3, confirmed = clock_timestamp() WHERE node = $4 AND lsn = $5",
            _connection, transaction)
        {
            Parameters =
            {
                new() { Value = upTo.Lsn },
                new() { Value = (long)upTo.Crc },
                new() { Value = PostgreSqlPartitions.TimeOf(upTo.TimeMs) },
                new() { Value = _node },
                new() { Value = from.Lsn },
            },
        };
        if (command.ExecuteNonQuery() != 1)
        {
            throw new StoreException(string.Create(
                CultureInfo.InvariantCulture, $"Another process has moved the position of node {_node}."));
        }
    }
}
