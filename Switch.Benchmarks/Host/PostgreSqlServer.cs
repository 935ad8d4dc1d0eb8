using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Switch.Benchmarks.Load;

namespace Switch.Benchmarks.Host;

/// <summary>
/// A PostgreSQL server of the benchmark's own, in a folder and on a loopback port, as it comes but for fsync, which is
/// on, and gone at the end. As root it runs as the user postgres, because the server refuses root.
/// </summary>
internal sealed class PostgreSqlServer : IDisposable
{
    /// <summary>A setting: what the server says, in English.</summary>
    public const string PlainMessages = "lc_messages=C";

    private const string Owner = "postgres";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly int _port;
    private readonly Process _process;

    private PostgreSqlServer(string folder, int port, Process process)
    {
        _folder = folder;
        _port = port;
        _process = process;
    }

    public static PostgreSqlServer Start(string folder)
    {
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", Owner, folder);
        }

        string data = Path.Combine(folder, "data");
        Run(AsOwner("initdb", "-D", data, "-A", "trust", "-U", Owner, "-E", "UTF8"));
        int port = SwitchProcess.FreePort();
        Process process = Begin(AsOwner(
            "postgres", "-D", data, "-k", folder, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1", "-c",
            PlainMessages, "-c", "max_wal_size=4GB"));
        var server = new PostgreSqlServer(folder, port, process);
        if (!WaitUntilReady(process, StartTime))
        {
            server.Dispose();
            throw new InvalidOperationException("PostgreSQL did not start.");
        }

        return server;
    }

    /// <summary>
    /// The words that run one of the server's programs as a user who may. <c>postgres</c> must be given <see
    /// cref="PlainMessages"/> for <see cref="WaitUntilReady"/>.
    /// </summary>
    public static string[] AsOwner(string command, params string[] arguments)
    {
        string file = FindCommand(command);
        return Environment.IsPrivilegedProcess
            ? ["runuser", "-u", Owner, "--", file, .. arguments]
            : [file, .. arguments];
    }

    /// <summary>Starts a program with its output and errors redirected.</summary>
    public static Process Begin(params ReadOnlySpan<string> words)
    {
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        foreach (string word in words[1..])
        {
            start.ArgumentList.Add(word);
        }

        return Process.Start(start)!;
    }

    /// <summary>
    /// Waits until a server says that it takes connections, and reads on what it says for as long as it lives. False:
    /// it ended, or the time did.
    /// </summary>
    public static bool WaitUntilReady(Process server, TimeSpan patience)
    {
        var isReady = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.OutputDataReceived += static (_, _) => { };
        server.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null || line.Data.Contains("ready to accept", StringComparison.Ordinal))
            {
                isReady.TrySetResult(line.Data is not null);
            }
        };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        return isReady.Task.Wait(patience) && isReady.Task.Result;
    }

    /// <summary>A file that the server may write and read.</summary>
    public string FileFor(string name) => Path.Combine(_folder, $"{name}.copy");

    public string MakeDatabase(string name)
    {
        using var connection = new NpgsqlConnection(ConnectionTo("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionTo(name);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            string[] lines = File.ReadAllLines(Path.Combine(_folder, "data", "postmaster.pid"));
            Run("kill", "-INT", lines[0]);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private string ConnectionTo(string database) =>
        $"Host=127.0.0.1;Port={_port};Username={Owner};Database={database};Timeout=3;Pooling=false";

    // Debian keeps the server's programs out of the path, a folder for each version.
    private static string FindCommand(string command)
    {
        const string Debian = "/usr/lib/postgresql";
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        if (Directory.Exists(Debian))
        {
            folders = folders.Concat(Directory.GetDirectories(Debian).Select(one => Path.Combine(one, "bin")));
        }

        return folders.Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"There is no '{command}': install PostgreSQL 15 or later."));
    }

    private static void Run(params string[] words)
    {
        using Process process = Begin(words);
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{words[0]} ended with {process.ExitCode}.");
        }
    }
}
