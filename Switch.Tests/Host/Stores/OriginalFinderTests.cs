using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Npgsql;
using Switch.Host.Configuration;
using Switch.Host.Stores;
using Switch.Host.Stores.Providers;
using Switch.Host.Stores.Schema;
using Switch.Routing.Effects;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>Goal: whatever the store or its driver does to a question, the switch lives, and asks again.</summary>
[Collection(PostgreSqlGroup.Name)]
public sealed class OriginalFinderTests(PostgreSqlCluster cluster)
{
    private const int FoundADefect = 5009;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void Ask_DriverThrowsWhatIsNotOfAStore_IsUnavailableAndTheNextIsAnswered()
    {
        using var place = new TemporaryStore();
        using (IStore store = place.Settings.Make())
        {
            store.Open(new JournalIdentity("switch", "rig", 0));
        }

        Execute(
            place.Settings,
            "INSERT INTO payment (lsn, at, acquirer, key, content, mti, amount, stan, sent, terminal) "
            + "VALUES (1, 1, 'a', 5, 'no number', 100, 1, 7, 1, 'T1')");
        using var answers = new BlockingCollection<LookUpAnswer>();
        using var log = new ListLoggerFactory();
        using var finder = new OriginalFinder(new FinderParts
        {
            Store = place.Settings, Node = "rig", Patience = Patience, PositionLsn = () => 1,
            Deliver = answers.Add, Logger = log,
        });
        finder.Start();

        Assert.True(finder.TryAsk(Query(1)));
        Assert.True(answers.TryTake(out LookUpAnswer? first, Patience));
        Execute(place.Settings, "UPDATE payment SET content = 9");
        Assert.True(finder.TryAsk(Query(2)));
        Assert.True(answers.TryTake(out LookUpAnswer? second, Patience));

        Assert.Equal(new LookUpAnswer(1, LookUpOutcome.Unavailable), first);
        Assert.Equal((2UL, LookUpOutcome.Answered), (second.Id, second.Outcome));
        Assert.Equal(1, log.CountOf(FoundADefect));
    }

    /// <summary>Of a schema that is not there yet: every question would leave one more session behind.</summary>
    [NeedsFact(PostgreSqlCluster.Command)]
    public async Task Open_StoreIsNotReady_LeavesNoSession()
    {
        string connection = await cluster.MakeDatabaseAsync();
        string database = new NpgsqlConnectionStringBuilder(connection).Database!;
        var settings = new StoreSettings(StoreProviders.PostgreSql, connection, TimeSpan.FromDays(1));

        Assert.Throws<StoreException>(() => StoreReader.Open(settings, timeoutSeconds: 1));

        await Rig.UntilAsync(() => PostgreSqlCluster.ExecuteAsync(
            cluster.AdminConnectionString,
            $"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND application_name = 'switch'")
            .Result is 0L);
    }

    private static OriginalQuery Query(ulong id) => new()
    {
        Id = id, AfterLsn = 0, Terminal = "T1", OwnStan = 7, OwnKeys = [5], Stan = -1, Keys = [],
    };

    private static void Execute(StoreSettings settings, string sql)
    {
        using var connection = new SqliteConnection(settings.ConnectionString + ";Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
