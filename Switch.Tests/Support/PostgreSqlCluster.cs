using System.Diagnostics;
using System.Runtime.InteropServices;
using Npgsql;
using Switch.Benchmarks.Host;

namespace Switch.Tests.Support;

/// <summary>
/// A PostgreSQL server of the tests' own, in a temporary folder and on a loopback port, with fsync on as in life. It
/// may be stopped, killed and started again; at the end it is gone. As root it runs as the user postgres, because the
/// server refuses root.
/// </summary>
public sealed class PostgreSqlCluster : IAsyncLifetime, IAsyncDisposable
{
    public const string Command = "postgres";

    private const int Quit = 3;
    private const int Interrupt = 2;
    private const string Owner = "postgres";

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-postgres-").FullName;
    private readonly int _port = SwitchProcess.FindPort();
    private Process? _process;
    private int _databases;

    public int Port => _port;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>As the owner of everything, in the database that is always there.</summary>
    public string AdminConnectionString => ConnectionStringFor("postgres");

    public async Task InitializeAsync()
    {
        if (NeedsFactAttribute.Find(Command) is null)
        {
            return; // Every test of the collection skips itself.
        }

        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", Owner, _folder);
        }

        await RunAsync(PostgreSqlServer.AsOwner(
            "initdb", "-D", Data, "-A", "trust", "-U", Owner, "-E", "UTF8", "--no-sync"));
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            await StopAsync(isHarsh: true);
        }

        Directory.Delete(_folder, recursive: true);
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());

    /// <summary>A standby that follows this server. The caller disposes of it.</summary>
    public async Task<PostgreSqlCluster> MakeStandbyAsync()
    {
        var standby = new PostgreSqlCluster();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", Owner, standby._folder);
        }

        await RunAsync(PostgreSqlServer.AsOwner(
            "pg_basebackup", "-h", "127.0.0.1", "-p", $"{_port}", "-U", Owner, "-D", standby.Data, "-R", "-X", "stream",
            "--checkpoint=fast", "--no-sync"));
        await standby.StartAsync();
        return standby;
    }

    /// <summary>A standby becomes the primary.</summary>
    public Task PromoteAsync() => ExecuteAsync(AdminConnectionString, "SELECT pg_promote(true, 60)");

    /// <summary>Changes a setting of the running server, and waits until it holds.</summary>
    public async Task SetAsync(string name, string value)
    {
        // Of its own transaction: one that the setting makes read-only could not take it back.
        string writing = $"{AdminConnectionString};Options=-c default_transaction_read_only=off";
        await ExecuteAsync(writing, $"ALTER SYSTEM SET {name} = '{value}'");
        await ExecuteAsync(writing, "SELECT pg_reload_conf()");
        await Rig.UntilAsync(() => (string?)ExecuteAsync(AdminConnectionString, $"SHOW {name}").Result == value);
    }

    /// <summary>An empty database; gives its connection string.</summary>
    public async Task<string> MakeDatabaseAsync()
    {
        string name = $"switch{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(AdminConnectionString, $"CREATE DATABASE {name}");
        return ConnectionStringFor(name);
    }

    public string ConnectionStringFor(string database) =>
        $"Host=127.0.0.1;Port={_port};Username={Owner};Database={database};Timeout=15;Pooling=false";

    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async Task StartAsync()
    {
        string[] words = PostgreSqlServer.AsOwner(
            Command, "-D", Data, "-k", _folder, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "fsync=on",
            "-c", PostgreSqlServer.PlainMessages, "-c", "shared_buffers=64MB", "-c",
            "max_connections=40", "-c", "logging_collector=off");
        _process = PostgreSqlServer.Begin(words);
        Assert.True(
            await Task.Run(() => PostgreSqlServer.WaitUntilReady(_process, TimeSpan.FromSeconds(60))),
            "PostgreSQL did not start.");
    }

    /// <summary>Stops it at once; harshly: as a crash would, without a word to its clients.</summary>
    public async Task StopAsync(bool isHarsh = false)
    {
        int server = int.Parse(
            (await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0],
            System.Globalization.CultureInfo.InvariantCulture);
        _ = Kill(server, isHarsh ? Quit : Interrupt);
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        _process.Dispose();
        _process = null;
    }

    /// <summary>All of a database as SQL.</summary>
    public async Task<byte[]> DumpAsync(string connectionString)
    {
        string database = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        using Process dump = PostgreSqlServer.Begin(
            [NeedsFactAttribute.Find("pg_dump")!, "-h", "127.0.0.1", "-p", $"{_port}", "-U", Owner, database]);
        using var text = new MemoryStream();
        await dump.StandardOutput.BaseStream.CopyToAsync(text);
        await dump.WaitForExitAsync();
        Assert.Equal(0, dump.ExitCode);
        return text.ToArray();
    }

    private static async Task RunAsync(params string[] words)
    {
        using Process process = PostgreSqlServer.Begin(words);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}

/// <summary>Tests that share one server: one after another.</summary>
[CollectionDefinition(Name)]
public sealed class PostgreSqlGroup : ICollectionFixture<PostgreSqlCluster>
{
    public const string Name = "PostgreSQL";
}
