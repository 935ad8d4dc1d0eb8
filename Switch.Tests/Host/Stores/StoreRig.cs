using Microsoft.Data.Sqlite;
using Switch.Host.Configuration;
using Switch.Host.Stores;
using Switch.Host.Stores.Providers;
using Switch.Routing.Journal;
using Switch.Tests.Support;

namespace Switch.Tests.Host.Stores;

/// <summary>What store tests ask of a rig's store.</summary>
internal static class StoreRig
{
    /// <summary>Silence is short enough for tests of stand-in; answers have time on a slow machine.</summary>
    public static readonly RigSettings Hasty = new()
    {
        IssuerTimeout = TimeSpan.FromSeconds(1), StandbyTimeout = RigSettings.ShortTimeout,
    };

    public static StoreSettings SqliteOf(string folder) => new(
        StoreProviders.Sqlite, $"Data Source={Path.Combine(folder, "data", "switch.db")}", TimeSpan.FromDays(550));

    public static JournalSettings JournalOf(string folder, string node) => new()
    {
        Path = Path.Combine(folder, "journal"), Identity = new JournalIdentity("switch", node, 0),
    };

    /// <summary>
    /// Purchases one after another, which the primary approves, or which both issuers leave to stand-in. Whatever is
    /// owed is acknowledged.
    /// </summary>
    public static async Task BuyAsync(this Rig rig, int count, bool isAnswered = true)
    {
        rig.Primary.AcknowledgesOwed = true;
        rig.Standby.AcknowledgesOwed = true;
        await using ScriptedAcquirer acquirer = await rig.ConnectAsync();
        for (int i = 0; i < count; i++)
        {
            acquirer.Send(Purchases.Authorization());
            Arrival arrival = await NextRequestAsync(rig);
            if (isAnswered)
            {
                arrival.Answer();
            }

            Assert.Equal("00", (await acquirer.NextAsync())[39]);
            if (!isAnswered)
            {
                await rig.UntilSettledAsync(); // Before that an issuer may not be asked again.
            }
        }
    }

    /// <summary>The request that comes next to the primary; what is owed comes in between.</summary>
    public static async Task<Arrival> NextRequestAsync(Rig rig)
    {
        Arrival arrival = await rig.Primary.NextAsync();
        while (arrival.Message.Class != 1 || arrival.Message.Function != 0)
        {
            arrival = await rig.Primary.NextAsync();
        }

        return arrival;
    }

    /// <summary>Keeps everybody else from writing to the store, until it is disposed of.</summary>
    public static SqliteConnection Lock(string folder)
    {
        SqliteConnection connection = Open(folder);
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection;
    }

    public static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection(SqliteOf(folder).ConnectionString + ";Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Waits until the store has all that is durable.</summary>
    public static Task UntilProjectedAsync(this Rig rig) => Rig.UntilAsync(() =>
        rig.Server.Status() is { Store: { State: StoreState.Following, LagRecords: 0, Batches: > 0 } });

    /// <summary>Compares the live store with one that is made from the journal now.</summary>
    public static void AssertEqualsJournal(StoreSettings live, JournalSettings journal)
    {
        using TemporaryStore aside = JournalProjection.Aside(journal, default);
        using StoreReader rebuilt = StoreReader.Open(aside.Settings);
        using StoreReader store = StoreReader.Open(live);

        long last = rebuilt.Position(journal.Identity.Node)!.Value.Lsn;
        Assert.Equal(rebuilt.Position(journal.Identity.Node), store.Position(journal.Identity.Node));
        Assert.Equal(
            StoreChecksum.Of(rebuilt, journal.Identity.Node, 0, last),
            StoreChecksum.Of(store, journal.Identity.Node, 0, last));
    }
}
