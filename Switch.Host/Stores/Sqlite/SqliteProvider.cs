using System.Data.Common;
using Microsoft.Data.Sqlite;
using Switch.Host.Stores.Schema;

namespace Switch.Host.Stores.Sqlite;

/// <summary>One file of this machine, for one node.</summary>
internal sealed class SqliteProvider : IStoreProvider
{
    public string Name => "Sqlite";

    public bool IsFile => true;

    public string? ForbidWriting => null;

    public string? FaultOf(string connectionString, Func<string, string> resolve)
    {
        string file = FileOf(connectionString);
        return file.Length == 0 || file == ":memory:"
            ? "names no file. Write Data Source=PATH; an in-memory database is not a store."
            : Directory.Exists(resolve(file)) ? $"names '{file}', which is a folder. A file is expected."
            : null;
    }

    public string Resolve(string connectionString, Func<string, string> resolve)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        builder.DataSource = resolve(builder.DataSource);
        return builder.ConnectionString;
    }

    public bool MayExist(string connectionString) => File.Exists(FileOf(connectionString));

    public IStore Make(string connectionString, TimeSpan retention) => new SqliteStore(connectionString, retention);

    public DbConnection Connect(string connectionString) =>
        SqliteStore.Connect(connectionString, SqliteOpenMode.ReadOnly);

    public int VersionOf(DbConnection connection, Func<string, object?> ask) =>
        (int)(long)ask("PRAGMA user_version")!;

    public string Ms(string column) => column;

    public string Time(string parameter) => parameter;

    public string Of(string table, string node) => table;

    private static string FileOf(string connectionString) =>
        new SqliteConnectionStringBuilder(connectionString).DataSource;
}
