using Npgsql;
using Switch.Host.Configuration;
using Switch.Host.Stores;
using Switch.Host.Stores.PostgreSql;
using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>
/// Goal: the store in PostgreSQL is as exact as the one in a file, whatever the server does. Method: a real server,
/// that is stopped, that has a standby which never answers, and that is asked by several at once.
/// </summary>
[Collection(PostgreSqlGroup.Name)]
public class PostgreSqlStoreTests(PostgreSqlCluster cluster)
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(550);
    private static readonly JournalIdentity Node = new("switch", "rig", 0);

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Payments_WhileTheServerIsDown_AreAnsweredAndProjectedLater()
    {
        string connection = await cluster.MakeDatabaseAsync();
        var settings = new StoreSettings(StoreProviders.PostgreSql, connection, Retention);
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = options =>
            {
                options.Store.Provider = "PostgreSql";
                options.Store.ConnectionString = connection;
            },
        });
        await rig.BuyAsync(10);
        await rig.UntilProjectedAsync();

        await cluster.StopAsync(isHarsh: true);
        try
        {
            await rig.BuyAsync(50);
            await Rig.UntilAsync(() => rig.Server.Status().Store.State == StoreState.Unavailable);
            Assert.True(rig.Server.IsReady);
            Assert.True(rig.Server.Status().Store.LagRecords >= 100);
        }
        finally
        {
            await cluster.StartAsync();
        }

        await rig.BuyAsync(10);
        await rig.UntilProjectedAsync();

        Assert.Equal(70, rig.Counters.ApprovedByPrimary);
        StoreRig.AssertEqualsJournal(settings, StoreRig.JournalOf(rig.Folder, "rig"));
        using StoreReader books = StoreReader.Open(settings);
        Assert.Empty(new Reconciler(books, "rig", BookWindow.Of(null, null, null)).Differences());
    }

    /// <summary>
    /// The commit waits for a standby that does not exist, until the command's time is up. Npgsql by itself would then
    /// report success.
    /// </summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Write_StandbyNeverAnswers_IsNotTakenForDurable()
    {
        string connection = await cluster.MakeDatabaseAsync();
        using var before = new PostgreSqlStore(connection, Retention);
        StorePosition start = before.Open(Node);
        before.Write(BatchOf(lsn: 1), start, new StorePosition(1, 11, 1));
        await SetStandbyAsync("ghost");
        try
        {
            using var store = new PostgreSqlStore($"{connection};Command Timeout=1", Retention);
            StorePosition position = store.Open(Node);

            Assert.Throws<StoreException>(() => store.Write(BatchOf(lsn: 2), position, new StorePosition(2, 22, 2)));
        }
        finally
        {
            await SetStandbyAsync("");
        }

        await AssertWrittenOnceAsync(connection);
    }

    /// <summary>
    /// Somebody cancels the wait, as an administrator may: the commit then ends with success and a warning.
    /// </summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Write_WaitForTheStandbyIsCancelled_IsNotTakenForDurable()
    {
        string connection = await cluster.MakeDatabaseAsync();
        using var store = new PostgreSqlStore(connection, Retention);
        StorePosition start = store.Open(Node);
        store.Write(BatchOf(lsn: 1), start, new StorePosition(1, 11, 1));
        await SetStandbyAsync("ghost");
        try
        {
            Task<StoreException> write = Task.Run(() => Assert.Throws<StoreException>(
                () => store.Write(BatchOf(lsn: 2), new StorePosition(1, 11, 1), new StorePosition(2, 22, 2))));
            await Rig.UntilAsync(() => PostgreSqlCluster.ExecuteAsync(
                cluster.AdminConnectionString,
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Result is true);

            Assert.Contains("with a warning", (await write).Message, StringComparison.Ordinal);
        }
        finally
        {
            await SetStandbyAsync("");
        }

        await AssertWrittenOnceAsync(connection);
    }

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Open_ByManyNodesAtOnce_MakesOneSchema()
    {
        string connection = await cluster.MakeDatabaseAsync();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(index => Task.Run(() =>
        {
            using var store = new PostgreSqlStore(connection, Retention);
            StorePosition start = store.Open(Node with { Node = $"node-{index}" });
            store.Write(BatchOf(lsn: 1), start, new StorePosition(1, 11, 1));
        })));

        Assert.Equal(1L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT count(*) FROM schema_version"));
        Assert.Equal(6L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT count(*) FROM event"));
    }

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Write_PositionMovedByAnother_IsRefused()
    {
        string connection = await cluster.MakeDatabaseAsync();
        using var first = new PostgreSqlStore(connection, Retention);
        using var second = new PostgreSqlStore(connection, Retention);
        StorePosition start = first.Open(Node);
        second.Open(Node);
        first.Write(BatchOf(lsn: 1), start, new StorePosition(1, 11, 1));

        Assert.Throws<StoreException>(() => second.Write(BatchOf(lsn: 1), start, new StorePosition(1, 11, 1)));
        Assert.Equal(1L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT count(*) FROM event"));
    }

    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task RemoveOld_DaysPastRetention_DropsTheirPartitionsAndNoOther()
    {
        string connection = await cluster.MakeDatabaseAsync();
        using var store = new PostgreSqlStore(connection, TimeSpan.FromDays(2));
        StorePosition position = store.Open(Node);
        var now = new DateTimeOffset(2026, 11, 25, 0, 30, 0, TimeSpan.Zero);
        for (int day = 0; day < 5; day++)
        {
            var next = new StorePosition(day + 1, 1, 1);
            store.Write(BatchOf(day + 1, now.AddDays(-day).ToUnixTimeMilliseconds()), position, next);
            position = next;
        }

        Assert.True(store.RemoveOld(now));
        Assert.True(store.RemoveOld(now));
        Assert.False(store.RemoveOld(now));

        Assert.Equal(3L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT count(*) FROM event"));
        Assert.Equal(
            10L, // The three that are kept, and a week ahead.
            await PostgreSqlCluster.ExecuteAsync(
                connection, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'event'::regclass"));
    }

    /// <summary>The page's own statements, as its reader would run them.</summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Roles_OfThePage_LetTheSwitchWriteAndPeopleOnlyRead()
    {
        string connection = await cluster.MakeDatabaseAsync();
        string page = await File.ReadAllTextAsync(Path.Combine(House.SourceTree.Root, "docs", "operating", "store.md"));
        int begin = page.IndexOf("```sql\nCREATE ROLE", StringComparison.Ordinal) + "```sql\n".Length;
        string database = new NpgsqlConnectionStringBuilder(connection).Database!;
        string roles = page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)]
            .Replace("DATABASE switch", $"DATABASE {database}", StringComparison.Ordinal);
        await PostgreSqlCluster.ExecuteAsync(connection, roles);
        string writer = connection.Replace("Username=postgres", "Username=switch_writer", StringComparison.Ordinal);
        string reader = connection.Replace("Username=postgres", "Username=switch_reader", StringComparison.Ordinal);

        using var store = new PostgreSqlStore(writer, Retention);
        StorePosition start = store.Open(Node);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        store.Write(BatchOf(lsn: 1, now.ToUnixTimeMilliseconds()), start, new StorePosition(1, 11, 1));
        store.RemoveOld(now);
        using StoreReader people = StoreReader.Open(new StoreSettings(StoreProviders.PostgreSql, reader, Retention));

        Assert.Equal(1L, people.Rows("SELECT count(*) FROM event")[0][0]);
        await Assert.ThrowsAsync<PostgresException>(
            () => PostgreSqlCluster.ExecuteAsync(reader, "DELETE FROM event"));
        await Assert.ThrowsAsync<PostgresException>(
            () => PostgreSqlCluster.ExecuteAsync(writer, "CREATE DATABASE another"));
    }

    private static StoreBatch BatchOf(long lsn, long atMs = 1_000_000)
    {
        var batch = new StoreBatch();
        batch.Take(
            new Switch.Routing.Records.RecordHead(lsn, RecordType.NodeStarted, 0, atMs),
            new Switch.Routing.Records.EventFact { Type = RecordType.NodeStarted, Number = lsn });
        return batch;
    }

    // Whether the doubtful write is there or not: going on from the position gives each record once.
    private static async Task AssertWrittenOnceAsync(string connection)
    {
        using var store = new PostgreSqlStore(connection, Retention);
        StorePosition position = store.Open(Node);
        if (position.Lsn == 1)
        {
            store.Write(BatchOf(lsn: 2), position, new StorePosition(2, 22, 2));
        }

        Assert.Equal(2L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT count(*) FROM event"));
        Assert.Equal(2L, await PostgreSqlCluster.ExecuteAsync(connection, "SELECT lsn FROM node"));
    }

    private async Task SetStandbyAsync(string name)
    {
        // The setting applies to this very statement's wait, too; a local commit waits for no standby.
        string local = $"{cluster.AdminConnectionString};Options=-c synchronous_commit=local";
        await PostgreSqlCluster.ExecuteAsync(local, $"ALTER SYSTEM SET synchronous_standby_names = '{name}'");
        await PostgreSqlCluster.ExecuteAsync(local, "SELECT pg_reload_conf()");
        await Rig.UntilAsync(() => (string?)PostgreSqlCluster.ExecuteAsync(
            local, "SHOW synchronous_standby_names").Result == name);
    }
}
