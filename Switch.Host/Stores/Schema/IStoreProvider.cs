using System.Data.Common;

namespace Switch.Host.Stores.Schema;

/// <summary>
/// A kind of store, and all in which it differs from the others: how its settings are judged, how it is opened, and the
/// few pieces of SQL that are its own. To add one: a folder beside <c>Stores/Sqlite</c> with this, an
/// <see cref="IStore"/> and its scripts, and a line in <c>Stores/Providers/StoreProviders</c>.
/// </summary>
internal interface IStoreProvider
{
    /// <summary>As <c>Store:Provider</c> has it; also the folder of its scripts.</summary>
    string Name { get; }

    /// <summary>The store is a file of this machine: a stop waits until it is closed.</summary>
    bool IsFile { get; }

    /// <summary>What is wrong with a connection string, a sentence; null: nothing that can be seen from here.</summary>
    /// <param name="connectionString">As it is configured.</param>
    /// <param name="resolve">Makes a path of the configuration absolute.</param>
    /// <exception cref="ArgumentException">It cannot be read at all. The message may quote a password.</exception>
    /// <exception cref="FormatException">The same.</exception>
    string? FaultOf(string connectionString, Func<string, string> resolve);

    /// <summary>The connection string with its paths made absolute.</summary>
    string Resolve(string connectionString, Func<string, string> resolve);

    /// <summary>False when it is certain that nothing was ever stored there.</summary>
    bool MayExist(string connectionString);

    /// <summary>A store that is not opened yet.</summary>
    IStore Make(string connectionString, TimeSpan retention);

    /// <summary>An open connection for questions.</summary>
    DbConnection Connect(string connectionString);

    /// <summary>The version of the schema; 0: nothing is there yet.</summary>
    /// <param name="connection">From <see cref="Connect"/>.</param>
    /// <param name="ask">Asks for one value on that connection.</param>
    int VersionOf(DbConnection connection, Func<string, object?> ask);

    /// <summary>A statement after which the connection cannot write; null: it never could.</summary>
    string? ForbidWriting { get; }

    /// <summary>A time column as Unix milliseconds.</summary>
    string Ms(string column);

    /// <summary>A parameter of Unix milliseconds as a time.</summary>
    string Time(string parameter);

    /// <summary>A table's rows of one node, as a table of the same name.</summary>
    string Of(string table, string node);
}
