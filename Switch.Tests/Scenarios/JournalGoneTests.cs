using System.Diagnostics;
using System.Net;
using Microsoft.Data.Sqlite;
using Switch.Host.Commands.Common;
using Switch.Host.Simulators;
using Switch.Tests.Host.Commands;
using Switch.Tests.Support;
using Xunit.Abstractions;

namespace Switch.Tests.Scenarios;

/// <summary>
/// The journal's folder goes away under a switch that approves by stand-in, as it did in the field: approvals went on,
/// and the next start was empty and ready. Now the switch stops approving within a moment, and the next start refuses
/// until a person says that the journal is lost.
/// </summary>
public sealed class JournalGoneTests(ITestOutputHelper log) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("switch-gone-").FullName;

    private string Journal => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Folder_RemovedUnderLoad_StopsApprovalsAndTheNextStartRefusesToBeginEmpty()
    {
        await using FaultLoop loop = FaultLoop.Create(_folder, "journal", store: "Sqlite");
        await loop.Server.StartAsync();
        loop.SetIssuers(IssuerMode.Silent);
        await loop.StartLoadAsync(ratePerSecond: 100);
        await loop.Server.UntilAsync("approvedByStandIn", static count => count >= 50, Rig.Patience);
        await Rig.UntilAsync(() => StoreLsn() > 50, Rig.Patience * 2);

        Directory.Move(Journal, Journal + ".lost");
        long gone = Stopwatch.GetTimestamp();
        while (await loop.Server.ReadinessAsync() == HttpStatusCode.OK)
        {
            Assert.True(Stopwatch.GetElapsedTime(gone) < Rig.Patience, "It stayed ready without its journal.");
        }

        log.WriteLine($"readiness 503 after {Stopwatch.GetElapsedTime(gone).TotalMilliseconds:F0} ms");
        await using (ScriptedAcquirer acquirer = await ScriptedAcquirer.ConnectAsync(
            loop.Server.EndPoint, Rig.AcquirerDialect))
        {
            Assert.Equal("96", (await acquirer.AskAsync(Purchases.Authorization()))[39]);
        }

        log.WriteLine($"96 after {Stopwatch.GetElapsedTime(gone).TotalMilliseconds:F0} ms");
        Assert.Equal(ExitCode.Journal, await loop.Server.EndedAsync(Rig.Patience * 2));
        Assert.Contains($"its folder {Journal} is gone", loop.Server.Printed, StringComparison.Ordinal);

        CommandRun refused = await RunAsync(loop);
        log.WriteLine(refused.Error);
        Assert.Equal(ExitCode.Journal, refused.Code);
        Assert.Contains("--new-journal", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Journal));

        // The other witness: without the identity file the store still knows.
        File.Delete(Journal + ".identity");
        CommandRun refusedByStore = await RunAsync(loop);
        log.WriteLine(refusedByStore.Error);
        Assert.Equal(ExitCode.Journal, refusedByStore.Code);
        Assert.Contains("the store has records of this node", refusedByStore.Error, StringComparison.Ordinal);

        await BringBackAsync(loop);
    }

    [Fact]
    public async Task Journal_LostForGood_IsBegunAnewWithAReasonAndTheStoreGoesOn()
    {
        await using FaultLoop loop = FaultLoop.Create(_folder, "journal", store: "Sqlite");
        await loop.Server.StartAsync();
        await loop.StartLoadAsync(ratePerSecond: 100);
        await loop.Server.UntilAsync("approvedByPrimary", static count => count >= 50, Rig.Patience);
        await Rig.UntilAsync(() => StoreLsn() > 50, Rig.Patience * 2);
        await loop.Server.KillAsync();
        Keep("development-keys.txt");
        long known = StoreLsn();

        Assert.True(await loop.Server.StartWithAsync("--new-journal", "the disk burnt"), loop.Server.Printed);
        await Rig.UntilAsync(() => StoreLsn() > known + 50, Rig.Patience * 2);
        int stopped = await loop.Server.StopAsync();
        Assert.True(stopped == ExitCode.Done, loop.Server.Printed);

        CommandRun verified = await CommandRun.OfAsync("journal", "verify", "--config", loop.Server.ConfigFile);
        Assert.Contains("--new-journal: the disk burnt", verified.Output, StringComparison.Ordinal);
        Assert.True(verified.Code == ExitCode.Done, verified.Output + verified.Error);
        Assert.DoesNotContain("another journal", loop.Server.Printed, StringComparison.Ordinal);

        // Left in a service's command line it must not begin one journal after the other.
        CommandRun again = await RunAsync(loop, "--new-journal", "the disk burnt");
        Assert.Equal(ExitCode.Journal, again.Code);
        CommandRun blank = await RunAsync(loop, "--new-journal", " ");
        Assert.Equal(ExitCode.Usage, blank.Code);

        await loop.Server.StartAsync();
        stopped = await loop.Server.StopAsync();
        Assert.True(stopped == ExitCode.Done, loop.Server.Printed);
    }

    // The folder comes back as it was: what was approved in the moment before is in it, for it was only moved.
    private async Task BringBackAsync(FaultLoop loop)
    {
        Directory.Move(Journal + ".lost", Journal);
        await loop.Server.StartAsync();
        loop.SetIssuers(IssuerMode.Normal);
        BooksReport books = await loop.SettleAsync();
        Assert.True(books.Agrees, string.Join('\n', books.Differences));
        Assert.Equal(ExitCode.Done, await loop.Server.StopAsync());
    }

    // The keys are elsewhere in production; here they are beside the journal, and stay.
    private void Keep(string name)
    {
        string kept = Path.Combine(_folder, name);
        File.Move(Path.Combine(Journal, name), kept);
        Directory.Delete(Journal, recursive: true);
        Directory.CreateDirectory(Journal);
        File.Move(kept, Path.Combine(Journal, name));
    }

    private static Task<CommandRun> RunAsync(FaultLoop loop, params string[] more) =>
        CommandRun.OfAsync(["run", "--config", loop.Server.ConfigFile, .. more]);

    private long StoreLsn()
    {
        string file = Path.Combine(_folder, "data", "switch.db");
        if (!File.Exists(file))
        {
            return 0;
        }

        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT max(lsn) FROM node";
        try
        {
            return command.ExecuteScalar() is long lsn ? lsn : 0;
        }
        catch (SqliteException)
        {
            return 0; // Its tables are being made.
        }
    }
}
