using Microsoft.Data.Sqlite;
using Switch.Host.Stores;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>
/// Goal: what is in the journal is in the store once, whatever the store does. Method: a whole switch with its default
/// store, against a store that is made from the journal afterwards.
/// </summary>
public class StoreProjectionTests
{
    private const string Node = "rig";

    [Fact]
    public async Task Store_OverRestartsAndStandIn_EqualsTheJournal()
    {
        await using Rig rig = await Rig.StartAsync(StoreRig.Hasty);
        await rig.BuyAsync(20);
        await rig.BuyAsync(3, isAnswered: false);
        await rig.RestartAsync();
        await rig.BuyAsync(5);
        await rig.UntilSettledAsync();
        await rig.UntilProjectedAsync();

        StoreRig.AssertEqualsJournal(StoreRig.SqliteOf(rig.Folder), StoreRig.JournalOf(rig.Folder, Node));
        using StoreReader store = StoreReader.Open(StoreRig.SqliteOf(rig.Folder));
        Assert.Equal(28L, store.Rows("SELECT count(*) FROM payment")[0][0]);
        Assert.Equal(3L, store.Rows("SELECT count(*) FROM decision WHERE source = 3 AND approved = 1")[0][0]);
        Assert.Equal(3L, store.Rows("SELECT count(*) FROM owed WHERE kind = 1")[0][0]);
    }

    [Fact]
    public async Task Payment_WhileTheFileIsLocked_IsAnsweredAndProjectedLater()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.BuyAsync(5);
        await rig.UntilProjectedAsync();

        using (SqliteConnection lockHolder = Lock(rig.Folder))
        {
            await rig.BuyAsync(20);
            await Rig.UntilAsync(() => rig.Server.Status().Store.State == StoreState.Unavailable);
            Assert.True(rig.Server.IsReady);
            Assert.True(rig.Server.Status().Store.LagRecords >= 40);
        }

        await rig.UntilProjectedAsync();
        StoreRig.AssertEqualsJournal(StoreRig.SqliteOf(rig.Folder), StoreRig.JournalOf(rig.Folder, Node));
    }

    [Fact]
    public async Task Projector_StoreOfAnotherJournal_IsRefusedAndLeftAlone()
    {
        await using Rig first = await Rig.StartAsync();
        await first.BuyAsync(3);
        await first.UntilProjectedAsync();
        string other = Path.Combine(Path.GetDirectoryName(first.Folder)!, Path.GetFileName(first.Folder) + "-copy.db");
        using (SqliteConnection connection = Open(first.Folder))
        {
            using SqliteCommand copy = connection.CreateCommand();
            copy.CommandText = $"VACUUM INTO '{other}'";
            copy.ExecuteNonQuery();
        }

        try
        {
            await using Rig second = await Rig.StartAsync(new RigSettings
            {
                Change = options => options.Store.ConnectionString = $"Data Source={other}",
            });
            await second.BuyAsync(30);

            await Rig.UntilAsync(() => second.Server.Status().Store.State == StoreState.Refused);
            Assert.Contains("another journal", second.Server.Status().Store.LastFailure, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(other);
        }
    }

    private static SqliteConnection Lock(string folder)
    {
        SqliteConnection connection = Open(folder);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    private static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection(StoreRig.SqliteOf(folder).ConnectionString + ";Pooling=False");
        connection.Open();
        return connection;
    }
}
