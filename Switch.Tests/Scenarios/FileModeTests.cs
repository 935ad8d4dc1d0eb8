using System.Net;
using Microsoft.Extensions.Logging;
using Switch.Host.Configuration;
using Switch.Host.Stores.Sqlite;
using Switch.Host.Telemetry;
using Switch.Tests.Support;

namespace Switch.Tests.Scenarios;

/// <summary>What the switch makes belongs to its user alone, whatever the umask.</summary>
public sealed class FileModeTests : IDisposable
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("switch-modes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_UnderAnOpenUmask_MakesNothingThatOthersCanRead()
    {
        var closed = new IPEndPoint(IPAddress.Loopback, SwitchProcess.FindPort());
        SwitchOptions options = ProcessConfiguration.For(closed, closed);
        options.Store.ConnectionString = "Data Source=data/deep/switch.db";
        await using var server = new SwitchProcess(_folder, options);
        string[] given = Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories);

        Assert.True(
            await server.StartUnderAsync(["sh", "-c", "umask 000; exec \"$@\"", "sh"]), server.Printed);
        await Rig.UntilAsync(() => HasLog() && File.Exists(Path.Combine(_folder, "data", "deep", "switch.db-wal")));
        string[] made = [.. All().Except(given)];
        string[] open = [.. made.Where(IsOpen)];
        UnixFileMode mode = FileModes.Of(open[0]);
        Assert.Equal(0, await server.StopAsync());

        // The admin socket is for a group, and what connects to it is told apart (AdminSocketTests).
        Assert.Equal([$"{Path.Combine(_folder, "journal")}-admin.sock"], open);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, mode);
        Assert.Equal([], All().Except(given).Where(IsOpen));
        Assert.All(
            ["journal", "deep", "switch.db", "switch.db-wal", "logs", "lock"],
            name => Assert.Contains(made, path => Path.GetFileName(path) == name));
        Assert.Contains(made, path => path.EndsWith(".log", StringComparison.Ordinal));
    }

    /// <summary>Each of them by itself, so that a command that is not run has it too.</summary>
    [Fact]
    public async Task StoreAndLog_MadeByTheirOwnCode_AreOfTheirUserAlone()
    {
        string data = Path.Combine(_folder, "data", "switch.db");
        using (SqliteStore.Connect($"Data Source={data}", Microsoft.Data.Sqlite.SqliteOpenMode.ReadWriteCreate))
        {
            using ILoggerFactory loggers = LoggingSetup.Create(
                new LoggingOptions { Console = false, File = "logs/switch.log" }, ConfigurationEnvironment.Of(_folder));
            loggers.CreateLogger("test").LogCritical("A line.");
            await Rig.UntilAsync(HasLog);
        }

        Assert.Equal([], All().Where(IsOpen));
    }

    /// <summary>A file that is there keeps the mode that an operator gave it.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("a line", true)]
    public void Log_ThatIsOpened_IsTightenedWhenItIsNew(string content, bool isLeft)
    {
        string file = Path.Combine(_folder, "switch.log");
        File.WriteAllText(file, content);
        FileModes.Set(file, FileModes.Own | UnixFileMode.GroupRead);

        using (FileStream stream = File.Open(file, FileMode.Append))
        {
            Assert.Same(stream, new OwnLogFile().OnFileOpened(file, stream, System.Text.Encoding.UTF8));
        }

        Assert.Equal(isLeft, IsOpen(file));
    }

    private bool HasLog() => Directory.Exists(Path.Combine(_folder, "logs"))
        && Directory.EnumerateFiles(Path.Combine(_folder, "logs")).Any(static file => new FileInfo(file).Length > 0);

    private string[] All() => Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories);

    private static bool IsOpen(string path) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0;
}
