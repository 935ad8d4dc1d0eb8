using Microsoft.Data.Sqlite;
using Switch.Host.Configuration;
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

        // On a busy machine the hasty issuer time-out may send one more payment to stand-in than the three.
        long approved = (long)store.Rows("SELECT count(*) FROM decision WHERE source = 3 AND approved = 1")[0][0]!;
        Assert.InRange(approved, 3L, 28L);
        Assert.Equal(approved, store.Rows("SELECT count(*) FROM owed WHERE kind = 1")[0][0]);
    }

    [Fact]
    public async Task Payment_WhileTheFileIsLocked_IsAnsweredAndProjectedLater()
    {
        await using Rig rig = await Rig.StartAsync();
        await rig.BuyAsync(5);
        await rig.UntilProjectedAsync();

        using (SqliteConnection lockHolder = StoreRig.Lock(rig.Folder))
        {
            await rig.BuyAsync(20);
            await Rig.UntilAsync(() => rig.Server.Status().Store.State == StoreState.Unavailable);
            Assert.True(rig.Server.IsReady);
            Assert.True(rig.Server.Status().Store.LagRecords >= 40);
        }

        await rig.UntilProjectedAsync();
        StoreRig.AssertEqualsJournal(StoreRig.SqliteOf(rig.Folder), StoreRig.JournalOf(rig.Folder, Node));
    }

    /// <summary>Segments that the store has not taken in stay, whatever checkpoints cover them; then they go.</summary>
    [Fact]
    public async Task Segments_WhileTheStoreIsLocked_StayAndGoWhenItHasThem()
    {
        await using Rig rig = await Rig.StartAsync(new RigSettings
        {
            Change = options => options.Journal = new JournalOptions
            {
                Path = "journal", SegmentSize = 64 * 1024, BufferSize = 64 * 1024, CheckpointEvery = 64 * 1024,
                Retention = TimeSpan.Zero, FreeSpaceMin = 0,
            },
        });
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        using (StoreRig.Lock(rig.Folder))
        {
            while (rig.Server.Status().Keeper.Checkpoints < 3)
            {
                await FillAsync(acquirer);
            }

            Assert.True(rig.Server.Status().Store.LagRecords > 0);
            Assert.Equal(0, rig.Server.Status().Keeper.SegmentsRemoved);
        }

        await rig.UntilProjectedAsync();
        while (rig.Server.Status().Keeper.SegmentsRemoved == 0)
        {
            await FillAsync(acquirer);
        }

        Assert.False(File.Exists(Path.Combine(rig.Folder, "journal", "000000000001.segment")));
        Assert.True(rig.Server.IsReady);
    }

    // Cards that no issuer has: recorded, and answered by the switch itself.
    private static async Task FillAsync(ScriptedAcquirer acquirer)
    {
        const int Requests = 50;
        for (int i = 0; i < Requests; i++)
        {
            acquirer.Send(Purchases.Authorization(card: "9900000000000000"));
        }

        for (int i = 0; i < Requests; i++)
        {
            Assert.Equal("92", (await acquirer.NextAsync())[39]);
        }
    }

    [Fact]
    public async Task Projector_StoreOfAnotherJournal_IsRefusedAndLeftAlone()
    {
        await using Rig first = await Rig.StartAsync();
        await first.BuyAsync(3);
        await first.UntilProjectedAsync();
        string other = Path.Combine(Path.GetDirectoryName(first.Folder)!, Path.GetFileName(first.Folder) + "-copy.db");
        using (SqliteConnection connection = StoreRig.Open(first.Folder))
        {
            using SqliteCommand copy = connection.CreateCommand();
            copy.CommandText = $"VACUUM INTO '{other}'";
            copy.ExecuteNonQuery();
        }

        try
        {
            await using Rig second = await Rig.StartAsync();
            await second.BuyAsync(30);
            await second.Server.StopAsync(TimeSpan.FromSeconds(5));
            File.Copy(other, Path.Combine(second.Folder, "data", "switch.db"), overwrite: true);
            await second.RestartAsync();

            await Rig.UntilAsync(() => second.Server.Status().Store.State == StoreState.Refused);
            Assert.Contains("another journal", second.Server.Status().Store.LastFailure, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(other);
        }
    }
}
