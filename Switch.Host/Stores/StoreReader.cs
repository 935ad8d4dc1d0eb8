using System.Data.Common;
using System.Globalization;
using Switch.Host.Configuration;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores;

/// <summary>
/// Asks the store, on a connection of its own that cannot write. One SQL for both databases: what differs is the type
/// of a time, and that PostgreSQL may hold several nodes. One thread.
/// </summary>
internal sealed class StoreReader : IDisposable
{
    private readonly DbConnection _connection;
    private readonly int _timeoutSeconds;
    private readonly IStoreProvider _provider;
    private readonly Dictionary<string, object> _values = [];

    private StoreReader(IStoreProvider provider, DbConnection connection, int timeoutSeconds)
    {
        _provider = provider;
        _connection = connection;
        _timeoutSeconds = timeoutSeconds;
    }

    /// <param name="settings">Which.</param>
    /// <param name="timeoutSeconds">How long an answer may take; 0: as long as it takes, because a person waits for it
    /// and to no one else.</param>
    /// <exception cref="StoreException">It cannot be reached, or is not there, or is of a newer program.</exception>
    public static StoreReader Open(StoreSettings settings, int timeoutSeconds = 0) =>
        Open(settings, timeoutSeconds, mayBeEmpty: false)!;

    /// <summary>The same; null when there is no table in it yet.</summary>
    /// <inheritdoc cref="Open(StoreSettings, int)"/>
    public static StoreReader? OpenIfMade(StoreSettings settings, int timeoutSeconds) =>
        Open(settings, timeoutSeconds, mayBeEmpty: true);

    private static StoreReader? Open(StoreSettings settings, int timeoutSeconds, bool mayBeEmpty)
    {
        try
        {
            var reader = new StoreReader(
                settings.Provider, settings.Provider.Connect(settings.ConnectionString), timeoutSeconds);
            try
            {
                if (reader.IsPrepared(mayBeEmpty))
                {
                    return reader;
                }

                reader.Dispose();
                return null;
            }
            catch
            {
                reader.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is DbException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new StoreException($"The {settings.Provider.Name} store cannot be queried: {e.Message}", e);
        }
    }

    /// <inheritdoc cref="IStoreProvider.Ms"/>
    public string Ms(string column) => _provider.Ms(column);

    /// <inheritdoc cref="IStoreProvider.Time"/>
    public string Time(string parameter) => _provider.Time(parameter);

    /// <inheritdoc cref="IStoreProvider.Of"/>
    public string Of(string table, string node) => _provider.Of(table, node);

    /// <summary>
    /// Every row, as objects in the order of the columns; a time is a long of milliseconds if asked by <see
    /// cref="Ms"/>.
    /// </summary>
    /// <exception cref="StoreException">It did not answer.</exception>
    public List<object?[]> Rows(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var rows = new List<object?[]>();
        foreach ((string name, object value) in parameters)
        {
            _values[name] = value;
        }

        Visit(sql, row => rows.Add([.. row]));
        return rows;
    }

    /// <summary>The same without keeping the rows; the array is used again for the next.</summary>
    public void Visit(string sql, Action<object?[]> visit)
    {
        try
        {
            using DbCommand command = _connection.CreateCommand();
            command.CommandText = sql;
            command.CommandTimeout = _timeoutSeconds;
            foreach ((string name, object value) in _values)
            {
                DbParameter parameter = command.CreateParameter();
                parameter.ParameterName = name;
                parameter.Value = value;
                command.Parameters.Add(parameter);
            }

            using DbDataReader reader = command.ExecuteReader();
            var row = new object?[reader.FieldCount];
            while (reader.Read())
            {
                reader.GetValues(row!);
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = Plain(row[i]);
                }

                visit(row);
            }
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException)
        {
            throw new StoreException($"The store did not answer: {e.Message}", e);
        }
        finally
        {
            _values.Clear();
        }
    }

    /// <summary>A parameter of the next question.</summary>
    public void With(string name, object value) => _values[name] = value;

    /// <summary>How far the projection has got; null: it has not begun.</summary>
    public StorePosition? Position(string node)
    {
        List<object?[]> rows = Rows($"SELECT lsn, crc, {Ms("at")} FROM node WHERE name = @node", ("@node", node));
        return rows.Count == 0
            ? null
            : new StorePosition((long)rows[0][0]!, (uint)(long)rows[0][1]!, (long)rows[0][2]!);
    }

    public void Dispose() => _connection.Dispose();

    // False: there is nothing in it, and that may be.
    private bool IsPrepared(bool mayBeEmpty)
    {
        int version = _provider.VersionOf(_connection, question => Rows(question)[0][0]);
        if (version == 0 && mayBeEmpty)
        {
            return false;
        }

        Require(version);
        if (_provider.ForbidWriting is { } statement)
        {
            Rows(statement);
        }

        return true;
    }

    private static void Require(int version)
    {
        Migrations.RequireKnown(version);
        if (version < StoreSchema.Version)
        {
            throw new StoreException(string.Create(
                CultureInfo.InvariantCulture,
                $"The store has schema version {version}. The switch migrates it to {StoreSchema.Version} at start."));
        }
    }

    // SQLite has one kind of integer: PostgreSQL's become the same, so that a value is equal in both.
    private static object? Plain(object? value) => value switch
    {
        DBNull => null,
        short number => (long)number,
        int number => (long)number,
        decimal number => (long)number,
        DateTime time => new DateTimeOffset(time).ToUnixTimeMilliseconds(),
        _ => value,
    };
}
